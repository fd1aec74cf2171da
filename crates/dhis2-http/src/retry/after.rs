//! `Retry-After`: how long a server asks to be left alone.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::RETRY_AFTER;

/// The wait that the server asks for, in either form: seconds, or an HTTP date (one that is past means no wait).
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn read(value: &str, now: SystemTime) -> Option<Duration> {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_str(value).unwrap())]);
        retry_after(&headers, now)
    }

    #[test]
    fn both_forms_are_read() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        assert_eq!(read("7", now), Some(Duration::from_secs(7)));
        assert_eq!(read(&httpdate::fmt_http_date(now + Duration::from_secs(90)), now), Some(Duration::from_secs(90)));
        assert_eq!(read(&httpdate::fmt_http_date(now - Duration::from_secs(90)), now), Some(Duration::ZERO));
        assert_eq!(read("soon", now), None);
        assert_eq!(read("-1", now), None);
    }
}
