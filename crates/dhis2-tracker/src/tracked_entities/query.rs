//! A question for tracked entities, checked before anything is sent.

use dhis2_api::Uid;
use serde_json::{Map, Value};

use crate::check;
use crate::error::QueryError;
use crate::filter::{Filterable, ObjectFilter};
use crate::lists::lists;
use crate::scope::Scope;
use crate::tracked_entities::columns::TRACKED_ENTITIES;
use crate::window::UpdatedWindow;

/// Tracked entities a page, unless asked otherwise. With their attributes, 100 cost a server 0.22 s, 1,000 0.28 s and
/// 2,000 0.38 s (wire document, section 8, "What requests cost"): beyond 1,000 there is little to gain, and a page that
/// fails costs more to repeat.
pub const PAGE_SIZE: u32 = 1_000;

/// What can be filtered by.
pub(crate) const FILTERABLE: Filterable = Filterable { schema: &TRACKED_ENTITIES, item: Some("attribute_id") };

/// Which tracked entities to extract. Made by [`TrackedEntityQuery::builder`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedEntityQuery {
    pub(crate) scope: Scope,
    pub(crate) org_unit_parents: Vec<Uid>,
    pub(crate) tracked_entities: Vec<Uid>,
    pub(crate) updated: UpdatedWindow,
    pub(crate) include_deleted: bool,
    pub(crate) filters: Vec<ObjectFilter>,
    pub(crate) page_size: u32,
}

impl TrackedEntityQuery {
    /// Begins a question.
    ///
    /// ```
    /// use dhis2_tracker::TrackedEntityQuery;
    ///
    /// let query = TrackedEntityQuery::builder()
    ///     .program("T4KUa2dgu2M")
    ///     .org_unit_parents(["KdK92fYEfTw"])
    ///     .updated_after("2024-01-01T00:00:00+01:00")
    ///     .build()?;
    /// # Ok::<(), dhis2_tracker::QueryError>(())
    /// ```
    pub fn builder() -> TrackedEntityQueryBuilder {
        TrackedEntityQueryBuilder::default()
    }

    /// The program's uid, where one was asked for.
    pub fn program_id(&self) -> Option<&str> {
        match &self.scope {
            Scope::Program(program) => Some(program.as_str()),
            Scope::Type(_) => None,
        }
    }

    /// The tracked entity type's uid, where one was asked for.
    pub fn tracked_entity_type_id(&self) -> Option<&str> {
        match &self.scope {
            Scope::Program(_) => None,
            Scope::Type(of_type) => Some(of_type.as_str()),
        }
    }

    /// Whether tracked entities are asked for by uid and by nothing else: then each of them is expected.
    pub(crate) fn names_entities_only(&self) -> bool {
        self.org_unit_parents.is_empty() && self.updated == UpdatedWindow::default() && self.filters.is_empty()
    }

    /// The question for a receipt.
    pub fn to_json(&self) -> Value {
        let mut query = Map::new();
        self.scope.note(&mut query);
        let units = self.org_unit_parents.iter().map(|unit| unit.as_str().into()).collect();
        query.insert("org_unit_parents".to_owned(), Value::Array(units));
        let named = self.tracked_entities.iter().map(Uid::as_str).collect();
        query.insert("tracked_entities".to_owned(), named);
        self.updated.note(&mut query);
        query.insert("include_deleted".to_owned(), self.include_deleted.into());
        query.insert("filters".to_owned(), self.filters.iter().map(ObjectFilter::describe).collect());
        Value::Object(query)
    }
}

/// Collects a question; [`TrackedEntityQueryBuilder::build`] checks it.
#[derive(Debug, Clone, Default)]
pub struct TrackedEntityQueryBuilder {
    program: Option<String>,
    tracked_entity_type: Option<String>,
    org_unit_parents: Vec<String>,
    tracked_entities: Vec<String>,
    updated_after: Option<String>,
    updated_before: Option<String>,
    include_deleted: bool,
    filters: Vec<String>,
    page_size: Option<u32>,
}

impl TrackedEntityQueryBuilder {
    /// Those enrolled in this program, by uid. Their attributes are those of their type and of the program.
    pub fn program(self, program: impl Into<String>) -> Self {
        Self { program: Some(program.into()), ..self }
    }

    /// Those of this tracked entity type, by uid, enrolled or not; instead of a program. From 2.42 on, and on 2.40 for
    /// everybody but superusers, their attributes are those of the type only: servers show the others to who names the
    /// program, and the receipt warns of it.
    pub fn tracked_entity_type(self, tracked_entity_type: impl Into<String>) -> Self {
        Self { tracked_entity_type: Some(tracked_entity_type.into()), ..self }
    }

