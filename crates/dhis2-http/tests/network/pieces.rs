//! Answers that are read while they arrive.

use std::time::Duration;

use dhis2_api::request::ApiRequest;
use dhis2_http::{Client, Credentials, HttpError, Piece, Retry, RetryPolicy};

use crate::server::{Act, Server, json, transport};

/// What came in the end, how often it began again, and the requests that it took.
struct Came {
    body: Vec<u8>,
    agains: u32,
    requests: u32,
}

async fn read(acts: Vec<Act>) -> (Result<Came, HttpError>, Client) {
    let server = Server::start(acts).await;
    let policy = RetryPolicy { base: Duration::from_millis(1), attempts: 3, ..RetryPolicy::default() };
    let url = server.url("127.0.0.1", "");
    let client = Client::new(&url, Credentials::None, Retry::new(transport(), policy)).unwrap();
    let came = collect(&client).await;
    let sent = u64::try_from(server.heads().len()).unwrap();
    assert_eq!(client.traffic().requests, sent, "each request is counted once");
    (came, client)
}

async fn collect(client: &Client) -> Result<Came, HttpError> {
    let mut arriving = client.get_in_pieces(&ApiRequest::get("dataValueSets.json")).await?;
    let (mut body, mut agains) = (Vec::new(), 0);
    while let Some(piece) = arriving.next().await? {
        match piece {
            Piece::Bytes(bytes) => body.extend_from_slice(&bytes),
            Piece::Again { .. } => {
                body.clear();
                agains += 1;
            }
        }
    }
    assert_eq!(arriving.bytes(), body.len() as u64);
    Ok(Came { body, agains, requests: arriving.requests() })
}

/// Longer than what is looked at before a piece is handed out.
fn long(filler: &str) -> String {
    format!("[\"{}\"]", filler.repeat(200_000))
}

/// The same, broken off within the text.
fn broken(body: &str, after: usize) -> Act {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
    Act::AnswerAndClose([head.as_bytes(), &body.as_bytes()[..after]].concat())
}

#[tokio::test]
async fn a_long_answer_comes_whole() {
    let (came, client) = read(vec![Act::Answer(json(&long("a")))]).await;
    let came = came.unwrap();
    assert_eq!((came.body, came.agains, came.requests), (long("a").into_bytes(), 0, 1));
    assert_eq!(client.traffic().bytes, long("a").len() as u64);
}

#[tokio::test]
async fn one_that_breaks_off_begins_again_and_holds_nothing_of_the_first() {
    let first = long("a");
    let (came, client) = read(vec![broken(&first, 150_000), Act::Answer(json(&long("b")))]).await;
    let came = came.unwrap();
    assert_eq!((came.body, came.agains, came.requests), (long("b").into_bytes(), 1, 2));
    assert_eq!(client.traffic().retries, 1);
}

/// What nothing was handed out of need not begin again for the reader.
#[tokio::test]
async fn one_that_breaks_off_at_once_is_asked_for_again_without_a_word() {
    let (came, _) = read(vec![broken(&long("a"), 1_000), Act::Answer(json("[1]"))]).await;
    let came = came.unwrap();
    assert_eq!((came.body, came.agains, came.requests), (b"[1]".to_vec(), 0, 2));
}

#[tokio::test]
async fn one_that_always_breaks_off_is_an_error_after_the_usual_attempts() {
    let (came, client) = read(vec![broken(&long("a"), 150_000)]).await;
    let error = came.err().unwrap();
    assert!(error.may_be_too_much(), "{error}");
    assert_eq!(error.attempts(), 3);
    assert_eq!(client.traffic().retries, 2);
}

/// An answer that begins well is no reason to believe the next one.
#[tokio::test]
async fn what_comes_when_asked_again_is_looked_at_as_well() {
    let page = "<html><title>Login</title><input type=\"password\">";
    let html = format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n{page}", page.len());
    let (came, _) = read(vec![broken(&long("a"), 150_000), Act::Answer(html.into_bytes())]).await;
    assert!(matches!(came, Err(HttpError::Page { .. })));
    let refused = br#"{"httpStatus":"Conflict","httpStatusCode":409,"status":"ERROR","message":"no"}"#;
    let head =
        format!("HTTP/1.1 409 Conflict\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", refused.len());
    let (came, _) = read(vec![broken(&long("a"), 150_000), Act::Answer([head.as_bytes(), refused].concat())]).await;
    let error = came.err().unwrap();
    assert!(error.to_string().contains("asked again, the server answered 409"), "{error}");
    assert_eq!(error.attempts(), 2);
}

#[tokio::test]
async fn errors_and_pages_are_none_of_it() {
    for (answer, is_expected) in [
        (
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 0\r\n\r\n",
            matches_empty as fn(&HttpError) -> bool,
        ),
        ("HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}", |error| {
            matches!(error, HttpError::Status { .. })
        }),
    ] {
        let (came, _) = read(vec![Act::Answer(answer.as_bytes().to_vec())]).await;
        let error = came.err().unwrap();
        assert!(is_expected(&error), "{error}");
    }
}

fn matches_empty(error: &HttpError) -> bool {
    matches!(error, HttpError::EmptyAnswer { .. })
}
