//! Rows made other rows on their way in: names joined, codes for uids.

use std::error::Error;

use async_trait::async_trait;
use dhis2_frame::with_categories;
use polars::frame::DataFrame;

use crate::receipt::Warning;

/// Changes the rows of each answer before they are kept, in memory or on disk. Duplicates are told by what stood there before.
#[async_trait]
pub trait Refine: Send + Sync {
    /// What it does, for the query in a receipt: a run that goes on from an earlier one must do the same.
    fn describe(&self) -> (&'static str, serde_json::Value);

    /// The rows of an answer, as they are to be: as many, in the same order. An answer without rows tells the columns.
    ///
    /// # Errors
    /// Whatever keeps it from its work; the run ends with it.
    async fn rows(&self, frame: DataFrame) -> Result<DataFrame, Box<dyn Error + Send + Sync>>;

    /// What is to be said of all rows so far.
    async fn warnings(&self) -> Vec<Warning> {
        Vec::new()
    }
}

/// Ids that repeat as `Categorical`: see [`with_categories`].
pub(crate) struct AsCategories;

#[async_trait]
impl Refine for AsCategories {
    fn describe(&self) -> (&'static str, serde_json::Value) {
        ("categorical", serde_json::json!(true))
    }

    async fn rows(&self, frame: DataFrame) -> Result<DataFrame, Box<dyn Error + Send + Sync>> {
        Ok(with_categories(frame)?)
    }
}
