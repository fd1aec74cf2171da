//! Connections that can be broken off, so that a client meets a server that hangs up.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Breaks a connection off: nothing more is written to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Switch(Arc<AtomicBool>);

impl Switch {
    pub(crate) fn off(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(crate) fn is_off(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// A listener whose connections have a [`Switch`].
#[derive(Debug)]
pub(crate) struct Breakable(pub(crate) TcpListener);

impl Listener for Breakable {
    type Io = BreakableStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (BreakableStream, SocketAddr) {
        loop {
            if let Ok((stream, address)) = self.0.accept().await {
                // Small answers must not wait for the client's acknowledgement.
                drop(stream.set_nodelay(true));
                return (BreakableStream { stream, switch: Switch::default() }, address);
            }
            tokio::task::yield_now().await;
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Breakable>> for Switch {
    fn connect_info(stream: IncomingStream<'_, Breakable>) -> Self {
        stream.io().switch.clone()
    }
}

#[derive(Debug)]
pub(crate) struct BreakableStream {
    stream: TcpStream,
    switch: Switch,
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "broken off on purpose")
}

impl AsyncRead for BreakableStream {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buf)
    }
}

impl AsyncWrite for BreakableStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.switch.is_off() {
            return Poll::Ready(Err(broken()));
        }
        Pin::new(&mut self.stream).poll_write(context, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
