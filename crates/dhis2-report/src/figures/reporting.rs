//! Who reported for which period, how much, and when.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use dhis2_api::period::{Period, PeriodType};
use serde_json::{Value, json};

use crate::drawing::{self, BLUE, GREY, Heat, ORANGE};
use crate::figures::values::{Values, due};
use crate::names::Names;
use crate::section::{Cell, Chart, Section, Table, are, count, percent, share, thousands};

/// Rows of a heat map.
const UNITS: usize = 40;
/// Columns of a heat map, and bars of a chart.
const PERIODS: usize = 60;
/// Periods that are looked at.
const ALL_PERIODS: usize = 600;
/// Units of a table.
const LINES: usize = 50;

/// What one unit reported for one period.
#[derive(Debug, Default)]
struct Report {
    elements: HashSet<u32>,
    /// When the first of its values was stored.
    first: Option<i64>,
}

/// Reports of one period type: what came, and what was to come.
#[derive(Debug)]
pub(crate) struct Reports {
    periods: Vec<Period>,
    /// Earlier periods that are not looked at.
    too_early: usize,
    units: Vec<String>,
    /// How many data elements a unit is expected to report.
    expected: Vec<usize>,
    /// By place of the unit and of the period; only those of elements that are expected.
    found: HashMap<(usize, usize), Report>,
    /// What is expected of whom, in words.
    rule: String,
    stored: Option<&'static str>,
}

/// The texts of a list in the question that a receipt holds.
fn asked<'a>(query: Option<&'a Value>, key: &str) -> Vec<&'a str> {
    let list = query.and_then(|query| query.get(key)).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

impl Reports {
    /// The reports of a period type; nothing where there are no rows of it.
    pub(crate) fn of(values: &Values, kind: PeriodType, names: &Names, query: Option<&Value>) -> Option<Self> {
        let rows: Vec<(usize, Period)> = (0..values.height())
            .filter_map(|row| Some((row, values.period(row).filter(|period| period.period_type() == kind)?)))
            .collect();
        let (periods, too_early) = periods(&rows, &asked(query, "periods"))?;
        let place_of_period: HashMap<Period, usize> =
            periods.iter().enumerate().map(|(place, period)| (*period, place)).collect();

        let mut found: HashMap<(u32, usize), Report> = HashMap::new();
        let mut own: BTreeMap<u32, HashSet<u32>> = BTreeMap::new();
        for (row, period) in rows {
            let (Some(unit), Some(element)) = (values.units.rows[row], values.elements.rows[row]) else { continue };
            own.entry(unit).or_default().insert(element);
            let Some(period) = place_of_period.get(&period) else { continue };
            let report = found.entry((unit, *period)).or_default();
            report.elements.insert(element);
            if let Some(stored) = values.stored.as_ref().and_then(|(stored, _)| stored[row]) {
                report.first = Some(report.first.map_or(stored, |first| first.min(stored)));
            }
        }

        let (to_report, rule) = to_report(values, kind, names, query, &own);
        let mut reports = HashMap::new();
        let mut units = Vec::new();
        let mut expected = Vec::new();
        let code: HashMap<&str, u32> =
            (0..).zip(&values.units.names).map(|(code, unit)| (unit.as_str(), code)).collect();
        for (unit, elements) in to_report {
            let place = units.len();
            if let Some(code) = code.get(unit.as_str()) {
                for period in 0..periods.len() {
                    if let Some(mut report) = found.remove(&(*code, period)) {
                        report.elements.retain(|element| elements.contains(element));
                        if !report.elements.is_empty() {
                            reports.insert((place, period), report);
                        }
                    }
                }
            }
            expected.push(elements.len());
            units.push(unit);
        }
        let stored = values.stored.as_ref().map(|(_, name)| *name);
        Some(Self { periods, too_early, units, expected, found: reports, rule, stored })
    }

    /// How much of what is expected a unit reported for a period, from 0 to 100.
    fn share(&self, unit: usize, period: usize) -> f64 {
        let found = self.found.get(&(unit, period)).map_or(0, |report| report.elements.len());
        share(found as u64, self.expected[unit] as u64)
    }

    /// The mean of many such shares.
    #[allow(clippy::cast_precision_loss)] // counts of units and periods
    fn mean(&self, units: &[usize], periods: &[usize]) -> f64 {
        let sum: f64 = units.iter().flat_map(|unit| periods.iter().map(|period| self.share(*unit, *period))).sum();
        sum / (units.len() * periods.len()).max(1) as f64
    }

