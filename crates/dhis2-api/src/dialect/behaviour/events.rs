//! `GET /api/tracker/events`.

use super::within;
use crate::version::Version;

const ANY: u32 = u32::MAX;

/// Which spellings of parameters the list knows. One that is not known is ignored without a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // one flag a question: that is what the table is for
pub struct EventParams {
    /// `ouMode`, `event` and `assignedUser` with `;`, `attributeCc`, `attributeCos`, `skipPaging` (≤ 2.41).
    pub old_names: bool,
    /// `orgUnitMode`, `events` and `assignedUsers` with `,`, `attributeCategoryCombo` and `…Options`, `paging` (2.41 and
    /// later).
    pub new_names: bool,
    /// `enrollmentStatus` (2.42 and later).
    pub enrollment_status: bool,
    /// `enrollmentEnrolledAfter` and its like, `filterAttributes` (2.39 and later).
    pub enrollment_dates: bool,
    /// The list wants a `program`; without it the container answers 400 in HTML (2.43).
    pub program_mandatory: bool,
}

/// The unit that the unit filter looks at, for events of programs with registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnershipMatch {
    /// The event's own unit (2.38, 2.39).
    EventUnit,
    /// The unit that owns the tracked entity in that program (2.40 and later).
    OwnerUnit,
}

/// The order without `order=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultOrder {
    /// Latest update first, nothing to break ties (≤ 2.40).
    UpdatedDescending,
    /// Latest internal id first (2.41 and later).
    IdDescending,
    /// As [`IdDescending`](Self::IdDescending); events of event programs by occurrence, latest first, then id (2.43).
    IdDescendingSingleByOccurred,
}

/// What follows the fields of an explicit order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TieBreak {
    /// Nothing: rows that tie come in any order, and another one on every page.
    None,
    /// The internal id, descending.
    IdDescending,
    /// The internal id, in the direction of the first field (2.43).
    IdLikeFirst,
}

/// How `occurredBefore` takes a bound that is a date only, and one with a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OccurredUpperBound {
    /// The whole day of the bound, by dates (2.38.0–2.38.5, 2.39.0–2.39.4, 2.40.0–2.40.2).
    WholeDay,
    /// Everything before the bound: a date is its midnight (2.38.6–7, 2.39.5, 2.40.3).
    Before,
    /// Everything up to and at the bound: a date is its midnight (2.41.0).
    AtMidnight,
    /// A date is its last millisecond, and the bound itself is left out (2.39.6+, 2.40.4+).
    EndOfDayExclusive,
    /// A date is its last millisecond; the bound itself is in (2.41.1 and later).
    EndOfDay,
}

/// How `updatedWithin` is turned into a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DurationReading {
    /// Rightly.
    Exact,
    /// The wall clock taken for UTC: later by the offset east of UTC (2.39 and later).
    WallClockAsUtc,
}

/// The envelope of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackerEnvelope {
    /// `page`, `pageSize` and so on beside `instances` (≤ 2.40).
    Flat,
    /// A `pager`, the flat fields once more, and the collection's name (2.41).
    PagerAndFlat,
    /// A `pager` with `nextPage` and `prevPage`, and the collection's name (2.42 and later).
    Pager,
}

/// How refusals that the tracker itself decides are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackerErrors {
    /// 409 without a code (2.38, 2.39).
    Conflict,
    /// 400 with E1003, 403 with E1006 (2.40).
    Coded,
    /// As [`Coded`](Self::Coded), uids and pages checked as they are read (2.41 and later).
    CheckedParameters,
}

/// How a parameter that cannot be read is worded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeErrors {
    /// "Value x is not a valid Date." (2.38)
    Date,
    /// "Value x is not a valid `StartDateTime`." (2.39)
    StartDateTime,
    /// "Value 'x' is not valid for parameter …" (2.40 and later)
    Parameter,
}

/// What an order field that is neither known nor of a uid's shape brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderErrors {
    /// It is ignored (2.38).
    Ignored,
    /// 409 (2.39).
    Conflict,
    /// 400 (2.40).
    BadRequest,
    /// 400, for an unknown name of a uid's shape too (2.41 and later).
    BadRequestUidsToo,
}

/// The spelling of the follow-up flag of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FollowUpName {
    /// `followup` (≤ 2.40).
    Lower,
    /// Both, `followup` at the end of the object (2.41).
    Both,
    /// `followUp` (2.42 and later).
    Camel,
}

/// What `storedBy` of an event and of its values says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoredBy {
    /// What the importing client sent, mostly nothing (≤ 2.40, 2.42).
    AsSent,
    /// The account that created it (2.41, 2.43).
    Creator,
}

