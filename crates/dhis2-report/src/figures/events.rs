//! Events: when, where, of which stage, and how late they were entered.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::Datelike;
use serde_json::json;

use crate::columns::{Coded, DAY_MS, numbers, texts, times};
use crate::drawing::{self, BLUE, Heat};
use crate::figures::numbers::Spread;
use crate::figures::spread::{Spreads, spread_section};
use crate::figures::{time, top};
use crate::input::Source;
use crate::names::Names;
use crate::section::{Cell, Chart, Section, Table, count, percent, thousands};

/// Lines and columns of the heat map.
const UNITS: usize = 30;
const MONTHS: usize = 48;

/// All sections about a file of events. `enrolled` are the enrollments of each program, where they are known.
pub(crate) fn sections(source: &Source, names: &Names, enrolled: &BTreeMap<String, u64>) -> Vec<Section> {
    let frame = &source.frame;
    let (Some(rows), Some(units)) = (first_rows(source, "event_id"), Coded::of(frame, "organisation_unit_id")) else {
        return Vec::new();
    };
    let occurred = times(frame, "occurred_at").unwrap_or_default();
    let at = |row: &usize| occurred.get(*row).copied().flatten();
    let known: Vec<i64> = rows.iter().filter_map(at).collect();
    let unknown = (rows.len() - known.len()) as u64;
    let mut sections = Vec::new();
    if let Some(mut by_day) = time::section("Events by day", "event", &known, unknown) {
        by_day.words.extend(statuses(source, &rows));
        sections.push(by_day);
    }
    sections.extend(funnels(source, names, &rows, enrolled));
    let counts = units.counts(rows.iter().copied());
    let labelled = units.names.iter().map(|id| names.label(id)).zip(counts).collect();
    sections.extend(top::section("Events by organisation unit", "unit", "event", labelled));
    let placed: Vec<(u32, i64)> = rows.iter().filter_map(|row| Some((units.rows[*row]?, at(row)?))).collect();
    sections.extend(by_month(&units, &placed, names));
    if let Some(created) = times(frame, "created_at") {
        let delays: Vec<i64> = rows
            .iter()
            .filter_map(|row| Some(created[*row]?.div_euclid(DAY_MS) - at(row)?.div_euclid(DAY_MS)))
            .collect();
        sections.extend(entry(&delays));
    }
    sections.extend(distributions(source, names));
    sections
}

/// The first row of each object: its other rows repeat what belongs to it.
pub(crate) fn first_rows(source: &Source, id: &str) -> Option<Vec<usize>> {
    let ids = texts(&source.frame, id)?;
    let mut seen = HashSet::new();
    Some(ids.iter().enumerate().filter(|(_, id)| id.is_some_and(|id| seen.insert(id))).map(|(row, _)| row).collect())
}

/// How many are of which status, in words.
pub(crate) fn statuses(source: &Source, rows: &[usize]) -> Option<String> {
    let statuses = Coded::of(&source.frame, "status")?;
    let counts = statuses.counts(rows.iter().copied());
    let counts = top::sorted(statuses.names.iter().cloned().zip(counts).collect());
    let words: Vec<String> = counts.iter().map(|(status, count)| format!("{status} {}", thousands(*count))).collect();
    (!words.is_empty()).then(|| format!("By status: {}.", words.join(", ")))
}

/// A status of what has not taken place.
fn is_planned(status: Option<&str>) -> bool {
    matches!(status, Some("SCHEDULE" | "OVERDUE" | "SKIPPED"))
}

