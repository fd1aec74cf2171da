//! An embedded DHIS2 server, for demos, tests and load.
//!
//! A [`Simulator`] is a real HTTP server on loopback that behaves as a DHIS2 server of the version asked for, 2.38 to
//! 2.43: with the parameters that this version knows, its silently dropped filters, its cut and short pages, its empty
//! answers for refused access, its times without a zone. It serves a [`World`], made up from a seed or loaded from DHIS2's
//! own export files, and the world tells what an extract must hold.
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
//! and `/relationships` as JSON, lists and single objects. `POST /api/dataValueSets` imports JSON and CSV, at once or as a
//! job with `/api/system/tasks` and `/taskSummaries`: what a server holds changes, what its [`World`] holds does not, and
//! [`RunningSimulator::data_values`] tells the difference. Everything else is 404.
//!
//! How servers of different versions differ stands in [`dhis2_api::dialect::behaviour`]; nothing here looks at a version's
//! numbers.

mod accounts;
mod answer;
mod builder;
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
mod routes;
mod server;
mod store;
mod time;
mod world;

pub use accounts::{CLERK, CLERK_PASSWORD, CLERK_TOKEN, SUPERUSER, SUPERUSER_PASSWORD, SUPERUSER_TOKEN};
pub use builder::{RunningSimulator, Simulator, SimulatorBuilder};
pub use dhis2_api::dialect::behaviour::Container;
pub use error::SimulatorError;
pub use faults::{BrokenImports, CutDataValues, Faults, SlowImports, Unavailable};
pub use generate::WorldSize;
pub use store::StoredDataValues;
pub use world::{
    DataSetRow, DataValueRow, EnrollmentRow, EventRow, EventStatus, OrganisationUnitRow, ProgramOwnerRow,
    RelationshipRow, TrackedEntityRow, World,
};
