//! Enrollments, tracked entities, planned visits, notes: how many, where and when. Nothing of what is known of a person.

use serde_json::json;

use crate::columns::{Coded, times};
use crate::drawing::{self, BLUE};
use crate::figures::events::{first_rows, statuses};
use crate::figures::{time, top};
use crate::input::{Kind, Source};
use crate::names::Names;
use crate::section::{Chart, Section, Table, count};

/// All sections about a file of people, of what they are enrolled in, or of what is planned for them.
pub(crate) fn sections(source: &Source, names: &Names) -> Vec<Section> {
    let (id, what, title, when) = match source.kind {
        Kind::Enrollments => {
            ("enrollment_id", "enrollment", "Enrollments", Some(("Enrollments by day", "enrolled_at")))
        }
        Kind::TrackedEntities => (
            "tracked_entity_id",
            "tracked entity",
            "Tracked entities",
            Some(("Tracked entities by the day they were registered", "created_at")),
        ),
        Kind::Schedule => {
            ("event_id", "planned visit", "Planned visits", Some(("Planned visits by day", "scheduled_at")))
        }
        Kind::EventNotes => ("note_id", "note", "Notes", Some(("Notes by day", "stored_at"))),
        _ => return Vec::new(),
    };
    let Some(rows) = first_rows(source, id) else { return Vec::new() };
    let mut sections = Vec::new();
    if let Some((title, column)) = when
        && let Some(times) = times(&source.frame, column)
    {
        let known: Vec<i64> = rows.iter().filter_map(|row| times[*row]).collect();
        let unknown = (rows.len() - known.len()) as u64;
        if let Some(mut section) = time::section(title, what, &known, unknown) {
            section.words.extend(statuses(source, &rows));
            sections.push(section);
        }
    }
    if source.kind == Kind::Schedule {
        sections.extend(states(source, &rows));
    }
    if let Some(units) = Coded::of(&source.frame, "organisation_unit_id") {
        let counts = units.counts(rows.iter().copied());
        let labelled = units.names.iter().map(|id| names.label(id)).zip(counts).collect();
        sections.extend(top::section(&format!("{title} by organisation unit"), "unit", what, labelled));
    }
    sections
}

/// How many rows there are of each attribute, which says who has it and not what it is.
pub(crate) fn attributes(source: &Source, names: &Names) -> Option<Section> {
    let attributes = Coded::of(&source.frame, "attribute_id")?;
    let counts = attributes.counts(0..source.frame.height());
    let labelled = attributes.names.iter().map(|id| names.label(id)).zip(counts).collect();
    top::section("Values by attribute", "attribute", "value", labelled)
}

/// Planned visits by what became of them.
fn states(source: &Source, rows: &[usize]) -> Option<Section> {
    let states = Coded::of(&source.frame, "state")?;
    let counts = top::sorted(states.names.iter().cloned().zip(states.counts(rows.iter().copied())).collect());
    let title = "Scheduled, overdue and missed visits";
    let mut table = Table::new(title, &["state", "visits"]);
    table.rows = counts.iter().map(|(state, count)| vec![state.clone().into(), (*count).into()]).collect();
    let labels: Vec<String> = counts.iter().map(|(state, _)| state.clone()).collect();
    let bars = counts.iter().map(|(_, count)| json!(count)).collect();
    let said: Vec<String> =
        counts.iter().map(|(state, number)| format!("{} {state}", count(*number, "visit"))).collect();
    Some(Section {
        title: title.to_owned(),
        words: vec![format!("{}.", said.join(", "))],
        charts: vec![Chart {
            title: None,
            words: "Bars of the number of visits of each state.".to_owned(),
            drawing: drawing::rows(&labels, &[("Visits", BLUE, bars)]),
            table,
        }],
        tables: Vec::new(),
        figures: counts
            .iter()
            .map(|(state, count)| (state.clone(), json!(count)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    })
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;
    use crate::testing::source_of;

    #[test]
    fn enrollments_are_counted_by_day_status_and_unit() {
        let source = source_of(
            Kind::Enrollments,
            df![
                "enrollment_id" => ["N1", "N2", "N3"],
                "status" => ["ACTIVE", "ACTIVE", "COMPLETED"],
                "organisation_unit_id" => ["U1", "U2", "U1"],
                "enrolled_at" => [Some("2024-01-05"), Some("2024-01-05"), None],
            ],
        );
        let sections = sections(&source, &Names::default());
        assert_eq!(sections[0].figures["total"], 2);
        assert_eq!(sections[0].words.last().unwrap(), "By status: ACTIVE 2, COMPLETED 1.");
        assert_eq!(sections[1].words[0], "3 enrollments at 2 units: the most, 2, at U1; the fewest, 1, at U2.");
    }

    #[test]
    fn planned_visits_are_counted_by_state() {
        let source = source_of(
            Kind::Schedule,
            df![
                "event_id" => ["E1", "E2", "E3"], "state" => ["overdue", "scheduled", "overdue"], "days_overdue" => [5, 0, 9],
                "scheduled_at" => ["2024-01-05", "2024-03-01", "2024-01-01"], "organisation_unit_id" => ["U1"; 3],
            ],
        );
        let sections = sections(&source, &Names::default());
        assert_eq!(sections[1].figures, json!({ "overdue": 2, "scheduled": 1 }));
    }

    #[test]
    fn of_attributes_only_how_often_they_are_there_is_shown() {
        let source = source_of(
            Kind::Attributes,
            df![
                "tracked_entity_id" => ["T1", "T2", "T2"], "attribute_id" => ["A1", "A1", "A2"], "value" => ["Amina", "Musa", "7"],
            ],
        );
        let section = attributes(&source, &Names::default()).unwrap();
        assert_eq!(section.figures, json!({ "of": 2, "total": 3, "most": 2, "fewest": 1 }));
        assert!(!format!("{section:?}").contains("Amina"));
    }
}