/// What a version decides about events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // one flag a question: that is what the table is for
pub struct EventsBehaviour {
    /// The parameters it knows.
    pub params: EventParams,
    /// The unit that is matched.
    pub ownership: OwnershipMatch,
    /// With a `program` the query joins the owners of all programs: an event counts as often as its tracked entity has
    /// owners when pages are cut, repeats within a page are removed after that (before 2.40.8).
    pub joins_all_owners: bool,
    /// The order without `order=`.
    pub default_order: DefaultOrder,
    /// What follows an explicit order.
    pub tie_break: TieBreak,
    /// How `occurredBefore` is taken.
    pub occurred_before: OccurredUpperBound,
    /// Occurred bounds are rendered in UTC and compared with the wall clock (2.38.6, 2.38.7).
    pub occurred_shifted: bool,
    /// Events without an occurrence are matched by their schedule; elsewhere they are left out.
    pub occurred_falls_back: bool,
    /// `updatedAfter` is cut to the whole second (2.38).
    pub updated_after_whole_seconds: bool,
    /// `updatedBefore` with a time leaves out the bound itself (2.40); for tracked entities it never does.
    pub updated_before_exclusive: bool,
    /// How `updatedWithin` is taken.
    pub updated_within: DurationReading,
    /// The envelope.
    pub envelope: TrackerEnvelope,
    /// How refusals are answered.
    pub errors: TrackerErrors,
    /// How unreadable parameters are worded.
    pub type_errors: TypeErrors,
    /// What an unknown order field brings.
    pub order_errors: OrderErrors,
    /// `order=program` fails in the database: 409 with E7145 (2.43).
    pub order_by_program_fails: bool,
    /// Events of event programs cannot be ordered by enrollment or schedule (2.43).
    pub single_events_order_less: bool,
    /// `filter=` on an element with options compares the option's name, except with `in`; later its code.
    pub filter_by_option_name: bool,
    /// A `filter` that is a uid alone filters nothing; later it means "has a value".
    pub bare_filter_ignored: bool,
    /// The operators `null` and `!null` exist in `filter`.
    pub null_operators: bool,
    /// How many operators a `filter` may hold for one uid.
    pub filter_operators: usize,
    /// A slash before a comma, a colon or a slash in a `filter` makes it part of the value. Without, as on 2.38, 2.39 and
    /// 2.40.0, it is cut at each of them; which of the patches after 2.40.0 brought it is not known.
    pub filter_escapes: bool,
    /// An unknown unit is named "Organisation unit" in the refusal; before "Org unit".
    pub unit_named_in_full: bool,
    /// `assignedUserMode=PROVIDED` without users is no filter; later it is refused.
    pub provided_without_users_ignored: bool,
    /// The spelling of the follow-up flag.
    pub follow_up: FollowUpName,
    /// The name of the unit stands in `orgUnitName` (≤ 2.40).
    pub unit_name: bool,
    /// `trackedEntity` stands before `program` (2.38).
    pub tracked_entity_early: bool,
    /// `assignedUser` is `{}` when nobody is assigned (≤ 2.40).
    pub empty_assigned_user: bool,
    /// Events of event programs name a placeholder enrollment (2.41, 2.42).
    pub placeholder_enrollment: bool,
    /// The same at an end of a relationship (≤ 2.42).
    pub placeholder_at_relationship_end: bool,
    /// What `storedBy` says; notes have the key where it names the creator.
    pub stored_by: StoredBy,
    /// Who wrote a note is named with a `displayName` (2.41 and later).
    pub note_display_name: bool,
    /// A uid or word given twice is read as one, joined by a comma (≤ 2.40); later the first one counts.
    pub repeated_joined: bool,
    /// `assignedUserMode=ALL` exists (2.40 and later).
    pub assigned_mode_all: bool,
    /// `yyyyMMdd` is taken for a year, which the database refuses: 500 (2.38, 2.39).
    pub compact_dates_fail: bool,
    /// Values of events name who stored them (2.41 and later).
    pub value_stored_by: bool,
    /// Values of events name the accounts that created and changed them (2.42 and later).
    pub value_users: bool,
    /// `attributeCategoryOptions` is joined by this.
    pub option_separator: char,
    /// A relationship in one direction is listed at its to side as well (≤ 2.41).
    pub relationships_at_both_sides: bool,
    /// An empty `fields=` means the default ones; later no field at all.
    pub empty_fields_default: bool,
    /// CSV and compressed answers come in pages like the others, 50 rows unless asked otherwise (≤ 2.40).
    pub encoded_paged: bool,
    /// With `totalPages=true` a page beyond the last says it is the last; it is empty all the same (≤ 2.40).
    pub page_clamped: bool,
    /// An empty list has one page (2.38); elsewhere none.
    pub at_least_one_page: bool,
    /// Mode `ALL` without the authority: 409 to 2.40, 400 on 2.41, 403 later.
    pub mode_all_status: u16,
}