    /// Units, or the units above them where they are too many; and what that is in words.
    fn groups(&self, names: &Names) -> (Vec<(String, Vec<usize>)>, Option<String>) {
        let all: Vec<usize> = (0..self.units.len()).collect();
        if self.units.len() <= UNITS {
            let each = all.iter().map(|unit| (names.label(&self.units[*unit]), vec![*unit])).collect();
            return (each, None);
        }
        let deepest = self.units.iter().filter_map(|unit| names.paths.get(unit)).map(Vec::len).max().unwrap_or(0);
        for level in (1..deepest).rev() {
            let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
            for (place, unit) in self.units.iter().enumerate() {
                if let Some(above) = names.above(unit, level) {
                    groups.entry(above).or_default().push(place);
                }
            }
            let all_placed = groups.values().map(Vec::len).sum::<usize>() == self.units.len();
            if (2..=UNITS).contains(&groups.len()) && all_placed {
                let words = format!(
                    "Each line is a unit of level {level}, with the mean of the units in it: {} would be too many lines.",
                    count(self.units.len() as u64, "unit")
                );
                return (groups.into_iter().map(|(unit, places)| (names.label(unit), places)).collect(), Some(words));
            }
        }
        let periods: Vec<usize> = (0..self.periods.len()).collect();
        let mut least: Vec<(f64, usize)> = all.iter().map(|unit| (self.mean(&[*unit], &periods), *unit)).collect();
        least.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| self.units[a.1].cmp(&self.units[b.1])));
        let words = format!(
            "Drawn are the {UNITS} least complete units, and there are {} more. (With the list of organisation units, \
             --metadata, the lines would be the units above them.)",
            count((self.units.len() - UNITS) as u64, "unit")
        );
        let least = least.into_iter().take(UNITS).map(|(_, unit)| (names.label(&self.units[unit]), vec![unit]));
        (least.collect(), Some(words))
    }

    /// The heat map of completeness.
    pub(crate) fn completeness(&self, names: &Names, suffix: &str) -> Option<Section> {
        let all: Vec<usize> = (0..self.units.len()).collect();
        let every: Vec<usize> = (0..self.periods.len()).collect();
        if all.is_empty() || every.is_empty() {
            return None;
        }
        let (mut groups, grouped) = self.groups(names);
        groups.sort_by(|a, b| a.0.cmp(&b.0));
        let shown: Vec<usize> = every[every.len().saturating_sub(PERIODS)..].to_vec();
        let mut cells = Vec::new();
        let labels: Vec<String> = shown.iter().map(|period| self.periods[*period].id()).collect();
        let title = format!("Completeness{suffix}");
        let mut table = Table::new(&format!("{title}, in percent"), &["unit"]);
        table.head.extend(labels.iter().cloned());
        for (line, (label, units)) in groups.iter().enumerate() {
            let mut row = vec![Cell::from(label.clone())];
            for (column, period) in shown.iter().enumerate() {
                let share = self.mean(units, &[*period]);
                cells.push((column, line, share));
                row.push(Cell::Number(format!("{share:.0}")));
            }
            table.rows.push(row);
        }
        let total = (all.len() * every.len()) as u64;
        let empty = total - self.found.len() as u64;
        let mean = self.mean(&all, &every);
        let full = (self.found.iter())
            .filter(|((unit, _), report)| report.elements.len() == self.expected[*unit])
            .count() as u64;
        let mut words = vec![
            format!(
                "Of {} ({} in {}), {} full and of {} ({}) there is nothing at all. On average {mean:.1} % of what is expected is there.",
                count(total, "report"),
                count(all.len() as u64, "unit"),
                count(every.len() as u64, "period"),
                are(full),
                thousands(empty),
                percent(empty, total)
            ),
            self.rule.clone(),
        ];
        words.extend(grouped);
        if every.len() > shown.len() {
            words.push(format!("Drawn are the last {PERIODS} of {}.", count(every.len() as u64, "period")));
        }
        if self.too_early > 0 {
            words.push(format!("{} before them are not looked at.", count(self.too_early as u64, "period")));
        }
        let lines: Vec<String> = groups.into_iter().map(|(label, _)| label).collect();
        Some(Section {
            title,
            words,
            charts: vec![Chart {
                title: None,
                words: "A table of colours, a line for each unit and a column for each period: orange where nothing was reported, \
                        blue where everything was."
                    .to_owned(),
                drawing: drawing::heat(&labels, &lines, &cells, &Heat::Percent),
                table,
            }],
            tables: Vec::new(),
            figures: json!({
                "reports": total, "full": full, "empty": empty, "mean_percent": (mean * 10.0).round() / 10.0,
                "units": self.units.len(), "periods": self.periods.len(),
            }),
        })
    }

    /// Missing, late and timely reports by period, and who has the most of the first two.
    pub(crate) fn timeliness(&self, names: &Names, suffix: &str, timely_days: u32) -> Option<Section> {
        if self.units.is_empty() {
            return None;
        }
        let mut by_period = vec![[0_u64; 3]; self.periods.len()];
        let mut by_unit = vec![[0_u64; 3]; self.units.len()];
        for (unit, sums) in by_unit.iter_mut().enumerate() {
            for (period, of_period) in by_period.iter_mut().enumerate() {
                let state = match self.found.get(&(unit, period)) {
                    None => 2,
                    Some(report) => {
                        let due = due(self.periods[period].end(), timely_days);
                        usize::from(report.first.is_some_and(|first| first >= due))
                    }
                };
                of_period[state] += 1;
                sums[state] += 1;
            }
        }
        let sum = |state: usize| by_period.iter().map(|counts| counts[state]).sum::<u64>();
        let (timely, late, missing) = (sum(0), sum(1), sum(2));
        let total = timely + late + missing;
        let title =
            if self.stored.is_some() { format!("Missing and late{suffix}") } else { format!("Missing{suffix}") };
        let mut words = vec![format!(
            "Of {}, {} missing ({}){}.",
            count(total, "report"),
            are(missing),
            percent(missing, total),
            if self.stored.is_some() {
                format!(" and {} came late ({})", thousands(late), percent(late, total))
            } else {
                String::new()
            }
        )];
        words.push(
            "A report is what one unit says about one period. It is missing where no value of it is there.".to_owned(),
        );
        words.push(match self.stored {
            Some(column) => format!(
                "It is late where the first of its values was stored (column {column}) later than {} after the period's last day. \
                 These files do not say what the data set allows; --timely-days says another number.",
                count(timely_days.into(), "day")
            ),
            None => "When values were stored is not in the file, so that nothing can be said of late ones.".to_owned(),
        });
        let from = self.periods.len().saturating_sub(PERIODS);
        let labels: Vec<String> = self.periods[from..].iter().map(Period::id).collect();
        if from > 0 {
            words.push(format!("Drawn are the last {PERIODS} of {}.", count(self.periods.len() as u64, "period")));
        }
        let column = |state: usize| by_period[from..].iter().map(|counts| json!(counts[state])).collect::<Vec<_>>();
        let (series, head) = if self.stored.is_some() {
            (
                vec![("On time", BLUE, column(0)), ("Late", ORANGE, column(1)), ("Missing", GREY, column(2))],
                vec!["on time", "late", "missing"],
            )
        } else {
            (vec![("There", BLUE, column(0)), ("Missing", GREY, column(2))], vec!["there", "missing"])
        };
        let line = |name: String, counts: &[u64; 3]| {
            let mut row = vec![Cell::from(name), counts[0].into()];
            row.extend(self.stored.map(|_| counts[1].into()));
            row.push(counts[2].into());
            row
        };
        let mut table = Table::new(&title, &[&["period"], &head[..]].concat());
        table.rows = labels.iter().zip(&by_period[from..]).map(|(label, counts)| line(label.clone(), counts)).collect();
        let mut worst: Vec<usize> =
            (0..self.units.len()).filter(|unit| by_unit[*unit][1] + by_unit[*unit][2] > 0).collect();
        worst.sort_by_key(|unit| {
            let counts = by_unit[*unit];
            (std::cmp::Reverse((counts[2], counts[1])), self.units[*unit].clone())
        });
        let mut by_unit_table = Table::new(
            &format!("Units with the most missing or late reports: {} of {}", worst.len().min(LINES), worst.len()),
            &[&["unit"], &head[..]].concat(),
        );
        by_unit_table.rows =
            worst.iter().take(LINES).map(|unit| line(names.label(&self.units[*unit]), &by_unit[*unit])).collect();
        Some(Section {
            title,
            words,
            charts: vec![Chart {
                title: None,
                words: format!("Bars of the reports of each period, with a part for each of: {}.", head.join(", ")),
                drawing: drawing::columns(&labels, &series),
                table,
            }],
            tables: if worst.is_empty() { Vec::new() } else { vec![by_unit_table] },
            // Without times there is nobody who could be late.
            figures: match self.stored {
                Some(_) => json!({ "reports": total, "on_time": timely, "late": late, "missing": missing }),
                None => json!({ "reports": total, "there": timely, "missing": missing }),
            },
        })
    }
}

