//! Metadata lists and single objects.

use crate::version::Version;

/// How a filter that cannot be read is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterErrors {
    /// 409 without a code (≤ 2.41).
    Conflict,
    /// 400 with the code E1003.
    BadRequest,
}

/// The answer to `/api/{plural}/{id}` where the id is not of eleven characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MalformedUid {
    /// 404 of the container (≤ 2.41).
    NotFound,
    /// 405 (2.42 and later).
    MethodNotAllowed,
}

/// What a version decides about metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // one flag a question: that is what the table is for
pub struct MetadataBehaviour {
    /// How a bad filter is refused.
    pub filter_errors: FilterErrors,
    /// A filter property of a uid's shape asks for an attribute's value (2.39 and later); before, it is unknown.
    pub attribute_filters: bool,
    /// The operator `!empty` exists.
    pub not_empty_operator: bool,
    /// The operator `ieq` exists.
    pub ieq_operator: bool,
    /// Repeated filters are joined by commas and cut again, so that a value with a comma outside brackets is cut.
    pub filters_cut_at_commas: bool,
    /// An unknown order property is 400 "No such property"; before, it is dropped.
    pub unknown_order_refused: bool,
    /// The pager of an empty list says one page; elsewhere none.
    pub at_least_one_page: bool,
    /// The `sortOrder` of a set's first option: 1 up to 2.40, 0 later.
    pub first_option: i64,
    /// The answer to a malformed id in the path.
    pub malformed_uid: MalformedUid,
}

impl MetadataBehaviour {
    pub(super) fn of(version: &Version) -> Self {
        let feature = version.feature();
        Self {
            filter_errors: if feature <= 41 { FilterErrors::Conflict } else { FilterErrors::BadRequest },
            attribute_filters: feature >= 39,
            not_empty_operator: feature >= 42,
            ieq_operator: feature >= 41,
            filters_cut_at_commas: feature >= 42,
            unknown_order_refused: feature >= 43,
            at_least_one_page: feature <= 38,
            first_option: i64::from(feature <= 40),
            malformed_uid: if feature <= 41 { MalformedUid::NotFound } else { MalformedUid::MethodNotAllowed },
        }
    }
}
