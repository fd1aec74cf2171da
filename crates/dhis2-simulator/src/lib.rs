//! An embedded DHIS2 server, for demos, tests and load.
//!
//! A [`Simulator`] is a real HTTP server on loopback that behaves as a DHIS2 server of the version asked for, 2.38 to
//! 2.43: with the parameters that this version knows, its silently dropped filters, its cut and short pages, its empty
//! answers for refused access, its times without a zone. It serves a [`World`], made up from a seed or loaded from DHIS2's
//! own export files, and the world tells what an extract must hold. [`Faults`] are what it does wrong on purpose: late,
//! broken, cut and spoilt answers, gateways that refuse, memory that is too small. With their [`Changes`] rows of the tracker
//! come, change and go while they are read, as on a server that people work with; a [`ChangeLog`] tells which.
//!
//! ```
//! use dhis2_simulator::{Simulator, World, WorldSize};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(async {
//! let size = WorldSize { organisation_units: 20, data_values: 100, events: 10 };
//! let server = Simulator::builder().version("2.40.12")?.world(World::generate(&size, 1)).start().await?;
//! println!("{}/api/system/info, user admin, password district", server.base_url());
//! # Ok::<(), dhis2_simulator::SimulatorError>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is served: `/api/system/info`, `/api/system/ping`, `/api/ping`, `/api/me`, some `/api/systemSettings`, metadata
//! lists and single objects with `fields`, `filter`, `order` and paging, `/api/metadata`, `GET /api/dataValueSets` as
//! JSON, CSV and XML, `GET /api/tracker/events` as JSON and CSV and single events, `/trackedEntities`, `/enrollments`
//! and `/relationships` as JSON, lists and single objects, `POST /api/dataValueSets`, and `GET /api/analytics`. Everything
//! else is 404.
//!
//! # Imports of data values
//! JSON and CSV, plain or packed with gzip, at once or as a job (`async=true`) with `/api/system/tasks` and
//! `/taskSummaries`. What a server holds changes, what its [`World`] holds does not; [`RunningSimulator::data_values`]
//! tells what is held. [`Faults`] has imports that are broken off, and slow ones. Not simulated: XML, ADX, PDF and zip
//! (415), completions (`completeDate` is read over), approval, sharing with some accounts only, `skipExistingCheck`, and
//! elements whose values are files. Conflicts that were not recorded have the code and name the objects that the server's
//! source does; their wording may differ.
//!
//! # Analytics
//! The dimensions and filters `dx` (data elements, operands `element.combo`, indicators, `DE_GROUP-…`, `IN_GROUP-…`), `pe`
//! (period ids), `ou` (units, `LEVEL-…`, `OU_GROUP-…`, `USER_ORGUNIT`), `co` and `ao`; `startDate` and `endDate`;
//! `skipMeta`, `skipData`, `skipRounding`, `displayProperty` and `ignoreLimit`. A value counts for a period that is as long
//! as its own or longer and holds its first day, and for every unit above its own. Elements are summed, averaged, counted,
//! or the least or greatest is taken, as their aggregation type says; those with another type (`NONE`, `LAST…`) and those
//! whose values are no numbers have no rows. Expressions of indicators hold numbers, `#{element}`, `#{element.combo}`,
//! brackets and the four operations; one with anything else, and one without any value, has no rows. Not simulated:
//! relative periods, which are dropped, program data, reporting rates, other options, `rawData` (404), and line lists
//! of anything but events.
//!
//! As on real servers, what is added up is what the analytics tables hold: the values as they were when the server started,
//! until [`RunningSimulator::build_analytics`].
//!
//! `/events/query/{program}` lists the events of programs without registration: `stage`, one dimension `ou`, `startDate` and
//! `endDate` (a day that counts whole), `page`, `pageSize`, `paging=false`, `totalPages` and `skipData`. As no order can be
//! relied on, they come as they were stored. Not simulated, and 404: programs with registration, data elements, periods or
//! anything else as dimension or filter, and all other parameters.
//!
//! How servers of different versions differ stands in [`dhis2_api::dialect::behaviour`]; nothing here looks at a version's
//! numbers.

mod accounts;
mod answer;
mod builder;
mod changes;
mod connection;
mod error;
mod faults;
mod fields;
mod filters;
mod generate;
mod json;
mod load;
mod paging;
mod project;
mod query;
mod random;
mod routes;
mod seen;
mod server;
mod store;
mod time;
mod world;

pub use accounts::{CLERK, CLERK_PASSWORD, CLERK_TOKEN, SUPERUSER, SUPERUSER_PASSWORD, SUPERUSER_TOKEN};
pub use builder::{AnalyticsTables, RunningSimulator, Simulator, SimulatorBuilder};
pub use changes::{ChangeLog, Changed, Changes, WorldChange};
pub use dhis2_api::dialect::behaviour::Container;
pub use error::SimulatorError;
pub use faults::{Fault, Faults, ResetAt, Rule};
pub use generate::WorldSize;
pub use store::StoredDataValues;
pub use world::{
    DataSetRow, DataValueRow, EnrollmentRow, EventRow, EventStatus, OrganisationUnitRow, ProgramOwnerRow,
    RelationshipRow, TrackedEntityRow, World,
};
