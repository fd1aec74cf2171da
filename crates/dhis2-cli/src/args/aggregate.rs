//! Figures that somebody adds up: the server, or this program.

use std::path::PathBuf;

use clap::{ArgAction, Args};
use clap_complete::ArgValueCompleter;

use super::{OutputArguments, ServerArguments};
use crate::complete;

#[derive(Debug, Args)]
pub(crate) struct AggregateEventsArguments {
    /// What to count and into which data elements (TOML).
    #[arg(long, value_name = "FILE", help_heading = "What")]
    pub(crate) spec: PathBuf,
    /// Organisation units of the spec's level or above, with all below them.
    #[arg(long = "org-unit", value_name = "ID|NAME", add = ArgValueCompleter::new(complete::organisation_units), value_delimiter = ',', num_args = 1.., required = true, action = ArgAction::Append, help_heading = "Where")]
    pub(crate) org_units: Vec<String>,
    /// The first period, of the spec's type.
    #[arg(long, value_name = "PERIOD", requires = "to", help_heading = "When")]
    pub(crate) from: Option<String>,
    /// The last period.
    #[arg(long, value_name = "PERIOD", requires = "from", help_heading = "When")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
}

#[derive(Debug, Args)]
pub(crate) struct AnalyticsArguments {
    /// Data elements.
    #[arg(long = "data-element", value_name = "ID|NAME", add = ArgValueCompleter::new(complete::data_elements), value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "What")]
    pub(crate) data_elements: Vec<String>,
    /// Data element groups: all their elements.
    #[arg(long = "data-element-group", value_name = "ID", value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "What")]
    pub(crate) data_element_groups: Vec<String>,
    /// Indicators, instead of data elements.
    #[arg(long = "indicator", value_name = "ID", value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "What")]
    pub(crate) indicators: Vec<String>,
    /// Indicator groups: all their indicators.
    #[arg(long = "indicator-group", value_name = "ID", value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "What")]
    pub(crate) indicator_groups: Vec<String>,
    /// Apart by category option combo.
    #[arg(long, help_heading = "What")]
    pub(crate) include_cocs: bool,
    /// Periods, by id, such as 202401, 2024Q1.
    #[arg(long = "period", value_name = "PERIOD", value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "When")]
    pub(crate) periods: Vec<String>,
    /// Organisation units; beside groups and levels, the units below which these are looked for.
    #[arg(long = "org-unit", value_name = "ID|NAME", add = ArgValueCompleter::new(complete::organisation_units), value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "Where")]
    pub(crate) org_units: Vec<String>,
    /// Organisation unit groups: their members.
    #[arg(long = "org-unit-group", value_name = "ID", value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "Where")]
    pub(crate) org_unit_groups: Vec<String>,
    /// All organisation units of these levels.
    #[arg(long = "org-unit-level", value_name = "N", value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "Where")]
    pub(crate) org_unit_levels: Vec<u32>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
}
