//! The command line of imports.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

use super::ServerArguments;

#[derive(Debug, Args)]
pub(crate) struct ImportDataValuesArguments {
    /// The file: .csv, .parquet, .arrow or .ndjson with the columns of an extract, or DHIS2's own export (.json, .csv).
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) importing: ImportingArguments,
    /// Print the counts, as JSON, on standard output.
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
}

// Without a doc comment: clap would take it for that of the command.
#[derive(Debug, Args)]
pub(crate) struct ImportingArguments {
    /// Which rows may change what; it means the same on every server.
    #[arg(long, value_enum, default_value_t, help_heading = "What")]
    pub(crate) strategy: StrategyArgument,
    /// A file of two columns, ids as they stand in the rows and the server's uids: data-elements, org-units,
    /// category-option-combos or attribute-option-combos. A row with an id that is not in it is rejected.
    #[arg(long = "map", value_name = "KIND=FILE", value_parser = mapping, action = ArgAction::Append, help_heading = "What")]
    pub(crate) maps: Vec<(Mapped, PathBuf)>,
    /// Prefer these data sets, in this order, for elements that are in several.
    #[arg(long = "prefer-data-set", value_name = "ID", value_delimiter = ',', num_args = 1.., action = ArgAction::Append, help_heading = "What")]
    pub(crate) prefer_data_sets: Vec<String>,
    /// Reject rows that the server's metadata says are wrong, without asking the server.
    #[arg(long, help_heading = "What")]
    pub(crate) check: bool,
    /// Store the values. Without it nothing is stored.
    #[arg(long, help_heading = "How")]
    pub(crate) commit: bool,
    /// Let the server work on each part as a job of its own, for proxies that cut long requests.
    #[arg(long = "async", help_heading = "How")]
    pub(crate) asynchronous: bool,
    /// Go on from the report of an earlier run with the same rows, a committed one.
    #[arg(long, value_name = "REPORT", help_heading = "How")]
    pub(crate) resume: Option<PathBuf>,
    /// Write what became of each row into this file; its extension says the format. With --commit it is kept while the import
    /// goes on, so that --resume can go on from it whatever ended the program.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) report: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum StrategyArgument {
    /// Store where there is no value.
    #[default]
    Create,
    /// Store where there is another value.
    Update,
    /// Both.
    CreateAndUpdate,
    /// Delete values that are there.
    Delete,
}

/// What is mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mapped {
    DataElements,
    OrgUnits,
    CategoryOptionCombos,
    AttributeOptionCombos,
}

fn mapping(text: &str) -> Result<(Mapped, PathBuf), String> {
    let (kind, file) = text.split_once('=').ok_or("expected KIND=FILE")?;
    Ok((Mapped::from_str(kind, true)?, PathBuf::from(file)))
}
