//! How to speak to a server of a given version: the one place where versions differ.
//!
//! [`Dialect`] is the client's side: what to send and how to read the answer. [`behaviour`] is the server's side, what the
//! simulator acts by. Nothing outside this folder looks at a version's numbers.

pub mod behaviour;
mod defects;

pub use defects::Defect;

use crate::error::ApiError;
use crate::period::PeriodType;
use crate::version::Version;

/// The newest feature version whose behaviour is known; later servers are spoken to as if they were this.
pub const NEWEST_KNOWN_FEATURE: u32 = 43;

/// The name under which a tracker list holds its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackerItems {
    /// `instances`, whatever the collection (≤ 2.40).
    Instances,
    /// The collection's own name, such as `events` (2.41 and later).
    Collection,
}

impl TrackerItems {
    /// The key of the list in an answer about a collection such as `trackedEntities`.
    ///
    /// ```
    /// use dhis2_api::dialect::TrackerItems;
    ///
    /// assert_eq!(TrackerItems::Instances.key("events"), "instances");
    /// assert_eq!(TrackerItems::Collection.key("events"), "events");
    /// ```
    pub const fn key(self, collection: &'static str) -> &'static str {
        match self {
            Self::Instances => "instances",
            Self::Collection => collection,
        }
    }
}

/// How one knows that there are no more pages of a tracker list. A short page never proves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PagesEnd {
    /// Ask the first page with `totalPages=true` and read up to its `pageCount` (≤ 2.41).
    PageCount,
    /// Read on until the pager names no `nextPage` (2.42 and later).
    NextPage,
}

/// How the bound of `occurredBefore`, sent with a time, and that of `occurredAfter` are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OccurredBounds {
    /// By how many days either bound can be off: to be sent wider by that much, and cut on the client.
    pub off_by_days: u32,
}

/// How the bound of `lastUpdated` of data values is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastUpdatedBound {
    /// Rendered in UTC and compared with a column in the server's zone: later than asked west of UTC, where rows are lost,
    /// earlier east of it (≤ 2.42).
    ShiftedByZone,
    /// Cut to the calendar day in the server's zone (2.43).
    CutToDay,
}

/// What a server does with `orgUnitGroup` on data values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrgUnitGroups {
    /// Gives the rows of every member, but as often as a unit is in the groups asked or named beside them: to be asked one
    /// group at a time and nothing beside it (≤ 2.42).
    OneAtATime,
    /// Leaves out, for most accounts, nearly all members: to be resolved to units first (2.43).
    Unreliable,
}

/// Everything a client must know about the server's version. Made by [`Dialect::of`].
///
/// Sources: wire document, sections 1.2 to 1.7, 2.2 to 2.5, 9, 11 and 13.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // one flag a question: that is what the table is for
pub struct Dialect {
    /// The feature version is newer than any known: worth a warning.
    pub newer_than_known: bool,

    /// Where tracker lists hold their rows.
    pub tracker_items: TrackerItems,
    /// How the end of a tracker list shows.
    pub pages_end: PagesEnd,
    /// Enrollments answer 409 or 500 to `totalPages=true` (2.40.10 to 2.40.12): ask for all without paging.
    pub enrollments_total_pages_fail: bool,
    /// The parameter that switches paging off, and its value. The one of other versions is ignored: 50 rows would come.
    pub no_paging: (&'static str, &'static str),
    /// The parameter for the reach of a unit (`SELECTED`, `DESCENDANTS`, …). The other spelling is ignored: only the
    /// unit's own rows would come.
    pub org_unit_mode_param: &'static str,
    /// The parameter for the units of enrollments and tracked entities.
    pub org_units_param: &'static str,
    /// The parameter for a list of event uids.
    pub event_uids_param: &'static str,
    /// The parameter for a list of enrollment uids on the enrollments' own list.
    pub enrollment_uids_param: &'static str,
    /// Beside a list of enrollment uids the enrollments' own list forgets units, and everything else that was asked.
    pub enrollment_uids_displace_units: bool,
    /// The parameter for a list of tracked entity uids on their own list.
    pub tracked_entity_uids_param: &'static str,
    /// What separates the uids of such a list. With the wrong one ≤ 2.40 drops the filter and sends everything.
    pub uid_separator: char,
    /// The lists of events and of enrollments demand a program.
    pub program_mandatory: bool,
    /// The lists of enrollments and of tracked entities demand a unit, unless the mode is `ALL`, `ACCESSIBLE` or `CAPTURE`.
    pub org_unit_mandatory: bool,
    /// The parameter for the status of enrollments on their own list.
    pub enrollment_status_param: &'static str,
    /// The order in which pages of events neither lose nor double a row; `None`: send none.
    pub events_order: Option<&'static str>,
    /// The same for enrollments.
    pub enrollments_order: Option<&'static str>,
    /// The same for the tracked entities of a program.
    pub tracked_entities_order: Option<&'static str>,
    /// In that order new events stand behind all others: pages can be read at the same time.
    pub new_events_last: bool,
    /// The same for enrollments.
    pub new_enrollments_last: bool,
    /// The same for tracked entities.
    pub new_tracked_entities_last: bool,
    /// How `occurredAfter` and `occurredBefore` are taken.
    pub occurred_bounds: OccurredBounds,
    /// Events of programs with registration are found by the unit that owns the person; else by the event's own unit.
    pub events_by_owner_unit: bool,
    /// Enrollments are found by the unit that owns the person; else by the enrollment's own unit.
    pub enrollments_by_owner_unit: bool,
    /// The name of an event's follow-up flag.
    pub event_follow_up_field: &'static str,
    /// What separates the uids in an event's `attributeCategoryOptions`.
    pub category_options_separator: char,
    /// Events of programs without registration name the uid of an enrollment that does not really exist.
    pub placeholder_enrollments: bool,
    /// The list of enrollments never fills `events`, `attributes` and `relationships`.
    pub enrollments_leave_nested_empty: bool,
    /// Attributes that belong to a program only are left out unless the request names the program.
    pub program_attributes_need_program: bool,
    /// The same for everybody but superusers, in lists (2.40).
    pub program_attributes_need_program_or_superuser: bool,
    /// Values of confidential attributes are left out inside enrollments.
    pub enrollments_hide_confidential: bool,
    /// Tracked entities by type with `includeDeleted=true` are an SQL error unless another condition, such as
    /// `updatedAfter`, stands beside it.
    pub tracked_entities_deleted_need_updated_after: bool,
    /// Event filters on elements with options compare the option's name, not its code, in all operators but `in`.
    pub option_filters_by_name: bool,

