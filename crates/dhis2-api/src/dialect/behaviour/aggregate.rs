//! `GET /api/dataValueSets`.

use super::within;
use crate::version::Version;

/// What refused access looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessRefusal {
    /// 409 with the code E2010, E2011 or E2012, one unit named.
    Conflict,
    /// 200 without a body: the stream is closed before the error is written (by patch, ≤ 2.42).
    EmptyOk,
    /// 409, units listed (2.43).
    ConflictListed,
}

/// Which of several faults of a request is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstError {
    /// The last one checked: every check overwrites the one before (≤ 2.42).
    LastChecked,
    /// The first one checked (2.43).
    FirstChecked,
}

/// How rows and envelope are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowLayout {
    /// Eleven keys a row, nulls written; a header beside one data set, one period and one unit (≤ 2.42).
    Full,
    /// Values common to all rows stand at the top and are left out of the rows, nulls left out (2.43).
    Hoisted,
}

/// How the bound of `lastUpdated` is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastUpdatedReading {
    /// The UTC wall clock of the bound against the local one of the row (≤ 2.42).
    UtcAgainstLocal,
    /// Midnight of the bound's day in the server's zone, for `lastUpdatedDuration` too (2.43).
    StartOfDay,
}

/// What becomes of uids that the server does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownIds {
    /// Dropped as if not sent; an unknown attribute option combo drops the filter (≤ 2.42).
    Dropped,
    /// Kept: they match nothing; malformed ones are 400 (2.43).
    MatchNothing,
}

/// Which of the account's units data values may be asked of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitScope {
    /// Data view units, capture units where there are none; members of groups are not checked (≤ 2.42).
    DataView,
    /// Capture units; of groups, only members that are such units themselves (2.43).
    Capture,
}

/// What a version decides about the export of data values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // one flag a question: that is what the table is for
pub struct AggregateBehaviour {
    /// `dataElement`, `attributeCombo` and `attributeOptions` are known; ignored on 2.38.
    pub element_params: bool,
    /// `dataElementGroup` displaces `dataSet` and `dataElement`; in 2.43 all three are united.
    pub group_displaces: bool,
    /// `period` displaces `startDate` and `endDate`; in 2.43 both together are E2003.
    pub period_displaces_dates: bool,
    /// Periods that cannot be read are dropped; in 2.43 they are 400.
    pub bad_periods_dropped: bool,
    /// What refused access looks like.
    pub refusal: AccessRefusal,
    /// Which fault is reported.
    pub first_error: FirstError,
    /// E2009 names its value; in 2.43 it says `{0}`.
    pub limit_named: bool,
    /// How rows are written.
    pub layout: RowLayout,
    /// How `lastUpdated` is compared.
    pub last_updated: LastUpdatedReading,
    /// `lastUpdated` and `lastUpdatedDuration` do without a period.
    pub last_updated_suffices: bool,
    /// An unreadable `lastUpdatedDuration` is no filter; elsewhere E2005.
    pub bad_duration_ignored: bool,
    /// What becomes of unknown uids.
    pub unknown_ids: UnknownIds,
    /// Which units the account may ask.
    pub scope: UnitScope,
    /// A unit's rows come once for each membership in the groups asked.
    pub group_join_repeats: bool,
    /// `offset` is known and rows are ordered by period, creation and element.
    pub ordered: bool,
    /// `categoryOptionCombo` is known (2.43).
    pub category_combo_param: bool,
    /// The format follows `Accept`; in 2.43 only `format=` and the suffix.
    pub format_by_accept: bool,
    /// A suffix that is no format is 400; in 2.43 it means JSON.
    pub unknown_suffix_refused: bool,
    /// A `compression` that is none is ignored; in 2.43 it is 400.
    pub unknown_compression_ignored: bool,
    /// `Accept: text/csv` is known; on 2.38 it is 400 without a body.
    pub text_csv: bool,
    /// Characters above U+FFFF are written as two escapes; in 2.43 raw.
    pub surrogate_escapes: bool,
    /// A row whose object lacks the output identifier is written with null; in 2.43 the request fails.
    pub missing_scheme_is_null: bool,
    /// CSV writes `null` where a row is not deleted; in 2.43 `false`.
    pub csv_deleted_null: bool,
    /// A database failure in mid-stream gives valid JSON, cut at a multiple of 1,000 rows, and status 200.
    pub cuts_silently: bool,
    /// `children=true` without a unit is E2008; in 2.43 E2006.
    pub children_need_unit: bool,
    /// A bad date is worded "Value x is not a valid Date."; later "Value 'x' is not valid for parameter …".
    pub old_date_error: bool,
}

impl AggregateBehaviour {
    pub(super) fn of(version: &Version) -> Self {
        let feature = version.feature();
        let new = feature >= 43;
        Self {
            element_params: feature >= 39,
            group_displaces: !new,
            period_displaces_dates: !new,
            bad_periods_dropped: !new,
            refusal: refusal(version),
            first_error: if new { FirstError::FirstChecked } else { FirstError::LastChecked },
            limit_named: !new,
            layout: if new { RowLayout::Hoisted } else { RowLayout::Full },
            last_updated: if new { LastUpdatedReading::StartOfDay } else { LastUpdatedReading::UtcAgainstLocal },
            last_updated_suffices: !within(version, 43, (0, 0)..=(1, u32::MAX)),
            bad_duration_ignored: within(version, 43, (0, 0)..=(1, u32::MAX)),
            unknown_ids: if new { UnknownIds::MatchNothing } else { UnknownIds::Dropped },
            scope: if new { UnitScope::Capture } else { UnitScope::DataView },
            group_join_repeats: !new,
            ordered: new,
            category_combo_param: new,
            format_by_accept: !new,
            unknown_suffix_refused: !new,
            unknown_compression_ignored: !new,
            text_csv: feature >= 39,
            surrogate_escapes: !new,
            missing_scheme_is_null: !new,
            csv_deleted_null: !new,
            cuts_silently: !new,
            children_need_unit: !new,
            old_date_error: feature <= 39,
        }
    }
}

/// The patches whose controller closes the stream before the error is written (wire document, section 2.3).
fn refusal(version: &Version) -> AccessRefusal {
    const LAST: (u32, u32) = (u32::MAX, u32::MAX);
    let closes = within(version, 38, (5, 0)..=(5, 1))
        || within(version, 39, (3, 0)..=(4, 1))
        || within(version, 39, (10, 0)..=LAST)
        || within(version, 40, (1, 0)..=(2, 2))
        || within(version, 40, (8, 0)..=LAST)
        || within(version, 41, (5, 0)..=LAST)
        || within(version, 42, (1, 0)..=LAST);
    match (version.feature() >= 43, closes) {
        (true, _) => AccessRefusal::ConflictListed,
        (false, true) => AccessRefusal::EmptyOk,
        (false, false) => AccessRefusal::Conflict,
    }
}
