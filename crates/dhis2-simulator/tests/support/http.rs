//! A client as small as can be: one request, one connection, every byte of the answer.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// The body ended as its length or its last chunk said.
    pub(crate) whole: bool,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends a GET; none where the connection was closed before an answer.
#[allow(dead_code)] // only one of the two test binaries that share this file has a use for it
pub(crate) async fn get(base_url: &str, target: &str, headers: &[(String, String)]) -> Option<Answer> {
    send(base_url, "GET", target, headers, b"").await
}

/// Sends a request; none where the connection was closed before an answer.
pub(crate) async fn send(
    base_url: &str,
    method: &str,
    target: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> Option<Answer> {
    let host = base_url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for (name, value) in headers {
        for piece in [name, ": ", value, "\r\n"] {
            head.push_str(piece);
        }
    }
    if method != "GET" {
        for piece in ["Content-Length: ", &body.len().to_string(), "\r\n"] {
            head.push_str(piece);
        }
    }
    head.push_str("\r\n");
    // A server that hangs up may do so before everything is sent.
    drop(stream.write_all(head.as_bytes()).await);
    drop(stream.write_all(body).await);
    let mut bytes = Vec::new();
    // A connection that is broken off ends in an error; what came before it counts.
    drop(stream.read_to_end(&mut bytes).await);
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().unwrap();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let find = |name: &str| headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.clone());
    let rest = &bytes[end + 4..];
    let (body, whole) = if find("transfer-encoding").as_deref() == Some("chunked") {
        chunks(rest)
    } else {
        let length: usize = find("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        (rest.to_vec(), rest.len() >= length)
    };
    Some(Answer { status, headers, body, whole })
}

fn chunks(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        let Some(line) = rest.windows(2).position(|window| window == b"\r\n") else { return (body, false) };
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        rest = &rest[line + 2..];
        if size == 0 {
            return (body, true);
        }
        if rest.len() < size + 2 {
            body.extend_from_slice(rest);
            return (body, false);
        }
        body.extend_from_slice(&rest[..size]);
        rest = &rest[size + 2..];
    }
}

/// `Authorization` of an account.
pub(crate) fn basic(username: &str, password: &str) -> (String, String) {
    use base64::Engine as _;
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{username}:{password}"));
    ("Authorization".to_owned(), format!("Basic {pair}"))
}
