//! Whole imports into simulated servers of every version.

mod accidents;
mod bad_rows;
mod place;
mod strategies;
mod volume;
