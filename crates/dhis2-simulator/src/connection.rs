//! Connections that can be broken off, so that a client meets a server that hangs up.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::task::{Context, Poll, ready};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Breaks a connection off: nothing more is written to it or read from it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Switch(Arc<State>);

#[derive(Debug, Default)]
struct State {
    phase: AtomicU8,
    /// Whether it ends with a reset, and not as a connection that is closed.
    reset: AtomicBool,
}

/// Goes off when what has been handed over so far is written.
const LAST: u8 = 1;
const OFF: u8 = 2;

impl Switch {
    /// Closes the connection.
    pub(crate) fn off(&self) {
        self.0.phase.store(OFF, Ordering::Release);
    }

    /// Resets the connection.
    pub(crate) fn reset(&self) {
        self.0.reset.store(true, Ordering::Release);
        self.off();
    }

    /// Closes or resets the connection as soon as everything that its answer has handed over is written.
    pub(crate) fn off_when_written(&self, reset: bool) {
        self.0.reset.store(reset, Ordering::Release);
        self.0.phase.store(LAST, Ordering::Release);
    }

    pub(crate) fn is_off(&self) -> bool {
        self.0.phase.load(Ordering::Acquire) == OFF
    }

    fn is_last(&self) -> bool {
        self.0.phase.load(Ordering::Acquire) == LAST
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

impl Drop for BreakableStream {
    fn drop(&mut self) {
        if self.switch.is_off() && self.switch.0.reset.load(Ordering::Acquire) {
            // Without it the connection is closed in order, which is a way of breaking off too.
            drop(self.stream.set_zero_linger());
        }
    }
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "broken off on purpose")
}

impl AsyncRead for BreakableStream {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.switch.is_off() {
            return Poll::Ready(Err(broken()));
        }
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
        // The server flushes when all that it holds has been written.
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        if self.switch.is_last() {
            self.switch.off();
            context.waker().wake_by_ref();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.switch.is_off() {
            return Poll::Ready(Err(broken()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
