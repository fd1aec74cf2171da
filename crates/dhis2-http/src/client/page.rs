//! Web pages that come where data should.

use http::StatusCode;

use crate::PageKind;

/// How much of a page is looked at, and how long a title may be.
const LOOKED_AT: usize = 64 * 1024;
const LONGEST_TITLE: usize = 120;

/// What stands on the pages of each kind, in lower case.
const CONTAINERS: [&str; 3] = ["apache tomcat", "jetty", "http status "];
const LOGINS: [&str; 6] =
    ["type=\"password\"", "type='password'", "dhis-web-commons-security", "login", "sign in", "signin"];
const GATEWAYS: [&str; 8] =
    ["nginx", "openresty", "haproxy", "cloudflare", "gateway", "proxy", "firewall", "service unavailable"];

/// Whether a body is a web page, whatever its content type says.
pub(super) fn is_html(body: &[u8]) -> bool {
    let start = text(&body[..body.len().min(512)]);
    let start = start.trim_start_matches('\u{feff}').trim_start();
    ["<!doctype html", "<html", "<head", "<body"].iter().any(|tag| start.starts_with(tag))
}

/// What a page looks like, and its title.
pub(super) fn classify(status: StatusCode, body: &[u8]) -> (PageKind, Option<String>) {
    let body = &body[..body.len().min(LOOKED_AT)];
    let lower = text(body);
    let has = |marks: &[&str]| marks.iter().any(|mark| lower.contains(mark));
    let kind = if has(&CONTAINERS) {
        PageKind::Container
    // A login comes under a good status, or as a refusal: what comes with 502 is about the server, not about the account.
    } else if !status.is_server_error() && has(&LOGINS) {
        PageKind::Login
    } else if has(&GATEWAYS) {
        PageKind::Gateway
    } else {
        PageKind::Unknown
    };
    (kind, title(body))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).to_ascii_lowercase()
}

/// The page's title, on one line and not too long.
fn title(body: &[u8]) -> Option<String> {
    // Lower case in ASCII keeps every byte where it is.
    let original = String::from_utf8_lossy(body);
    let lower = original.to_ascii_lowercase();
    let open = lower.find("<title")?;
    let start = open + lower[open..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    let words =
        original[start..end].split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let title: String = words.collect::<Vec<_>>().join(" ").chars().take(LONGEST_TITLE).collect();
    (!title.is_empty()).then_some(title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_told_apart_by_what_stands_on_them() {
        for (page, kind, name) in [
            (
                "<html><head><title>502 Bad Gateway</title></head><body><center>nginx/1.18.0</center>",
                PageKind::Gateway,
                "502 Bad Gateway",
            ),
            (
                "<!DOCTYPE html><title>\n DHIS2\n Login </title><input type=\"password\">",
                PageKind::Login,
                "DHIS2 Login",
            ),
            (
                "<html><head><title>Error 404 Not Found</title></head><body><a>Powered by Jetty://</a>",
                PageKind::Container,
                "Error 404 Not Found",
            ),
            ("<html><title lang=\"fr\">Bienvenue</title>", PageKind::Unknown, "Bienvenue"),
        ] {
            assert!(is_html(page.as_bytes()), "{page}");
            assert_eq!(classify(StatusCode::OK, page.as_bytes()), (kind, Some(name.to_owned())));
        }
        let overloaded = b"<html><title>503 Service Unavailable</title>Please login later";
        assert_eq!(classify(StatusCode::SERVICE_UNAVAILABLE, overloaded).0, PageKind::Gateway);
        assert_eq!(classify(StatusCode::OK, b"<html><title>\xff"), (PageKind::Unknown, None));
        assert!(is_html("\u{feff}\r\n <HTML>".as_bytes()));
        for data in ["{\"a\":\"<html>\"}", "[]", "", "dataelement,period\n", "pong"] {
            assert!(!is_html(data.as_bytes()), "{data}");
        }
    }

    #[test]
    fn a_title_never_carries_the_whole_page() {
        let page = format!("<html><title>{}</title>", "x".repeat(5000));
        assert_eq!(classify(StatusCode::OK, page.as_bytes()).1.unwrap().len(), LONGEST_TITLE);
    }
}