/// How many enrollments of a program got to which of its stages.
fn funnels(source: &Source, names: &Names, rows: &[usize], enrolled: &BTreeMap<String, u64>) -> Vec<Section> {
    let frame = &source.frame;
    let (Some(programs), Some(stages)) = (texts(frame, "program_id"), texts(frame, "program_stage_id")) else {
        return Vec::new();
    };
    let enrollments = texts(frame, "enrollment_id");
    let status = texts(frame, "status");
    let mut events: BTreeMap<&str, BTreeMap<&str, (u64, HashSet<&str>)>> = BTreeMap::new();
    for row in rows {
        let (Some(program), Some(stage)) = (programs.get(*row), stages.get(*row)) else { continue };
        if is_planned(status.as_ref().and_then(|status| status.get(*row))) {
            continue;
        }
        let of = events.entry(program).or_default().entry(stage).or_default();
        of.0 += 1;
        of.1.extend(enrollments.as_ref().and_then(|enrollments| enrollments.get(*row)));
    }
    let mut sections = Vec::new();
    for (program, stages) in events {
        let by_enrollment = stages.values().any(|(_, enrollments)| !enrollments.is_empty());
        let mut bars: Vec<(String, u64, u64)> = stages
            .iter()
            .map(|(stage, (events, enrollments))| {
                (names.label(stage), if by_enrollment { enrollments.len() as u64 } else { *events }, *events)
            })
            .collect();
        for stage in names.stages.get(program).into_iter().flatten() {
            if !stages.contains_key(stage.as_str()) {
                bars.push((names.label(stage), 0, 0));
            }
        }
        bars.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let all: HashSet<&str> = stages.values().flat_map(|(_, enrollments)| enrollments.iter().copied()).collect();
        // Without the enrollments themselves, those that have any event stand for all.
        let begun = enrolled.get(program).copied();
        let whole = if by_enrollment { begun.unwrap_or(all.len() as u64) } else { bars.iter().map(|bar| bar.1).sum() };
        if by_enrollment {
            let label = if begun.is_some() { "Enrolled" } else { "Enrolled, with any event" };
            bars.insert(0, (label.to_owned(), whole, bars.iter().map(|bar| bar.2).sum()));
        }
        let what = if by_enrollment { "enrollments" } else { "events" };
        let title = format!("Stages of {}", names.label(program));
        let mut table = Table::new(&title, &["stage", what, "share", "events"]);
        table.rows = bars
            .iter()
            .map(|(label, reached, events)| {
                vec![label.clone().into(), (*reached).into(), percent(*reached, whole).into(), (*events).into()]
            })
            .collect();
        let labels: Vec<String> = bars.iter().map(|bar| bar.0.clone()).collect();
        let drawn = bars.iter().map(|bar| json!(bar.1)).collect();
        let mut words = vec![if by_enrollment {
            "How many enrollments have at least one event of each stage that took place; planned and skipped visits do not count. \
             The stages stand in the order of these numbers."
                .to_owned()
        } else {
            "How many events took place of each stage. Which enrollment they belong to is not in the file (--rich has it)."
                .to_owned()
        }];
        let steps: Vec<String> = bars.iter().map(|bar| format!("{} {}", bar.0, thousands(bar.1))).collect();
        words.push(format!("{}.", steps.join(", ")));
        sections.push(Section {
            title,
            words,
            charts: vec![Chart {
                title: None,
                words: format!("A funnel of bars: {what} by stage, the most first."),
                drawing: drawing::rows(&labels, &[(what, BLUE, drawn)]),
                table,
            }],
            tables: Vec::new(),
            figures: bars.iter().map(|(label, reached, _)| json!({ "stage": label, what: reached })).collect(),
        });
    }
    sections
}

/// A heat map of counts by unit and month.
fn by_month(units: &Coded, placed: &[(u32, i64)], names: &Names) -> Option<Section> {
    let mut cells: BTreeMap<(u32, (i32, u32)), u64> = BTreeMap::new();
    let mut of_unit: HashMap<u32, u64> = HashMap::new();
    for (unit, ms) in placed {
        let Some(day) = time::day(*ms) else { continue };
        *cells.entry((*unit, (day.year(), day.month()))).or_default() += 1;
        *of_unit.entry(*unit).or_default() += 1;
    }
    let months: BTreeSet<(i32, u32)> = cells.keys().map(|(_, month)| *month).collect();
    if months.len() < 2 || of_unit.len() < 2 {
        return None;
    }
    let mut largest: Vec<(u32, u64)> = of_unit.iter().map(|(unit, count)| (*unit, *count)).collect();
    largest.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| units.names[a.0 as usize].cmp(&units.names[b.0 as usize])));
    largest.truncate(UNITS);
    let last = *months.last()?;
    let mut shown = vec![last];
    while shown.len() < MONTHS {
        let (year, month) = shown[shown.len() - 1];
        let before = if month == 1 { (year - 1, 12) } else { (year, month - 1) };
        if before < *months.first()? {
            break;
        }
        shown.push(before);
    }
    shown.reverse();
    let labels: Vec<String> = shown.iter().map(|(year, month)| format!("{year}-{month:02}")).collect();
    let lines: Vec<String> = largest.iter().map(|(unit, _)| names.label(&units.names[*unit as usize])).collect();
    let title = "Events by unit and month";
    let mut table = Table::new(title, &["unit"]);
    table.head.extend(labels.iter().cloned());
    let mut drawn = Vec::new();
    let mut most = 0;
    for (line, (unit, _)) in largest.iter().enumerate() {
        let mut row = vec![Cell::from(lines[line].clone())];
        for (column, month) in shown.iter().enumerate() {
            let count = cells.get(&(*unit, *month)).copied().unwrap_or(0);
            row.push(count.into());
            most = most.max(count);
            #[allow(clippy::cast_precision_loss)] // counts of events
            drawn.push((column, line, count as f64));
        }
        table.rows.push(row);
    }
    let mut words = vec![format!("The most in one unit and month are {}.", count(most, "event"))];
    if of_unit.len() > UNITS {
        let rest = of_unit.values().sum::<u64>() - largest.iter().map(|(_, count)| count).sum::<u64>();
        words.push(format!(
            "Drawn are the {UNITS} units with the most events, and there are {} more with {}.",
            count((of_unit.len() - UNITS) as u64, "unit"),
            count(rest, "event")
        ));
    }
    if *months.first()? < shown[0] {
        words.push(format!("Drawn are the last {MONTHS} months; there are events before them."));
    }
    Some(Section {
        title: title.to_owned(),
        words,
        charts: vec![Chart {
            title: None,
            words: "A table of colours, a line for each unit and a column for each month: the darker, the more events."
                .to_owned(),
            drawing: drawing::heat(&labels, &lines, &drawn, &Heat::Count(most)),
            table,
        }],
        tables: Vec::new(),
        figures: json!({ "units": of_unit.len(), "months": months.len(), "most": most }),
    })
}

