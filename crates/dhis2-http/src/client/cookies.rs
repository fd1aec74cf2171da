//! The cookies of one server: by name, for this client only.

use std::collections::BTreeMap;

use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue};
use url::Url;

/// Servers begin a session for every request without a session's cookie (wire document, section 7.2).
#[derive(Default)]
pub(super) struct Cookies(BTreeMap<String, Cookie>);

struct Cookie {
    value: String,
    secure: bool,
}

impl Cookies {
    /// Keeps what an answer sets, and forgets what it takes back.
    pub(super) fn keep(&mut self, headers: &HeaderMap) {
        for text in headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let mut parts = text.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            let (mut secure, mut expired) = (false, false);
            for attribute in parts {
                let (key, setting) = attribute.split_once('=').unwrap_or((attribute, ""));
                secure |= key.eq_ignore_ascii_case("secure");
                expired |= key.eq_ignore_ascii_case("max-age") && setting.parse::<i64>().is_ok_and(|age| age <= 0);
            }
            let (name, value) = (name.trim(), value.trim());
            if expired {
                self.0.remove(name);
            } else if !name.is_empty() {
                self.0.insert(name.to_owned(), Cookie { value: value.to_owned(), secure });
            }
        }
    }

    /// The `Cookie` header for a request there.
    pub(super) fn header(&self, url: &Url) -> Option<HeaderValue> {
        let sent = self.0.iter().filter(|(_, cookie)| !cookie.secure || url.scheme() == "https");
        let pairs: Vec<String> = sent.map(|(name, cookie)| format!("{name}={}", cookie.value)).collect();
        if pairs.is_empty() {
            return None;
        }
        let mut value = HeaderValue::try_from(pairs.join("; ")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl std::fmt::Debug for Cookies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(cookies: &mut Cookies, values: &[&str]) {
        let pairs = values.iter().map(|value| (SET_COOKIE, HeaderValue::from_str(value).unwrap()));
        cookies.keep(&pairs.collect());
    }

    fn sent(cookies: &Cookies, url: &str) -> Option<String> {
        cookies.header(&Url::parse(url).unwrap()).map(|value| value.to_str().unwrap().to_owned())
    }

    /// Wire document, section 7.2: "2.43 sends a second cookie `SESSION_EXPIRE=server_time=…&expiry_time=…` on every answer
    /// (R): keep cookies by name."
    #[test]
    fn cookies_are_kept_by_name() {
        let mut cookies = Cookies::default();
        set(
            &mut cookies,
            &["JSESSIONID=a1; Path=/; HttpOnly; SameSite=Lax", "SESSION_EXPIRE=server_time=1&expiry_time=2"],
        );
        set(&mut cookies, &["SESSION_EXPIRE=server_time=3&expiry_time=4"]);
        assert_eq!(
            sent(&cookies, "http://h/api").as_deref(),
            Some("JSESSIONID=a1; SESSION_EXPIRE=server_time=3&expiry_time=4")
        );
        set(&mut cookies, &["JSESSIONID=; Max-Age=0", "SESSION_EXPIRE=x; max-age=0"]);
        assert_eq!(sent(&cookies, "http://h/api"), None);
    }

    #[test]
    fn secure_cookies_go_over_https_only() {
        let mut cookies = Cookies::default();
        set(&mut cookies, &["JSESSIONID=a1; Secure"]);
        assert_eq!(sent(&cookies, "http://h/api"), None);
        assert_eq!(sent(&cookies, "https://h/api").as_deref(), Some("JSESSIONID=a1"));
    }
}
