//! The command line of extracts of data values.

use clap::{ArgAction, Args, ValueEnum};
use clap_complete::ArgValueCompleter;

use super::{OutputArguments, ServerArguments};
use crate::complete;

#[derive(Debug, Args)]
pub(crate) struct DataValuesArguments {
    #[command(flatten)]
    pub(crate) selection: DataValueSelection,
    /// Deleted values as well, marked as such.
    #[arg(long, help_heading = "What")]
    pub(crate) include_deleted: bool,
    /// Who stored a value, its comment, whether it is marked for follow-up and whether it is deleted, as well.
    #[arg(long, help_heading = "Output")]
    pub(crate) rich: bool,
    /// What stands for data elements, organisation units and option combos.
    #[arg(long, value_enum, default_value_t, conflicts_with = "names", help_heading = "Output")]
    pub(crate) id_scheme: IdSchemeArgument,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
}

// Without a doc comment: clap would take it for that of the command.
#[derive(Debug, Args)]
pub(crate) struct DataValueSelection {
    /// Data sets: all their elements. Sets, elements and groups are a union.
    #[arg(long = "data-set", value_name = "ID|NAME", add = ArgValueCompleter::new(complete::data_sets), value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "What")]
    pub(crate) data_sets: Vec<String>,
    /// Data elements.
    #[arg(long = "data-element", value_name = "ID|NAME", add = ArgValueCompleter::new(complete::data_elements), value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "What")]
    pub(crate) data_elements: Vec<String>,
    /// Data element groups: all their elements.
    #[arg(long = "data-element-group", value_name = "ID", value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "What")]
    pub(crate) data_element_groups: Vec<String>,

    /// First day. All periods that lie wholly between the first and the last day are extracted.
    #[arg(long, value_name = "YYYY-MM-DD", help_heading = "When")]
    pub(crate) start_date: Option<String>,
    /// Last day.
    #[arg(long, value_name = "YYYY-MM-DD", help_heading = "When")]
    pub(crate) end_date: Option<String>,
    /// Periods, by id, such as 202401, 2024Q1, 2024W5.
    #[arg(long = "period", value_name = "PERIOD", value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "When")]
    pub(crate) periods: Vec<String>,
    /// Only values stored at this moment or later: a date or a date and time, UTC unless it has an offset.
    #[arg(long, value_name = "TIME", help_heading = "When")]
    pub(crate) last_updated: Option<String>,
    /// Only values stored in the time that has passed since, such as 3d, 12h or 30m, by the server's clock.
    #[arg(long, value_name = "DURATION", conflicts_with = "last_updated", help_heading = "When")]
    pub(crate) last_updated_duration: Option<String>,
    /// Only values of these attribute option combos.
    #[arg(long = "attribute-option-combo", value_name = "ID", value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "What")]
    pub(crate) attribute_option_combos: Vec<String>,
    /// Organisation units. Units and groups are a union.
    #[arg(long = "org-unit", value_name = "ID|NAME", add = ArgValueCompleter::new(complete::organisation_units), value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "Where")]
    pub(crate) org_units: Vec<String>,
    /// Organisation unit groups: their members.
    #[arg(long = "org-unit-group", value_name = "ID", value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "Where")]
    pub(crate) org_unit_groups: Vec<String>,
    /// All units below those given as well.
    #[arg(long, help_heading = "Where")]
    pub(crate) include_children: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum IdSchemeArgument {
    /// Uids.
    #[default]
    Uid,
    /// Codes; the uid where there is none.
    Code,
    /// Names.
    Name,
}
