//! Where rows go, and what is said of them.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::plan_file::Planned;

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
