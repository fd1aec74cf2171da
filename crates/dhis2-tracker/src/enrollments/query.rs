//! A question for enrollments, checked before anything is sent.

use dhis2_api::Uid;
use serde_json::{Map, Value};

use crate::check;
use crate::enrollments::columns::ENROLLMENTS;
use crate::error::QueryError;
use crate::events::OccurredAt;
use crate::filter::{Filterable, ObjectFilter};
use crate::lists::lists;
use crate::window::UpdatedWindow;

/// Enrollments a page, unless asked otherwise. They cost a server some 0.8 ms each whatever the size of the pages, the
/// dearest of all tracker objects (wire document, section 8, "What requests cost"): larger pages gain nothing, and one that
/// fails costs more to repeat.
pub const PAGE_SIZE: u32 = 1_000;

/// What can be filtered by.
pub(crate) const FILTERABLE: Filterable = Filterable { schema: &ENROLLMENTS, item: None };

/// The status of an enrollment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnrollmentStatus {
    /// Going on.
    Active,
    /// Completed.
    Completed,
    /// Cancelled.
    Cancelled,
}

impl EnrollmentStatus {
    /// As servers write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Completed => "COMPLETED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

/// Which enrollments to extract. Made by [`EnrollmentQuery::builder`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrollmentQuery {
    pub(crate) program: Uid,
    pub(crate) org_unit_parents: Vec<Uid>,
    pub(crate) enrollments: Vec<Uid>,
    pub(crate) updated: UpdatedWindow,
    pub(crate) status: Option<EnrollmentStatus>,
    pub(crate) include_deleted: bool,
    pub(crate) filters: Vec<ObjectFilter>,
    pub(crate) occurred_at: OccurredAt,
    pub(crate) page_size: u32,
}

impl EnrollmentQuery {
    /// Begins a question.
    ///
    /// ```
    /// use dhis2_tracker::{EnrollmentQuery, EnrollmentStatus};
    ///
    /// let query = EnrollmentQuery::builder()
    ///     .program("T4KUa2dgu2M")
    ///     .org_unit_parents(["KdK92fYEfTw"])
    ///     .status(EnrollmentStatus::Active)
    ///     .build()?;
    /// # Ok::<(), dhis2_tracker::QueryError>(())
    /// ```
    pub fn builder() -> EnrollmentQueryBuilder {
        EnrollmentQueryBuilder::default()
    }

    /// The program's uid.
    pub fn program_id(&self) -> &str {
        self.program.as_str()
    }

    /// Whether enrollments are asked for by uid and by nothing else: then each of them is expected.
    pub(crate) fn names_enrollments_only(&self) -> bool {
        self.org_unit_parents.is_empty()
            && self.updated == UpdatedWindow::default()
            && self.status.is_none()
            && self.filters.is_empty()
    }

    /// The question for a receipt.
    pub fn to_json(&self) -> Value {
        let mut query = Map::new();
        query.insert("program_id".to_owned(), self.program.as_str().into());
        let units = self.org_unit_parents.iter().map(|unit| unit.as_str().into()).collect();
        query.insert("org_unit_parents".to_owned(), Value::Array(units));
        query.insert("enrollments".to_owned(), self.enrollments.iter().map(Uid::as_str).collect());
        self.updated.note(&mut query);
        query.insert("status".to_owned(), self.status.map(EnrollmentStatus::as_str).into());
        query.insert("include_deleted".to_owned(), self.include_deleted.into());
        query.insert("filters".to_owned(), self.filters.iter().map(ObjectFilter::describe).collect());
        query.insert("occurred_at".to_owned(), self.occurred_at.describe().into());
        Value::Object(query)
    }
}

/// Collects a question; [`EnrollmentQueryBuilder::build`] checks it.
#[derive(Debug, Clone, Default)]
pub struct EnrollmentQueryBuilder {
    program: Option<String>,
    org_unit_parents: Vec<String>,
    enrollments: Vec<String>,
    updated_after: Option<String>,
    updated_before: Option<String>,
    status: Option<EnrollmentStatus>,
    include_deleted: bool,
    filters: Vec<String>,
    occurred_at: OccurredAt,
    page_size: Option<u32>,
}

impl EnrollmentQueryBuilder {
    /// The program, by uid.
    pub fn program(self, program: impl Into<String>) -> Self {
        Self { program: Some(program.into()), ..self }
    }

