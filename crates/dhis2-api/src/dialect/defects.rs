//! What servers of a version do wrong, or in a way that surprises, and what the extracts do about it.

use super::{Dialect, LastUpdatedBound, OrgUnitGroups, PagesEnd};

/// Something that servers of a version do wrong, or in a way that nobody expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Defect {
    /// A short name, the same in all versions.
    pub name: &'static str,
    /// What the server does.
    pub what: &'static str,
    /// What is done about it here; where [`remains`](Self::remains), what is left to the person who asks.
    pub remedy: &'static str,
    /// Something of it cannot be made good: a result may be other than expected.
    pub remains: bool,
}

impl Dialect {
    /// The known defects of a server of this very version, those first of which something remains.
    ///
    /// ```
    /// use dhis2_api::dialect::Dialect;
    ///
    /// let dialect = Dialect::of(&"2.43.1".parse()?)?;
    /// let named: Vec<&str> = dialect.defects().iter().map(|defect| defect.name).collect();
    /// assert!(named.contains(&"last-updated-needs-period"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn defects(&self) -> Vec<Defect> {
        let mut defects: Vec<Defect> = self
            .remaining()
            .into_iter()
            .chain(self.handled())
            .filter_map(|(there, defect)| there.then_some(defect))
            .collect();
        defects.sort_by_key(|defect| !defect.remains);
        defects
    }

    fn remaining(&self) -> [(bool, Defect); 6] {
        let defect = |name, what, remedy| Defect { name, what, remedy, remains: true };
        [
            (
                !self.events_by_owner_unit,
                defect(
                    "events-by-own-unit",
                    "events are found by the unit where they happened, later versions find them by the unit that owns the person",
                    "a subtree can hold other events than on a later server",
                ),
            ),
            (
                !self.enrollments_by_owner_unit,
                defect(
                    "enrollments-by-own-unit",
                    "enrollments are found by the unit where they were made, later versions find them by the unit that owns the person",
                    "a subtree can hold other enrollments than on a later server",
                ),
            ),
            (
                self.program_attributes_need_program,
                defect(
                    "program-attributes-need-program",
                    "attributes that belong to a program only are left out of people asked by type",
                    "ask for people by program; the receipt warns where they are asked by type",
                ),
            ),
            (
                self.program_attributes_need_program_or_superuser,
                defect(
                    "program-attributes-need-program-or-superuser",
                    "attributes that belong to a program only are left out of people asked by type, unless a superuser asks",
                    "ask for people by program; the receipt warns where they are asked by type",
                ),
            ),
            (
                !self.data_element_param,
                defect(
                    "no-data-element-parameter",
                    "data values cannot be asked by data element",
                    "the elements' data sets are asked and the rest is left out; a set that is too much for the server in one unit and period is named as missing",
                ),
            ),
            (
                self.enrollment_uids_displace_units,
                defect(
                    "enrollment-uids-displace-conditions",
                    "a list of enrollments by uid forgets every other condition",
                    "the conditions are tested here; without a unit no deleted enrollments come",
                ),
            ),
        ]
    }

    fn handled(&self) -> [(bool, Defect); 17] {
        let defect = |name, what, remedy| Defect { name, what, remedy, remains: false };
        [
            (
                self.enrollments_total_pages_fail,
                defect(
                    "counting-enrollments-fails",
                    "the list of enrollments fails as soon as it is counted",
                    "it is asked whole, in one answer",
                ),
            ),
            (
                self.pages_end == PagesEnd::PageCount,
                defect(
                    "pages-do-not-tell-the-end",
                    "a page of a tracker list may be short, and does not say whether another follows",
                    "pages are counted first and read to the last",
                ),
            ),
            (
                self.events_order.is_none(),
                defect(
                    "order-without-tie-break",
                    "in an order that is asked for, pages repeat or lose what has the same time",
                    "no order is asked for: the server's own is by id",
                ),
            ),
            (
                self.occurred_bounds.off_by_days > 0,
                defect(
                    "occurred-bounds-shifted",
                    "bounds on the time of events are shifted by the offset of the server's zone",
                    "they are asked wider and cut here",
                ),
            ),
            (
                self.option_filters_by_name,
                defect(
                    "option-filters-by-name",
                    "filters on elements with options compare the option's name, not its code",
                    "conditions are tested here, on what came",
                ),
            ),
            (
                self.tracked_entities_deleted_need_updated_after,
                defect(
                    "deleted-people-need-updated-after",
                    "people by type together with deleted ones are an error of the database",
                    "`updatedAfter` is sent beside",
                ),
            ),
            (
                self.enrollments_leave_nested_empty,
                defect(
                    "enrollments-leave-nested-empty",
                    "the list of enrollments never holds their events, attributes and relationships",
                    "these are asked for on their own lists",
                ),
            ),
            (
                self.enrollments_hide_confidential,
                defect(
                    "enrollments-hide-confidential",
                    "values of confidential attributes are left out inside enrollments",
                    "they are taken from the tracked entities",
                ),
            ),
            (
                self.group_overrides_sets,
                defect(
                    "element-group-overrides-sets",
                    "a group of data elements makes the server ignore the data sets and elements beside it",
                    "groups are asked apart from the others",
                ),
            ),
            (
                self.org_unit_groups == OrgUnitGroups::OneAtATime,
                defect(
                    "unit-groups-double-rows",
                    "values of a unit come as often as it is in the groups that are asked for",
                    "groups are asked one at a time, and each value is kept once",
                ),
            ),
            (
                self.org_unit_groups == OrgUnitGroups::Unreliable,
                defect(
                    "unit-groups-lose-members",
                    "for most accounts a group of units leaves out nearly all of its members",
                    "groups are resolved to units before asking",
                ),
            ),
            (
                self.cut_answers_multiple_of.is_some(),
                defect(
                    "cut-answers-look-whole",
                    "when its database fails in the middle, an answer of data values is closed properly, under status 200",
                    "an answer whose rows are a round number is not taken for whole: it is asked again",
                ),
            ),
            (
                self.last_updated_bound == LastUpdatedBound::ShiftedByZone,
                defect(
                    "last-updated-shifted",
                    "`lastUpdated` of data values is shifted by the server's zone, and loses rows west of UTC",
                    "it is asked earlier and cut here",
                ),
            ),
            (
                self.last_updated_bound == LastUpdatedBound::CutToDay,
                defect(
                    "last-updated-cut-to-day",
                    "`lastUpdated` of data values is cut to the day",
                    "rows of the day that are too early are cut here",
                ),
            ),
            (
                self.last_updated_needs_period,
                defect(
                    "last-updated-needs-period",
                    "`lastUpdated` of data values cannot stand without periods",
                    "a time is sent beside",
                ),
            ),
            (
                self.import_ignores_strategy,
                defect(
                    "import-ignores-strategy",
                    "imports take no account of the strategy and count every row as updated",
                    "the server is asked first what it holds, and only what the strategy allows is sent",
                ),
            ),
            (
                self.metadata_filters_split_at_comma,
                defect(
                    "metadata-filters-cut-at-commas",
                    "filters on metadata lists are cut at commas, without a word",
                    "such a filter is refused before it is sent",
                ),
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn names(version: &str) -> HashSet<&'static str> {
        let defects = Dialect::of(&version.parse().unwrap()).unwrap().defects();
        let names: HashSet<_> = defects.iter().map(|defect| defect.name).collect();
        assert_eq!(names.len(), defects.len(), "a name stands for one defect");
        assert!(defects.is_sorted_by_key(|defect| !defect.remains), "{version}");
        names
    }

    #[test]
    fn defects_are_those_of_the_very_patch() {
        assert!(!names("2.40.9").contains("counting-enrollments-fails"));
        assert!(names("2.40.12").contains("counting-enrollments-fails"));
        assert!(!names("2.40.13").contains("counting-enrollments-fails"));
        assert!(names("2.40.9").contains("enrollments-by-own-unit"));
        assert!(!names("2.40.10").contains("enrollments-by-own-unit"));
        assert!(names("2.41.2").contains("order-without-tie-break"));
        assert!(!names("2.41.3").contains("order-without-tie-break"));
    }

    #[test]
    fn every_version_has_some_and_none_of_another_line() {
        for version in ["2.38.7", "2.39.10.1", "2.40.12", "2.41.9.1", "2.42.5.2", "2.43.1"] {
            let names = names(version);
            assert!(names.len() >= 5, "{version}: {names:?}");
            assert_eq!(names.contains("occurred-bounds-shifted"), version.starts_with("2.38"));
            assert_eq!(names.contains("import-ignores-strategy"), version.starts_with("2.43"));
        }
    }
}
