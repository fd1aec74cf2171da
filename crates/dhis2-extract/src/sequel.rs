//! What an extract asks for once the answers to its plan are there.

use async_trait::async_trait;

use crate::engine::{Engine, Preparation};
use crate::error::ExtractError;
use crate::fetched::Fetched;

/// The later steps of an extract: what they ask for depends on what came, so that no plan can show it.
#[async_trait]
pub trait Sequel: Send + Sync + 'static {
    /// What is asked for then, in words, for a reader of the plan.
    fn describe(&self) -> String;

    /// Whether the rows of the plan's chunks are among the result. Where they only lead to it they are not refined.
    fn keeps_rows(&self) -> bool {
        true
    }

    /// Asks for it. `came` is what the chunks of the plan gave; what is returned is the result. The engine is that of the run:
    /// each further step is a [`step`](Engine::step) of it, so that a run that is stopped goes on with it.
    ///
    /// # Errors
    /// [`ExtractError`] as of [`Engine::fetch`].
    async fn follow(&self, engine: &Engine, preparation: &Preparation, came: Fetched) -> Result<Fetched, ExtractError>;
}
