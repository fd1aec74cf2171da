//! Whose tracked entities: a program's or a type's.

use dhis2_api::Uid;
use dhis2_api::dialect::Dialect;
use dhis2_api::request::ApiRequest;
use serde_json::{Map, Value};

use crate::check;
use crate::error::QueryError;
use crate::tracked_entities::{TrackedEntityQuery, TrackedEntityQueryBuilder};
use crate::uids::Place;

/// A program or a tracked entity type; servers refuse both together and neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    Program(Uid),
    Type(Uid),
}

impl Scope {
    pub(crate) fn check(program: Option<&str>, tracked_entity_type: Option<&str>) -> Result<Self, QueryError> {
        let program = check::uid("program", program)?;
        match (program, check::uid("tracked entity type", tracked_entity_type)?) {
            (Some(program), None) => Ok(Self::Program(program)),
            (None, Some(of_type)) => Ok(Self::Type(of_type)),
            (None, None) => Err(QueryError::NoProgramOrType),
            (Some(_), Some(_)) => Err(QueryError::ProgramAndType),
        }
    }

    pub(crate) fn program(self) -> Option<Uid> {
        match self {
            Self::Program(program) => Some(program),
            Self::Type(_) => None,
        }
    }

    /// The beginning of a question for its tracked entities.
    pub(crate) fn query(self) -> TrackedEntityQueryBuilder {
        let builder = TrackedEntityQuery::builder();
        match self {
            Self::Program(program) => builder.program(program.as_str()),
            Self::Type(of_type) => builder.tracked_entity_type(of_type.as_str()),
        }
    }

    /// In words, for a receipt.
    pub(crate) fn describe(self) -> String {
        match self {
            Self::Program(program) => format!("program {program}"),
            Self::Type(of_type) => format!("tracked entity type {of_type}"),
        }
    }

    /// Adds itself to the question that a receipt shows.
    pub(crate) fn note(self, query: &mut Map<String, Value>) {
        let (name, uid) = match self {
            Self::Program(program) => ("program_id", program),
            Self::Type(of_type) => ("tracked_entity_type_id", of_type),
        };
        query.insert(name.to_owned(), uid.as_str().into());
    }

    /// The beginning of a request for tracked entities, under a unit where one is named.
    pub(crate) fn tracked_entities(self, dialect: &Dialect, place: &Place) -> ApiRequest {
        let (name, uid) = match self {
            Self::Program(program) => ("program", program),
            Self::Type(of_type) => ("trackedEntityType", of_type),
        };
        under(ApiRequest::get("tracker/trackedEntities").param(name, uid.as_str()), dialect, place)
    }
}

/// Adds a unit, where one is named, and all below it unless it stands alone, as lists of enrollments and of tracked entities
/// take them.
pub(crate) fn under(request: ApiRequest, dialect: &Dialect, place: &Place) -> ApiRequest {
    let Some(unit) = &place.unit else { return request };
    let mode = if place.alone { OrgUnitMode::Selected } else { OrgUnitMode::Descendants };
    request.param(dialect.org_units_param, unit.as_str()).param(dialect.org_unit_mode_param, mode.as_str())
}

/// How far organisation units reach in a question for events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OrgUnitMode {
    /// The units themselves.
    Selected,
    /// The units and those directly below them.
    Children,
    /// The units and all below them.
    #[default]
    Descendants,
    /// No unit is named: all that the account may search.
    Accessible,
    /// No unit is named: all where the account may enter data.
    Capture,
    /// No unit is named: all there are. Takes a superuser, or the authority to search everywhere.
    All,
}

impl OrgUnitMode {
    /// As servers write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Selected => "SELECTED",
            Self::Children => "CHILDREN",
            Self::Descendants => "DESCENDANTS",
            Self::Accessible => "ACCESSIBLE",
            Self::Capture => "CAPTURE",
            Self::All => "ALL",
        }
    }

    /// Whether units must be named; beside the other modes servers refuse or ignore them.
    pub const fn needs_units(self) -> bool {
        matches!(self, Self::Selected | Self::Children | Self::Descendants)
    }
}
