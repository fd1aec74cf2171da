//! A transport of one's own: it counts what is sent, below the retries, and hands it on. The server is simulated in this process.
//!
//! `cargo run -p dhis2 --example own_transport`

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use dhis2::http::{
    Request, ReqwestTransport, Response, Retry, RetryPolicy, Throttle, ThrottleLimits, Transport, TransportError,
};
use dhis2::{Client, Credentials, Dhis2};
use dhis2_simulator::{Fault, Faults, Rule, SUPERUSER_TOKEN, Simulator, World, WorldSize};

/// Counts what is sent.
#[derive(Debug)]
struct Counting<T> {
    inner: T,
    sent: Arc<AtomicU64>,
}

#[async_trait]
impl<T: Transport> Transport for Counting<T> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        self.inner.send(request).await
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Every request is put off once.
    let away = Rule { times: Some(1), ..Rule::of(Fault::Status { code: 503, retry_after_seconds: None }) };
    let world = World::generate(&WorldSize::default(), 1);
    let server = Simulator::builder().version("2.40.12")?.world(world).faults(Faults::of([away])).start().await?;

    let sent = Arc::new(AtomicU64::new(0));
    let counting = Counting { inner: ReqwestTransport::new()?, sent: Arc::clone(&sent) };
    let transport = Retry::new(Throttle::new(counting, ThrottleLimits::default()), RetryPolicy::default());
    let dhis2 = Dhis2::new(Client::new(&server.base_url(), Credentials::token(SUPERUSER_TOKEN), transport)?);

    println!("{}", dhis2.get_organisation_unit_levels().await?);
    let sent = sent.load(Ordering::Relaxed);
    println!("{sent} requests sent, {} of them again", dhis2.client().traffic().retries);
    if sent != server.requests() {
        return Err(format!("{sent} requests were counted, and {} came in", server.requests()).into());
    }
    Ok(())
}
