//! Relationships: of which types, and who is related to whom while they are few. Objects are numbered; no uid is shown.

use std::collections::{BTreeMap, HashMap};

use serde_json::json;

use crate::columns::{Coded, texts};
use crate::drawing::{self, BLUE};
use crate::figures::layout::layout;
use crate::figures::top;
use crate::input::Source;
use crate::names::Names;
use crate::section::{Chart, Section, Table, count, thousands};

/// Edges of a graph that can be looked at.
const EDGES: usize = 150;
/// Objects with more relationships than this are counted together.
const MANY: u64 = 10;

/// What a relationship may begin or end at, and its colour.
const KINDS: [(&str, &str, &str); 4] = [
    ("tracked_entity", "Tracked entities", "#2f6f9f"),
    ("enrollment", "Enrollments", "#8a5a9e"),
    ("event", "Events", "#b3611a"),
    ("", "Others", "#5a6b78"),
];

/// All sections about a file of relationships.
pub(crate) fn sections(source: &Source, names: &Names) -> Vec<Section> {
    let frame = &source.frame;
    let mut sections = Vec::new();
    if let Some(types) = Coded::of(frame, "relationship_type_id") {
        let counts = types.counts(0..frame.height());
        let labelled = types.names.iter().map(|id| names.label(id)).zip(counts).collect();
        sections.extend(top::section("Relationships by type", "type", "relationship", labelled));
    }
    let columns = ["from_type", "from_id", "to_type", "to_id"].map(|name| texts(frame, name));
    let [Some(from_type), Some(from), Some(to_type), Some(to)] = &columns else { return sections };
    let mut numbers: HashMap<(&str, &str), usize> = HashMap::new();
    let mut nodes: Vec<(String, usize)> = Vec::new();
    let mut edges = Vec::new();
    for row in 0..frame.height() {
        let begin = from_type.get(row).zip(from.get(row));
        let Some((begin, end)) = begin.zip(to_type.get(row).zip(to.get(row))) else { continue };
        let [begin, end] = [begin, end].map(|object| {
            *numbers.entry(object).or_insert_with(|| {
                let kind = KINDS.iter().position(|(name, _, _)| *name == object.0).unwrap_or(KINDS.len() - 1);
                nodes.push(((nodes.len() + 1).to_string(), kind));
                nodes.len() - 1
            })
        });
        edges.push((begin, end));
    }
    sections.extend(if edges.len() <= EDGES { graph(&nodes, &edges) } else { degrees(nodes.len(), &edges) });
    sections
}

/// Who is related to whom.
fn graph(nodes: &[(String, usize)], edges: &[(usize, usize)]) -> Option<Section> {
    if edges.is_empty() {
        return None;
    }
    let used: Vec<usize> = (0..KINDS.len()).filter(|kind| nodes.iter().any(|node| node.1 == *kind)).collect();
    let kinds: Vec<(&str, &str)> = used.iter().map(|kind| (KINDS[*kind].1, KINDS[*kind].2)).collect();
    let drawn: Vec<(String, usize, [f64; 2])> = nodes
        .iter()
        .zip(layout(nodes.len(), edges))
        .map(|((label, kind), place)| (label.clone(), used.iter().position(|known| known == kind).unwrap_or(0), place))
        .collect();
    let title = "Relationships";
    let mut table = Table::new(title, &["from", "to"]);
    let name = |node: usize| format!("{} {}", KINDS[nodes[node].1].1, nodes[node].0);
    table.rows = edges.iter().map(|(from, to)| vec![name(*from).into(), name(*to).into()]).collect();
    Some(Section {
        title: title.to_owned(),
        words: vec![format!(
            "{} between {}, each drawn once. The numbers are given here, in the order of the rows, and mean nothing elsewhere.",
            count(edges.len() as u64, "relationship"),
            count(nodes.len() as u64, "object")
        )],
        charts: vec![Chart {
            title: None,
            words: "A graph: a dot for each object, an arrow for each relationship.".to_owned(),
            drawing: drawing::graph(&drawn, &kinds, edges),
            table,
        }],
        tables: Vec::new(),
        figures: json!({ "relationships": edges.len(), "objects": nodes.len(), "drawn": true }),
    })
}

/// How many relationships objects have, where there are too many to draw.
fn degrees(nodes: usize, edges: &[(usize, usize)]) -> Option<Section> {
    let mut degree = vec![0_u64; nodes];
    for (from, to) in edges {
        degree[*from] += 1;
        degree[*to] += u64::from(to != from);
    }
    let mut objects: BTreeMap<u64, u64> = BTreeMap::new();
    for degree in &degree {
        *objects.entry((*degree).min(MANY)).or_default() += 1;
    }
    let most = degree.iter().max()?;
    let title = "Relationships by object";
    let mut table = Table::new(title, &["relationships of an object", "objects"]);
    let label = |degree: u64| if degree == MANY { format!("{MANY} or more") } else { degree.to_string() };
    let labels: Vec<String> = objects.keys().map(|degree| label(*degree)).collect();
    table.rows =
        labels.iter().zip(objects.values()).map(|(label, count)| vec![label.clone().into(), (*count).into()]).collect();
    let bars = objects.values().map(|count| json!(count)).collect();
    Some(Section {
        title: title.to_owned(),
        words: vec![format!(
            "{} between {}: too many to be drawn. The most that one object has are {}.",
            count(edges.len() as u64, "relationship"),
            count(nodes as u64, "object"),
            thousands(*most)
        )],
        charts: vec![Chart {
            title: None,
            words: "Bars of the number of objects by how many relationships they have.".to_owned(),
            drawing: drawing::columns(&labels, &[("Objects", BLUE, bars)]),
            table,
        }],
        tables: Vec::new(),
        figures: json!({ "relationships": edges.len(), "objects": nodes, "most": most, "drawn": false }),
    })
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;
    use crate::input::Kind;
    use crate::testing::source_of;

    fn chain(edges: usize) -> Source {
        let number = |from: usize| (from..from + edges).map(|number| format!("Person{number:05}")).collect::<Vec<_>>();
        source_of(
            Kind::Relationships,
            df![
                "relationship_id" => number(0),
                "relationship_type_id" => vec!["R1"; edges],
                "from_type" => vec!["tracked_entity"; edges],
                "from_id" => number(0),
                "to_type" => vec!["tracked_entity"; edges],
                "to_id" => number(1),
            ],
        )
    }

    #[test]
    fn few_are_drawn_with_numbers_for_uids() {
        let sections = sections(&chain(3), &Names::default());
        assert_eq!(sections[0].figures["total"], 3);
        assert_eq!(sections[1].figures, json!({ "relationships": 3, "objects": 4, "drawn": true }));
        let series = &sections[1].charts[0].drawing.option["series"][0];
        assert_eq!(
            series["links"],
            json!([
                { "source": "1", "target": "2" }, { "source": "2", "target": "3" }, { "source": "3", "target": "4" },
            ])
        );
        assert!(!format!("{sections:?}").contains("Person"));
    }

    #[test]
    fn many_are_counted_by_object() {
        let sections = sections(&chain(200), &Names::default());
        assert_eq!(sections[1].figures, json!({ "relationships": 200, "objects": 201, "most": 2, "drawn": false }));
        // The two ends of the chain have one, all others two.
        assert_eq!(sections[1].charts[0].drawing.option["series"][0]["data"], json!([2, 199]));
    }
}
