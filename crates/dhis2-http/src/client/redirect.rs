//! Which redirects to follow.

use http::StatusCode;
use url::Url;

use crate::describe;
use crate::error::RedirectProblem;

/// Whether the status leads elsewhere (300 and 304 do not).
pub(super) fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Where to go on, if that may be.
pub(super) fn next(from: &Url, location: Option<&str>) -> Result<Url, RedirectProblem> {
    let to = location.and_then(|location| from.join(location).ok()).ok_or(RedirectProblem::Nowhere)?;
    let path = to.path().to_ascii_lowercase();
    if path.contains("login") || path.contains("logout") {
        return Err(RedirectProblem::Login);
    }
    if to.host_str().is_none() || to.host_str() != from.host_str() {
        return Err(RedirectProblem::OtherHost);
    }
    match (from.scheme(), to.scheme()) {
        ("http", "https") => {}
        ("https", "http") => return Err(RedirectProblem::Downgrade),
        (a, b) if a == b && from.port_or_known_default() == to.port_or_known_default() => {}
        _ => return Err(RedirectProblem::OtherHost),
    }
    if !to.path().contains("/api/") {
        return Err(RedirectProblem::LeavesApi);
    }
    // A parameter that is lost on the way makes servers answer more, or less, than was asked, without an error.
    if sorted_query(from) != sorted_query(&to) {
        return Err(RedirectProblem::OtherQuery);
    }
    Ok(to)
}

fn sorted_query(url: &Url) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = url.query_pairs().into_owned().collect();
    pairs.sort();
    pairs
}

/// Where a redirect leads, for people: without query, which may hold tokens of a single sign-on.
pub(super) fn shown(from: &Url, location: Option<&str>) -> String {
    match location.and_then(|location| from.join(location).ok()) {
        Some(to) => format!("{}{}", describe::origin(&to), to.path()),
        None => "an unknown address".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn led(from: &str, location: &str) -> Result<String, RedirectProblem> {
        next(&Url::parse(from).unwrap(), Some(location)).map(String::from)
    }

    /// Wire document, section 7.3.
    #[test]
    fn only_the_same_question_to_the_same_host_is_asked_again() {
        use RedirectProblem as P;
        let from = "http://host:8080/api/me?fields=id";
        let secure = "https://host/api/me?fields=id";
        for (from, location, expected) in [
            (from, "/dhis/api/me?fields=id", Ok("http://host:8080/dhis/api/me?fields=id")),
            (from, "https://host/api/me?fields=id", Ok(secure)),
            (from, "https://host:8443/api/me?fields=id", Ok("https://host:8443/api/me?fields=id")),
            (from, "https://other/api/me?fields=id", Err(P::OtherHost)),
            (from, "//other/api/me?fields=id", Err(P::OtherHost)),
            (from, "https://host.evil.org/api/me?fields=id", Err(P::OtherHost)),
            (from, "http://host@evil.org/api/me?fields=id", Err(P::OtherHost)),
            (from, "http://host:9090/api/me?fields=id", Err(P::OtherHost)),
            (secure, "http://host/api/me?fields=id", Err(P::Downgrade)),
            (from, "/api/me", Err(P::OtherQuery)),
            (from, "/api/me?fields=name", Err(P::OtherQuery)),
            (from, "/index.html", Err(P::LeavesApi)),
            (from, "/dhis-web-commons/security/login.action", Err(P::Login)),
            (from, "/dhis-web-login/", Err(P::Login)),
            (from, "/login/", Err(P::Login)),
            (from, "https://sso.org/Login?back=https://host/api/me", Err(P::Login)),
            (from, "/dhis-web-commons-security/logout.action", Err(P::Login)),
            (from, "ftp://host/api/me?fields=id", Err(P::OtherHost)),
            (from, "javascript:alert(1)", Err(P::OtherHost)),
        ] {
            assert_eq!(led(from, location), expected.map(str::to_owned), "{location}");
        }
        assert_eq!(next(&Url::parse(from).unwrap(), None), Err(P::Nowhere));
    }
}