/// Days between an event and its entry: ranges of them, by their last day.
const DELAYS: [(&str, i64); 7] =
    [("before", -1), ("same day", 0), ("1 day", 1), ("2–7", 7), ("8–30", 30), ("31–90", 90), ("over 90", i64::MAX)];

/// How long after they took place events were entered.
fn entry(delays: &[i64]) -> Option<Section> {
    if delays.is_empty() {
        return None;
    }
    let mut counts = [0_u64; DELAYS.len()];
    for delay in delays {
        if let Some(place) = DELAYS.iter().position(|(_, last)| delay <= last) {
            counts[place] += 1;
        }
    }
    let total = delays.len() as u64;
    let late: u64 = counts[4..].iter().sum();
    let title = "Days until events were entered";
    let labels: Vec<String> = DELAYS.iter().map(|(label, _)| (*label).to_owned()).collect();
    let mut table = Table::new(title, &["days", "events", "share"]);
    table.rows = labels
        .iter()
        .zip(counts)
        .map(|(label, count)| vec![label.clone().into(), count.into(), percent(count, total).into()])
        .collect();
    let bars = counts.iter().map(|count| json!(count)).collect();
    Some(Section {
        title: title.to_owned(),
        words: vec![
            format!("{} of {} ({}) were entered more than a week after their day.", thousands(late), count(total, "event"), percent(late, total)),
            "Counted from occurred_at (the server's wall clock) to created_at (when the server first stored the event, UTC), in days; \
             what was brought in from another system has the day of that."
                .to_owned(),
        ],
        charts: vec![Chart {
            title: None,
            words: "Bars of the number of events by the days between event and entry.".to_owned(),
            drawing: drawing::columns(&labels, &[("Events", BLUE, bars)]),
            table,
        }],
        tables: Vec::new(),
        figures: json!({ "events": total, "after_a_week": late, "before": counts[0] }),
    })
}

