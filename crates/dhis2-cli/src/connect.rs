//! From the command line to a connection.

use dhis2::{Connection, Credentials, Dhis2};

use crate::args::ServerArguments;
use crate::exit::Failure;

/// The connection that the arguments and the environment describe.
pub(crate) fn connect(server: &ServerArguments) -> Result<Dhis2, Failure> {
    connect_as(server, "DHIS2")
}

/// The same with a password from another environment variable, which begins like this.
pub(crate) fn connect_as(server: &ServerArguments, prefix: &str) -> Result<Dhis2, Failure> {
    let mut connection = match (&server.url, server.replay.is_empty()) {
        (_, false) => Connection::replay(server.replay.iter().cloned()),
        (Some(url), true) => Connection::to(url).credentials(credentials(server, prefix)?),
        (None, true) => {
            return Err(Failure::usage(
                "no server given: set --url or DHIS2_URL, such as https://play.example.org/dhis; or answer from recordings with --replay",
            ));
        }
    };
    connection =
        connection.insecure(server.insecure).concurrency(usize::from(server.concurrency)).polite(server.polite);
    if let Some(path) = &server.ca_file {
        connection = connection.authority_file(path);
    }
    if let Some(limit) = server.max_requests_per_second {
        connection = connection.requests_per_second(limit);
    }
    if let Some(path) = &server.record {
        connection = connection.record(path);
    }
    Ok(connection.open()?)
}

fn credentials(server: &ServerArguments, prefix: &str) -> Result<Credentials, Failure> {
    let set = |text: &&String| !text.is_empty();
    match (server.token.as_ref().filter(set), server.username.as_ref().filter(set)) {
        (Some(token), _) => Ok(Credentials::token(token)),
        (None, Some(username)) => match std::env::var(format!("{prefix}_PASSWORD")) {
            Ok(password) => Ok(Credentials::basic(username, password)),
            Err(_) => Err(Failure::usage(format!("no password for {username}: set {prefix}_PASSWORD, or use a token"))),
        },
        (None, None) => Err(Failure::usage(format!(
            "no credentials: set {prefix}_TOKEN (a personal access token), or {prefix}_USERNAME and {prefix}_PASSWORD"
        ))),
    }
}
