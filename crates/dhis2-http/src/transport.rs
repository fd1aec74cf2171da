//! The one thing that everything which sends can do.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{Request, Response, TransportError};

/// Takes a request to a server and brings its answer back.
///
/// The contract:
///
/// * Whatever status the server answers, it is a [`Response`]. A [`TransportError`] means that there is no answer, or not
///   the whole of one.
/// * A transport changes neither the request nor the answer, and follows no redirects: that is the work of
///   [`Client`](crate::Client), which knows where credentials may go. (Compression on the way is undone.)
/// * No error, log line or `Debug` output of a transport holds a credential.
///
/// With the feature `mock` there is a `MockTransport`, made by [mockall](https://docs.rs/mockall).
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends the request and returns when the head of the answer is there; the body may still be on its way.
    ///
    /// # Errors
    /// [`TransportError`] where no answer began. A body that breaks off later is an error of
    /// [`Body::collect`](crate::Body::collect).
    async fn send(&self, request: Request) -> Result<Response, TransportError>;
}

#[async_trait]
impl<T: Transport + ?Sized> Transport for Arc<T> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        (**self).send(request).await
    }
}

#[async_trait]
impl<T: Transport + ?Sized> Transport for Box<T> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        (**self).send(request).await
    }
}
