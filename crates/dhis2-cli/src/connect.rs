//! From the command line to a connection.

use dhis2::local::{Account, IdCache, Login, Profiles, Target};
use dhis2::{Connection, Dhis2};

use crate::args::ServerArguments;
use crate::exit::Failure;

/// The connection that the arguments, the environment and the profiles describe.
pub(crate) fn connect(server: &ServerArguments) -> Result<Dhis2, Failure> {
    match &server.connected {
        Some(connected) => Ok(connected.clone()),
        None => Ok(connection(server)?.open()?),
    }
}

/// The same, not yet made.
pub(crate) fn connection(server: &ServerArguments) -> Result<Connection, Failure> {
    let mut connection = if server.replay.is_empty() {
        let account = account(server)?;
        warn(server);
        Connection::to(account.url()).credentials(account.credentials()?)
    } else {
        Connection::replay(server.replay.iter().cloned())
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
        connection = connection.record(path).redact(server.redact);
    }
    Ok(connection)
}

/// What is kept of ids for completion; none where recordings answer, or there is no place for it.
pub(crate) fn cache(server: &ServerArguments) -> Option<IdCache> {
    // What a copy finds is completed nowhere.
    if !server.replay.is_empty() || server.prefix != ServerArguments::PREFIX {
        return None;
    }
    IdCache::open(&account(server).ok()?).ok()
}

/// The server and the account: options are stronger than the environment, and that is stronger than profiles.
fn account(server: &ServerArguments) -> Result<Account, Failure> {
    let prefix = server.prefix;
    let profiles = Profiles::open()?;
    let set = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let target = Target { url: set(&server.url), login: login(server)?, profile: set(&server.profile) };
    if prefix == ServerArguments::PREFIX {
        return Ok(target.account(&profiles)?);
    }
    if target.login.is_none() && target.profile.is_none() {
        return Err(Failure::usage(format!(
            "no credentials: set {prefix}_TOKEN (a personal access token), or {prefix}_USERNAME and {prefix}_PASSWORD, or name a \
             profile"
        )));
    }
    Ok(target.account_if_named(&profiles)?)
}

fn login(server: &ServerArguments) -> Result<Option<Login>, Failure> {
    for option in [true, false] {
        let given = |text: &Option<String>, name: &str| {
            text.clone().filter(|text| !text.is_empty() && is_option(server, text, name) == option)
        };
        if let Some(token) = given(&server.token, "TOKEN") {
            return Ok(Some(Login::Token(token.into())));
        }
        if let Some(command) = given(&server.token_command, "TOKEN_COMMAND") {
            return Ok(Some(Login::TokenCommand(command)));
        }
        if let Some(username) = given(&server.username, "USERNAME") {
            let variable = format!("{}_PASSWORD", server.prefix);
            let password = std::env::var(&variable)
                .map_err(|_| Failure::usage(format!("no password for {username}: set {variable}, or use a token")))?;
            return Ok(Some(Login::Basic(username, password.into())));
        }
    }
    Ok(None)
}

/// Whether a value was given as an option; else it is from the environment.
fn is_option(server: &ServerArguments, value: &str, name: &str) -> bool {
    std::env::var(format!("{}_{name}", server.prefix)).ok().as_deref() != Some(value)
}

/// Says what a person may not have thought of.
fn warn(server: &ServerArguments) {
    let is_option = |value: &Option<String>, name| value.as_ref().is_some_and(|value| is_option(server, value, name));
    if is_option(&server.token, "TOKEN") {
        eprintln!(
            "warning: a token on the command line can be read by everybody on this machine, and stays in the shell's history: use \
             {}_TOKEN, or a profile",
            server.prefix
        );
    }
    let env =
        |value: &Option<String>, name| value.as_ref().is_some_and(|text| !text.is_empty()) && !is_option(value, name);
    if is_option(&server.profile, "PROFILE") && (env(&server.url, "URL") || env(&server.token, "TOKEN")) {
        eprintln!("warning: {}_URL or {}_TOKEN is set, and is stronger than the profile", server.prefix, server.prefix);
    }
}
