//! The largest of many, and what is said of the others.

use serde_json::json;

use crate::drawing::{self, BLUE};
use crate::section::{Chart, Section, Table, count, percent, plural, thousands};

/// Rows of a chart of bars.
const BARS: usize = 25;
/// Rows of its table.
const LINES: usize = 200;

/// Sorts by count, the largest first, then by name; what has none is left out.
pub(crate) fn sorted(mut counts: Vec<(String, u64)>) -> Vec<(String, u64)> {
    counts.retain(|(_, count)| *count > 0);
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts
}

/// A section with the rows of each unit (or whatever `each` is).
pub(crate) fn section(title: &str, each: &str, what: &str, counts: Vec<(String, u64)>) -> Option<Section> {
    let counts = sorted(counts);
    let (first, last) = (counts.first()?, counts.last()?);
    let total: u64 = counts.iter().map(|(_, count)| count).sum();
    let all = counts.len();
    let at = if each == "unit" { "at" } else { "of" };
    let words = if all == 1 {
        format!("All {} are {at} {}.", count(total, what), first.0)
    } else {
        format!(
            "{} {at} {}: the most, {}, {at} {}; the fewest, {}, {at} {}.",
            count(total, what),
            count(all as u64, each),
            thousands(first.1),
            first.0,
            thousands(last.1),
            last.0
        )
    };
    let mut said = vec![words];
    if let Some(words) = others(&counts, BARS, each, what) {
        said.push(format!("Drawn are the {BARS} with the most {}, {words}.", plural(what)));
    }
    let shown = &counts[..all.min(BARS)];
    let labels: Vec<String> = shown.iter().map(|(name, _)| name.clone()).collect();
    let bars = shown.iter().map(|(_, count)| json!(count)).collect();
    let mut table = Table::new(title, &[each, &plural(what), "share"]);
    table.rows = counts
        .iter()
        .take(LINES)
        .map(|(name, count)| vec![name.clone().into(), (*count).into(), percent(*count, total).into()])
        .collect();
    if let Some(words) = others(&counts, LINES, each, what) {
        table.caption = format!("{title}: the first {LINES}, {words}");
    }
    Some(Section {
        title: title.to_owned(),
        words: said,
        charts: vec![Chart {
            title: None,
            words: format!("Bars of the number of {} by {each}, the largest first.", plural(what)),
            drawing: drawing::rows(&labels, &[("Rows", BLUE, bars)]),
            table,
        }],
        tables: Vec::new(),
        figures: json!({ "of": all, "total": total, "most": first.1, "fewest": last.1 }),
    })
}

/// `and 17 other units with 1,200 rows`, where there are more than so many.
pub(crate) fn others(counts: &[(String, u64)], shown: usize, each: &str, what: &str) -> Option<String> {
    let rest = counts.get(shown..).filter(|rest| !rest.is_empty())?;
    let total = rest.iter().map(|(_, count)| count).sum();
    Some(format!("and there are {} more with {}", count(rest.len() as u64, each), count(total, what)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_are_drawn_and_the_others_are_said() {
        let counts: Vec<(String, u64)> = (1..=30).map(|number| (format!("U{number:02}"), number)).collect();
        let section = section("By unit", "unit", "row", counts).unwrap();
        assert_eq!(section.words[0], "465 rows at 30 units: the most, 30, at U30; the fewest, 1, at U01.");
        // 1 + 2 + 3 + 4 + 5
        assert_eq!(section.words[1], "Drawn are the 25 with the most rows, and there are 5 units more with 15 rows.");
        let drawn = &section.charts[0].drawing.option["series"][0]["data"];
        assert_eq!((drawn.as_array().unwrap().len(), &drawn[0], &drawn[24]), (25, &json!(30), &json!(6)));
        assert_eq!(section.charts[0].table.rows.len(), 30);
    }

    #[test]
    fn nothing_to_count_is_no_section() {
        assert!(section("By unit", "unit", "row", vec![("U1".to_owned(), 0)]).is_none());
    }
}
