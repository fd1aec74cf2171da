//! What was counted, and what was left out and why.

use dhis2_api::Uid;
use serde::{Deserialize, Serialize};

/// What came of a spec. It holds ids and counts, and nothing of what the records say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountReport {
    /// Events of the program and its stages that were looked at: in the periods asked for, and not deleted.
    pub events: u64,
    /// Deleted events, which never count.
    pub deleted: u64,
    /// What came of each output, in the order of the spec.
    pub outputs: Vec<OutputReport>,
}

/// What came of an output. `matched` is the sum of `counted` and all that follows it: each event is counted, or left out for
/// the first reason that applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputReport {
    /// The data element that receives it.
    pub data_element: Uid,
    /// Data values made.
    pub values: u64,
    /// Events that meet the conditions.
    pub matched: u64,
    /// Events that are in a data value.
    pub counted: u64,
    /// Left out: the day that counts is missing.
    pub without_date: u64,
    /// Left out: the event's organisation unit is none of the frame of units.
    pub unit_unknown: u64,
    /// Left out: the organisation unit lies above the level asked for.
    pub unit_above_level: u64,
    /// Left out: the organisation unit lies below none of those asked for.
    pub unit_outside: u64,
    /// Left out: no option, band or condition leads to a category option combo.
    pub in_no_cell: u64,
    /// Left out: persons are counted, and the event has none.
    pub without_person: u64,
    /// Left out: the value to compute with is missing.
    pub without_value: u64,
    /// Left out: the value to compute with is no number, or one of more than 200 digits.
    pub not_a_number: u64,
}

impl OutputReport {
    pub(super) fn of(data_element: Uid) -> Self {
        Self {
            data_element,
            values: 0,
            matched: 0,
            counted: 0,
            without_date: 0,
            unit_unknown: 0,
            unit_above_level: 0,
            unit_outside: 0,
            in_no_cell: 0,
            without_person: 0,
            without_value: 0,
            not_a_number: 0,
        }
    }

    /// Why matching events were left out, and how many, in words; reasons that apply to none are not among them.
    pub fn left_out(&self) -> Vec<(&'static str, u64)> {
        let all = [
            ("without the date that counts", self.without_date),
            ("in an unknown organisation unit", self.unit_unknown),
            ("in an organisation unit above the level", self.unit_above_level),
            ("in an organisation unit outside those asked for", self.unit_outside),
            ("of no option, band or condition that leads to a category option combo", self.in_no_cell),
            ("without a tracked entity", self.without_person),
            ("without the value", self.without_value),
            ("with a value that is no number", self.not_a_number),
        ];
        all.into_iter().filter(|(_, events)| *events > 0).collect()
    }
}
