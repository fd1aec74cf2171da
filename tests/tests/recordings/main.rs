//! Answers of real servers become exactly the rows that stood in their databases.

mod analytics;
mod engine;
mod flatten;
mod rich;
