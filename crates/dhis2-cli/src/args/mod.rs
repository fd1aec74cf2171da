//! The command line.

mod copy;
mod data_values;
mod import;
mod privacy;
mod profile;
mod report;
mod tools;
mod tracker;

use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use clap_complete::ArgValueCompleter;
use dhis2::Dhis2;

use crate::complete;
use crate::plan_file::Planned;

pub(crate) use copy::CopyDataValuesArguments;
pub(crate) use data_values::{DataValueSelection, DataValuesArguments, IdSchemeArgument};
pub(crate) use import::{ImportDataValuesArguments, ImportingArguments, Mapped, StrategyArgument};
pub(crate) use privacy::PrivacyArguments;
pub(crate) use profile::{
    PlaceArgument, ProfileAddArguments, ProfileCommand, ProfileListArguments, ProfileShowArguments,
};
pub(crate) use report::ReportArguments;
pub(crate) use tools::{CompletionArguments, DoctorArguments, ManArguments, SearchArguments, ShellArgument};
pub(crate) use tracker::{
    EnrollmentStatusArgument, EnrollmentsArguments, EventRowsArgument, EventStatusArgument, EventsArguments,
    FileFormat, NameByArgument, OptionsAsArgument, OrgUnitModeArgument, ProgramArguments, RelationshipsArguments,
    ScheduleArguments, ShapeArguments, TrackedEntitiesArguments,
};

/// The version, the commit and the target.
const VERSION: &str =
    concat!(env!("CARGO_PKG_VERSION"), " (commit ", env!("DHIS2_COMMIT"), ", ", env!("DHIS2_TARGET"), ")");

