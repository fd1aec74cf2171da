//! A question for relationships, checked before anything is sent.

use dhis2_api::Uid;
use serde_json::{Map, Value};

use crate::check;
use crate::error::QueryError;
use crate::filter::{Filterable, ObjectFilter};
use crate::lists::lists;
use crate::relationships::columns::RELATIONSHIPS;
use crate::relationships::plan::ObjectKind;
use crate::scope::Scope;

/// Objects a page, unless asked otherwise. Servers look the relationships of each up by itself: 200 tracked entities took
/// 0.2 to 4.3 s (recordings of six versions), so that a page of 200 is well below the minute after which a proxy gives up.
pub const PAGE_SIZE: u32 = 200;

/// What can be filtered by.
pub(crate) const FILTERABLE: Filterable = Filterable { schema: &RELATIONSHIPS, item: None };

/// Which relationships to extract. Made by [`RelationshipQuery::builder`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationshipQuery {
    pub(crate) of: Of,
    pub(crate) org_unit_parents: Vec<Uid>,
    pub(crate) filters: Vec<ObjectFilter>,
    pub(crate) page_size: u32,
}

/// Whose relationships.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Of {
    Scope(Scope),
    Objects(Vec<(ObjectKind, Uid)>),
}

impl RelationshipQuery {
    /// Begins a question.
    ///
    /// ```
    /// use dhis2_tracker::RelationshipQuery;
    ///
    /// let query = RelationshipQuery::builder()
    ///     .tracked_entity_type("EFvjZX4SLF5")
    ///     .org_unit_parents(["KdK92fYEfTw"])
    ///     .build()?;
    /// # Ok::<(), dhis2_tracker::QueryError>(())
    /// ```
    pub fn builder() -> RelationshipQueryBuilder {
        RelationshipQueryBuilder::default()
    }

    /// The question for a receipt.
    pub fn to_json(&self) -> Value {
        let mut query = Map::new();
        match &self.of {
            Of::Scope(scope) => {
                scope.note(&mut query);
                let units = self.org_unit_parents.iter().map(Uid::as_str).collect();
                query.insert("org_unit_parents".to_owned(), units);
            }
            Of::Objects(objects) => {
                let objects = objects.iter().map(|(kind, uid)| format!("{} {uid}", kind.describe())).collect();
                query.insert("objects".to_owned(), objects);
            }
        }
        query.insert("filters".to_owned(), self.filters.iter().map(ObjectFilter::describe).collect());
        Value::Object(query)
    }
}

/// Collects a question; [`RelationshipQueryBuilder::build`] checks it.
#[derive(Debug, Clone, Default)]
pub struct RelationshipQueryBuilder {
    program: Option<String>,
    tracked_entity_type: Option<String>,
    org_unit_parents: Vec<String>,
    tracked_entities: Vec<String>,
    enrollments: Vec<String>,
    events: Vec<String>,
    filters: Vec<String>,
    page_size: Option<u32>,
}

impl RelationshipQueryBuilder {
    /// Those that begin at a tracked entity enrolled in this program, or at an enrollment or event of it, by uid. Those
    /// that end there come too where a server lists them: up to 2.41 all, later the bidirectional ones.
    pub fn program(self, program: impl Into<String>) -> Self {
        Self { program: Some(program.into()), ..self }
    }

    /// Those that begin at a tracked entity of this type, or at an enrollment or event of such a one, or, where a
    /// relationship type leads from events or enrollments to this type, at those; instead of a program. Others that end at
    /// a tracked entity of this type come too where a server lists them: up to 2.41 all, later the bidirectional ones.
    pub fn tracked_entity_type(self, tracked_entity_type: impl Into<String>) -> Self {
        Self { tracked_entity_type: Some(tracked_entity_type.into()), ..self }
    }

    lists! {
        /// Adds organisation units, by uid: the objects of these and of all units below them are looked at.
        org_unit_parents
    }

    lists! {
        /// Adds single tracked entities, by uid, instead of a program or type and units: all relationships at either end of
        /// which one of them is, one request for each.
        tracked_entities
    }

    lists! {
        /// Adds single enrollments, by uid; see [`tracked_entities`](Self::tracked_entities).
        enrollments
    }

    lists! {
        /// Adds single events, by uid; see [`tracked_entities`](Self::tracked_entities).
        events
    }

    /// Adds a condition in DHIS2's notation on a column, such as `relationship_type_id:eq:JygaeqYBVx0`. All conditions must
    /// hold. Case is ignored, as servers do.
    pub fn filter(mut self, filter: impl Into<String>) -> Self {
        self.filters.push(filter.into());
        self
    }

    /// Objects a page; [`PAGE_SIZE`] unless said.
    pub fn page_size(self, objects: u32) -> Self {
        Self { page_size: Some(objects), ..self }
    }

    /// Checks the question.
    ///
    /// # Errors
    /// [`QueryError`] says what is missing, contradicts itself or is malformed.
    pub fn build(self) -> Result<RelationshipQuery, QueryError> {
        let mut objects = Vec::new();
        for (kind, uids) in [
            (ObjectKind::TrackedEntity, &self.tracked_entities),
            (ObjectKind::Enrollment, &self.enrollments),
            (ObjectKind::Event, &self.events),
        ] {
            objects.extend(check::uids(kind.describe(), uids)?.into_iter().map(|uid| (kind, uid)));
        }
        let (of, org_unit_parents) = if objects.is_empty() {
            let scope = Scope::check(self.program.as_deref(), self.tracked_entity_type.as_deref())?;
            (Of::Scope(scope), check::org_units(&self.org_unit_parents)?)
        } else if self.program.is_some() || self.tracked_entity_type.is_some() || !self.org_unit_parents.is_empty() {
            return Err(QueryError::ObjectsBesideScope);
        } else {
            (Of::Objects(objects), Vec::new())
        };
        Ok(RelationshipQuery {
            of,
            org_unit_parents,
            filters: ObjectFilter::parse_all(&self.filters, FILTERABLE)?,
            page_size: check::page_size(self.page_size, PAGE_SIZE)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_or_contradicts_is_named_before_anything_is_sent() {
        let whole = || RelationshipQuery::builder().program("T4KUa2dgu2M").org_unit_parents(["KdK92fYEfTw"]);
        assert_eq!(
            RelationshipQuery::builder().org_unit_parents(["KdK92fYEfTw"]).build(),
            Err(QueryError::NoProgramOrType)
        );
        assert_eq!(whole().tracked_entity_type("EFvjZX4SLF5").build(), Err(QueryError::ProgramAndType));
        assert_eq!(RelationshipQuery::builder().program("T4KUa2dgu2M").build(), Err(QueryError::NoOrgUnit));
        assert_eq!(whole().page_size(0).build(), Err(QueryError::PageSize));
        assert_eq!(
            whole().build().unwrap().to_json(),
            serde_json::json!({ "program_id": "T4KUa2dgu2M", "org_unit_parents": ["KdK92fYEfTw"], "filters": [] })
        );
        let single = || RelationshipQuery::builder().events(["A1G2w687SWR"]);
        assert_eq!(single().build().unwrap().to_json()["objects"], serde_json::json!(["event A1G2w687SWR"]));
        assert_eq!(single().program("T4KUa2dgu2M").build(), Err(QueryError::ObjectsBesideScope));
    }
}
