//! What no server takes: checked before sending.

use http::header::{ACCEPT_ENCODING, HOST};

use crate::{Request, TransportError, TransportErrorKind};

/// The request line and all headers together, in bytes: more is answered with 400 by Tomcat, which counts exactly
/// (2.42, 2.43), and with 414 by Jetty and nginx.
pub const MAX_HEAD_BYTES: usize = 8192;

/// The parameters of a query: Tomcat silently drops those after the thousandth and answers 200 (2.42, 2.43).
pub const MAX_QUERY_PARAMETERS: usize = 1000;

/// What the network transport adds to every request.
const ACCEPT_ENCODING_SENT: &str = "gzip,br,zstd";

/// The size of what stands before the body: request line, headers and the blank line, in bytes.
pub(crate) fn head_bytes(request: &Request) -> usize {
    let url = &request.url;
    let query = url.query().map_or(0, |query| query.len() + 1);
    let line = request.method.as_str().len() + " ".len() + url.path().len() + query + " HTTP/1.1\r\n".len();
    let headers: usize = request.headers.iter().map(|(name, value)| header_bytes(name.as_str(), value.len())).sum();
    // An IPv6 host stands in brackets in the URL and in the header alike.
    let host = url.host_str().map_or(0, str::len) + url.port().map_or(0, |port| 1 + port.to_string().len());
    let added = header_bytes(HOST.as_str(), host) + header_bytes(ACCEPT_ENCODING.as_str(), ACCEPT_ENCODING_SENT.len());
    line + headers + added + "\r\n".len()
}

fn header_bytes(name: &str, value: usize) -> usize {
    name.len() + ": ".len() + value + "\r\n".len()
}

/// Refuses what a server would refuse, or worse, read in part.
pub(crate) fn check(request: &Request) -> Result<(), TransportError> {
    let too_large = |message| Err(TransportError::new(TransportErrorKind::RequestTooLarge, message));
    let parameters = request.url.query().map_or(0, |query| query.split('&').filter(|pair| !pair.is_empty()).count());
    if parameters > MAX_QUERY_PARAMETERS {
        return too_large(format!(
            "it has {parameters} parameters, servers silently drop those after {MAX_QUERY_PARAMETERS}"
        ));
    }
    let bytes = head_bytes(request);
    if bytes > MAX_HEAD_BYTES {
        return too_large(format!("its line and headers are {bytes} bytes, servers take {MAX_HEAD_BYTES}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::ACCEPT;

    use super::*;

    fn request(query: &str) -> Request {
        Request::get(format!("https://host:8443/api/x?{query}").parse().unwrap())
    }

    #[test]
    fn the_head_is_counted_as_it_is_written() {
        let mut request = request("a=1");
        request.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let written = "GET /api/x?a=1 HTTP/1.1\r\naccept: application/json\r\nhost: host:8443\r\naccept-encoding: gzip,br,zstd\r\n\r\n";
        assert_eq!(head_bytes(&request), written.len());
    }

    #[test]
    fn one_byte_more_than_servers_take_is_refused() {
        let room = MAX_HEAD_BYTES - head_bytes(&request("a="));
        assert_eq!(check(&request(&format!("a={}", "x".repeat(room)))), Ok(()));
        let error = check(&request(&format!("a={}", "x".repeat(room + 1)))).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::RequestTooLarge);
        assert_eq!(error.message(), "its line and headers are 8193 bytes, servers take 8192");
    }

    /// peer-bugs section 4: "More than 1,000 query parameters: Tomcat drops the rest and answers 200. Request line and
    /// headers together: 8,192 bytes."
    #[test]
    fn one_parameter_more_than_servers_read_is_refused() {
        let query = |count: usize| vec!["a=1"; count].join("&");
        assert_eq!(check(&request(&query(1000))), Ok(()));
        assert_eq!(check(&request(&query(1001))).unwrap_err().kind(), TransportErrorKind::RequestTooLarge);
    }
}