/// How the numbers of data elements are spread: only of those that the list of data elements calls numbers. What looks like
/// a number may be a telephone number else.
fn distributions(source: &Source, names: &Names) -> Option<Section> {
    let elements = Coded::of(&source.frame, "data_element_id")?;
    let values = numbers(&source.frame, "value")?;
    let mut by_element: Vec<Vec<f64>> = vec![Vec::new(); elements.names.len()];
    let wanted: Vec<bool> = (elements.names.iter())
        .map(|id| names.value_types.get(id).is_some_and(dhis2_api::ValueType::is_number))
        .collect();
    for (element, value) in elements.rows.iter().zip(values) {
        if let (Some(element), Some(value)) = (element, value)
            && wanted[*element as usize]
        {
            by_element[*element as usize].push(value);
        }
    }
    let spreads = by_element.into_iter().enumerate().filter_map(|(element, mut numbers)| {
        let spread = Spread::of(&mut numbers)?;
        Some(Spreads { label: names.label(&elements.names[element]), spread, sorted: numbers })
    });
    spread_section(
        spreads.collect(),
        "data element",
        "Only data elements of a numeric value type are shown, and of single values only those at the ends of ranges.",
    )
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;
    use crate::testing::source;

    fn events() -> Source {
        source(df![
            "event_id" => ["E1", "E1", "E2", "E3", "E4"],
            "status" => ["COMPLETED", "COMPLETED", "ACTIVE", "COMPLETED", "SCHEDULE"],
            "program_id" => ["P1"; 5],
            "program_stage_id" => ["G1", "G1", "G2", "G1", "G2"],
            "organisation_unit_id" => ["U1", "U1", "U2", "U1", "U2"],
            "occurred_at" => [Some("2024-01-05"), Some("2024-01-05"), Some("2024-02-05"), Some("2024-02-06"), None],
            "created_at" => ["2024-01-05T23:00:00Z", "2024-01-05T23:00:00Z", "2024-02-20T00:00:00Z", "2024-02-05T00:00:00Z", "2024-01-01T00:00:00Z"],
            "enrollment_id" => ["N1", "N1", "N1", "N2", "N2"],
            "data_element_id" => [Some("D1"), Some("D2"), Some("D1"), None, None],
            "value" => [Some("61.5"), Some("0712345678"), Some("62"), None, None],
        ])
    }

    fn of<'a>(sections: &'a [Section], title: &str) -> &'a Section {
        sections.iter().find(|section| section.title == title).unwrap()
    }

    #[test]
    fn an_event_counts_once_however_many_values_it_has() {
        let sections = sections(&events(), &Names::default(), &BTreeMap::new());
        let by_day = of(&sections, "Events by day");
        assert_eq!((by_day.figures["total"].as_u64(), by_day.figures["unknown"].as_u64()), (Some(3), Some(1)));
        assert_eq!(by_day.words.last().unwrap(), "By status: COMPLETED 2, ACTIVE 1, SCHEDULE 1.");
        assert_eq!(of(&sections, "Events by organisation unit").figures["total"], 4);
    }

    #[test]
    fn a_funnel_counts_enrollments_that_got_to_a_stage_and_not_planned_visits() {
        let mut names = Names::default();
        names.stages.insert("P1".to_owned(), ["G1", "G2", "G3"].map(str::to_owned).to_vec());
        let enrolled = BTreeMap::from([("P1".to_owned(), 5)]);
        let sections = sections(&events(), &names, &enrolled);
        let expected = json!([
            { "stage": "Enrolled", "enrollments": 5 },
            { "stage": "G1", "enrollments": 2 },
            { "stage": "G2", "enrollments": 1 },
            { "stage": "G3", "enrollments": 0 },
        ]);
        assert_eq!(of(&sections, "Stages of P1").figures, expected);
    }

    #[test]
    fn units_and_months_are_cells_with_nothing_where_nothing_is() {
        let sections = sections(&events(), &Names::default(), &BTreeMap::new());
        let chart = &of(&sections, "Events by unit and month").charts[0];
        // January and February of U1, then of U2.
        assert_eq!(
            chart.drawing.option["series"][0]["data"],
            json!([[0, 0, 1.0], [1, 0, 1.0], [0, 1, 0.0], [1, 1, 1.0]])
        );
    }

    #[test]
    fn the_delay_of_entry_is_counted_in_days() {
        let sections = sections(&events(), &Names::default(), &BTreeMap::new());
        let entry = of(&sections, "Days until events were entered");
        let data = &entry.charts[0].drawing.option["series"][0]["data"];
        // A day before, on the day, and fifteen days after.
        assert_eq!(*data, json!([1, 1, 0, 0, 1, 0, 0]));
        assert_eq!(entry.figures["after_a_week"], 1);
    }

    #[test]
    fn values_of_persons_are_spread_only_where_the_metadata_calls_them_numbers() {
        let without = sections(&events(), &Names::default(), &BTreeMap::new());
        assert!(without.iter().all(|section| section.title != "How values are spread"));
        let mut names = Names::default();
        let list =
            df!["id" => ["D1", "D2"], "name" => ["Weight", "Telephone"], "value_type" => ["NUMBER", "PHONE_NUMBER"]];
        assert!(names.take_list(&list.unwrap()));
        let sections = sections(&events(), &names, &BTreeMap::new());
        let spread = of(&sections, "How values are spread");
        assert_eq!(spread.figures, json!({ "elements": 1, "values": 2, "outliers": 0 }));
        assert_eq!(spread.charts[0].title.as_deref(), Some("Weight"));
    }
}