/// Extract data from DHIS2 servers, 2.38 to 2.43, completely.
///
/// Every extract ends with a receipt: what was asked, what came, and whether it is all of it. Exit codes: 0 everything is
/// there, 1 nothing could be had, 2 the command was wrong, 3 something is missing (the receipt and standard error say what), 130
/// stopped by Ctrl-C.
#[derive(Debug, Parser)]
#[command(
    name = "dhis2",
    version = VERSION,
    after_help = "Examples:\n  dhis2 demo\n  dhis2 extract data-values --data-set Ug0xqMoBMNK --start-date 2024-01-01 --end-date 2024-12-31 \\\n      --org-unit tXypXgXhWmb --include-children -o values.parquet\n  dhis2 extract events --program 'Antenatal care' --org-unit Demoland -o events.parquet\n\nThe examples of all commands run as they stand against `dhis2 simulate`, with DHIS2_URL=http://127.0.0.1:8085 and the token that\nit names in DHIS2_TOKEN."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Extract data into a file.
    #[command(
        subcommand,
        after_help = "Examples:\n  dhis2 extract events --program Gp5m6bXiKm3 --org-unit tXypXgXhWmb -o events.csv\n  dhis2 extract events --program Gp5m6bXiKm3 --org-unit tXypXgXhWmb -o events.csv --record bug.har --redact    # for a report of a bug\n  dhis2 extract events --program Gp5m6bXiKm3 --org-unit tXypXgXhWmb -o masked.csv --replay bug.har"
    )]
    Extract(Box<Extract>),
    /// Run a plan that `dhis2 extract … --plan json` made, whole or in parts on several machines.
    #[command(
        after_help = "Examples:\n  dhis2 extract events --program Gp5m6bXiKm3 --org-unit eoCGLzxQiqk,BEVP9ZTmIsr --plan json > plan.json\n  dhis2 run plan.json -o events.parquet\n  dhis2 run plan.json --chunks 1-1 -o part-1\n  dhis2 run plan.json --chunks 2-2 -o part-2\n  dhis2 join part-1 part-2 -o events.parquet"
    )]
    Run(Box<RunArguments>),
    /// Join parts of a plan into one file. No server is asked.
    #[command(after_help = "Example:\n  dhis2 join part-1 part-2 -o events.parquet --receipt events.receipt.json")]
    Join(JoinArguments),
    /// Check a file against its receipt: that it is whole, unchanged, and all of what was asked for.
    #[command(after_help = "Example:\n  dhis2 verify events.receipt.json events.parquet")]
    Verify(VerifyArguments),
    /// Make a page about an extract: whether it is whole, where and when its rows are, what is missing, late or odd. No server
    /// is asked, and the page, one HTML file, asks nobody for anything.
    #[command(
        after_help = "Examples:\n  dhis2 report values.parquet -o report.html\n  mkdir -p metadata && dhis2 metadata organisation-units -o metadata/units.parquet\n  dhis2 report anc/ --metadata metadata/ -o anc.html"
    )]
    Report(ReportArguments),
    /// Make data values of individual records.
    #[command(
        subcommand,
        after_help = "Example:\n  dhis2 aggregate events --spec first-visits.toml --org-unit tXypXgXhWmb -o counts.csv"
    )]
    Aggregate(Box<AggregateCommand>),
    /// Import data from a file, and say of each row what became of it.
    #[command(
        subcommand,
        after_help = "Example:\n  dhis2 import data-values corrected.csv --strategy update --report report.csv"
    )]
    Import(Box<ImportCommand>),
    /// Copy data from one server to another: extract, map ids, show the difference, import.
    #[command(
        subcommand,
        after_help = "Example:\n  dhis2 copy data-values --from http://127.0.0.1:8085 --to http://127.0.0.1:8086 --data-set Ug0xqMoBMNK \\\n      --period 202401 --org-unit tXypXgXhWmb --include-children --report difference.csv"
    )]
    Copy(Box<CopyCommand>),
    /// Read a metadata list: a table on a terminal, CSV in a pipe, or a file.
    #[command(
        after_help = "Examples:\n  dhis2 metadata programs\n  dhis2 metadata data-elements --filter name:ilike:monthly -o elements.csv\n  dhis2 metadata organisation-units --max-level 3 -o units.parquet"
    )]
    Metadata(Box<MetadataArguments>),
    /// Find the ids of programs, data sets, data elements and organisation units by name, code or id.
    #[command(after_help = "Examples:\n  dhis2 search monthly\n  dhis2 search 'district a' --json")]
    Search(SearchArguments),
    /// Look at everything between here and an extract, and say what is not as it should be.
    ///
    /// The way to the server, its certificate, redirects, the login, the version with its known defects and what is done about
    /// them, what the account may see, clocks, limits. Exit codes: 0 extracts work, 3 something prevents them.
    #[command(after_help = "Examples:\n  dhis2 doctor\n  dhis2 doctor --json")]
    Doctor(DoctorArguments),
    /// Keep servers and accounts under names; secrets go into the system's keyring.
    #[command(subcommand, after_help = "Example:\n  dhis2 profile list")]
    Profile(ProfileCommand),
    /// Print what a shell must read to complete commands, options and ids.
    ///
    /// Ids are completed that `search` has found, or a name in place of an id; no server is asked.
    #[command(
        after_help = "Examples:\n  dhis2 completion bash > dhis2.bash    # then, in ~/.bashrc: source …/dhis2.bash\n  dhis2 completion fish > dhis2.fish    # into ~/.config/fish/completions\n  dhis2 completion zsh > _dhis2         # then, in ~/.zshrc: source …/_dhis2\n  dhis2 completion powershell > dhis2.ps1"
    )]
    Completion(CompletionArguments),
    /// Write manual pages, one for each command.
    #[command(after_help = "Example:\n  dhis2 man -o man/man1")]
    Man(ManArguments),
    /// Run an embedded DHIS2 server on this machine, with made-up or recorded data.
    #[command(
        after_help = "Examples:\n  dhis2 simulate --server-version 2.42 --port 8085 --scale 500 --seed 7\n  dhis2 simulate --server-version 2.43.1 --load recordings/2.40.12/world\n  dhis2 simulate --faults faults.toml\n\nA file of faults, here every third request is put off and one answer in ten breaks off (docs/faults.md has all kinds):\n  [[rule]]\n  every = 3\n  fault.status = { code = 503, retry_after_seconds = 1 }\n  [[rule]]\n  probability = 0.1\n  fault.reset = { at = \"midway\" }"
    )]
    Simulate(SimulateArguments),
    /// Start an embedded server, extract data values and events from it, and show the result. Needs nothing else.
    #[command(after_help = "Example:\n  dhis2 demo -o my-demo")]
    Demo(DemoArguments),
}

