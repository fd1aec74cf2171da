//! The command line of profiles.

use clap::{Args, Subcommand, ValueEnum};
use clap_complete::ArgValueCompleter;

use crate::complete;

#[derive(Debug, Subcommand)]
pub(crate) enum ProfileCommand {
    /// Keep a server and an account under a name. The secret is asked for, or read from standard input.
    #[command(
        after_help = "Examples:\n  echo \"$DHIS2_TOKEN\" | dhis2 profile add country --url http://127.0.0.1:8085 --token-stdin\n  echo district | dhis2 profile add admin --url http://127.0.0.1:8085 --username admin --password-stdin\n  dhis2 profile add sso --url http://127.0.0.1:8085 --token-command 'oidc-token country'"
    )]
    Add(ProfileAddArguments),
    /// List the profiles.
    #[command(after_help = "Example:\n  dhis2 profile list")]
    List(ProfileListArguments),
    /// Show a profile, but not its secret.
    #[command(after_help = "Example:\n  dhis2 profile show country --json")]
    Show(ProfileShowArguments),
    /// Use a profile from now on, where no other is named.
    #[command(after_help = "Example:\n  dhis2 profile use country")]
    Use(ProfileNameArguments),
    /// Remove a profile and its secret.
    #[command(after_help = "Example:\n  dhis2 profile remove admin")]
    Remove(ProfileNameArguments),
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // switches of the command line
pub(crate) struct ProfileAddArguments {
    /// The name: letters, digits, `-`, `_` and `.`.
    pub(crate) name: String,
    /// The server's address, as in the browser.
    #[arg(long, value_name = "URL")]
    pub(crate) url: String,
    /// The user name, for a login with a password. Without it a personal access token is asked for.
    #[arg(long, value_name = "NAME")]
    pub(crate) username: Option<String>,
    /// Read the password from standard input.
    #[arg(long, requires = "username")]
    pub(crate) password_stdin: bool,
    /// Read the personal access token from standard input.
    #[arg(long, conflicts_with = "username")]
    pub(crate) token_stdin: bool,
    /// A command that prints an access token (OIDC, OAuth 2). It is run whenever a connection is made, and its token
    /// is kept nowhere.
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["username", "token_stdin"])]
    pub(crate) token_command: Option<String>,
    /// Where the secret is kept; else in the system's keyring, or in a file where there is none.
    #[arg(long, value_enum, env = "DHIS2_KEEP_IN", value_name = "PLACE")]
    pub(crate) keep_in: Option<PlaceArgument>,
    /// In place of a profile of the same name.
    #[arg(long)]
    pub(crate) replace: bool,
    /// Use it from now on, where no other is named. The first profile is used without this.
    #[arg(long = "use")]
    pub(crate) take_into_use: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlaceArgument {
    /// The system's keyring.
    Keyring,
    /// A file that its owner alone can read.
    File,
}

#[derive(Debug, Args)]
pub(crate) struct ProfileListArguments {
    /// Print them as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ProfileShowArguments {
    /// The profile; else the one in use.
    #[arg(add = ArgValueCompleter::new(complete::profiles))]
    pub(crate) name: Option<String>,
    /// Print it as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ProfileNameArguments {
    /// The profile.
    #[arg(add = ArgValueCompleter::new(complete::profiles))]
    pub(crate) name: String,
}
