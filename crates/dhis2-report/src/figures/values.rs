//! Data values: where and when they are, and how they are spread.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use dhis2_api::period::{Period, PeriodType};
use serde_json::{Value, json};

use crate::columns::{Coded, numbers, times};
use crate::drawing::{self, BLUE};
use crate::figures::numbers::Spread;
use crate::figures::spread::{Spreads, spread_section};
use crate::figures::{reporting, top};
use crate::input::Source;
use crate::names::Names;
use crate::section::{Cell, Chart, Section, Table, count, thousands};

/// Period types that are looked at, those with the most rows.
const TYPES: usize = 4;
/// Outliers that are named.
const OUTLIERS: usize = 25;

/// The columns of a file of data values.
pub(crate) struct Values {
    pub(crate) units: Coded,
    pub(crate) elements: Coded,
    pub(crate) periods: Coded,
    /// What the ids of periods mean; nothing for those of another calendar.
    pub(crate) parsed: Vec<Option<Period>>,
    /// When a value was stored, and in which column that stands.
    pub(crate) stored: Option<(Vec<Option<i64>>, &'static str)>,
    numbers: Vec<Option<f64>>,
    empty: Vec<bool>,
}

impl Values {
    pub(crate) fn of(source: &Source) -> Option<Self> {
        let frame = &source.frame;
        let periods = Coded::of(frame, "period")?;
        let stored = ["created", "last_updated"].into_iter().find_map(|name| Some((times(frame, name)?, name)));
        let values = frame.column("value").ok()?;
        Some(Self {
            units: Coded::of(frame, "organisation_unit_id")?,
            elements: Coded::of(frame, "data_element_id").or_else(|| Coded::of(frame, "indicator_id"))?,
            parsed: periods.names.iter().map(|id| Period::parse(id).ok()).collect(),
            periods,
            stored,
            numbers: numbers(frame, "value")?,
            empty: (0..frame.height()).map(|row| values.get(row).is_ok_and(|value| value.is_null())).collect(),
        })
    }

    pub(crate) fn height(&self) -> usize {
        self.periods.rows.len()
    }

    /// The period of a row.
    pub(crate) fn period(&self, row: usize) -> Option<Period> {
        self.parsed[self.periods.rows[row]? as usize]
    }