#[derive(Debug, Subcommand)]
pub(crate) enum AggregateCommand {
    /// Count the events of a program as a spec says; the file is ready for `dhis2 import data-values`.
    #[command(
        after_help = "Example:\n  dhis2 aggregate events --spec first-visits.toml --org-unit tXypXgXhWmb --from 202401 --to 202412 -o counts.csv"
    )]
    Events(AggregateEventsArguments),
}

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

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Import data values. Without --commit nothing is stored, and the report shows the difference.
    #[command(
        after_help = "Examples:\n  dhis2 import data-values corrected.csv --strategy update --report difference.csv\n  dhis2 import data-values corrected.csv --strategy update --report report.csv --commit\n  dhis2 import data-values theirs.json --map org-units=their-units.csv --map data-elements=their-elements.csv"
    )]
    DataValues(ImportDataValuesArguments),
}

#[derive(Debug, Subcommand)]
pub(crate) enum CopyCommand {
    /// Copy data values. Without --commit nothing is stored, and the report shows the difference.
    ///
    /// Values are copied; comments, follow-up marks and deletions are not. A copy that was stopped is made again: what is
    /// there already is left alone. Exit codes: 0 everything came and was accepted, 1 nothing could be had or sent, 2 the
    /// command was wrong, 3 something did not come or was not accepted (the receipt, the report and standard error say what).
    #[command(
        after_help = "Examples:\n  export DHIS2_FROM_TOKEN=$DHIS2_TOKEN DHIS2_TO_USERNAME=admin DHIS2_TO_PASSWORD=district\n  dhis2 copy data-values --from http://127.0.0.1:8085 --to http://127.0.0.1:8086 --data-set Ug0xqMoBMNK \\\n      --start-date 2024-01-01 --end-date 2024-12-31 --org-unit tXypXgXhWmb --include-children \\\n      --map org-units=their-units.csv --strategy create-and-update --report difference.csv\n  dhis2 copy data-values --from http://127.0.0.1:8085 --to http://127.0.0.1:8086 --data-set Ug0xqMoBMNK \\\n      --period 202412 --org-unit eoCGLzxQiqk --include-children --report report.csv --receipt receipt.json --commit"
    )]
    DataValues(CopyDataValuesArguments),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Extract {
    /// Extract aggregate data values: one row a value.
    #[command(
        after_help = "Examples:\n  dhis2 extract data-values --data-set Ug0xqMoBMNK --start-date 2024-01-01 --end-date 2024-12-31 \\\n      --org-unit tXypXgXhWmb --include-children -o values.parquet\n  dhis2 extract data-values --data-element QBD3OsM2SVZ,ULnDUI549Ln --period 202401,202402 \\\n      --org-unit-group PvZ4PimCvzu -o values.csv --receipt values.receipt.json"
    )]
    DataValues(DataValuesArguments),
    /// Extract figures that the server has added up: one row for each element or indicator, unit and period.
    #[command(
        after_help = "Example:\n  dhis2 extract analytics --data-element QBD3OsM2SVZ --period 2024Q1,2024Q2 --org-unit tXypXgXhWmb --org-unit-level 3 \\\n      -o figures.csv"
    )]
    Analytics(AnalyticsArguments),
    /// Extract the events of a program: one row for each data value of an event, one for an event without any.
    #[command(
        after_help = "Examples:\n  dhis2 extract events --program Gp5m6bXiKm3 --org-unit tXypXgXhWmb -o events.parquet\n  dhis2 extract events --program Gp5m6bXiKm3 --org-unit zTUY84PmF6o --occurred-after 2024-01-01 \\\n      --occurred-before 2024-01-31 -o january.csv\n  dhis2 extract events --program Gp5m6bXiKm3 --org-unit tXypXgXhWmb --status overdue --rich --names\n  dhis2 extract events --program TBkOItGhGad --org-unit tXypXgXhWmb --filter 'Jjau12crvYR:in:B50;A00' --wide -o malaria.csv\n  head -c 32 /dev/urandom > keyfile && chmod 600 keyfile\n  dhis2 extract events --program Gp5m6bXiKm3 --org-unit tXypXgXhWmb --rich --pseudonymise keyfile --date-shift 60 \\\n      --drop-types PHONE_NUMBER,EMAIL,COORDINATE,GEOJSON --generalise-org-unit 2 -o pseudonymised.parquet"
    )]
    Events(Box<EventsArguments>),
    /// Extract the notes on the events of a program: one row each.
    #[command(
        after_help = "Example:\n  dhis2 extract event-notes --program Gp5m6bXiKm3 --org-unit tXypXgXhWmb -o notes.csv"
    )]
    EventNotes(Box<EventsArguments>),
    /// Extract the work plan of a program: its scheduled, overdue and missed visits, one row each.
    #[command(
        after_help = "Example:\n  dhis2 extract schedule --program Gp5m6bXiKm3 --org-unit zTUY84PmF6o --as-of 2024-01-31 -o due.csv"
    )]
    Schedule(ScheduleArguments),
    /// Extract tracked entities: one row for each attribute of an entity, one for an entity without any.
    #[command(
        after_help = "Examples:\n  dhis2 extract tracked-entities --program Gp5m6bXiKm3 --org-unit tXypXgXhWmb -o people.parquet\n  dhis2 extract tracked-entities --program Gp5m6bXiKm3 --org-unit tXypXgXhWmb --filter mNUQZgxp8Bz:eq:true --wide -o tested.csv\n  dhis2 extract tracked-entities --program Gp5m6bXiKm3 --org-unit tXypXgXhWmb --drop-confidential --drop-types PHONE_NUMBER -o people.csv"
    )]
    TrackedEntities(TrackedEntitiesArguments),
    /// Extract which organisation unit owns a tracked entity for which program: one row each.
    #[command(
        after_help = "Example:\n  dhis2 extract program-owners --program Gp5m6bXiKm3 --org-unit tXypXgXhWmb -o owners.csv"
    )]
    ProgramOwners(TrackedEntitiesArguments),
    /// Extract the enrollments of a program: one row each.
    #[command(
        after_help = "Example:\n  dhis2 extract enrollments --program Gp5m6bXiKm3 --org-unit tXypXgXhWmb -o enrollments.parquet"
    )]
    Enrollments(EnrollmentsArguments),
    /// Extract the attributes of enrollments: one row for each value.
    #[command(
        after_help = "Example:\n  dhis2 extract enrollment-attributes --program Gp5m6bXiKm3 --org-unit tXypXgXhWmb -o attributes.csv"
    )]
    EnrollmentAttributes(EnrollmentsArguments),
    /// Extract relationships: one row each, though they are seen from both ends.
    #[command(
        after_help = "Examples:\n  dhis2 extract relationships --tracked-entity-type XrYLp2rFXqw --org-unit tXypXgXhWmb -o edges.csv\n  dhis2 extract relationships --tracked-entity onM2n4G4irF"
    )]
    Relationships(RelationshipsArguments),
    /// Extract a program whole: tracked entities, attributes, enrollments, events and relationships that belong together.
    #[command(after_help = "Example:\n  dhis2 extract program --program Gp5m6bXiKm3 --org-unit tXypXgXhWmb -o anc/")]
    Program(Box<ProgramArguments>),
}

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

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
#[allow(clippy::struct_excessive_bools)] // switches of the command line
pub(crate) struct OutputArguments {
    /// The file to write; its extension says the format: .parquet, .csv, .arrow or .ndjson. Without it, the first rows as a
    /// table on a terminal, and all rows as CSV in a pipe.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write the receipt, as JSON, into this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: Option<PathBuf>,
    /// Print the receipt, as JSON, on standard output.
    #[arg(long, requires = "output")]
    pub(crate) json: bool,
    /// Names beside uids: of data elements, attributes, option combos, stages, and of organisation units with all above.
    #[arg(long)]
    pub(crate) names: bool,
    /// Ids that repeat (elements, periods, units, option combos, …) as `Categorical` columns, in Parquet files.
    #[arg(long)]
    pub(crate) categorical: bool,
    /// Show what would be asked for, and fetch nothing: as a table, or as JSON for `dhis2 run` (which holds the command, with
    /// the values that it filters by).
    #[arg(long, value_enum, value_name = "FORMAT", num_args = 0..=1, default_missing_value = "table")]
    pub(crate) plan: Option<PlanFormat>,
    /// Ask for everything once more, in other pieces, and compare. What differs, or cannot be asked again, makes the exit code 3.
    #[arg(long)]
    pub(crate) verify: bool,
    /// Forget what an earlier run of the same command had fetched before it was stopped. (Without this it goes on from there.)
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Only these chunks of the plan; the output is then a folder. (Of `dhis2 run`.)
    #[arg(skip)]
    pub(crate) part: Option<RangeInclusive<usize>>,
    /// The plan that is run. (Of `dhis2 run`.)
    #[arg(skip)]
    pub(crate) planned: Option<Planned>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    /// A table.
    Table,
    /// JSON.
    Json,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogArgument {
    /// A bar on a terminal, else a line every few seconds.
    #[default]
    Auto,
    /// A line of JSON every second.
    Json,
    /// Nothing.
    None,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Server")]
pub(crate) struct ServerArguments {
    /// The server's address, as in the browser.
    #[arg(long, env = "DHIS2_URL", value_name = "URL")]
    pub(crate) url: Option<String>,
    /// A profile that `dhis2 profile add` has kept; else the one in use. What the options and variables here say is stronger.
    #[arg(long, env = "DHIS2_PROFILE", value_name = "NAME", add = ArgValueCompleter::new(complete::profiles))]
    pub(crate) profile: Option<String>,
    /// A personal access token. Better in the environment or a profile: everybody on the machine can read a command line.
    #[arg(long, env = "DHIS2_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// A command that prints an access token (OIDC, OAuth 2).
    #[arg(long, env = "DHIS2_TOKEN_COMMAND", value_name = "COMMAND")]
    pub(crate) token_command: Option<String>,
    /// The user name; the password comes from the environment variable `DHIS2_PASSWORD`.
    #[arg(long, env = "DHIS2_USERNAME", value_name = "NAME")]
    pub(crate) username: Option<String>,
    /// Answer from recordings (HAR files or folders of them) instead of the network.
    #[arg(long, value_name = "FILE|DIR", value_delimiter = ',', action = ArgAction::Append)]
    pub(crate) replay: Vec<PathBuf>,
    /// Record everything that is asked and answered into a HAR file, without credentials.
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// Record without what the data say, the host and the account: for a report of a bug. Masked are values, names and filters;
    /// ids of metadata and dates stay.
    #[arg(long, requires = "record")]
    pub(crate) redact: bool,
    /// Trust the authorities in this PEM file as well.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Talk to a server whose certificate nobody vouches for. Whoever stands between can read the password.
    #[arg(long)]
    pub(crate) insecure: bool,
    /// Requests at the same time.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=32))]
    pub(crate) concurrency: u16,
    /// Requests begun in a second at most.
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(crate) max_requests_per_second: Option<f64>,
    /// One request at a time, and after each the server has as long to itself as the request took.
    #[arg(long)]
    pub(crate) polite: bool,
    /// How progress is told on standard error.
    #[arg(long, value_enum, default_value_t, value_name = "HOW", hide_possible_values = true)]
    pub(crate) log: LogArgument,
    /// How the environment variables begin that these are from.
    #[arg(skip = ServerArguments::PREFIX)]
    pub(crate) prefix: &'static str,
    /// The connection, where there is one already.
    #[arg(skip)]
    pub(crate) connected: Option<Dhis2>,
}

impl ServerArguments {
    /// How the environment variables begin, but for those of copies.
    pub(crate) const PREFIX: &str = "DHIS2";
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The plan, as `--plan json` wrote it.
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,
    /// Only these chunks, such as 1-20; what comes is a folder, to be joined with the other parts.
    #[arg(long, value_name = "A-B", value_parser = chunks)]
    pub(crate) chunks: Option<RangeInclusive<usize>>,
    /// The file to write; its extension says the format. With --chunks a folder.
    #[arg(short, long, value_name = "FILE|DIR")]
    pub(crate) output: PathBuf,
    /// Write the receipt, as JSON, into this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: Option<PathBuf>,
    /// Print the receipt, as JSON, on standard output.
    #[arg(long)]
    pub(crate) json: bool,
    /// Forget what an earlier run of the same plan had fetched before it was stopped.
    #[arg(long)]
    pub(crate) fresh: bool,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
}

fn chunks(text: &str) -> Result<RangeInclusive<usize>, String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.parse(), last.parse()) {
        (Ok(first), Ok(last)) if 1 <= first && first <= last => Ok(first..=last),
        _ => Err("expected two numbers from 1, such as 1-20".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(crate) struct JoinArguments {
    /// The folders of the parts, in any order.
    #[arg(value_name = "DIR", required = true)]
    pub(crate) parts: Vec<PathBuf>,
    /// The file to write; its extension says the format.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Write the receipt, as JSON, into this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: Option<PathBuf>,
    /// Print the receipt, as JSON, on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// The receipt.
    pub(crate) receipt: PathBuf,
    /// The file.
    pub(crate) file: PathBuf,
    /// Print the outcome as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if number > 0.0 && f64::is_finite(number) => Ok(number),
        _ => Err("expected a number above 0".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(crate) struct SimulateArguments {
    /// The version to behave like, such as 2.42 or 2.40.12.
    #[arg(long, value_name = "VERSION", default_value = "2.42.5.2")]
    pub(crate) server_version: String,
    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 8085)]
    pub(crate) port: u16,
    /// The zone of the server's clock, an IANA name.
    #[arg(long, value_name = "ZONE")]
    pub(crate) time_zone: Option<String>,
    /// Hold what these files hold: DHIS2's own exports (metadata, data value sets, tracker), or HAR files with them, or
    /// folders of either.
    #[arg(long, value_name = "PATH", num_args = 1.., conflicts_with_all = ["scale", "seed"])]
    pub(crate) load: Vec<PathBuf>,
    /// Hold made-up data of about this many organisation units, with 100 data values and 10 events each.
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) scale: u32,
    /// The same seed makes the same data.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Do wrong on purpose what this file (TOML) says: be late, break off, refuse, cut answers.
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// The folder to write into; it is made where there is none.
    #[arg(short, long, value_name = "FOLDER", default_value = "dhis2-demo")]
    pub(crate) output: PathBuf,
    /// The version that the embedded server behaves like.
    #[arg(long, value_name = "VERSION", default_value = "2.42.5.2")]
    pub(crate) server_version: String,
}