    /// Data values can be asked by `dataElement`; where not, the parameter is ignored.
    pub data_element_param: bool,
    /// `dataElementGroup` makes the server ignore `dataSet` and `dataElement`; where not, they are a union.
    pub group_overrides_sets: bool,
    /// What `orgUnitGroup` is good for.
    pub org_unit_groups: OrgUnitGroups,
    /// Fields that all data values share are moved to the top of the answer and left out of the rows.
    pub hoists_shared_fields: bool,
    /// When its database fails in the middle, the server closes an answer of data values properly, under status 200, with
    /// this many rows at a time fetched: a multiple of it proves nothing. `None`: such answers are errors.
    pub cut_answers_multiple_of: Option<u64>,
    /// How `lastUpdated` of data values is taken.
    pub last_updated_bound: LastUpdatedBound,
    /// Data values are looked for in the account's data view units; else in its capture units.
    pub data_values_by_view_units: bool,
    /// Period types whose ids the server cannot read: it drops them silently.
    pub unknown_period_types: &'static [PeriodType],
    /// `lastUpdated` cannot stand without periods or dates.
    pub last_updated_needs_period: bool,
    /// The import's spelling of the follow-up flag.
    pub import_follow_up_key: &'static str,
    /// The import takes no account of CREATE and UPDATE, and counts every row as updated.
    pub import_ignores_strategy: bool,
    /// The import needs the data set in its envelope where elements belong to several.
    pub import_needs_data_set: bool,
    /// How many data values one import takes in good time (wire document, section 3.6): from 2.43 on the time grows with
    /// the square.
    pub import_rows: usize,

    /// Metadata filters know `!empty`.
    pub metadata_not_empty_filter: bool,
    /// Commas in values of metadata filters cut the filter.
    pub metadata_filters_split_at_comma: bool,
}

