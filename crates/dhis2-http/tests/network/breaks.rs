//! Connections that break before, in the middle of and after an answer.

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use dhis2_http::{ReqwestTransport, Retry, RetryPolicy, Transport, TransportErrorKind};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::Method;

use crate::server::{Act, Server, json, transport};

fn quickly() -> RetryPolicy {
    RetryPolicy { base: Duration::from_millis(1), ..RetryPolicy::default() }
}

/// The kind of error that one request without retries ends with, in its head or in its body.
async fn failure(act: Act) -> TransportErrorKind {
    let server = Server::start(vec![act]).await;
    let error = match transport().send(server.get()).await {
        Ok(response) => response.body.collect().await.unwrap_err(),
        Err(error) => error,
    };
    error.kind()
}

fn half() -> Vec<u8> {
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"half".to_vec()
}

fn gzipped(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn gzip_answer(announced: usize, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {announced}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn each_break_has_its_kind() {
    assert_eq!(failure(Act::Reset).await, TransportErrorKind::ClosedBeforeAnswer);
    assert_eq!(failure(Act::AnswerAndClose(Vec::new())).await, TransportErrorKind::ClosedBeforeAnswer);
    assert_eq!(failure(Act::AnswerAndClose(b"HTTP/1.1 200 O".to_vec())).await, TransportErrorKind::ClosedBeforeAnswer);
    assert_eq!(failure(Act::AnswerAndClose(half())).await, TransportErrorKind::Interrupted);
    let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\n{\"half\r\n".to_vec();
    assert_eq!(failure(Act::AnswerAndClose(chunked)).await, TransportErrorKind::Interrupted);
    let zipped = gzipped(&b"[1,2,3]".repeat(1000));
    let cut = gzip_answer(zipped.len(), &zipped[..zipped.len() / 2]);
    assert_eq!(failure(Act::AnswerAndClose(cut)).await, TransportErrorKind::Interrupted);
    let garbled = gzip_answer(9, b"no gzip!!");
    assert_eq!(failure(Act::Answer(garbled)).await, TransportErrorKind::Decode);
    assert_eq!(failure(Act::Answer(b"SSH-2.0-OpenSSH_9.2\r\n\r\n".to_vec())).await, TransportErrorKind::Decode);
}

#[tokio::test]
async fn a_compressed_body_is_handed_out_as_it_was() {
    let zipped = gzipped(b"{\"id\":1}");
    let server = Server::start(vec![Act::Answer(gzip_answer(zipped.len(), &zipped))]).await;
    let response = transport().send(server.get()).await.unwrap();
    assert_eq!(response.body.collect().await.unwrap(), "{\"id\":1}");
    assert!(server.heads()[0].contains("accept-encoding: "));
}

/// Wire document, section 8: "embedded Tomcat closes after 60 s … A pooled client must retry once on a closed connection".
#[tokio::test]
async fn a_connection_closed_while_idle_is_replaced_without_a_word() {
    let acts = vec![Act::Answer(json("1")), Act::AnswerAndClose(Vec::new()), Act::Answer(json("2"))];
    let server = Server::start(acts).await;
    let transport = transport();
    let first = transport.send(server.get()).await.unwrap().body.collect().await.unwrap();
    let second = transport.send(server.get()).await.unwrap();
    assert_eq!(second.attempts, 1);
    assert_eq!((first, second.body.collect().await.unwrap()), (Bytes::from("1"), Bytes::from("2")));
    assert_eq!(server.heads().len(), 3);
}

/// peer-bugs section 3: "POST import is never retried blindly; 409 never retried [O1, O2]".
#[tokio::test]
async fn a_post_is_sent_once_whatever_happens() {
    for act in
        [Act::Reset, Act::AnswerAndClose(half()), Act::Answer(b"HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n".to_vec())]
    {
        let server = Server::start(vec![act]).await;
        let mut post = server.get();
        post.method = Method::POST;
        if let Ok(response) = Retry::new(transport(), quickly()).send(post).await {
            let _ = response.body.collect().await;
        }
        assert_eq!(server.heads().len(), 1);
    }
}

#[tokio::test]
async fn a_body_that_broke_off_is_asked_for_again() {
    let server =
        Server::start(vec![Act::AnswerAndClose(half()), Act::AnswerAndClose(half()), Act::Answer(json("{}"))]).await;
    let response = Retry::new(transport(), quickly()).send(server.get()).await.unwrap();
    assert_eq!(response.attempts, 3);
    assert_eq!(response.body.collect().await.unwrap(), "{}");
}

#[tokio::test]
async fn resets_before_an_answer_are_survived() {
    let server = Server::start(vec![Act::Reset, Act::Reset, Act::Reset, Act::Answer(json("{}"))]).await;
    let response = Retry::new(transport(), quickly()).send(server.get()).await.unwrap();
    // Each of the transport's own attempts may be two on the wire.
    assert_eq!(response.attempts, 2);
    assert_eq!(server.heads().len(), 4);
}

#[tokio::test]
async fn a_close_after_the_whole_body_is_no_error() {
    let server = Server::start(vec![Act::AnswerAndClose(json("{}"))]).await;
    let transport = transport();
    for _ in 0..3 {
        assert_eq!(transport.send(server.get()).await.unwrap().body.collect().await.unwrap(), "{}");
    }
    assert_eq!(server.heads().len(), 3);
}

#[tokio::test]
async fn attempts_come_to_an_end_and_are_counted() {
    let server = Server::start(vec![Act::AnswerAndClose(half())]).await;
    let error = Retry::new(transport(), quickly()).send(server.get()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (TransportErrorKind::Interrupted, 5));
    assert_eq!(server.heads().len(), 5);
}

/// peer-bugs O3: "no `timeout=` on any call → a stalled server hangs the pipeline for ever".
#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let server = Server::start(vec![Act::Silence]).await;
    let builder = ReqwestTransport::builder().proxies_from_environment(false);
    let transport = builder.read_timeout(Duration::from_millis(50)).build().unwrap();
    assert_eq!(transport.send(server.get()).await.unwrap_err().kind(), TransportErrorKind::Timeout);
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_no_connection() {
    let request = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        dhis2_http::Request::get(format!("http://127.0.0.1:{port}/api/me").parse().unwrap())
    };
    assert_eq!(transport().send(request).await.unwrap_err().kind(), TransportErrorKind::Connect);
}
