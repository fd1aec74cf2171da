//! How bytes travel to and from a DHIS2 server, and nothing about what they mean.
//!
//! Everything that sends is a [`Transport`]: one async method, a [`Request`] in, a [`Response`] out. What a transport can do
//! besides sending is a wrapper around another transport:
//!
//! | type | what it does |
//! |---|---|
#![cfg_attr(feature = "reqwest", doc = "| [`ReqwestTransport`] | sends over the network |")]
//! | [`Retry`] | sends again what failed by accident |
//! | [`Throttle`] | keeps to a number of requests at once and a second |
//! | [`Record`] | writes what was asked and answered to a HAR file |
//! | [`Replay`] | answers from HAR files, without a network |
//! | [`MemoryTransport`] | answers from a function, for tests and examples |
//!
//! They nest like this, from outside in: `Record<Retry<Throttle<ReqwestTransport>>>`. `Throttle` stands inside `Retry`, so
//! that every attempt waits for its turn and no turn is held while waiting for the next attempt; `Record` stands outside,
//! so that it writes what was received in the end.
//!
//! [`Client`] knows one server: its address, the account, cookies, which redirects to trust, and which answers are none.
//!
//! ```
//! use dhis2_api::request::ApiRequest;
//! use dhis2_http::{Client, Credentials, MemoryTransport, Response};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let transport = MemoryTransport::new(|_| Ok(Response::json(200, r#"{"version":"2.42.5.2"}"#)));
//! let client = Client::new("https://play.example.org/dhis", Credentials::None, transport)?;
//! assert_eq!(client.server().await?.version.to_string(), "2.42.5.2");
//!
//! let answer = client.get(&ApiRequest::get("system/info")).await?;
//! assert_eq!(answer.body, r#"{"version":"2.42.5.2"}"#);
//! # Ok(())
//! # }
//! ```

mod body;
mod client;
mod describe;
mod error;
mod har;
mod limits;
mod memory;
#[cfg(feature = "reqwest")]
mod proxy;
mod request;
#[cfg(feature = "reqwest")]
mod reqwest_transport;
mod response;
mod retry;
mod throttle;
#[cfg(feature = "reqwest")]
mod tls;
mod transport;
mod transport_error;

pub use body::{Body, Piece};
pub use client::{Answer, Arriving, Client, Credentials, Server, TokenSource, Traffic};
pub use error::{Asked, HttpError, PageKind, RedirectProblem};
pub use har::{Record, Replay};
pub use limits::{MAX_HEAD_BYTES, MAX_QUERY_PARAMETERS};
pub use memory::MemoryTransport;
#[cfg(feature = "reqwest")]
pub use proxy::proxy_for;
pub use request::Request;
#[cfg(feature = "reqwest")]
pub use reqwest_transport::{ReqwestTransport, ReqwestTransportBuilder};
pub use response::Response;
pub use retry::{Retry, RetryPolicy};
pub use throttle::{Throttle, ThrottleLimits};
#[cfg(feature = "mock")]
pub use transport::MockTransport;
pub use transport::Transport;
pub use transport_error::{TransportError, TransportErrorKind};
