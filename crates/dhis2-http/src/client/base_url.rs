//! The address of a server, however it was given.

use std::fmt;

use url::Url;

use crate::HttpError;

/// Scheme, host, port and context path; without `/api` and without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BaseUrl(String);

impl BaseUrl {
    pub(super) fn parse(given: &str) -> Result<Self, HttpError> {
        let given = given.trim();
        let wrong = |problem| HttpError::BaseUrl { given: without_credentials(given), problem };
        if given.is_empty() {
            return Err(wrong("it is empty"));
        }
        let with_scheme = if given.contains("://") { given.to_owned() } else { format!("https://{given}") };
        if with_scheme.contains(char::is_whitespace) {
            return Err(wrong("there is a blank in it"));
        }
        let url = Url::parse(&with_scheme).map_err(|_| wrong("it is no address of a web server"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("only http and https are spoken"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("there is a user or password in it; give the credentials on their own"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("it goes on after the path, with `?` or `#`"));
        }
        Ok(Self(format!("{}{}", url.origin().ascii_serialization(), context_path(url.path()))))
    }

    /// The address of a request; `path_and_query` begins with `/api/`.
    pub(super) fn join(&self, path_and_query: &str) -> Option<Url> {
        Url::parse(&format!("{}{path_and_query}", self.0)).ok()
    }

    /// Takes over the address to which a request was led, if that request still is the same.
    pub(super) fn move_to(&mut self, url: &Url, path_and_query: &str) {
        if let Some(base) = url.as_str().strip_suffix(path_and_query) {
            base.trim_end_matches('/').clone_into(&mut self.0);
        }
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The path without `/api` or `/api/<number>` and without slashes at its end.
fn context_path(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    let unversioned = match path.rsplit_once('/') {
        Some((before, last))
            if !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()) && before.ends_with("/api") =>
        {
            before
        }
        _ => path,
    };
    unversioned.strip_suffix("/api").unwrap_or(unversioned).trim_end_matches('/')
}

/// The text up to its scheme and from its host on: what stands before an `@` may be a password.
fn without_credentials(given: &str) -> String {
    let (scheme, rest) = given.split_once("://").map_or(("", given), |(scheme, rest)| (scheme, rest));
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    if scheme.is_empty() { rest.to_owned() } else { format!("{scheme}://{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// peer-bugs section 3: "Base URL: host containing `api`, path prefix `/dev`, trailing `/api`, `/api/41` all normalise
    /// [O5]".
    #[test]
    fn every_way_to_give_an_address_means_the_same_server() {
        for (given, base) in [
            ("https://api.health.gov", "https://api.health.gov"),
            ("https://api.health.gov/", "https://api.health.gov"),
            ("https://api.health.gov/api", "https://api.health.gov"),
            ("https://play.dhis2.org/dev", "https://play.dhis2.org/dev"),
            ("https://play.dhis2.org/dev/", "https://play.dhis2.org/dev"),
            ("https://play.dhis2.org/dev/api/", "https://play.dhis2.org/dev"),
            ("https://play.dhis2.org/dev/api/41", "https://play.dhis2.org/dev"),
            ("https://play.dhis2.org/dev/api/41/", "https://play.dhis2.org/dev"),
            ("https://host/41", "https://host/41"),
            ("https://host/apis", "https://host/apis"),
            ("https://host/my-api", "https://host/my-api"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("https://host:443/dhis", "https://host/dhis"),
            ("HTTPS://Host.Example/DHIS", "https://host.example/DHIS"),
            ("localhost:8080/dhis", "https://localhost:8080/dhis"),
            ("dhis2.health.gov", "https://dhis2.health.gov"),
            (" https://host/dhis \n", "https://host/dhis"),
            ("https://[::1]:8080/api", "https://[::1]:8080"),
        ] {
            assert_eq!(BaseUrl::parse(given).unwrap().to_string(), base, "{given}");
        }
    }

    #[test]
    fn nonsense_is_refused_and_says_why() {
        for given in [
            "",
            "  ",
            "https://",
            "ftp://host",
            "not an address",
            "https://host/?a=1",
            "https://host/dhis-web/#/",
            "http://host:99999",
        ] {
            assert!(matches!(BaseUrl::parse(given), Err(HttpError::BaseUrl { .. })), "{given}");
        }
    }

    #[test]
    fn a_password_in_the_address_is_refused_and_not_repeated() {
        for given in [
            "https://admin:geheim@host/dhis",
            "admin:geheim@host/dhis",
            "https://geheim@host",
            "https://a:geheim@@host",
            "https://admin:geheim@ho st",
            "https://admin:ge/heim@host:x",
        ] {
            let error = BaseUrl::parse(given).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("heim"), "{error}");
        }
    }

    #[test]
    fn a_move_keeps_the_context_path_it_was_led_to() {
        let mut base = BaseUrl::parse("http://host").unwrap();
        base.move_to(&Url::parse("https://host/dhis/api/me?fields=id").unwrap(), "/api/me?fields=id");
        assert_eq!(base.to_string(), "https://host/dhis");
        base.move_to(&Url::parse("https://host/elsewhere").unwrap(), "/api/me?fields=id");
        assert_eq!(base.to_string(), "https://host/dhis");
    }
}