    lists! {
        /// Adds organisation units, by uid: their enrollments and those of all units below them. From 2.40.10 on it is the unit
        /// that owns the tracked entity in the program that counts, before that the enrollment's own; the column
        /// `organisation_unit_id` always holds the enrollment's own.
        org_unit_parents
    }

    lists! {
        /// Adds enrollments, by uid: only they come. No unit need be named then; where none is, servers up to 2.40 do not show
        /// deleted ones.
        enrollments
    }

    /// Only those last updated at this moment or later: a date, or a date and time with an offset or in UTC.
    pub fn updated_after(self, moment: impl Into<String>) -> Self {
        Self { updated_after: Some(moment.into()), ..self }
    }

    /// Only those last updated at this moment or earlier: a date (the whole day, in UTC), or a date and time with an offset
    /// or in UTC.
    pub fn updated_before(self, moment: impl Into<String>) -> Self {
        Self { updated_before: Some(moment.into()), ..self }
    }

    /// Only those of this status.
    pub fn status(self, status: EnrollmentStatus) -> Self {
        Self { status: Some(status), ..self }
    }

    /// Whether deleted ones come too.
    pub fn include_deleted(self, include_deleted: bool) -> Self {
        Self { include_deleted, ..self }
    }

    /// Adds a condition in DHIS2's notation on a column, such as `enrolled_at:ge:2024-01-01` or `follow_up:eq:true`. All
    /// conditions must hold. Case is ignored, as servers do; times compare with a date's first moment.
    pub fn filter(mut self, filter: impl Into<String>) -> Self {
        self.filters.push(filter.into());
        self
    }

    /// What the columns `enrolled_at`, `occurred_at` and `completed_at` hold.
    pub fn occurred_at(self, occurred_at: OccurredAt) -> Self {
        Self { occurred_at, ..self }
    }

    /// Enrollments a page; [`PAGE_SIZE`] unless said.
    pub fn page_size(self, enrollments: u32) -> Self {
        Self { page_size: Some(enrollments), ..self }
    }

    /// Checks the question.
    ///
    /// # Errors
    /// [`QueryError`] says what is missing, contradicts itself or is malformed.
    pub fn build(self) -> Result<EnrollmentQuery, QueryError> {
        let enrollments = check::uids("enrollment", &self.enrollments)?;
        Ok(EnrollmentQuery {
            program: check::program(self.program.as_deref())?,
            org_unit_parents: check::units_or(&self.org_unit_parents, &enrollments)?,
            enrollments,
            updated: UpdatedWindow::check(self.updated_after.as_deref(), self.updated_before.as_deref())?,
            status: self.status,
            include_deleted: self.include_deleted,
            filters: ObjectFilter::parse_all(&self.filters, FILTERABLE)?,
            occurred_at: self.occurred_at,
            page_size: check::page_size(self.page_size, PAGE_SIZE)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> EnrollmentQueryBuilder {
        EnrollmentQuery::builder().program("T4KUa2dgu2M").org_unit_parents(["KdK92fYEfTw"])
    }

    #[test]
    fn what_is_missing_or_contradicts_is_named_before_anything_is_sent() {
        assert_eq!(EnrollmentQuery::builder().org_unit_parents(["KdK92fYEfTw"]).build(), Err(QueryError::NoProgram));
        assert_eq!(EnrollmentQuery::builder().program("T4KUa2dgu2M").build(), Err(QueryError::NoOrgUnit));
        assert_eq!(whole().page_size(0).build(), Err(QueryError::PageSize));
        assert!(matches!(whole().program("nope").build(), Err(QueryError::Malformed { parameter: "program", .. })));
        let backwards = whole().updated_after("2024-02-01").updated_before("2024-01-31").build();
        assert!(matches!(backwards, Err(QueryError::UpdatedWindow { .. })));
    }

    #[test]
    fn a_receipt_shows_the_question() {
        let query =
            whole().status(EnrollmentStatus::Cancelled).updated_after("2024-01-31").filter("follow_up:eq:true").build();
        let query = query.unwrap();
        assert_eq!(
            query.to_json(),
            serde_json::json!({
                "program_id": "T4KUa2dgu2M",
                "org_unit_parents": ["KdK92fYEfTw"],
                "enrollments": [],
                "updated_after": "2024-01-31T00:00:00.000Z",
                "updated_before": null,
                "status": "CANCELLED",
                "include_deleted": false,
                "filters": ["follow_up:eq:true"],
                "occurred_at": "as the server shows it",
            })
        );
    }
}