impl Dialect {
    /// The dialect of a server.
    ///
    /// # Errors
    /// [`ApiError::TooOld`] below 2.38.
    pub fn of(version: &Version) -> Result<Self, ApiError> {
        if version.feature() < 38 {
            return Err(ApiError::TooOld { version: version.to_string() });
        }
        let at = |feature, patch| version.is_at_least(feature, patch);
        let from = |feature| at(feature, 0);
        // A fix that came in several lines: true from that patch on in each of these lines, and in all later lines.
        let between = |first: (u32, u32), last: (u32, u32)| at(first.0, first.1) && !at(last.0, last.1 + 1);
        Ok(Self {
            newer_than_known: version.feature() > NEWEST_KNOWN_FEATURE,

            tracker_items: if from(41) { TrackerItems::Collection } else { TrackerItems::Instances },
            pages_end: if from(42) { PagesEnd::NextPage } else { PagesEnd::PageCount },
            enrollments_total_pages_fail: between((40, 10), (40, 12)),
            no_paging: if from(42) { ("paging", "false") } else { ("skipPaging", "true") },
            org_unit_mode_param: if from(41) { "orgUnitMode" } else { "ouMode" },
            org_units_param: if from(41) { "orgUnits" } else { "orgUnit" },
            event_uids_param: if from(41) { "events" } else { "event" },
            enrollment_uids_param: if from(41) { "enrollments" } else { "enrollment" },
            enrollment_uids_displace_units: !from(41),
            tracked_entity_uids_param: if from(41) { "trackedEntities" } else { "trackedEntity" },
            uid_separator: if from(41) { ',' } else { ';' },
            program_mandatory: from(43),
            org_unit_mandatory: !from(41),
            enrollment_status_param: if from(42) { "status" } else { "programStatus" },
            // 2.41.0 to .2 break ties of an explicit order by nothing; their default order is by id.
            events_order: match () {
                () if at(41, 3) => Some("createdAt:asc"),
                () if from(41) => None,
                () => Some("event:asc"),
            },
            enrollments_order: match () {
                () if from(43) => Some("createdAt:asc"),
                () if from(41) => None,
                () => Some("enrollment:asc"),
            },
            tracked_entities_order: if at(41, 3) { Some("createdAt:asc") } else { None },
            new_events_last: at(41, 3),
            new_enrollments_last: from(43),
            // Without an order they come by id, from 2.41 on backwards.
            new_tracked_entities_last: !from(41) || at(41, 3),
            // 2.38 renders both bounds in UTC against a column in the server's zone.
            occurred_bounds: OccurredBounds { off_by_days: u32::from(!from(39)) },
            events_by_owner_unit: from(40),
            enrollments_by_owner_unit: at(40, 10),
            event_follow_up_field: if from(41) { "followUp" } else { "followup" },
            category_options_separator: if from(41) { ',' } else { ';' },
            placeholder_enrollments: from(41) && !from(43),
            enrollments_leave_nested_empty: !from(41),
            program_attributes_need_program: from(42),
            program_attributes_need_program_or_superuser: between((40, 0), (40, u32::MAX - 1)),
            enrollments_hide_confidential: from(43),
            tracked_entities_deleted_need_updated_after: from(39) && !from(43) && !between((41, 8), (41, u32::MAX - 1)),
            option_filters_by_name: !from(42),

            data_element_param: from(39),
            group_overrides_sets: !from(43),
            org_unit_groups: if from(43) { OrgUnitGroups::Unreliable } else { OrgUnitGroups::OneAtATime },
            hoists_shared_fields: from(43),
            cut_answers_multiple_of: if from(43) { None } else { Some(1000) },
            last_updated_bound: if from(43) { LastUpdatedBound::CutToDay } else { LastUpdatedBound::ShiftedByZone },
            data_values_by_view_units: from(43),
            unknown_period_types: match () {
                () if from(43) => &[],
                () if from(42) => &[PeriodType::FinancialFeb, PeriodType::FinancialAug, PeriodType::WeeklyFriday],
                () => &[
                    PeriodType::FinancialFeb,
                    PeriodType::FinancialAug,
                    PeriodType::WeeklyFriday,
                    PeriodType::FinancialSep,
                ],
            },
            last_updated_needs_period: between((43, 0), (43, 1)),
            import_follow_up_key: if from(43) { "followUp" } else { "followup" },
            import_ignores_strategy: from(43),
            import_needs_data_set: from(43),
            import_rows: if from(43) { 1_000 } else { 5_000 },

            metadata_not_empty_filter: from(42),
            metadata_filters_split_at_comma: from(42),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialect(version: &str) -> Dialect {
        Dialect::of(&version.parse().unwrap()).unwrap()
    }

    /// peer-bugs section 3: "Version 2.42: no request carries `ouMode`, `skipPaging`, singular `enrollment` on events,
    /// `trackedEntity` on TEs, `occuredAfter` [O48, D2W, JAVA, D2A, PYD]".
    #[test]
    fn renamed_parameters_are_spelled_as_the_version_reads_them() {
        for version in ["2.42.5.2", "2.43.1", "2.44-SNAPSHOT"] {
            let d = dialect(version);
            assert_eq!(d.org_unit_mode_param, "orgUnitMode");
            assert_eq!(d.no_paging, ("paging", "false"));
            assert_eq!(d.enrollment_uids_param, "enrollments");
            assert_eq!(d.tracked_entity_uids_param, "trackedEntities");
        }
        for version in ["2.38.7", "2.39.10.1", "2.40.12"] {
            let d = dialect(version);
            assert_eq!(d.org_unit_mode_param, "ouMode");
            assert_eq!(d.no_paging, ("skipPaging", "true"));
            assert_eq!(d.uid_separator, ';');
        }
    }

    #[test]
    fn patches_differ_where_the_server_was_mended_in_a_patch() {
        assert_eq!(dialect("2.41.2").events_order, None);
        assert_eq!(dialect("2.41.3").events_order, Some("createdAt:asc"));
        assert!(!dialect("2.40.9.1").enrollments_total_pages_fail);
        assert!(dialect("2.40.12").enrollments_total_pages_fail);
        assert!(dialect("2.43.1").last_updated_needs_period);
        assert!(!dialect("2.43.2-SNAPSHOT").last_updated_needs_period);
        assert!(dialect("2.42.5.2").tracked_entities_deleted_need_updated_after);
        assert!(!dialect("2.41.9.1").tracked_entities_deleted_need_updated_after);
        assert!(dialect("2.41.7").tracked_entities_deleted_need_updated_after);
    }

    #[test]
    fn servers_outside_the_known_lines() {
        assert!(Dialect::of(&"2.37.9".parse().unwrap()).is_err());
        let newest = dialect("2.45.0");
        assert!(newest.newer_than_known);
        assert_eq!(
            Dialect { newer_than_known: false, ..newest },
            Dialect { last_updated_needs_period: false, ..dialect("2.43.1") }
        );
    }
}