    lists! {
        /// Adds organisation units, by uid: their tracked entities and those of all units below them. With a program it is the
        /// unit that owns the entity in it that counts (on 2.38, and in early patches of 2.39 and 2.40, the one that registered
        /// it); with a type the one that owns it in any program or registered it (on 2.38, and in early patches of 2.39 and
        /// 2.40, the one that registered it).
        org_unit_parents
    }

    lists! {
        /// Adds tracked entities, by uid: only they come. No unit need be named then.
        tracked_entities
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

    /// Whether deleted ones come too, and, by program, those of whose enrollments in it none is left.
    pub fn include_deleted(self, include_deleted: bool) -> Self {
        Self { include_deleted, ..self }
    }

    /// Adds a condition in DHIS2's notation on an attribute (`E1Yg8oxJLCA:eq:F`) or on a column (`inactive:eq:false`). All
    /// conditions must hold; an entity comes with all of its attributes or not at all. Case is ignored, as servers do;
    /// an attribute alone means that it has a value, and all operators but `null` demand one.
    pub fn filter(mut self, filter: impl Into<String>) -> Self {
        self.filters.push(filter.into());
        self
    }

    /// Tracked entities a page; [`PAGE_SIZE`] unless said.
    pub fn page_size(self, entities: u32) -> Self {
        Self { page_size: Some(entities), ..self }
    }

    /// Checks the question.
    ///
    /// # Errors
    /// [`QueryError`] says what is missing, contradicts itself or is malformed.
    pub fn build(self) -> Result<TrackedEntityQuery, QueryError> {
        let tracked_entities = check::uids("tracked entity", &self.tracked_entities)?;
        let org_unit_parents = check::units_or(&self.org_unit_parents, &tracked_entities)?;
        Ok(TrackedEntityQuery {
            scope: Scope::check(self.program.as_deref(), self.tracked_entity_type.as_deref())?,
            org_unit_parents,
            tracked_entities,
            updated: UpdatedWindow::check(self.updated_after.as_deref(), self.updated_before.as_deref())?,
            include_deleted: self.include_deleted,
            filters: ObjectFilter::parse_all(&self.filters, FILTERABLE)?,
            page_size: check::page_size(self.page_size, PAGE_SIZE)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> TrackedEntityQueryBuilder {
        TrackedEntityQuery::builder().program("T4KUa2dgu2M").org_unit_parents(["KdK92fYEfTw"])
    }

    #[test]
    fn what_is_missing_or_contradicts_is_named_before_anything_is_sent() {
        let without = || TrackedEntityQuery::builder().org_unit_parents(["KdK92fYEfTw"]);
        assert_eq!(without().build(), Err(QueryError::NoProgramOrType));
        assert_eq!(without().program(" ").build(), Err(QueryError::NoProgramOrType));
        assert_eq!(whole().tracked_entity_type("EFvjZX4SLF5").build(), Err(QueryError::ProgramAndType));
        assert_eq!(TrackedEntityQuery::builder().program("T4KUa2dgu2M").build(), Err(QueryError::NoOrgUnit));
        assert_eq!(whole().page_size(0).build(), Err(QueryError::PageSize));
        let backwards = whole().updated_after("2024-02-01").updated_before("2024-01-31").build();
        assert!(matches!(backwards, Err(QueryError::UpdatedWindow { .. })));
        for (builder, parameter) in [
            (whole().program("nope"), "program"),
            (without().tracked_entity_type("nope"), "tracked entity type"),
            (whole().org_unit_parents(["nope"]), "organisation unit"),
            (whole().updated_after("yesterday"), "updated_after"),
        ] {
            let Err(QueryError::Malformed { parameter: named, .. }) = builder.build() else { panic!("{parameter}") };
            assert_eq!(named, parameter);
        }
    }

    #[test]
    fn a_receipt_shows_the_question() {
        let query = whole().updated_before("2024-01-31").include_deleted(true).build().unwrap();
        assert_eq!(
            query.to_json(),
            serde_json::json!({
                "program_id": "T4KUa2dgu2M",
                "org_unit_parents": ["KdK92fYEfTw"],
                "tracked_entities": [],
                "updated_after": null,
                "updated_before": "2024-01-31T23:59:59.999Z",
                "include_deleted": true,
                "filters": [],
            })
        );
    }
}
