//! Lists of metadata.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

use super::ServerArguments;

#[derive(Debug, Args)]
pub(crate) struct MetadataArguments {
    /// The list.
    #[arg(value_enum)]
    pub(crate) list: List,
    /// DHIS2 filter expressions, such as name:ilike:malaria; all of them must hold.
    #[arg(long = "filter", value_name = "FILTER", action = ArgAction::Append)]
    pub(crate) filters: Vec<String>,
    /// Organisation units down to this level.
    #[arg(long, value_name = "N")]
    pub(crate) max_level: Option<u32>,
    /// The file to write; its extension says the format.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Print the rows as JSON, one object a line.
    #[arg(long, conflicts_with = "output")]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
}

/// The metadata lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum List {
    DataSets,
    DataElements,
    DataElementGroups,
    Indicators,
    IndicatorGroups,
    OrganisationUnits,
    OrganisationUnitLevels,
    OrganisationUnitGroups,
    OrganisationUnitAttributes,
    CategoryOptionCombos,
    Attributes,
    Programs,
    ProgramStages,
    ProgramDataElements,
    TrackedEntityTypes,
    TrackedEntityAttributes,
    RelationshipTypes,
    OptionSets,
}
