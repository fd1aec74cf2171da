//! DHIS2 aggregate data: what one can ask for, how it is asked, and how data values become columns.
//!
//! | step | where |
//! |---|---|
//! | a question, checked | [`query`] |
//! | ids and groups looked up before the run | [`resolve`] |
//! | requests that lose and double nothing on the server's version | [`plan`] |
//! | bytes to columns | [`flatten`] |
//! | all of it | [`extract_data_values`] |
//! | individual records to data values | [`counts`] |
//!
//! The source of all is `GET /api/dataValueSets` (2.38 to 2.43). Its parameters are not what they seem: see the modules.

pub mod counts;
pub mod error;
mod extract;
pub mod flatten;
pub mod plan;
pub mod query;
pub mod resolve;
mod source;

pub use error::{AggregateError, QueryError};
pub use extract::{extract_data_element_groups, extract_data_elements, extract_data_values, extract_dataset};
pub use flatten::DATA_VALUES;
pub use query::{DataValueQuery, DataValueQueryBuilder};
