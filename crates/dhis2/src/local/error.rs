//! The error of what is kept on this machine.

use std::path::PathBuf;

/// Why something that is kept on this machine cannot be used. Holds no secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// The platform does not say where configuration and caches belong.
    #[error("there is no home folder; say with {variable} which folder to use")]
    NoHome {
        /// The environment variable that names the folder.
        variable: &'static str,
    },
    /// A file or folder cannot be read or written.
    #[error("cannot {doing} {}: {problem}", path.display())]
    File {
        /// What was tried.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Others on this machine could read a secret.
    #[error(
        "{} can be read by others on this machine (mode {mode:03o}), and was not used: `chmod {wanted:o} {}` if you trust that \
         nobody did, else revoke the secret and add the profile again",
        path.display(), path.display()
    )]
    Exposed {
        /// The file or folder.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// The mode that it should have.
        wanted: u32,
    },
    /// The file of profiles is none.
    #[error("{} is no file of profiles: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// There is no profile of that name.
    #[error("there is no profile `{name}`; {}", there_is(known))]
    NoSuchProfile {
        /// The name.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A name that no profile can have.
    #[error(
        "`{name}` cannot be the name of a profile: it takes letters, digits, `-`, `_` and `.`, and begins with a letter or digit"
    )]
    BadName {
        /// The name.
        name: String,
    },
    /// There is a profile of that name.
    #[error("there is a profile `{name}` already; remove it first, or replace it")]
    Exists {
        /// The name.
        name: String,
    },
    /// The keyring does not do what it should.
    #[error("the system's keyring cannot {doing} the secret of the profile `{name}`: {problem}")]
    Keyring {
        /// What was tried.
        doing: &'static str,
        /// The profile.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// The command that should print a token failed.
    #[error("the command for the token {problem}; what it is: `dhis2 profile show` or DHIS2_TOKEN_COMMAND")]
    Command {
        /// What went wrong.
        problem: String,
    },
    /// Nobody said which server.
    #[error(
        "no server given: set --url or DHIS2_URL, such as https://play.example.org/dhis; keep one with `dhis2 profile add`; or \
         answer from recordings with --replay"
    )]
    NoServer,
    /// Nobody said who asks.
    #[error(
        "no credentials for {url}: set DHIS2_TOKEN (a personal access token), or DHIS2_USERNAME and DHIS2_PASSWORD, or keep them \
         with `dhis2 profile add`"
    )]
    NoCredentials {
        /// The server.
        url: String,
    },
    /// The login of a profile is for another server than the one to be asked.
    #[error(
        "the login of the profile `{name}` is for {own}, and does not go to {url}, which --url or DHIS2_URL names; give credentials \
         for that server, or leave its address out"
    )]
    OtherServer {
        /// The profile.
        name: String,
        /// The server of the profile.
        own: String,
        /// The server that was to be asked.
        url: String,
    },
}

impl LocalError {
    /// Whether the question was wrong, so that another one helps.
    pub(crate) fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::NoSuchProfile { .. }
                | Self::BadName { .. }
                | Self::Exists { .. }
                | Self::NoServer
                | Self::NoCredentials { .. }
                | Self::OtherServer { .. }
        )
    }
}

fn there_is(known: &[String]) -> String {
    if known.is_empty() {
        "there is none yet: `dhis2 profile add` makes one".to_owned()
    } else {
        format!("there is {}", known.join(", "))
    }
}
