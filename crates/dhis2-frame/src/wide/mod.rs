//! Long frames made wide: one row an object, one typed column a data element or attribute.
//!
//! Extracts are long, one row a value, because that loses nothing: values are text, as servers hold them. Here they get
//! the types that the metadata gives them. [`wide`](fn@self::wide) makes one row of each event, enrollment or tracked entity, [`WidePieces`]
//! the same without the whole long frame in memory;
//! [`by_enrollment`] one row of each enrollment, with the events of its stages side by side.
//!
//! | value type | column |
//! |---|---|
//! | `INTEGER`, `INTEGER_POSITIVE`, `INTEGER_NEGATIVE`, `INTEGER_ZERO_OR_POSITIVE` | Int64 |
//! | `NUMBER`, `UNIT_INTERVAL`, `PERCENTAGE` | Float64 |
//! | `BOOLEAN`, `TRUE_ONLY` | Boolean |
//! | `DATE`, `AGE` | Date |
//! | `DATETIME` | `datetime[ms]`, as entered, in no zone |
//! | `COORDINATE` | two of Float64, `…_longitude` and `…_latitude` |
//! | all others, and those not known | String |
//! | any with an option set, where options are shown by label | String |
//!
//! **A cell that does not fit its column is null, counted, and named by its object in the [`WideReport`]**: it fails no
//! run, and it is never passed over in silence. What fits is what servers accept of that type when a value is entered
//! ([`dhis2_api::value_type`]): `5`, but not `05`, `5.0`, ` 5 `, `1,000` or an empty text for a whole number. Only the form
//! counts: −5 stays −5 as `INTEGER_POSITIVE`. No report holds a value.
//!
//! ```
//! use dhis2_api::ValueType;
//! use dhis2_frame::wide::{Item, Long, WideOptions, wide};
//! use polars::prelude::df;
//!
//! let long = df![
//!     "event_id" => ["A1G2w687SWR", "A1G2w687SWR", "B7nXkzqVdIs"],
//!     "status" => ["COMPLETED", "COMPLETED", "ACTIVE"],
//!     "data_element_id" => ["AJMsqHhueiR", "pATgw7BLfYW", "AJMsqHhueiR"],
//!     "value" => ["61.5", "true", "heavy"],
//! ]?;
//! let item = |id: &str, name: &str, value_type| Item {
//!     id: id.to_owned(), name: Some(name.to_owned()), code: None, value_type, options: None,
//! };
//! let items = [
//!     item("AJMsqHhueiR", "Weight kg", ValueType::Number),
//!     item("pATgw7BLfYW", "Danger sign", ValueType::Boolean),
//! ];
//! let table = wide(&long, &Long::EVENTS, &items, WideOptions::default())?;
//! assert_eq!(table.frame.height(), 2);
//! assert_eq!(table.frame.get_column_names(), ["event_id", "status", "Weight kg", "Danger sign"]);
//! assert_eq!(table.frame.column("Weight kg")?.f64()?.get(0), Some(61.5));
//! assert_eq!(table.report.unfit[0].objects, ["B7nXkzqVdIs"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cells;
mod item;
mod long;
mod names;
mod pieces;
mod report;
mod sheet;
mod stages;
mod table;

pub use item::{Item, NameBy, OptionsAs, Stage, WideOptions};
pub use pieces::WidePieces;
pub use report::{ItemCells, Renamed, StageEvents, WideReport, WideTable};
pub use stages::by_enrollment;
pub use table::{Long, wide};
