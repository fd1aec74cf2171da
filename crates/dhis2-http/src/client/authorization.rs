//! The header that proves who is asking, which may become another while a run goes on.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use tokio::sync::Mutex;

use super::check::DENIED_OWNERSHIP;
use super::{Credentials, TokenSource};
use crate::Response;
use crate::error::{Asked, HttpError};

/// What every request of a client carries.
pub(super) struct Authorization {
    header: RwLock<Option<HeaderValue>>,
    source: Option<Arc<dyn TokenSource>>,
    /// Held while another token is asked for: whoever waits for it takes that one.
    renewing: Mutex<()>,
}

impl Authorization {
    pub(super) fn of(credentials: Credentials) -> Result<Self, HttpError> {
        let source = match &credentials {
            Credentials::Renewed { source, .. } => Some(Arc::clone(source)),
            _ => None,
        };
        Ok(Self { header: RwLock::new(credentials.authorization()?), source, renewing: Mutex::default() })
    }

    pub(super) fn header(&self) -> Option<HeaderValue> {
        self.header.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a response says that a token is no longer good of which there may be another.
    pub(super) fn is_over(&self, response: &Response) -> bool {
        let denies_ownership = |body: &Bytes| String::from_utf8_lossy(body).contains(DENIED_OWNERSHIP);
        self.source.is_some()
            && response.status == StatusCode::UNAUTHORIZED
            && !response.body.there().is_some_and(denies_ownership)
    }

    /// Takes another token, where nobody did since the one that was refused.
    pub(super) async fn renew(&self, refused: Option<&HeaderValue>, asked: &Asked) -> Result<(), HttpError> {
        let Some(source) = &self.source else { return Ok(()) };
        let _turn = self.renewing.lock().await;
        if self.header().as_ref() != refused {
            return Ok(());
        }
        let token = source.token().await.map_err(|source| HttpError::Renewal { asked: asked.clone(), source })?;
        tracing::info!("the access token was refused and is renewed");
        *self.header.write().unwrap_or_else(PoisonError::into_inner) = Credentials::Bearer(token).authorization()?;
        Ok(())
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.header().is_some() { "Authorization(REDACTED)" } else { "Authorization(none)" })
    }
}