/// The periods from the first to the last that have rows; where single ones were asked for, those of them. And how many
/// more there would be.
fn periods(rows: &[(usize, Period)], asked: &[&str]) -> Option<(Vec<Period>, usize)> {
    let with_rows: BTreeSet<Period> = rows.iter().map(|(_, period)| *period).collect();
    let (first, last) = (*with_rows.first()?, *with_rows.last()?);
    let mut all = if asked.is_empty() {
        // A wrong period far away must not make millions of them.
        let back = std::iter::successors(Some(last), Period::previous).take_while(|period| *period >= first);
        back.take(ALL_PERIODS).collect::<BTreeSet<Period>>()
    } else {
        let kind = first.period_type();
        let asked = asked.iter().filter_map(|id| Period::parse(id).ok()).filter(|period| period.period_type() == kind);
        asked.chain(with_rows.iter().copied()).collect()
    };
    while all.len() > ALL_PERIODS {
        all.pop_first();
    }
    let too_early = with_rows.iter().filter(|period| !all.contains(period)).count();
    Some((all.into_iter().collect(), too_early))
}

/// Which units are to report which data elements (by number): as data sets say, or as the file itself suggests.
fn to_report(
    values: &Values,
    kind: PeriodType,
    names: &Names,
    query: Option<&Value>,
    own: &BTreeMap<u32, HashSet<u32>>,
) -> (BTreeMap<String, HashSet<u32>>, String) {
    let unit_name = |unit: u32| values.units.names[unit as usize].clone();
    let code: HashMap<&str, u32> = (0..).zip(&values.elements.names).map(|(code, id)| (id.as_str(), code)).collect();
    let used: HashSet<u32> = own.values().flatten().copied().collect();
    let wanted = asked(query, "data_sets");
    let sets = names
        .data_sets
        .iter()
        .filter(|set| set.period_type == kind.name() && (wanted.is_empty() || wanted.contains(&set.id.as_str())));
    let mut expected: BTreeMap<String, HashSet<u32>> = BTreeMap::new();
    let tops: HashSet<String> = asked(query, "organisation_units").into_iter().map(str::to_owned).collect();
    let below = query.and_then(|query| query.get("include_children")).and_then(Value::as_bool) == Some(true);
    let reported: HashSet<&str> = own.keys().map(|unit| values.units.names[*unit as usize].as_str()).collect();
    let in_question = |unit: &String| {
        reported.contains(unit.as_str())
            || (asked(query, "organisation_unit_groups").is_empty()
                && (tops.contains(unit) || (below && names.lies_in(unit, &tops))))
    };
    for set in sets {
        let elements: HashSet<u32> = set
            .elements
            .iter()
            .filter_map(|id| code.get(id.as_str()))
            .filter(|code| used.contains(code))
            .copied()
            .collect();
        if elements.is_empty() {
            continue;
        }
        for unit in &set.units {
            expected.entry(unit.clone()).or_default().extend(&elements);
        }
    }
    expected.retain(|unit, _| in_question(unit));
    if expected.is_empty() {
        let own = own.iter().map(|(unit, elements)| (unit_name(*unit), elements.clone())).collect();
        let rule = "Expected of a unit are, for every period, the data elements that it reported for any: units that never reported \
                    are not known here. (With the lists of data sets and organisation units, --metadata, they are.)";
        return (own, rule.to_owned());
    }
    // What a unit reports without being assigned to a set is counted as it is.
    for (unit, elements) in own {
        expected.entry(unit_name(*unit)).or_insert_with(|| elements.clone());
    }
    let rule = "Expected of a unit are, for every period, the data elements of the data sets that it is assigned to, as far as any \
                unit reported them. When units were opened or closed is not looked at.";
    (expected, rule.to_owned())
}

#[cfg(test)]
mod tests;
