//! Plans that are run, parts that are joined, files that are checked.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::Args;

use super::ServerArguments;

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
