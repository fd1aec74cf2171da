//! The command line of what is beside extracts: finding ids, looking at a server, shells, manual pages.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::ServerArguments;

#[derive(Debug, Args)]
pub(crate) struct SearchArguments {
    /// A part of a name or code, whatever its case, or an id.
    pub(crate) text: String,
    /// Print what is found as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// Print what is found as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionArguments {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: ShellArgument,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShellArgument {
    Bash,
    Zsh,
    Fish,
    #[value(name = "powershell")]
    PowerShell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// The folder to write into; it is made where there is none.
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct RecordArguments {
    /// Without what the data say, the host and the account: for a report of a bug.
    #[arg(long)]
    pub(crate) redact: bool,
    /// The recording, a HAR file.
    #[arg(value_name = "FILE")]
    pub(crate) file: String,
    /// The command, in the words that follow `dhis2` without this.
    #[arg(value_name = "COMMAND", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) command: Vec<String>,
}
