//! DHIS2 aggregate data: what one can ask for, how it is asked, and how data values become columns.
//!
//! | step | where |
//! |---|---|
//! | a question, checked | [`query`] |
//! | ids and groups looked up before the run | [`resolve`] |
//! | requests that lose and double nothing on the server's version | [`plan`] |
//! | bytes to columns | [`flatten`] |
//! | all of it | [`extract_data_values`], [`get_data_values`] for rows instead of columns |
//! | individual records to data values | [`counts`] |
//! | the way back: rows to data values | [`import`] |
//!
//! The source of data values is `GET /api/dataValueSets` (2.38 to 2.43). Its parameters are not what they seem: see the
//! modules. What the server adds up itself, over units and periods, comes by [`analytics`].

mod age;
pub mod analytics;
mod columns;
pub mod counts;
pub mod error;
mod extract;
pub mod flatten;
mod id_schemes;
pub mod import;
mod members;
pub mod plan;
pub mod query;
pub mod resolve;
mod rows;
mod source;

pub use analytics::{AnalyticsQuery, AnalyticsQueryBuilder, extract_analytics, prepare_analytics};
pub use columns::{DATA_VALUES, RICH_DATA_VALUES};
pub use error::{AggregateError, InputError, QueryError};
pub use extract::{
    extract_data_element_groups, extract_data_elements, extract_data_values, extract_dataset, prepare_data_values,
};
pub use id_schemes::{IdScheme, IdSchemes};
pub use import::{Import, ImportOptions, ImportStrategy, import_data_values, read_data_values};
pub use query::{DataValueColumns, DataValueQuery, DataValueQueryBuilder};
pub use rows::{DataValueRows, get_data_values};
