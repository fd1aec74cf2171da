//! `GET /api/tracker/trackedEntities`, `/enrollments` and `/relationships`, where they differ from events.

use super::events::{DurationReading, TieBreak};
use super::within;
use crate::version::Version;

const ANY: u32 = u32::MAX;

/// The unit that the unit filter looks at for tracked entities asked for by their type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeUnitMatch {
    /// The unit that registered it (2.38, before 2.39.6 and 2.40.4).
    Registering,
    /// Those of all its owners and the registering one. An entity is a row for each different one when pages are cut,
    /// repeats within a page are removed after that (2.39.6 and later, 2.40.4 and later).
    OwnersJoined,
    /// Those of all its owners, the registering one without an owner; one row for an entity (2.41 and later).
    AnyOwner,
}

/// What a version decides about tracked entities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // one flag a question: that is what the table is for
pub struct TrackedEntitiesBehaviour {
    /// Units are mandatory unless the mode does without or uids are given (≤ 2.40).
    pub unit_mandatory: bool,
    /// With a `program`, the unit that is matched is the owner in it; else the registering one (2.38).
    pub owner_with_program: bool,
    /// Which units are matched without a `program`.
    pub by_type: TypeUnitMatch,
    /// Without program, type and uids: 409 and its text to 2.40, 400 and another later.
    pub nothing_named_status: u16,
    /// Latest internal id first; earlier the first one first.
    pub newest_first: bool,
    /// What follows an explicit order.
    pub tie_break: TieBreak,
    /// `query`, `attribute` and `includeAllAttributes` are refused (2.41); later they are ignored.
    pub query_refused: bool,
    /// `enrollmentStatus` (2.42 and later) beside `programStatus`.
    pub enrollment_status: bool,
    /// `order=trackedEntity` fails in the database: 409 with E7145 (2.43).
    pub order_by_uid_fails: bool,
    /// `order=enrolledAt` without a program leaves out who has no enrollment (≤ 2.40); later it is refused.
    pub enrolled_order_drops: bool,
    /// A type with `includeDeleted` and no other condition fails in the database.
    pub type_with_deleted_fails: bool,
    /// `order=enrolledAt` with `includeDeleted` and no other condition fails in the database.
    pub enrolled_order_with_deleted_fails: bool,
    /// The failing statement stands in `devMessage` (2.42 and later); before only its state.
    pub names_statement: bool,
    /// `relationships` with `includeDeleted` is 404 as soon as one leads to a deleted event (2.41).
    pub deleted_relationship_not_found: bool,
    /// Unpaged lists are cut here without a word (2.39 and later).
    pub unpaged_limit: Option<usize>,
    /// A page may be no longer than the limit (2.41 and later).
    pub page_limited: bool,
    /// A negative size of a page is 50 (≤ 2.40).
    pub negative_size_is_default: bool,
    /// `attributes` are those of tracked entity types, and of the `program` if one is given (2.42 and later); before all.
    pub attributes_of_program_only: bool,
    /// In lists without a `program`, accounts but the superuser see attributes of tracked entity types only (2.40).
    pub lists_show_type_attributes: bool,
    /// With a `program`, nested enrollments and owners are those of it alone (2.42 and later).
    pub nested_of_program_only: bool,
    /// `storedBy` is among the keys (2.41).
    pub stored_by: bool,
    /// How `updatedWithin` is taken, for enrollments too.
    pub updated_within: DurationReading,
    /// One that another unit owns is 401 with a `program` and 409 without (≤ 2.40); later it is not found.
    pub ownership_refused: bool,
}

impl TrackedEntitiesBehaviour {
    pub(super) fn of(version: &Version) -> Self {
        let feature = version.feature();
        Self {
            unit_mandatory: feature <= 40,
            owner_with_program: feature >= 39,
            by_type: match feature {
                ..=38 => TypeUnitMatch::Registering,
                39 if version.patch() <= 5 => TypeUnitMatch::Registering,
                40 if version.patch() <= 3 => TypeUnitMatch::Registering,
                39 | 40 => TypeUnitMatch::OwnersJoined,
                _ => TypeUnitMatch::AnyOwner,
            },
            nothing_named_status: if feature <= 40 { 409 } else { 400 },
            newest_first: feature >= 41,
            tie_break: tie_break(version),
            query_refused: feature == 41,
            enrollment_status: feature >= 42,
            order_by_uid_fails: feature >= 43,
            enrolled_order_drops: feature <= 40,
            type_with_deleted_fails: within(version, 39, (10, 0)..=(ANY, ANY))
                || within(version, 40, (12, 0)..=(ANY, ANY))
                || within(version, 41, (0, 0)..=(7, ANY))
                || feature == 42,
            enrolled_order_with_deleted_fails: within(version, 41, (8, 0)..=(ANY, ANY))
                || within(version, 42, (5, 0)..=(ANY, ANY)),
            names_statement: feature >= 42,
            deleted_relationship_not_found: feature == 41,
            unpaged_limit: (feature >= 39).then_some(50_000),
            page_limited: feature >= 41,
            negative_size_is_default: feature <= 40,
            attributes_of_program_only: feature >= 42,
            lists_show_type_attributes: feature == 40,
            nested_of_program_only: feature >= 42,
            stored_by: feature == 41,
            updated_within: if feature >= 43 { DurationReading::WallClockAsUtc } else { DurationReading::Exact },
            ownership_refused: feature <= 40,
        }
    }
}

