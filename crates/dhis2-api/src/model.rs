//! Models of what servers send, for people who want rows of structs and no frame.
//!
//! The flattening into columns does not go through these: it reads the bytes directly.

use serde::{Deserialize, Serialize};

/// One data value, `GET /api/dataValueSets` (all versions).
///
/// From 2.43 on a server leaves out of the rows what all of them have in common ([`DataValueSet`] puts it back).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DataValue {
    /// The data element's uid.
    pub data_element: String,
    /// The period's id, such as `202401`.
    #[serde(default)]
    pub period: Option<String>,
    /// The organisation unit's uid.
    #[serde(default)]
    pub org_unit: Option<String>,
    /// The category option combo's uid.
    #[serde(default)]
    pub category_option_combo: Option<String>,
    /// The attribute option combo's uid.
    #[serde(default)]
    pub attribute_option_combo: Option<String>,
    /// The value; always text. `None` where there is only a comment.
    #[serde(default)]
    pub value: Option<String>,
    /// Who stored it.
    #[serde(default)]
    pub stored_by: Option<String>,
    /// When it was first stored: UTC with offset, such as `2024-01-15T09:15:30.250+0000`.
    #[serde(default)]
    pub created: Option<String>,
    /// When it was last stored, likewise.
    #[serde(default)]
    pub last_updated: Option<String>,
    /// The comment.
    #[serde(default)]
    pub comment: Option<String>,
    /// Marked for follow-up.
    #[serde(default, alias = "followUp")]
    pub followup: Option<bool>,
    /// `Some(true)` for a deleted value, otherwise absent.
    #[serde(default)]
    pub deleted: Option<bool>,
}

/// The answer of `GET /api/dataValueSets`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DataValueSet {
    /// The data set asked for, where there was one. Untrue for rows of elements asked for beside it: never use it for rows.
    #[serde(default)]
    pub data_set: Option<String>,
    /// The period all rows have in common.
    #[serde(default)]
    pub period: Option<String>,
    /// The organisation unit all rows have in common; up to 2.42 the one asked for, whatever the rows say.
    #[serde(default)]
    pub org_unit: Option<String>,
    /// The attribute option combo all rows have in common.
    #[serde(default)]
    pub attribute_option_combo: Option<String>,
    /// The rows.
    #[serde(default)]
    pub data_values: Vec<DataValue>,
}

impl DataValueSet {
    /// Puts back into every row what the server has moved to the top because all rows share it (2.43 and later). A row's
    /// own field always wins, so the answers of ≤ 2.42, whose rows are complete, stay as they are.
    pub fn fill_rows(&mut self) {
        let fill = |own: &mut Option<String>, shared: &Option<String>| {
            if own.is_none() {
                own.clone_from(shared);
            }
        };
        for row in &mut self.data_values {
            fill(&mut row.period, &self.period);
            fill(&mut row.org_unit, &self.org_unit);
            fill(&mut row.attribute_option_combo, &self.attribute_option_combo);
        }
    }
}

/// One event, `GET /api/tracker/events` (all versions). Times are the server's wall clock, without offset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The event's uid.
    pub event: String,
    /// `ACTIVE`, `COMPLETED`, `SCHEDULE`, `SKIPPED`, … as stored.
    #[serde(default)]
    pub status: Option<String>,
    /// The program's uid.
    #[serde(default)]
    pub program: Option<String>,
    /// The program stage's uid.
    #[serde(default)]
    pub program_stage: Option<String>,
    /// The enrollment's uid; on 2.41 and 2.42 a placeholder for programs without registration.
    #[serde(default)]
    pub enrollment: Option<String>,
    /// The tracked entity's uid.
    #[serde(default)]
    pub tracked_entity: Option<String>,
    /// The uid of the event's own organisation unit.
    #[serde(default)]
    pub org_unit: Option<String>,
    /// When it happened; absent while it is only scheduled.
    #[serde(default)]
    pub occurred_at: Option<String>,
    /// When it is or was due.
    #[serde(default)]
    pub scheduled_at: Option<String>,
    /// When it was first stored.
    #[serde(default)]
    pub created_at: Option<String>,
    /// When it was last stored.
    #[serde(default)]
    pub updated_at: Option<String>,
    /// Whether it has been deleted.
    #[serde(default)]
    pub deleted: bool,
    /// The attribute option combo's uid.
    #[serde(default)]
    pub attribute_option_combo: Option<String>,
    /// What was recorded.
    #[serde(default)]
    pub data_values: Vec<EventDataValue>,
}

/// One value of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventDataValue {
    /// The data element's uid.
    pub data_element: String,
    /// The value; always text, option sets by code.
    #[serde(default)]
    pub value: Option<String>,
    /// Whether the value was provided elsewhere.
    #[serde(default)]
    pub provided_elsewhere: bool,
}

/// The paging part of a tracker answer: flat up to 2.40, both forms in 2.41, nested from 2.42 on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pager {
    /// The page answered.
    pub page: Option<u32>,
    /// Rows a page.
    pub page_size: Option<u32>,
    /// All rows, with `totalPages=true`.
    pub total: Option<u64>,
    /// All pages, with `totalPages=true`.
    pub page_count: Option<u32>,
    /// Whether the server named a next page (from 2.42 on). The URL itself is of no use: behind a proxy it may carry the
    /// wrong host.
    pub has_next_page: bool,
}

impl Pager {
    /// What two places of one answer say together; the nested pager wins.
    pub fn or(self, other: Self) -> Self {
        Self {
            page: self.page.or(other.page),
            page_size: self.page_size.or(other.page_size),
            total: self.total.or(other.total),
            page_count: self.page_count.or(other.page_count),
            has_next_page: self.has_next_page || other.has_next_page,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// peer-bugs section 3: "2.43 hoisted payloads (period, OU, AOC each alone and together) fill every row [O27, PYD, D2W, D2A]".
    #[test]
    fn what_the_server_hoisted_is_put_back_and_what_a_row_says_stays() {
        let json = r#"{"period":"202401","orgUnit":"KdK92fYEfTw","attributeOptionCombo":"HllvX50cXC0","dataValues":[
            {"dataElement":"Gf88d7Vqakr","value":"1"},{"dataElement":"Gf88d7Vqakr","period":"202402","orgUnit":"DaulPqViUvm","attributeOptionCombo":"x","value":"2"}]}"#;
        let mut set: DataValueSet = serde_json::from_str(json).unwrap();
        set.fill_rows();
        assert_eq!(set.data_values[0].period.as_deref(), Some("202401"));
        assert_eq!(set.data_values[0].org_unit.as_deref(), Some("KdK92fYEfTw"));
        assert_eq!(set.data_values[0].attribute_option_combo.as_deref(), Some("HllvX50cXC0"));
        assert_eq!(set.data_values[1].period.as_deref(), Some("202402"));
        assert_eq!(set.data_values[1].org_unit.as_deref(), Some("DaulPqViUvm"));
    }
}
