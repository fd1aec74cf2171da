//! The arguments of `dhis2 report`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// A file of an extract (.parquet, .csv, .arrow, .ndjson), or a folder of them, such as `dhis2 extract program` makes.
    #[arg(value_name = "FILE|FOLDER")]
    pub(crate) input: PathBuf,
    /// The page to write.
    #[arg(short, long, value_name = "FILE", default_value = "report.html")]
    pub(crate) output: PathBuf,
    /// The extract's receipt. Without it, values.receipt.json is looked for beside values.csv, and any receipt in a folder.
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: Option<PathBuf>,
    /// A folder with files of `dhis2 metadata`, for names, the hierarchy, geometry, value types, and what is to be reported.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) metadata: Option<PathBuf>,
    /// How many days after its period's end a report of data values is in time.
    #[arg(long, value_name = "DAYS", default_value_t = 15)]
    pub(crate) timely_days: u32,
    /// Print the main figures, as JSON, on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}
