//! A server that does what it is told, request by request.

use std::sync::{Arc, Mutex};

use dhis2_http::{Request, ReqwestTransport};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What to do when a request has come.
#[derive(Clone)]
pub(crate) enum Act {
    /// Write these bytes and keep the connection.
    Answer(Vec<u8>),
    /// Write these bytes and close the connection.
    AnswerAndClose(Vec<u8>),
    /// Reset the connection.
    Reset,
    /// Write nothing, ever.
    Silence,
}

pub(crate) struct Server {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// The n-th request, on whatever connection, meets the n-th act; the last act is repeated.
    pub(crate) async fn start(acts: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = Arc::clone(&heads);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, acts.clone(), Arc::clone(&seen)));
            }
        });
        Self { port, heads }
    }

    pub(crate) fn url(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }

    pub(crate) fn get(&self) -> Request {
        Request::get(self.url("127.0.0.1", "/api/me").parse().unwrap())
    }

    /// The heads of the requests that came.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, acts: Vec<Act>, seen: Arc<Mutex<Vec<String>>>) {
    while let Some(head) = read_head(&mut stream).await {
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push(head);
            seen.len() - 1
        };
        match acts.get(number).or(acts.last()).unwrap() {
            Act::Answer(bytes) => stream.write_all(bytes).await.unwrap(),
            Act::AnswerAndClose(bytes) => {
                stream.write_all(bytes).await.unwrap();
                return;
            }
            Act::Reset => {
                stream.set_zero_linger().unwrap();
                return;
            }
            Act::Silence => std::future::pending().await,
        }
    }
}

/// Everything up to the blank line; `None` when the client has closed.
pub(crate) async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8(head).unwrap())
}

/// A whole answer with a length.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n{body}").into_bytes()
}

pub(crate) fn json(body: &str) -> Vec<u8> {
    answer("200 OK", "content-type: application/json\r\n", body)
}

/// The transport as users have it, but for proxies, which the machine that runs the tests may have.
pub(crate) fn transport() -> ReqwestTransport {
    ReqwestTransport::builder().proxies_from_environment(false).build().unwrap()
}
