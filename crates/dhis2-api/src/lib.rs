//! What a DHIS2 server says, without any I/O: identifiers, periods, versions and their dialects, requests,
//! models of its answers, and its error envelope.
//!
//! Everything here works on text and values alone, so it can be used with any HTTP client:
//!
//! ```
//! use dhis2_api::{dialect::Dialect, request::ApiRequest, version::Version};
//!
//! let version: Version = "2.42.5.2".parse()?;
//! let dialect = Dialect::of(&version)?;
//! let request = ApiRequest::get("tracker/events")
//!     .param("program", "T4KUa2dgu2M")
//!     .param(dialect.org_unit_mode_param, "DESCENDANTS");
//! assert_eq!(
//!     request.path_and_query(),
//!     "/api/tracker/events?program=T4KUa2dgu2M&orgUnitMode=DESCENDANTS"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod datetime;
pub mod dialect;
pub mod error;
pub mod import;
pub mod message;
pub mod model;
pub mod period;
pub mod redact;
pub mod request;
pub mod system;
pub mod uid;
pub mod value_type;
pub mod version;

pub use error::ApiError;
pub use uid::Uid;
pub use value_type::ValueType;
pub use version::Version;