/// What a version decides about enrollments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // one flag a question: that is what the table is for
pub struct EnrollmentsBehaviour {
    /// The list wants a `program` (2.43).
    pub program_mandatory: bool,
    /// Conditions on status, follow-up and dates want a `program` (≤ 2.42).
    pub conditions_need_program: bool,
    /// `trackedEntityType` exists and excludes `program` (≤ 2.42).
    pub by_type: bool,
    /// `status`, not beside `programStatus` (2.42 and later).
    pub status: bool,
    /// The unit that is matched owns the tracked entity in the program (2.40.10 and later); before it is the enrollment's.
    pub owner_unit: bool,
    /// What others own is taken out of a page after it was cut (≤ 2.42).
    pub filtered_after_cut: bool,
    /// Latest internal id first (2.41 and later); before nothing orders the list.
    pub newest_first: bool,
    /// Order fields are checked (2.41 and later); before an unknown one fails in the database with this status.
    pub unknown_order_status: Option<u16>,
    /// `order=createdAt` and `updatedAt` fail in the database: 409.
    pub created_order_fails: bool,
    /// `totalPages=true` fails: 409, 500 where there is one row (2.40.10 to 2.40.12).
    pub totals_fail: bool,
    /// Lists never load `events`, `attributes` and `relationships` (≤ 2.40).
    pub lists_without_nested: bool,
    /// `enrollment=` with uids beats every other condition and paging (≤ 2.40).
    pub uids_beat_all: bool,
    /// Confidential attributes come without their value, for everybody (2.43).
    pub confidential_hidden: bool,
    /// `attributeOptionCombo` is among the keys, and can be asked for (2.43).
    pub attribute_option_combo: bool,
    /// Notes inside a tracked entity do not name who wrote them (≤ 2.40).
    pub nested_notes_nameless: bool,
}

impl EnrollmentsBehaviour {
    pub(super) fn of(version: &Version) -> Self {
        let feature = version.feature();
        Self {
            program_mandatory: feature >= 43,
            conditions_need_program: feature <= 42,
            by_type: feature <= 42,
            status: feature >= 42,
            owner_unit: feature >= 41 || within(version, 40, (10, 0)..=(ANY, ANY)),
            filtered_after_cut: feature <= 42,
            newest_first: feature >= 41,
            unknown_order_status: match feature {
                ..=39 => Some(500),
                40 => Some(400),
                _ => None,
            },
            created_order_fails: within(version, 41, (6, 0)..=(ANY, ANY)) || within(version, 42, (2, 0)..=(ANY, ANY)),
            totals_fail: within(version, 40, (10, 0)..=(12, ANY)),
            lists_without_nested: feature <= 40,
            uids_beat_all: feature <= 40,
            confidential_hidden: feature >= 43,
            attribute_option_combo: feature >= 43,
            nested_notes_nameless: feature <= 40,
        }
    }
}

/// What a version decides about relationships, listed or inside other objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // one flag a question: that is what the table is for
pub struct RelationshipsBehaviour {
    /// `tei` is another name of `trackedEntity` (≤ 2.41).
    pub old_name: bool,
    /// Deleted ones are kept (2.39 and later); 2.38 has none.
    pub soft_deletion: bool,
    /// Latest internal id first (2.41 and later); before nothing orders the list.
    pub newest_first: bool,
    /// `createdAtClient` can be ordered by (2.41 and later).
    pub order_by_client_time: bool,
    /// Inside other objects the ends carry placeholders, no data (≤ 2.40).
    pub placeholder_ends: bool,
    /// At an end nothing says who stored values and attributes and who completed an enrollment (2.42 and later).
    pub lean_ends: bool,
    /// A missing owner is worded "No trackedEntity 'X' found." without a code (≤ 2.40).
    pub plain_not_found: bool,
    /// Refusals carry E1003 (2.41 and later).
    pub coded: bool,
}

impl RelationshipsBehaviour {
    pub(super) fn of(version: &Version) -> Self {
        let feature = version.feature();
        Self {
            old_name: feature <= 41,
            soft_deletion: feature >= 39,
            newest_first: feature >= 41,
            order_by_client_time: feature >= 41,
            placeholder_ends: feature <= 40,
            lean_ends: feature >= 42,
            plain_not_found: feature <= 40,
            coded: feature >= 41,
        }
    }
}

/// Wire document, section 1.6; enrollments alike.
fn tie_break(version: &Version) -> TieBreak {
    match version.feature() {
        ..=40 => TieBreak::None,
        41 if version.patch() <= 2 => TieBreak::None,
        41 | 42 => TieBreak::IdDescending,
        _ => TieBreak::IdLikeFirst,
    }
}
