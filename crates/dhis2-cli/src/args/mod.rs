//! The command line.

mod aggregate;
mod copy;
mod data_values;
mod import;
mod metadata;
mod output;
mod privacy;
mod profile;
mod report;
mod run;
mod server;
mod simulate;
mod tools;
mod tracker;

use clap::{Parser, Subcommand};

pub(crate) use aggregate::{AggregateEventsArguments, AnalyticsArguments};
pub(crate) use copy::CopyDataValuesArguments;
pub(crate) use data_values::{DataValueSelection, DataValuesArguments, IdSchemeArgument};
pub(crate) use import::{ImportDataValuesArguments, ImportingArguments, Mapped, StrategyArgument};
pub(crate) use metadata::{List, MetadataArguments};
pub(crate) use output::{OutputArguments, PlanFormat};
pub(crate) use privacy::PrivacyArguments;
pub(crate) use profile::{
    PlaceArgument, ProfileAddArguments, ProfileCommand, ProfileListArguments, ProfileShowArguments,
};
pub(crate) use report::ReportArguments;
pub(crate) use run::{JoinArguments, RunArguments, VerifyArguments};
pub(crate) use server::{LogArgument, ServerArguments};
pub(crate) use simulate::{DemoArguments, SimulateArguments};
pub(crate) use tools::{
    CompletionArguments, DoctorArguments, ManArguments, RecordArguments, SearchArguments, ShellArgument,
};
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
    /// Run a command, and record all that it asks and is answered: to do it again without a network (`--replay`), or to report a
    /// bug. The same as `--record` in the command itself.
    #[command(
        after_help = "Examples:\n  dhis2 record units.har metadata organisation-units -o units.csv\n  dhis2 metadata organisation-units --replay units.har -o again.csv\n  dhis2 record --redact bug.har extract events --program Gp5m6bXiKm3 --org-unit tXypXgXhWmb -o events.csv"
    )]
    Record(RecordArguments),
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