    /// The period types, those with the most rows first.
    fn types(&self) -> Vec<(PeriodType, u64)> {
        let mut types: BTreeMap<PeriodType, u64> = BTreeMap::new();
        for row in 0..self.height() {
            if let Some(period) = self.period(row) {
                *types.entry(period.period_type()).or_default() += 1;
            }
        }
        let mut types: Vec<_> = types.into_iter().collect();
        types.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        types
    }
}

/// All sections about a file of data values.
pub(crate) fn sections(source: &Source, names: &Names, query: Option<&Value>, timely_days: u32) -> Vec<Section> {
    let Some(values) = Values::of(source) else { return Vec::new() };
    let mut sections = Vec::new();
    let types = values.types();
    let several = types.len() > 1;
    let mut grids = Vec::new();
    for (kind, _) in types.iter().take(TYPES) {
        let suffix = if several { format!(", {}", kind.name()) } else { String::new() };
        sections.extend(by_period(&values, *kind, &suffix));
        if let Some(reports) = reporting::Reports::of(&values, *kind, names, query) {
            grids.push((reports, suffix));
        }
    }
    let unreadable = (0..values.height()).filter(|row| values.period(*row).is_none()).count() as u64;
    if let Some(first) = sections.first_mut() {
        if types.len() > TYPES {
            let rest = types[TYPES..].iter().map(|(_, rows)| rows).sum();
            first.words.push(format!(
                "Of {} of other period types ({}) there are no charts by period.",
                count(rest, "row"),
                types[TYPES..].iter().map(|(kind, _)| kind.name()).collect::<Vec<_>>().join(", ")
            ));
        }
        if unreadable > 0 {
            first.words.push(format!(
                "The period of {} is none of the ISO calendar: they are in no chart by period.",
                count(unreadable, "row")
            ));
        }
    }
    let units = values.units.counts(0..values.height());
    let labelled = values.units.names.iter().map(|id| names.label(id)).zip(units).collect();
    sections.extend(top::section("Rows by organisation unit", "unit", "row", labelled));
    for (reports, suffix) in &grids {
        sections.extend(reports.completeness(names, suffix));
        sections.extend(reports.timeliness(names, suffix, timely_days));
    }
    sections.extend(distributions(&values, names));
    sections
}

/// Periods of a chart.
const PERIODS: usize = 60;

fn by_period(values: &Values, kind: PeriodType, suffix: &str) -> Option<Section> {
    let mut rows: BTreeMap<Period, u64> = BTreeMap::new();
    for period in (0..values.height()).filter_map(|row| values.period(row)) {
        if period.period_type() == kind {
            *rows.entry(period).or_default() += 1;
        }
    }
    let (first, last) = (*rows.keys().next()?, *rows.keys().next_back()?);
    let total: u64 = rows.values().sum();
    // What lies between two periods and has no rows is shown as nothing.
    let mut all = vec![last];
    while all.len() < PERIODS && all[all.len() - 1] > first {
        let Some(before) = all[all.len() - 1].previous() else { break };
        all.push(before);
    }
    all.reverse();
    let labels: Vec<String> = all.iter().map(Period::id).collect();
    let counts: Vec<u64> = all.iter().map(|period| rows.get(period).copied().unwrap_or(0)).collect();
    let (most, at) = rows.iter().map(|(period, count)| (*count, period.id())).max_by_key(|(count, _)| *count)?;
    let title = format!("Rows by period{suffix}");
    let mut words = vec![format!(
        "{} in {}, from {} to {}; the most, {}, in {at}.",
        count(total, "row"),
        count(rows.len() as u64, "period"),
        first.id(),
        last.id(),
        thousands(most),
    )];
    if all[0] > first {
        let drawn: u64 = counts.iter().sum();
        words.push(format!("Drawn are the last {PERIODS} periods; before them are {}.", count(total - drawn, "row")));
    }
    let mut table = Table::new(&title, &["period", "first day", "last day", "rows"]);
    table.rows = all
        .iter()
        .zip(&counts)
        .map(|(period, count)| {
            vec![
                period.id().into(),
                period.start().to_string().into(),
                period.end().to_string().into(),
                (*count).into(),
            ]
        })
        .collect();
    let bars = counts.iter().map(|count| json!(count)).collect();
    Some(Section {
        title,
        words,
        charts: vec![Chart {
            title: None,
            words: format!("Bars of the number of rows of each period from {} to {}.", labels[0], last.id()),
            drawing: drawing::columns(&labels, &[("Rows", BLUE, bars)]),
            table,
        }],
        tables: Vec::new(),
        figures: json!({
            "period_type": kind.name(), "first": first.id(), "last": last.id(), "periods": rows.len(), "rows": total,
        }),
    })
}

/// How the numbers of data elements are spread: a small chart each.
fn distributions(values: &Values, names: &Names) -> Option<Section> {
    let mut by_element: Vec<(Vec<f64>, bool)> = vec![(Vec::new(), true); values.elements.names.len()];
    for (row, element) in values.elements.rows.iter().enumerate() {
        let Some(element) = element else { continue };
        let of = &mut by_element[*element as usize];
        match values.numbers[row] {
            Some(number) => of.0.push(number),
            None if values.empty[row] => {}
            None => of.1 = false,
        }
    }
    // Where the type is not known, an element is of numbers if all its values are: these are no values of persons.
    let is_number = |element: usize, all_numbers: bool| match names.value_types.get(&values.elements.names[element]) {
        Some(kind) => kind.is_number(),
        None => all_numbers,
    };
    let mut spreads = Vec::new();
    let mut of_element = BTreeMap::new();
    for (element, (mut numbers, all_numbers)) in by_element.into_iter().enumerate() {
        if is_number(element, all_numbers)
            && let Some(spread) = Spread::of(&mut numbers)
        {
            of_element.insert(element, spread);
            spreads.push(Spreads { label: names.label(&values.elements.names[element]), spread, sorted: numbers });
        }
    }
    let mut section = spread_section(spreads, "data element", "All category option combos are taken together.")?;
    let mut outliers: Vec<(f64, usize)> = Vec::new();
    for (row, number) in values.numbers.iter().enumerate() {
        let spread = values.elements.rows[row].and_then(|element| of_element.get(&(element as usize)));
        if let (Some(number), Some(spread)) = (number, spread)
            && let Some(distance) = spread.distance(*number)
        {
            outliers.push((distance, row));
        }
    }
    outliers.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    if !outliers.is_empty() {
        let mut table = Table::new(
            &format!(
                "The {} of {} outliers that lie the farthest from the others",
                thousands(outliers.len().min(OUTLIERS) as u64),
                thousands(outliers.len() as u64)
            ),
            &["data element", "unit", "period", "value", "quartile distances outside"],
        );
        let label = |coded: &Coded, row| coded.at(row).map(|id| names.label(id)).unwrap_or_default();
        table.rows = outliers
            .iter()
            .take(OUTLIERS)
            .map(|(distance, row)| {
                vec![
                    label(&values.elements, *row).into(),
                    label(&values.units, *row).into(),
                    values.periods.at(*row).unwrap_or_default().into(),
                    values.numbers[*row].map_or(Cell::from(""), Cell::from),
                    (*distance).into(),
                ]
            })
            .collect();
        section.tables.push(table);
    }
    Some(section)
}

/// The last moment of a period's last day, and so many days more, in milliseconds.
pub(crate) fn due(end: NaiveDate, days: u32) -> i64 {
    (i64::from(end.to_epoch_days()) + 1 + i64::from(days)) * crate::columns::DAY_MS
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;
    use crate::input::Kind;
    use crate::testing::source_of;

    fn of<'a>(sections: &'a [Section], title: &str) -> &'a Section {
        sections.iter().find(|section| section.title == title).unwrap_or_else(|| panic!("no section {title}"))
    }

    #[test]
    fn rows_are_counted_by_period_of_each_type_and_by_unit() {
        let source = source_of(
            Kind::DataValues,
            df![
                "data_element_id" => ["D1"; 5],
                "period" => ["202401", "202401", "202404", "2024Q1", "2080-13"],
                "organisation_unit_id" => ["U1", "U1", "U2", "U1", "U1"],
                "value" => ["1", "2", "3", "4", "5"],
            ],
        );
        let sections = sections(&source, &Names::default(), None, 15);
        let monthly = of(&sections, "Rows by period, Monthly");
        assert_eq!(monthly.words[0], "3 rows in 2 periods, from 202401 to 202404; the most, 2, in 202401.");
        assert_eq!(
            monthly.words[1],
            "The period of 1 row is none of the ISO calendar: they are in no chart by period."
        );
        assert_eq!(monthly.charts[0].drawing.option["series"][0]["data"], json!([2, 0, 0, 1]));
        assert_eq!(of(&sections, "Rows by period, Quarterly").figures["rows"], 1);
        assert_eq!(
            of(&sections, "Rows by organisation unit").figures,
            json!({ "of": 2, "total": 5, "most": 4, "fewest": 1 })
        );
    }

    #[test]
    fn only_the_last_periods_are_drawn_and_the_rest_is_said() {
        let periods: Vec<String> = (0..100).map(|number| (1925 + number).to_string()).collect();
        let source = source_of(
            Kind::DataValues,
            df![
                "data_element_id" => vec!["D1"; 100], "period" => periods, "organisation_unit_id" => vec!["U1"; 100],
                "value" => vec!["1"; 100],
            ],
        );
        let sections = sections(&source, &Names::default(), None, 15);
        let by_period = of(&sections, "Rows by period");
        assert_eq!(by_period.words[1], "Drawn are the last 60 periods; before them are 40 rows.");
        assert_eq!(by_period.charts[0].table.rows.len(), 60);
    }

    #[test]
    fn outliers_are_named_with_their_unit_and_period_and_text_is_not_looked_at() {
        let mut numbers: Vec<String> = (0..20).map(|number| (10 + number % 5).to_string()).collect();
        numbers.push("900".to_owned());
        numbers.extend(["yes", "12"].map(str::to_owned));
        let elements = [vec!["D1"; 21], vec!["D2"; 2]].concat();
        let source = source_of(
            Kind::DataValues,
            df![
                "data_element_id" => elements, "period" => vec!["202401"; 23], "organisation_unit_id" => vec!["U1"; 23],
                "value" => numbers,
            ],
        );
        let sections = sections(&source, &Names::default(), None, 15);
        let spread = of(&sections, "How values are spread");
        assert_eq!(spread.figures, json!({ "elements": 1, "values": 21, "outliers": 1 }));
        let outlier = &spread.tables[1].rows[0];
        assert_eq!(outlier[..4], [Cell::from("D1"), "U1".into(), "202401".into(), 900.0.into()]);
        let bars = spread.charts[0].drawing.option["series"][0]["data"].as_array().unwrap();
        assert_eq!(bars.last().unwrap()["itemStyle"]["color"], drawing::ORANGE);
    }

    #[test]
    fn a_report_is_due_at_the_end_of_its_last_day_of_grace() {
        let end: NaiveDate = "2024-01-31".parse().unwrap();
        let instant = |text: &str| dhis2_api::datetime::parse_instant_ms(text).unwrap();
        assert_eq!(due(end, 0), instant("2024-02-01T00:00:00Z"));
        assert_eq!(due(end, 15), instant("2024-02-16T00:00:00Z"));
    }
}
