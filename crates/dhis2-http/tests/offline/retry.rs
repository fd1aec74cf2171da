//! How long retries wait. Time is paused: it passes only when everything waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use dhis2_http::{
    MemoryTransport, Request, Response, Retry, RetryPolicy, Transport, TransportError, TransportErrorKind,
};
use http::header::RETRY_AFTER;
use http::{HeaderValue, Method};
use tokio::time::Instant;

fn request() -> Request {
    Request::get("https://host/api/me".parse().unwrap())
}

/// Answers `first` to the first request and 200 to the others; the status of the end, the requests sent, the time passed.
async fn outcome(first: impl Fn() -> Result<Response, TransportError> + Send + Sync + 'static) -> (u16, u32, Duration) {
    let asked = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&asked);
    let server = MemoryTransport::new(move |_| match counter.fetch_add(1, Ordering::Relaxed) {
        0 => first(),
        _ => Ok(Response::json(200, "{}")),
    });
    let began = Instant::now();
    let response = Retry::new(server, RetryPolicy::default()).send(request()).await.unwrap();
    let sent = asked.load(Ordering::Relaxed);
    assert_eq!(response.attempts, sent);
    (response.status.as_u16(), sent, began.elapsed())
}

fn busy(status: u16, retry_after: &str) -> Response {
    Response::json(status, "{}").header(RETRY_AFTER, HeaderValue::from_str(retry_after).unwrap())
}

#[tokio::test(start_paused = true)]
async fn retry_after_in_seconds_is_waited_for() {
    for status in [429, 503] {
        assert_eq!(outcome(move || Ok(busy(status, "7"))).await, (200, 2, Duration::from_secs(7)));
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_as_a_date_is_waited_for() {
    let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(90));
    let (status, sent, passed) = outcome(move || Ok(busy(503, &date))).await;
    assert_eq!((status, sent), (200, 2));
    // The date has whole seconds, and some real time passes before it is read.
    assert!(passed > Duration::from_secs(30) && passed <= Duration::from_secs(90), "{passed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_of_an_hour_is_handed_on_instead() {
    assert_eq!(outcome(|| Ok(busy(503, "3600"))).await, (503, 1, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn refusals_are_handed_on_at_once() {
    for status in [400, 401, 403, 404, 409, 302] {
        assert_eq!(outcome(move || Ok(Response::json(status, "{}"))).await, (status, 1, Duration::ZERO));
    }
}

#[tokio::test(start_paused = true)]
async fn accidents_on_the_way_are_tried_again() {
    use TransportErrorKind::{ClosedBeforeAnswer, Connect, Interrupted, Timeout};
    for kind in [Connect, ClosedBeforeAnswer, Interrupted, Timeout] {
        let (status, sent, passed) = outcome(move || Err(TransportError::new(kind, ""))).await;
        assert_eq!((status, sent), (200, 2));
        assert!(passed >= Duration::from_millis(250) && passed <= Duration::from_millis(501), "{passed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn errors_that_stay_are_not_tried_again() {
    use TransportErrorKind::{Decode, NotRecorded, Other, RequestTooLarge, Tls};
    for kind in [Decode, NotRecorded, Other, RequestTooLarge, Tls] {
        let server = MemoryTransport::new(move |_| Err(TransportError::new(kind, "")));
        let error = Retry::new(server, RetryPolicy::default()).send(request()).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (kind, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_500_is_tried_once_more_only() {
    let server = MemoryTransport::new(|_| Ok(Response::json(500, "{}")));
    let response = Retry::new(server, RetryPolicy::default()).send(request()).await.unwrap();
    assert_eq!((response.status.as_u16(), response.attempts), (500, 2));
}

#[tokio::test(start_paused = true)]
async fn a_body_of_a_head_request_is_not_missed() {
    let server = MemoryTransport::new(|_| {
        Ok(Response::json(200, "").header(http::header::CONTENT_LENGTH, HeaderValue::from_static("100")))
    });
    let head = Request { method: Method::HEAD, ..request() };
    assert_eq!(Retry::new(server, RetryPolicy::default()).send(head).await.unwrap().attempts, 1);
}
