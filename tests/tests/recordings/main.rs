//! Answers of real servers become exactly the rows that stood in their databases.

mod engine;
mod flatten;
