//! How the numbers of data elements are spread: a small chart each.

use serde_json::json;

use crate::drawing;
use crate::figures::numbers::{Bin, Spread, bins};
use crate::section::{Cell, Chart, Section, Table, count, percent, short, thousands};

/// Data elements whose values are drawn.
const ELEMENTS: usize = 12;
/// Data elements of the table.
const LINES: usize = 200;

/// The values of one data element.
pub(crate) struct Spreads {
    pub(crate) label: String,
    pub(crate) spread: Spread,
    pub(crate) sorted: Vec<f64>,
}

/// A section with a small chart for each data element with numbers.
pub(crate) fn spread_section(mut spreads: Vec<Spreads>, each: &str, also: &str) -> Option<Section> {
    spreads.sort_by(|a, b| b.spread.count.cmp(&a.spread.count).then_with(|| a.label.cmp(&b.label)));
    let outliers: usize = spreads.iter().map(|of| of.spread.below + of.spread.above).sum();
    let all: usize = spreads.iter().map(|of| of.spread.count).sum();
    if all == 0 {
        return None;
    }
    let mut words = vec![
        format!(
            "{} of {}; {} are outliers ({}).",
            count(all as u64, "number"),
            count(spreads.len() as u64, each),
            thousands(outliers as u64),
            percent(outliers as u64, all as u64)
        ),
        "The rule is Tukey's: an outlier lies more than one and a half times the distance between the quartiles below the lower \
         or above the upper quartile. Where half of the values are the same, none is called an outlier. An outlier may be right. \
         In the charts outliers are orange, and each of the other bars begins at its number."
            .to_owned(),
    ];
    if !also.is_empty() {
        words.push(also.to_owned());
    }
    if spreads.len() > ELEMENTS {
        words.push(format!(
            "Drawn are the {ELEMENTS} with the most values, and there are {} more in the table.",
            count((spreads.len() - ELEMENTS) as u64, each)
        ));
    }
    let charts = spreads.iter().take(ELEMENTS).map(histogram).collect();
    let mut table = Table::new(
        "Numbers by data element",
        &[
            each,
            "values",
            "least",
            "lower quartile",
            "median",
            "upper quartile",
            "most",
            "outliers below",
            "outliers above",
        ],
    );
    table.rows = spreads
        .iter()
        .take(LINES)
        .map(|of| {
            let spread = &of.spread;
            let mut row = vec![Cell::from(of.label.clone()), (spread.count as u64).into()];
            row.extend([spread.least, spread.lower, spread.median, spread.upper, spread.most].map(Cell::from));
            row.extend([spread.below as u64, spread.above as u64].map(Cell::from));
            row
        })
        .collect();
    if spreads.len() > LINES {
        table.caption = format!("Numbers by data element: the first {LINES} of {}", spreads.len());
    }
    Some(Section {
        title: "How values are spread".to_owned(),
        words,
        charts,
        tables: vec![table],
        figures: json!({ "elements": spreads.len(), "values": all, "outliers": outliers }),
    })
}

fn histogram(of: &Spreads) -> Chart {
    let spread = &of.spread;
    let bins = bins(&of.sorted, spread);
    let label = |bin: &Bin| {
        if !bin.outliers {
            short(bin.from)
        } else if bin.to <= spread.median {
            format!("≤ {}", short(bin.to))
        } else {
            format!("≥ {}", short(bin.from))
        }
    };
    let drawn: Vec<(String, u64, bool)> = bins.iter().map(|bin| (label(bin), bin.count as u64, bin.outliers)).collect();
    let mut table = Table::new(&of.label, &["from", "to", "values", ""]);
    table.rows = bins
        .iter()
        .map(|bin| {
            vec![
                bin.from.into(),
                bin.to.into(),
                (bin.count as u64).into(),
                if bin.outliers { "outliers" } else { "" }.into(),
            ]
        })
        .collect();
    Chart {
        title: Some(of.label.clone()),
        words: format!(
            "{}: half of them from {} to {}, median {}; {} below and {} above.",
            count(spread.count as u64, "value"),
            short(spread.lower),
            short(spread.upper),
            short(spread.median),
            count(spread.below as u64, "outlier"),
            thousands(spread.above as u64)
        ),
        drawing: drawing::histogram(&drawn),
        table,
    }
}
