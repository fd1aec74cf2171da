//! Which server is asked, as whom, and how.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};
use clap_complete::ArgValueCompleter;
use dhis2::Dhis2;

use crate::complete;

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

pub(super) fn positive(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if number > 0.0 && f64::is_finite(number) => Ok(number),
        _ => Err("expected a number above 0".to_owned()),
    }
}
