//! The Rust in `docs/` is compiled, and run, as doc tests.

#[doc = include_str!("../../docs/crates.md")]
mod crates {}
#[doc = include_str!("../../docs/offline.md")]
mod offline {}
#[doc = include_str!("../../docs/report.md")]
mod report {}
#[doc = include_str!("../../docs/transport.md")]
mod transport {}