impl EventsBehaviour {
    pub(super) fn of(version: &Version) -> Self {
        let feature = version.feature();
        Self {
            params: EventParams {
                old_names: feature <= 41,
                new_names: feature >= 41,
                enrollment_status: feature >= 42,
                enrollment_dates: feature >= 39,
                program_mandatory: feature >= 43,
            },
            ownership: if feature <= 39 { OwnershipMatch::EventUnit } else { OwnershipMatch::OwnerUnit },
            joins_all_owners: feature <= 39 || within(version, 40, (0, 0)..=(7, ANY)),
            default_order: match feature {
                ..=40 => DefaultOrder::UpdatedDescending,
                41 | 42 => DefaultOrder::IdDescending,
                _ => DefaultOrder::IdDescendingSingleByOccurred,
            },
            tie_break: tie_break(version),
            occurred_before: occurred_before(version),
            occurred_shifted: within(version, 38, (6, 0)..=(ANY, ANY)),
            occurred_falls_back: feature <= 38
                || within(version, 39, (0, 0)..=(8, ANY))
                || within(version, 40, (0, 0)..=(6, ANY))
                || within(version, 41, (0, 0)..=(2, ANY)),
            updated_after_whole_seconds: feature <= 38,
            updated_before_exclusive: feature == 40,
            updated_within: if feature <= 38 { DurationReading::Exact } else { DurationReading::WallClockAsUtc },
            envelope: match feature {
                ..=40 => TrackerEnvelope::Flat,
                41 => TrackerEnvelope::PagerAndFlat,
                _ => TrackerEnvelope::Pager,
            },
            errors: match feature {
                ..=39 => TrackerErrors::Conflict,
                40 => TrackerErrors::Coded,
                _ => TrackerErrors::CheckedParameters,
            },
            type_errors: match feature {
                ..=38 => TypeErrors::Date,
                39 => TypeErrors::StartDateTime,
                _ => TypeErrors::Parameter,
            },
            order_errors: match feature {
                ..=38 => OrderErrors::Ignored,
                39 => OrderErrors::Conflict,
                40 => OrderErrors::BadRequest,
                _ => OrderErrors::BadRequestUidsToo,
            },
            order_by_program_fails: feature >= 43,
            single_events_order_less: feature >= 43,
            filter_by_option_name: feature <= 41,
            bare_filter_ignored: feature <= 40,
            null_operators: feature >= 42,
            filter_operators: match feature {
                ..=39 => usize::MAX,
                40 | 41 => 2,
                42 if version.patch() == 0 => 2,
                _ => 3,
            },
            filter_escapes: feature >= 41 || within(version, 40, (1, 0)..=(ANY, ANY)),
            unit_named_in_full: feature >= 42,
            provided_without_users_ignored: feature <= 39,
            follow_up: match feature {
                ..=40 => FollowUpName::Lower,
                41 => FollowUpName::Both,
                _ => FollowUpName::Camel,
            },
            unit_name: feature <= 40,
            tracked_entity_early: feature <= 38,
            empty_assigned_user: feature <= 40,
            placeholder_enrollment: feature == 41 || feature == 42,
            placeholder_at_relationship_end: feature <= 42,
            stored_by: if feature == 41 || feature >= 43 { StoredBy::Creator } else { StoredBy::AsSent },
            note_display_name: feature >= 41,
            repeated_joined: feature <= 40,
            assigned_mode_all: feature >= 40,
            compact_dates_fail: feature <= 39,
            value_stored_by: feature >= 41,
            value_users: feature >= 42,
            option_separator: if feature <= 40 { ';' } else { ',' },
            relationships_at_both_sides: feature <= 41,
            empty_fields_default: feature <= 40,
            encoded_paged: feature <= 40,
            page_clamped: feature <= 40,
            at_least_one_page: feature <= 38,
            mode_all_status: match feature {
                ..=40 => 409,
                41 => 400,
                _ => 403,
            },
        }
    }
}

/// Wire document, section 1.6.
fn tie_break(version: &Version) -> TieBreak {
    let none = version.feature() <= 38
        || within(version, 39, (0, 0)..=(8, ANY))
        || within(version, 40, (0, 0)..=(6, ANY))
        || within(version, 41, (0, 0)..=(2, ANY));
    match version.feature() {
        _ if none => TieBreak::None,
        ..=42 => TieBreak::IdDescending,
        _ => TieBreak::IdLikeFirst,
    }
}

/// Wire document, section 1.3, table of upper bounds; section 13.2 for 2.39.10.1.
fn occurred_before(version: &Version) -> OccurredUpperBound {
    match (version.feature(), version.patch()) {
        (..=38, ..=5) | (39, ..=4) | (40, ..=2) => OccurredUpperBound::WholeDay,
        (..=38, _) | (39, 5) | (40, 3) => OccurredUpperBound::Before,
        (39 | 40, _) => OccurredUpperBound::EndOfDayExclusive,
        (41, 0) => OccurredUpperBound::AtMidnight,
        _ => OccurredUpperBound::EndOfDay,
    }
}
