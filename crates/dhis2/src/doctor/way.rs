//! The way to the server: proxy, encryption, reachability, redirects, and what goes wrong on it.

use dhis2_http::{Answer, HttpError, PageKind, TransportErrorKind, proxy_for};

use super::Check;
use crate::Connection;

/// What can be said before anything is sent.
pub(super) fn before(connection: &Connection) -> Vec<Check> {
    let Some(url) = connection.url() else {
        return vec![Check::ok("proxy", "recordings answer, nothing is sent over any network")];
    };
    let mut checks = vec![match proxy_for(url) {
        Some(proxy) => Check::ok("proxy", format!("requests go through {proxy}")),
        None => Check::ok("proxy", "none: requests go to the server itself"),
    }];
    if connection.is_insecure() {
        let what = "any certificate is taken: whoever stands between can read the password and change the data";
        checks.push(Check::warning("tls", what, "name the authority with --ca-file instead of --insecure"));
    } else if url.starts_with("http://") {
        checks.push(if is_this_machine(url) {
            Check::ok("tls", "not encrypted, but the server is on this machine")
        } else {
            let what = "not encrypted: everybody on the way can read the password and the data";
            Check::warning("tls", what, "use the address with https://")
        });
    }
    checks
}

fn is_this_machine(url: &str) -> bool {
    let host = url.trim_start_matches("http://");
    ["127.", "localhost", "[::1]"].iter().any(|own| host.starts_with(own))
}

/// What an answer proves.
pub(super) fn there(answer: &Answer, given: &str, now: &str) -> Vec<Check> {
    let mut checks = Vec::new();
    if answer.retries == 0 {
        checks.push(Check::ok("reachable", "the server answers"));
    } else {
        let what = format!("the server answered, after {} failed attempts", answer.retries);
        checks.push(Check::warning("reachable", what, "extracts ask again by themselves; ask gently with --polite"));
    }
    if now.starts_with("https://") && given.starts_with("https://") {
        checks.push(Check::ok("tls", "encrypted"));
    }
    checks.push(if given == now {
        Check::ok("redirects", "none")
    } else {
        let what =
            format!("the server leads from {given} to {now}; the first request went unencrypted, with the login");
        Check::warning("redirects", what, format!("use {now}"))
    });
    checks.push(Check::ok("login", "accepted"));
    checks
}

/// What an error says. What comes after it was not looked at.
pub(super) fn failed(error: &HttpError) -> Vec<Check> {
    let problem = |subject| Check::problem(subject, error.to_string(), advice(error));
    let reached = || Check::ok("reachable", "the server answers");
    match error {
        HttpError::Transport { source, .. } if source.kind() == TransportErrorKind::Tls => vec![problem("tls")],
        HttpError::Transport { .. } => vec![problem("reachable")],
        _ if error.is_authentication() || error.is_refused() => vec![reached(), problem("login")],
        HttpError::Redirect { .. } => vec![reached(), problem("redirects")],
        HttpError::Version { .. } => vec![reached(), problem("version")],
        HttpError::Page { kind: PageKind::Gateway, .. } => vec![problem("reachable")],
        _ if error.is_transient() => vec![problem("reachable")],
        _ => vec![reached(), problem("answer")],
    }
}

fn advice(error: &HttpError) -> &'static str {
    match error {
        HttpError::Transport { source, .. } => match source.kind() {
            TransportErrorKind::Tls => {
                "--ca-file FILE trusts an authority of your own; a certificate that is wrong those who run the server must mend"
            }
            TransportErrorKind::Connect => "check the address, the network, and the proxy (above)",
            TransportErrorKind::Timeout => {
                "the server is too slow or a firewall swallows requests: ask those who run it"
            }
            _ => "try again; if it stays, ask those who run the server or the proxy before it",
        },
        HttpError::Redirect { .. } if !error.is_authentication() => {
            "give the address that it leads to, if it is your server's"
        }
        _ if error.is_authentication() => {
            "make a new personal access token in your profile on the server, and give it with DHIS2_TOKEN or `dhis2 profile add`"
        }
        _ if error.is_refused() => "ask those who run the server for an account that may use the web API",
        _ => "open the address in a browser: is it that of a DHIS2 server, with the path under which it lives?",
    }
}
