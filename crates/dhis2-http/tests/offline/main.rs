//! Everything that needs no network: the client's judgement of answers, recordings, retries and throttling in paused time.

mod client;
mod har;
mod mock;
mod post;
mod recordings;
mod renewal;
mod retry;
mod secrets;
mod throttle;
