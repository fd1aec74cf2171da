//! The command line of what is extracted from Tracker.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};
use clap_complete::ArgValueCompleter;

use super::{OutputArguments, PlanFormat, PrivacyArguments, ServerArguments};
use crate::complete;
use crate::plan_file::Planned;

#[derive(Debug, Args)]
pub(crate) struct EventsArguments {
    /// The program.
    #[arg(long, value_name = "ID|NAME", add = ArgValueCompleter::new(complete::programs), help_heading = "What")]
    pub(crate) program: String,
    /// Only events of this stage of the program.
    #[arg(long, value_name = "ID|NAME", add = ArgValueCompleter::new(complete::program_stages), help_heading = "What")]
    pub(crate) program_stage: Option<String>,
    /// Only events of this status.
    #[arg(long, value_enum, help_heading = "What")]
    pub(crate) status: Option<EventStatusArgument>,
    /// Only these events.
    #[arg(long = "event", value_name = "ID", value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "What")]
    pub(crate) events: Vec<String>,
    /// Only events of these enrollments.
    #[arg(long = "enrollment", value_name = "ID", value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "What")]
    pub(crate) enrollments: Vec<String>,
    /// Only events whose attribute option combo consists of these category options, among others.
    #[arg(long = "attribute-option", value_name = "ID", value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "What")]
    pub(crate) attribute_options: Vec<String>,
    /// Only events that meet this condition on a data element or column, such as tJ7XuzLqNDv:gt:100; all must hold.
    #[arg(long = "filter", value_name = "FILTER", action = ArgAction::Append, help_heading = "What")]
    pub(crate) filters: Vec<String>,
    /// Organisation units: their events and, unless a mode is said, those of all units below them.
    #[arg(long = "org-unit", value_name = "ID|NAME", add = ArgValueCompleter::new(complete::organisation_units), value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "Where")]
    pub(crate) org_units: Vec<String>,
    /// How far the units reach.
    #[arg(long, value_enum, default_value_t, help_heading = "Where")]
    pub(crate) org_unit_mode: OrgUnitModeArgument,
    /// First day on which events occurred, on the server's clock.
    #[arg(long, value_name = "YYYY-MM-DD", help_heading = "When")]
    pub(crate) occurred_after: Option<String>,
    /// Last day on which events occurred, the whole day included.
    #[arg(long, value_name = "YYYY-MM-DD", help_heading = "When")]
    pub(crate) occurred_before: Option<String>,
    /// First day for which events were scheduled, on the server's clock.
    #[arg(long, value_name = "YYYY-MM-DD", help_heading = "When")]
    pub(crate) scheduled_after: Option<String>,
    /// Last day for which events were scheduled, the whole day included.
    #[arg(long, value_name = "YYYY-MM-DD", help_heading = "When")]
    pub(crate) scheduled_before: Option<String>,
    #[command(flatten)]
    pub(crate) changes: ChangesArguments,
    /// Enrollment, person, dates, users, follow-up and place of the event as well.
    #[arg(long, help_heading = "Output")]
    pub(crate) rich: bool,
    /// What a row of a wide table is; an enrollment has the events of repeatable stages in numbered columns.
    #[arg(long, value_enum, requires = "wide", value_name = "ROWS", help_heading = "Output")]
    pub(crate) rows: Option<EventRowsArgument>,
    #[command(flatten)]
    pub(crate) shape: ShapeArguments,
    /// Write `occurred_at` in true UTC. Without it, it is the time that the server shows, so that a visit on 15 January stays
    /// on 15 January.
    #[arg(long, help_heading = "Output")]
    pub(crate) occurred_at_in_utc: bool,
    /// Events a page [default: 5000].
    #[arg(long, value_name = "N", help_heading = "Server")]
    pub(crate) page_size: Option<u32>,

    #[command(flatten)]
    pub(crate) privacy: PrivacyArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
}

