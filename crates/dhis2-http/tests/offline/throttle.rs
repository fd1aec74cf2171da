//! How many at once, and how many a second. Time is paused.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use dhis2_http::{Body, Request, Response, Throttle, ThrottleLimits, Transport, TransportError};
use futures_util::future::join_all;
use futures_util::stream;
use http::StatusCode;
use tokio::time::{Instant, sleep, timeout};

/// A server that takes a second to answer, and notes how many requests it had at once.
#[derive(Debug, Default)]
struct Slow {
    now: AtomicUsize,
    most: AtomicUsize,
}

#[async_trait]
impl Transport for Slow {
    async fn send(&self, _: Request) -> Result<Response, TransportError> {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        sleep(Duration::from_secs(1)).await;
        self.now.fetch_sub(1, Ordering::SeqCst);
        Ok(Response::json(200, "{}"))
    }
}

fn to(host: &str) -> Request {
    Request::get(format!("https://{host}/api/me").parse().unwrap())
}

#[tokio::test(start_paused = true)]
async fn no_more_than_so_many_are_under_way_to_a_host() {
    let slow = Arc::new(Slow::default());
    let throttle = Throttle::new(Arc::clone(&slow), ThrottleLimits { concurrent: 2, per_second: None });
    let began = Instant::now();
    for outcome in join_all((0..6).map(|_| throttle.send(to("a")))).await {
        outcome.unwrap();
    }
    assert_eq!((slow.most.load(Ordering::SeqCst), began.elapsed().as_secs()), (2, 3));
}

#[tokio::test(start_paused = true)]
async fn hosts_do_not_wait_for_each_other() {
    let slow = Arc::new(Slow::default());
    let throttle = Throttle::new(Arc::clone(&slow), ThrottleLimits { concurrent: 1, per_second: Some(1.0) });
    let began = Instant::now();
    join_all([throttle.send(to("a")), throttle.send(to("b"))]).await;
    assert_eq!(began.elapsed().as_secs(), 1);
}

#[tokio::test(start_paused = true)]
async fn no_more_than_so_many_a_second_are_begun() {
    let throttle = Throttle::new(Slow::default(), ThrottleLimits { concurrent: 100, per_second: Some(4.0) });
    let began = Instant::now();
    join_all((0..9).map(|_| throttle.send(to("a")))).await;
    // The ninth begins after eight quarters of a second and takes one more second.
    assert_eq!(began.elapsed().as_secs(), 3);
}

/// A server whose bodies never end.
#[derive(Debug)]
struct Endless;

#[async_trait]
impl Transport for Endless {
    async fn send(&self, _: Request) -> Result<Response, TransportError> {
        let pieces = stream::repeat_with(|| Ok(Bytes::from_static(b"x")));
        Ok(Response::new(StatusCode::OK, Body::from_stream(pieces)))
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_still_being_read_keeps_its_place() {
    let throttle = Throttle::new(Endless, ThrottleLimits { concurrent: 1, per_second: None });
    let first = throttle.send(to("a")).await.unwrap();
    assert!(timeout(Duration::from_secs(60), throttle.send(to("a"))).await.is_err());
    drop(first);
    assert!(timeout(Duration::from_secs(60), throttle.send(to("a"))).await.is_ok());
}
