//! DHIS2 metadata as frames: organisation units, data sets, data elements, indicators, programs, tracked entity types and
//! attributes, relationship types, option sets.
//!
//! Every function asks one collection of a server (2.38 to 2.43) and gives a frame with the columns of its
//! [`FrameSchema`](dhis2_frame::FrameSchema); an answer without objects is a frame with these columns and no rows.
//!
//! ```
//! use dhis2_http::{Client, Credentials, MemoryTransport, Response};
//! use dhis2_metadata::{PROGRAMS, get_programs};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = MemoryTransport::new(|request| Ok(Response::json(200, match request.url.path().ends_with("/info") {
//! #     true => r#"{"version":"2.42.5.2"}"#,
//! #     false => r#"{"programs":[{"id":"T4KUa2dgu2M","name":"Antenatal care","programType":"WITH_REGISTRATION"}]}"#,
//! # })));
//! let client = Client::new("https://play.example.org/dhis", Credentials::token("d2p_secret"), server)?;
//! let programs = get_programs(&client, &["programType:eq:WITH_REGISTRATION", "name:ilike:care"]).await?;
//! PROGRAMS.check(&programs)?;
//! assert_eq!(programs.column("name")?.str()?.get(0), Some("Antenatal care"));
//! # Ok(())
//! # }
//! ```
//!
//! # Filters
//!
//! `filters` are DHIS2's own filter expressions, `property:operator[:value]`, all of which must hold: `name:ilike:malaria`,
//! `id:in:[pq2XI5kz2BY,ceI6Dt0EDOV]`, `closedDate:null`, `program.id:eq:T4KUa2dgu2M`. Each goes to the server as a
//! `filter` of its own. What servers would misread without a word is refused before ([`FilterError`]): a filter without its
//! value, a comma where the server cuts at commas, a list that is none. An `in:[…]` too long for one address is sent in
//! parts. Two things are the server's to know: a property that does not exist is its error, unless it has the shape of a
//! uid (eleven letters and digits), which from 2.39 on means an attribute and finds nothing; and a name that holds a comma
//! without a blank beside it is, within `in:[…]`, two names.
//!
//! # Beside the frames
//!
//! [`join_object_names`] puts names beside the uids of any frame. [`program_stage_items`], [`program_attribute_items`] and
//! [`type_attribute_items`] say what is recorded in a program or of a type, for [`dhis2_frame::wide`].
//!
//! # Finding ids
//!
//! [`search_objects`] finds programs, data sets, data elements and organisation units by a part of their name or code;
//! [`find_object`] and [`find_program_stage`] give the one object that a name or code means.
//!
//! # What is not there
//!
//! **Servers list what the account may see, and do not say what they leave out**: objects that are not shared with the
//! account are missing from a frame without a word, and so are those that do not exist. Compare with an account that has
//! all authorities where completeness matters.
//!
//! Lists are read to their end in one answer, sorted by uid; organisation units in pages, after which the uids of all, in
//! one answer, say whether a page was shifted by a change in between. The order of rows is then made here and is the
//! same whatever the server's version. Names are `name`, the same for every account, never `displayName`, which is in the
//! language of the account.

mod attributes;
mod columns;
mod data_elements;
mod error;
mod filter;
mod find;
mod indicators;
mod items;
mod join;
mod list;
mod object;
mod option_sets;
mod organisation_units;
mod programs;
mod schema;
mod tracked_entities;

pub use attributes::{ATTRIBUTES, ORGANISATION_UNIT_ATTRIBUTES, extract_organisation_unit_attributes, get_attributes};
pub use data_elements::{
    CATEGORY_OPTION_COMBOS, DATA_ELEMENT_GROUPS, DATA_ELEMENTS, DATASETS, get_category_option_combos,
    get_data_element_groups, get_data_elements, get_datasets,
};
pub use error::{FilterError, FilterProblem, MetadataError};
pub use find::{FoundObject, ObjectKind, find_object, find_program_stage, search_objects};
pub use indicators::{INDICATOR_GROUPS, INDICATORS, get_indicator_groups, get_indicators};
pub use items::{program_attribute_items, program_stage_items, type_attribute_items};
pub use join::{ObjectLists, join_object_names};
pub use option_sets::{OPTION_SETS, get_option_sets};
pub use organisation_units::{
    ORGANISATION_UNIT_GROUPS, ORGANISATION_UNIT_LEVELS, ORGANISATION_UNITS, get_organisation_unit_groups,
    get_organisation_unit_levels, get_organisation_units, organisation_units_schema,
};
pub use programs::{
    PROGRAM_DATA_ELEMENTS, PROGRAM_STAGES, PROGRAMS, get_program_data_elements, get_program_stages, get_programs,
};
pub use tracked_entities::{
    RELATIONSHIP_TYPES, TRACKED_ENTITY_ATTRIBUTES, TRACKED_ENTITY_TYPES, get_relationship_types,
    get_tracked_entity_attributes, get_tracked_entity_types,
};
