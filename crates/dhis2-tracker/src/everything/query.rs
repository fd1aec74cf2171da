//! A question for a whole program, checked before anything is sent.

use dhis2_api::Uid;
use serde_json::{Value, json};

use crate::check;
use crate::error::QueryError;
use crate::events::OccurredAt;
use crate::lists::lists;

/// Which part of a program to extract whole. Made by [`ProgramQuery::builder`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramQuery {
    pub(crate) program: Uid,
    pub(crate) org_unit_parents: Vec<Uid>,
    pub(crate) include_deleted: bool,
    pub(crate) occurred_at: OccurredAt,
    pub(crate) page_size: Option<u32>,
}

impl ProgramQuery {
    /// Begins a question.
    ///
    /// ```
    /// use dhis2_tracker::ProgramQuery;
    ///
    /// let query = ProgramQuery::builder().program("T4KUa2dgu2M").org_unit_parents(["KdK92fYEfTw"]).build()?;
    /// # Ok::<(), dhis2_tracker::QueryError>(())
    /// ```
    pub fn builder() -> ProgramQueryBuilder {
        ProgramQueryBuilder::default()
    }

    /// The question for a receipt.
    pub fn to_json(&self) -> Value {
        json!({
            "program_id": self.program,
            "org_unit_parents": self.org_unit_parents,
            "include_deleted": self.include_deleted,
            "occurred_at": self.occurred_at.describe(),
        })
    }
}

/// Collects a question; [`ProgramQueryBuilder::build`] checks it.
#[derive(Debug, Clone, Default)]
pub struct ProgramQueryBuilder {
    program: Option<String>,
    org_unit_parents: Vec<String>,
    include_deleted: bool,
    occurred_at: OccurredAt,
    page_size: Option<u32>,
}

impl ProgramQueryBuilder {
    /// The program, by uid.
    pub fn program(self, program: impl Into<String>) -> Self {
        Self { program: Some(program.into()), ..self }
    }

    lists! {
        /// Adds organisation units, by uid, with all below them.
        org_unit_parents
    }

    /// Whether deleted objects come too, marked as such. Deleted relationships never do: servers do not list them.
    pub fn include_deleted(self, include_deleted: bool) -> Self {
        Self { include_deleted, ..self }
    }

    /// What the columns `occurred_at`, `scheduled_at`, `completed_at` and `enrolled_at` hold.
    pub fn occurred_at(self, occurred_at: OccurredAt) -> Self {
        Self { occurred_at, ..self }
    }

    /// Objects a page; what suits each kind unless said.
    pub fn page_size(self, objects: u32) -> Self {
        Self { page_size: Some(objects), ..self }
    }

    /// Checks the question.
    ///
    /// # Errors
    /// [`QueryError`] says what is missing, contradicts itself or is malformed.
    pub fn build(self) -> Result<ProgramQuery, QueryError> {
        let page_size = self.page_size.map(|size| check::page_size(Some(size), size)).transpose()?;
        Ok(ProgramQuery {
            program: check::program(self.program.as_deref())?,
            org_unit_parents: check::org_units(&self.org_unit_parents)?,
            include_deleted: self.include_deleted,
            occurred_at: self.occurred_at,
            page_size,
        })
    }
}
