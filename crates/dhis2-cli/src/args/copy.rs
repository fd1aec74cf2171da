//! The command line of copies.

use std::path::PathBuf;

use clap::Args;
use clap_complete::ArgValueCompleter;

use super::server::positive;
use super::{DataValueSelection, ImportingArguments, LogArgument, ServerArguments};
use crate::complete;

#[derive(Debug, Args)]
pub(crate) struct CopyDataValuesArguments {
    #[command(flatten)]
    pub(crate) selection: DataValueSelection,
    #[command(flatten)]
    pub(crate) importing: ImportingArguments,
    /// Store what came although something is missing. Without it nothing is stored then: nobody sees of values in a server
    /// that they are a part.
    #[arg(long, requires = "commit", help_heading = "How")]
    pub(crate) partial: bool,
    /// Write the receipt of both parts, as JSON, into this file.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) receipt: Option<PathBuf>,
    /// Print the receipt, as JSON, on standard output.
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) servers: CopyServersArguments,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Servers")]
pub(crate) struct CopyServersArguments {
    /// The server to copy from: its address, as in the browser.
    #[arg(long, env = "DHIS2_FROM_URL", value_name = "URL", required_unless_present = "from_profile")]
    from: Option<String>,
    /// A profile of the server to copy from. The one in use does not count.
    #[arg(long, env = "DHIS2_FROM_PROFILE", value_name = "NAME", add = ArgValueCompleter::new(complete::profiles))]
    from_profile: Option<String>,
    /// A personal access token for the server to copy from.
    #[arg(long, env = "DHIS2_FROM_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    from_token: Option<String>,
    /// The user name there; the password comes from the environment variable `DHIS2_FROM_PASSWORD`.
    #[arg(long, env = "DHIS2_FROM_USERNAME", value_name = "NAME")]
    from_username: Option<String>,
    /// The server to copy to.
    #[arg(long, env = "DHIS2_TO_URL", value_name = "URL", required_unless_present = "to_profile")]
    to: Option<String>,
    /// A profile of the server to copy to. The one in use does not count.
    #[arg(long, env = "DHIS2_TO_PROFILE", value_name = "NAME", add = ArgValueCompleter::new(complete::profiles))]
    to_profile: Option<String>,
    /// A personal access token for the server to copy to.
    #[arg(long, env = "DHIS2_TO_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    to_token: Option<String>,
    /// The user name there; the password comes from the environment variable `DHIS2_TO_PASSWORD`.
    #[arg(long, env = "DHIS2_TO_USERNAME", value_name = "NAME")]
    to_username: Option<String>,
    /// Trust the authorities in this PEM file as well.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Talk to servers whose certificates nobody vouches for. Whoever stands between can read the passwords.
    #[arg(long)]
    insecure: bool,
    /// Requests to a server at the same time.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=32))]
    concurrency: u16,
    /// Requests to a server begun in a second at most.
    #[arg(long, value_name = "N", value_parser = positive)]
    max_requests_per_second: Option<f64>,
    /// One request to a server at a time, and after each it has as long to itself as the request took.
    #[arg(long)]
    polite: bool,
    /// How progress is told on standard error.
    #[arg(long, value_enum, default_value_t, value_name = "HOW", hide_possible_values = true)]
    pub(crate) log: LogArgument,
}

impl CopyServersArguments {
    /// The server to copy from.
    pub(crate) fn from(&self) -> ServerArguments {
        ServerArguments {
            url: self.from.clone(),
            profile: self.from_profile.clone(),
            token: self.from_token.clone(),
            username: self.from_username.clone(),
            ..self.server("DHIS2_FROM")
        }
    }

    /// The server to copy to.
    pub(crate) fn to(&self) -> ServerArguments {
        ServerArguments {
            url: self.to.clone(),
            profile: self.to_profile.clone(),
            token: self.to_token.clone(),
            username: self.to_username.clone(),
            ..self.server("DHIS2_TO")
        }
    }

    fn server(&self, prefix: &'static str) -> ServerArguments {
        ServerArguments {
            prefix,
            connected: None,
            url: None,
            profile: None,
            token: None,
            token_command: None,
            username: None,
            replay: Vec::new(),
            record: None,
            redact: false,
            ca_file: self.ca_file.clone(),
            insecure: self.insecure,
            concurrency: self.concurrency,
            max_requests_per_second: self.max_requests_per_second,
            polite: self.polite,
            log: self.log,
        }
    }
}
