//! Requests of every version, recorded answers of every server, and answers that no server sends.

mod flatten;
mod recorded;
mod requests;