/// How the table looks.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct ShapeArguments {
    /// One row an object, and one typed column for each data element or attribute.
    #[arg(long)]
    pub(crate) wide: bool,
    /// What the columns of a wide table are called by.
    #[arg(long, value_enum, default_value_t, requires = "wide")]
    pub(crate) name_by: NameByArgument,
    /// What stands in a wide table for an option of an option set.
    #[arg(long, value_enum, default_value_t, requires = "wide")]
    pub(crate) options_as: OptionsAsArgument,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum NameByArgument {
    /// Uid.
    Id,
    /// Code.
    Code,
    /// Name.
    #[default]
    Name,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OptionsAsArgument {
    /// Its code, as stored.
    #[default]
    Code,
    /// Its name.
    Label,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EventRowsArgument {
    /// An event.
    Event,
    /// An enrollment.
    Enrollment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EventStatusArgument {
    /// Going on.
    Active,
    /// Completed.
    Completed,
    /// Active, and it occurred.
    Visited,
    /// Scheduled.
    Schedule,
    /// Scheduled for a day that has passed.
    Overdue,
    /// Skipped.
    Skipped,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OrgUnitModeArgument {
    /// The units themselves.
    Selected,
    /// The units and those directly below them.
    Children,
    /// The units and all below them.
    #[default]
    Descendants,
    /// All units that the account may search.
    Accessible,
    /// All units where the account may enter data.
    Capture,
    /// All units.
    All,
}

#[derive(Debug, Args)]
pub(crate) struct ScheduleArguments {
    /// The program.
    #[arg(long, value_name = "ID|NAME", add = ArgValueCompleter::new(complete::programs), help_heading = "What")]
    pub(crate) program: String,
    /// Only visits of this stage of the program.
    #[arg(long, value_name = "ID|NAME", add = ArgValueCompleter::new(complete::program_stages), help_heading = "What")]
    pub(crate) program_stage: Option<String>,
    /// Only visits that meet this condition on a column of events, such as `organisation_unit_id:eq:E7JGvseIzdW`.
    #[arg(long = "filter", value_name = "FILTER", action = ArgAction::Append, help_heading = "What")]
    pub(crate) filters: Vec<String>,
    /// Organisation units: their visits and those of all units below them.
    #[arg(long = "org-unit", value_name = "ID|NAME", add = ArgValueCompleter::new(complete::organisation_units), value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "Where")]
    pub(crate) org_units: Vec<String>,
    /// The day of the plan; today on the server's clock unless said.
    #[arg(long, value_name = "YYYY-MM-DD", help_heading = "When")]
    pub(crate) as_of: Option<String>,
    #[command(flatten)]
    pub(crate) privacy: PrivacyArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
}

#[derive(Debug, Args)]
#[group(id = "of", required = true, multiple = false)]
#[command(next_help_heading = "What")]
pub(crate) struct OfArguments {
    /// The program.
    #[arg(long, value_name = "ID|NAME", add = ArgValueCompleter::new(complete::programs), group = "of")]
    pub(crate) program: Option<String>,
    /// The tracked entity type.
    #[arg(long, value_name = "ID", group = "of")]
    pub(crate) tracked_entity_type: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ChangesArguments {
    /// Only what was updated at this moment or later: UTC unless it has an offset.
    #[arg(long, value_name = "TIME", help_heading = "When")]
    pub(crate) updated_after: Option<String>,
    /// Only what was updated at this moment or earlier.
    #[arg(long, value_name = "TIME", help_heading = "When")]
    pub(crate) updated_before: Option<String>,
    /// Deleted ones as well.
    #[arg(long, help_heading = "What")]
    pub(crate) include_deleted: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TrackedEntitiesArguments {
    #[command(flatten)]
    pub(crate) of: OfArguments,
    /// Only these tracked entities.
    #[arg(long = "tracked-entity", value_name = "ID", value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "What")]
    pub(crate) tracked_entities: Vec<String>,
    /// Only those that meet this condition on an attribute or column, such as mNUQZgxp8Bz:eq:true; all must hold.
    #[arg(long = "filter", value_name = "FILTER", action = ArgAction::Append, help_heading = "What")]
    pub(crate) filters: Vec<String>,
    /// Organisation units: their tracked entities and those of all units below them.
    #[arg(long = "org-unit", value_name = "ID|NAME", add = ArgValueCompleter::new(complete::organisation_units), value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "Where")]
    pub(crate) org_units: Vec<String>,
    #[command(flatten)]
    pub(crate) changes: ChangesArguments,
    #[command(flatten)]
    pub(crate) shape: ShapeArguments,
    #[command(flatten)]
    pub(crate) privacy: PrivacyArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
}

#[derive(Debug, Args)]
pub(crate) struct EnrollmentsArguments {
    /// The program.
    #[arg(long, value_name = "ID|NAME", add = ArgValueCompleter::new(complete::programs), help_heading = "What")]
    pub(crate) program: String,
    /// Only these enrollments.
    #[arg(long = "enrollment", value_name = "ID", value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "What")]
    pub(crate) enrollments: Vec<String>,
    /// Only those with this status.
    #[arg(long, value_enum, help_heading = "What")]
    pub(crate) status: Option<EnrollmentStatusArgument>,
    /// Only those that meet this condition on a column, such as `enrolled_at:ge:2024-01-01`; all must hold.
    #[arg(long = "filter", value_name = "FILTER", action = ArgAction::Append, help_heading = "What")]
    pub(crate) filters: Vec<String>,
    /// Organisation units: their enrollments and those of all units below them.
    #[arg(long = "org-unit", value_name = "ID|NAME", add = ArgValueCompleter::new(complete::organisation_units), value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "Where")]
    pub(crate) org_units: Vec<String>,
    #[command(flatten)]
    pub(crate) changes: ChangesArguments,
    #[command(flatten)]
    pub(crate) shape: ShapeArguments,
    #[command(flatten)]
    pub(crate) privacy: PrivacyArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EnrollmentStatusArgument {
    /// Going on.
    Active,
    /// Completed.
    Completed,
    /// Cancelled.
    Cancelled,
}

#[derive(Debug, Args)]
pub(crate) struct RelationshipsArguments {
    /// The program.
    #[arg(long, value_name = "ID|NAME", add = ArgValueCompleter::new(complete::programs), help_heading = "What")]
    pub(crate) program: Option<String>,
    /// The tracked entity type.
    #[arg(long, value_name = "ID", help_heading = "What")]
    pub(crate) tracked_entity_type: Option<String>,
    /// Single tracked entities, instead of a program or type and units.
    #[arg(long = "tracked-entity", value_name = "ID", value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "What")]
    pub(crate) tracked_entities: Vec<String>,
    /// Single enrollments.
    #[arg(long = "enrollment", value_name = "ID", value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "What")]
    pub(crate) enrollments: Vec<String>,
    /// Single events.
    #[arg(long = "event", value_name = "ID", value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "What")]
    pub(crate) events: Vec<String>,
    /// Only those that meet this condition on a column, such as `from_type:eq:event`; all must hold.
    #[arg(long = "filter", value_name = "FILTER", action = ArgAction::Append, help_heading = "What")]
    pub(crate) filters: Vec<String>,
    /// Organisation units: the relationships of what is in them and in all units below them.
    #[arg(long = "org-unit", value_name = "ID|NAME", add = ArgValueCompleter::new(complete::organisation_units), value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "Where")]
    pub(crate) org_units: Vec<String>,
    #[command(flatten)]
    pub(crate) privacy: PrivacyArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // switches of the command line
pub(crate) struct ProgramArguments {
    /// The program.
    #[arg(long, value_name = "ID|NAME", add = ArgValueCompleter::new(complete::programs), help_heading = "What")]
    pub(crate) program: String,
    /// Deleted ones as well.
    #[arg(long, help_heading = "What")]
    pub(crate) include_deleted: bool,
    /// Organisation units, with all below them.
    #[arg(long = "org-unit", value_name = "ID|NAME", add = ArgValueCompleter::new(complete::organisation_units), value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "Where")]
    pub(crate) org_units: Vec<String>,
    /// The folder to write into, a file for each table; it is made where there is none. Without it, the first rows of each
    /// table on a terminal.
    #[arg(short, long, value_name = "FOLDER", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,
    /// The format of the files.
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    pub(crate) format: FileFormat,
    /// Names beside uids.
    #[arg(long, help_heading = "Output")]
    pub(crate) names: bool,
    #[command(flatten)]
    pub(crate) shape: ShapeArguments,
    /// Write the receipt, as JSON, into this file.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) receipt: Option<PathBuf>,
    /// Print the receipt, as JSON, on standard output.
    #[arg(long, requires = "output", help_heading = "Output")]
    pub(crate) json: bool,
    /// Show what would be asked for before any answer is there, and fetch nothing: as a table, or as JSON for `dhis2 run`.
    #[arg(long, value_enum, value_name = "FORMAT", num_args = 0..=1, default_missing_value = "table", help_heading = "Output")]
    pub(crate) plan: Option<PlanFormat>,
    /// Ask for everything once more, in other pieces, and compare.
    #[arg(long, help_heading = "Output")]
    pub(crate) verify: bool,
    /// Forget what an earlier run of the same command had fetched before it was stopped.
    #[arg(long, help_heading = "Output")]
    pub(crate) fresh: bool,
    /// The plan that is run. (Of `dhis2 run`.)
    #[arg(skip)]
    pub(crate) planned: Option<Planned>,
    #[command(flatten)]
    pub(crate) privacy: PrivacyArguments,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum FileFormat {
    /// Apache Parquet.
    #[default]
    Parquet,
    /// Comma-separated values.
    Csv,
    /// Apache Arrow IPC.
    Arrow,
    /// Newline-delimited JSON.
    Ndjson,
}
