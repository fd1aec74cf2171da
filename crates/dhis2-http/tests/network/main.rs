//! The transport over the network and the client on top of it, against servers on the loopback interface that answer
//! whatever bytes a test wants, and break connections wherever it wants.

mod breaks;
mod pieces;
mod redirects;
mod server;
mod tls;
