//! What is sent to be stored, and what comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use dhis2_api::request::ApiRequest;
use dhis2_http::{
    Client, Credentials, HttpError, MemoryTransport, Request, Response, Retry, RetryPolicy, TransportError,
    TransportErrorKind,
};
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Method, StatusCode};

type Answer = Result<Response, TransportError>;

/// A client that repeats as usual, of a server that answers so, and how often it was asked.
fn client(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> (Client, Arc<AtomicU32>) {
    let asked = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&asked);
    let server = MemoryTransport::new(move |request| {
        counter.fetch_add(1, Ordering::Relaxed);
        answer(request)
    });
    let transport = Retry::new(server, RetryPolicy::default());
    (Client::new("https://host", Credentials::None, transport).unwrap(), asked)
}

async fn post(client: &Client) -> Result<dhis2_http::Answer, HttpError> {
    client.post(&ApiRequest::post("dataValueSets").param("dryRun", "true"), r#"{"dataValues":[]}"#).await
}

#[tokio::test]
async fn the_body_goes_out_as_json() {
    let (client, _) = client(|request| {
        assert_eq!(request.method, Method::POST);
        assert_eq!(request.url.as_str(), "https://host/api/dataValueSets?dryRun=true");
        assert_eq!(request.headers[CONTENT_TYPE], "application/json");
        assert_eq!(request.body, r#"{"dataValues":[]}"#);
        Ok(Response::json(200, "{}"))
    });
    assert_eq!(post(&client).await.unwrap().body, "{}");
}

/// peer-bugs section 3: "POST import is never retried blindly; 409 never retried [O1, O2]".
#[tokio::test(start_paused = true)]
async fn what_may_have_been_done_is_not_sent_again() {
    use TransportErrorKind::{ClosedBeforeAnswer, Interrupted, Timeout};
    for kind in [ClosedBeforeAnswer, Interrupted, Timeout] {
        let (client, asked) = client(move |_| Err(TransportError::new(kind, "")));
        assert!(post(&client).await.unwrap_err().is_transient());
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }
    for status in [409, 429, 500, 502, 503, 504] {
        let (client, asked) = client(move |_| Ok(Response::json(status, "{}")));
        assert_eq!(post(&client).await.unwrap_err().status().unwrap().as_u16(), status);
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_connection_nothing_was_done_and_it_is_sent_again() {
    let times = AtomicU32::new(0);
    let (client, asked) = client(move |_| match times.fetch_add(1, Ordering::Relaxed) {
        0 | 1 => Err(TransportError::new(TransportErrorKind::Connect, "refused")),
        _ => Ok(Response::json(200, "{}")),
    });
    assert!(post(&client).await.is_ok());
    assert_eq!(asked.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn a_409_of_dhis2_is_an_answer_and_that_of_anyone_else_is_not() {
    let report = r#"{"httpStatus":"Conflict","httpStatusCode":409,"status":"WARNING","response":{"conflicts":[]}}"#;
    let (client_, _) = client(move |_| Ok(Response::json(409, report)));
    let answer = post(&client_).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (StatusCode::CONFLICT, report.as_bytes()));
    let (client_, _) = client(|_| Ok(Response::json(409, "<html><title>409 Conflict</title>")));
    assert!(matches!(post(&client_).await, Err(HttpError::Page { .. })));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    for status in [StatusCode::MOVED_PERMANENTLY, StatusCode::FOUND, StatusCode::TEMPORARY_REDIRECT] {
        let (client, asked) = client(move |_| {
            let to = HeaderValue::from_static("https://host/dhis/api/dataValueSets?dryRun=true");
            Ok(Response::new(status, "").header(LOCATION, to))
        });
        let error = post(&client).await.unwrap_err();
        assert!(error.to_string().contains("what writes is not sent twice"), "{error}");
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test]
async fn errors_do_not_repeat_what_was_sent() {
    for (status, name) in [(400, "Bad Request"), (500, "Internal Server Error")] {
        let (client, _) = client(move |_| {
            let body = format!(
                r#"{{"httpStatus":"{name}","httpStatusCode":{status},"status":"ERROR","message":"not a STRING: Anna","devMessage":"Anna"}}"#
            );
            Ok(Response::json(status, body))
        });
        let error = post(&client).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("Anna"), "{error:?}");
        assert_eq!(error.status().unwrap().as_u16(), status);
    }
}
