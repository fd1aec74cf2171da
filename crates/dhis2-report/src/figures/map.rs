//! Where the units are, and where points of events and persons lie: the latter only as counts of squares.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};

use crate::columns::{Coded, numbers, texts};
use crate::drawing::{self, Map};
use crate::geometry::{Frame, Shape, simplify};
use crate::input::{Kind, Source};
use crate::names::Names;
use crate::section::{Chart, Section, Table, count};

/// Outlines and points of units that are drawn.
const OUTLINES: usize = 400;
const POINTS: usize = 2_000;
/// Squares along the longer side of the map.
const SQUARES: f64 = 30.0;
/// The side of the smallest square, in degrees: some five kilometres, so that no square is a house.
const SMALLEST: f64 = 0.05;
/// Rows of the table.
const LINES: usize = 200;

/// The section with the map; nothing where nothing has a place.
pub(crate) fn section(sources: &[Source], names: &Names) -> Option<Section> {
    let rows = rows_of_units(sources);
    let shapes: HashMap<&str, Shape> =
        (names.geometry.iter()).filter_map(|(unit, text)| Some((unit.as_str(), Shape::parse(text)?))).collect();
    let points = points(sources);
    let level = outline_level(&rows, &shapes, names);
    let outlined = outlined(&rows, &shapes, names, level);
    let units = unit_points(&rows, &shapes, names, &outlined, level);
    if outlined.is_empty() && units.is_empty() && points.is_empty() {
        return None;
    }

    let mut frame = Frame::default();
    outlined.iter().filter_map(|unit| shapes.get(unit.as_str())).for_each(|shape| frame.hold_shape(shape));
    for (_, place, _) in &units {
        frame.hold(*place);
    }
    // A point with a wrong place must not shrink the map: with outlines, those say what is looked at.
    let bounds_known = !frame.is_empty();
    if !bounds_known {
        for place in &points {
            frame.hold(*place);
        }
    }
    let frame = frame.padded();
    let (inside, outside): (Vec<[f64; 2]>, Vec<[f64; 2]>) = points.iter().partition(|place| frame.contains(**place));
    let side = (frame.longer() / SQUARES).max(SMALLEST);
    // The middle of a square at the edge may lie beyond it.
    let squares: Vec<_> =
        squares(&inside, side).into_iter().map(|(place, count)| (frame.nearest(place), count)).collect();

    let mut sums: BTreeMap<&str, u64> = outlined.iter().map(|unit| (unit.as_str(), 0)).collect();
    for (unit, count) in &rows {
        let at = if outlined.contains(unit) {
            Some(unit.as_str())
        } else {
            level.and_then(|level| names.above(unit, level))
        };
        if let Some(sum) = at.and_then(|unit| sums.get_mut(unit)) {
            *sum += count;
        }
    }
    let mut features: Vec<Value> = outlined
        .iter()
        .filter_map(|unit| {
            let geometry = simplify(shapes.get(unit.as_str())?, frame.longer() / 800.0)?;
            Some(json!({ "type": "Feature", "properties": { "name": names.label(unit) }, "geometry": geometry }))
        })
        .collect();
    // Below all others, a frame: the library draws points on a map only, and makes it as large as its outlines.
    let about = json!({ "type": "Feature", "properties": { "name": drawing::FRAME }, "geometry": frame.outline() });
    features.insert(0, about);
    let shaded: Vec<(String, u64)> = sums.iter().map(|(unit, rows)| (names.label(unit), *rows)).collect();

    let mut words = Vec::new();
    if !shaded.is_empty() {
        let empty = shaded.iter().filter(|(_, rows)| *rows == 0).count() as u64;
        words.push(format!(
            "{}, shaded by the rows in them; {} without any.",
            count(shaded.len() as u64, "outline"),
            if empty == 0 { "none is".to_owned() } else { count(empty, "outline") }
        ));
    }
    if !units.is_empty() {
        let with_rows = units.iter().filter(|(_, _, rows)| *rows > 0).count() as u64;
        words.push(format!("{} at a point, {with_rows} of them with rows.", count(units.len() as u64, "unit")));
    }
    if !points.is_empty() {
        words.push(format!(
            "{} of events, enrollments or tracked entities are counted in squares of {side:.2} degrees ({:.0} km from south to north): \
             where one of them lies exactly is not in this page.",
            count(inside.len() as u64, "point"),
            side * 111.2
        ));
    }
    if !outside.is_empty() {
        words.push(format!(
            "{} lie outside of the map: their places may be wrong.",
            count(outside.len() as u64, "point")
        ));
    }
    let unplaced: Vec<u64> = (rows.iter())
        .filter(|(unit, _)| {
            !shapes.contains_key(unit.as_str())
                && !level.and_then(|level| names.above(unit, level)).is_some_and(|above| outlined.contains(above))
        })
        .map(|(_, count)| *count)
        .collect();
    if !unplaced.is_empty() {
        words.push(format!(
            "{} with {} have no place that is known, and are not on the map.",
            count(unplaced.len() as u64, "unit"),
            count(unplaced.iter().sum(), "row")
        ));
    }

    let title = "Map";
    let mut table = Table::new(title, &["what", "rows or points"]);
    let mut lines: Vec<(String, u64)> = shaded.clone();
    lines.extend(units.iter().map(|(name, _, rows)| (name.clone(), *rows)));
    lines.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    lines.extend(
        squares.iter().map(|(place, count)| (format!("square about {:.2}, {:.2}", place[1], place[0]), *count)),
    );
    if lines.len() > LINES {
        table.caption = format!("{title}: the first {LINES} of {}", lines.len());
    }
    table.rows = lines.into_iter().take(LINES).map(|(name, count)| vec![name.into(), count.into()]).collect();
    let figures = json!({
        "outlines": shaded.len(), "units_at_points": units.len(), "points": inside.len(), "points_outside": outside.len(),
        "squares": squares.len(), "units_without_place": unplaced.len(),
    });
    let map = Map {
        outlines: json!({ "type": "FeatureCollection", "features": features }),
        shades: shaded,
        points: units,
        squares,
        aspect: frame.aspect(),
        east: frame.east(),
        side: side / frame.wide(),
    };
    Some(Section {
        title: title.to_owned(),
        words,
        charts: vec![Chart {
            title: None,
            words:
                "A map without streets or names: outlines of organisation units, units at a point, and a dot for the points in each square, the larger the more."
                    .to_owned(),
            drawing: drawing::map("map", map),
            table,
        }],
        tables: Vec::new(),
        figures,
    })
}

/// Rows of each unit, of all files.
fn rows_of_units(sources: &[Source]) -> BTreeMap<String, u64> {
    let mut rows = BTreeMap::new();
    for source in sources {
        let Some(units) = Coded::of(&source.frame, "organisation_unit_id") else { continue };
        for (unit, count) in units.names.iter().zip(units.counts(0..source.frame.height())) {
            *rows.entry(unit.clone()).or_default() += count;
        }
    }
    rows
}

/// The points of events, enrollments and tracked entities, each object once.
fn points(sources: &[Source]) -> Vec<[f64; 2]> {
    let mut points = Vec::new();
    for source in sources {
        let id = match source.kind {
            Kind::Events => "event_id",
            Kind::Enrollments => "enrollment_id",
            Kind::TrackedEntities => "tracked_entity_id",
            _ => continue,
        };
        let Some(rows) = crate::figures::events::first_rows(source, id) else { continue };
        let frame = &source.frame;
        if let (Some(longitude), Some(latitude)) = (numbers(frame, "longitude"), numbers(frame, "latitude")) {
            points.extend(rows.iter().filter_map(|row| Some([longitude[*row]?, latitude[*row]?])));
        } else if let Some(geometry) = texts(frame, "geometry") {
            points.extend(rows.iter().filter_map(|row| match Shape::parse(geometry.get(*row)?)? {
                Shape::Point(place) => Some(place),
                Shape::Areas(_) => None,
            }));
        }
    }
    points.retain(|[east, north]| (-180.0..=180.0).contains(east) && (-90.0..=90.0).contains(north));
    points
}

/// The deepest level whose outlines hold rows and are not too many.
fn outline_level(rows: &BTreeMap<String, u64>, shapes: &HashMap<&str, Shape>, names: &Names) -> Option<usize> {
    let is_area = |unit: &str| matches!(shapes.get(unit), Some(Shape::Areas(_)));
    let deepest = names.paths.values().map(Vec::len).max()?;
    (1..=deepest).rev().find(|level| {
        let holding: BTreeSet<&str> =
            rows.keys().filter_map(|unit| names.above(unit, *level)).filter(|unit| is_area(unit)).collect();
        !holding.is_empty() && holding.len() <= OUTLINES
    })
}

/// The outlines to draw: those of the level that hold rows, and those beside them under the same unit.
fn outlined(
    rows: &BTreeMap<String, u64>,
    shapes: &HashMap<&str, Shape>,
    names: &Names,
    level: Option<usize>,
) -> BTreeSet<String> {
    let is_area = |unit: &str| matches!(shapes.get(unit), Some(Shape::Areas(_)));
    let Some(level) = level else {
        // Without a hierarchy, the units themselves.
        return rows.keys().filter(|unit| is_area(unit)).take(OUTLINES).cloned().collect();
    };
    let holding: BTreeSet<&str> =
        rows.keys().filter_map(|unit| names.above(unit, level)).filter(|unit| is_area(unit)).collect();
    let parents: BTreeSet<Option<&str>> = holding.iter().map(|unit| names.above(unit, level - 1)).collect();
    let beside = names
        .paths
        .iter()
        .filter(|(unit, path)| path.len() == level && is_area(unit) && parents.contains(&names.above(unit, level - 1)));
    let beside: BTreeSet<String> = beside.map(|(unit, _)| unit.clone()).collect();
    let holding: BTreeSet<String> = holding.into_iter().map(str::to_owned).collect();
    if beside.len() <= OUTLINES { &beside | &holding } else { holding }
}

/// Units at a point: those with rows, and those without in the outlines that are drawn.
fn unit_points(
    rows: &BTreeMap<String, u64>,
    shapes: &HashMap<&str, Shape>,
    names: &Names,
    outlined: &BTreeSet<String>,
    level: Option<usize>,
) -> Vec<(String, [f64; 2], u64)> {
    let in_outline =
        |unit: &str| level.and_then(|level| names.above(unit, level)).is_some_and(|above| outlined.contains(above));
    let mut units: Vec<(String, [f64; 2], u64)> = shapes
        .iter()
        .filter_map(|(unit, shape)| match shape {
            Shape::Point(place) => {
                let count = rows.get(*unit).copied().unwrap_or(0);
                (count > 0 || in_outline(unit)).then(|| (names.label(unit), *place, count))
            }
            Shape::Areas(_) => None,
        })
        .collect();
    units.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
    units.truncate(POINTS);
    units
}

/// How many points lie in which square, by its middle.
#[allow(clippy::cast_possible_truncation)] // a few thousand squares
fn squares(points: &[[f64; 2]], side: f64) -> Vec<([f64; 2], u64)> {
    let mut counts: BTreeMap<(i64, i64), u64> = BTreeMap::new();
    for [east, north] in points {
        *counts.entry(((east / side).floor() as i64, (north / side).floor() as i64)).or_default() += 1;
    }
    #[allow(clippy::cast_precision_loss)]
    let middle = |place: i64| (((place as f64 + 0.5) * side) * 1e4).round() / 1e4;
    counts.into_iter().map(|((east, north), count)| ([middle(east), middle(north)], count)).collect()
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;
    use crate::testing::{source, source_of};

    fn square_at(east: f64) -> String {
        format!(
            r#"{{"type":"Polygon","coordinates":[[[{east},0],[{0},0],[{0},1],[{east},1],[{east},0]]]}}"#,
            east + 1.0
        )
    }

    fn names() -> Names {
        let list = df![
            "id" => ["U0", "UA", "UB", "F1", "F2", "F3"],
            "name" => ["Land", "A", "B", "f1", "f2", "f3"],
            "level_1_id" => ["U0"; 6],
            "level_2_id" => [None, Some("UA"), Some("UB"), Some("UA"), Some("UA"), Some("UB")],
            "level_3_id" => [None, None, None, Some("F1"), Some("F2"), Some("F3")],
            "geometry" => [
                None, Some(square_at(0.0)), Some(square_at(1.0)),
                Some(r#"{"type":"Point","coordinates":[0.5,0.5]}"#.to_owned()),
                Some(r#"{"type":"Point","coordinates":[0.7,0.5]}"#.to_owned()), None,
            ],
        ];
        let mut names = Names::default();
        assert!(names.take_list(&list.unwrap()));
        names
    }

    #[test]
    fn rows_shade_the_outline_they_lie_in_and_those_beside_it_are_empty() {
        let values = source_of(Kind::DataValues, df!["organisation_unit_id" => ["F1", "F1", "UA"]]);
        let section = section(&[values], &names()).unwrap();
        let option = &section.charts[0].drawing.option;
        assert_eq!(option["series"][0]["data"], json!([{ "name": "A", "value": 3 }, { "name": "B", "value": 0 }]));
        // The unit without rows lies in an outline that is drawn.
        assert_eq!(section.figures["units_at_points"], 2);
        assert_eq!(section.words[0], "2 outlines, shaded by the rows in them; 1 outline without any.");
        let map = section.charts[0].drawing.map.as_ref().unwrap();
        assert_eq!(map["features"].as_array().unwrap().len(), 3, "two outlines and the frame");
    }

    #[test]
    fn points_of_persons_are_counts_of_squares_and_wrong_ones_are_said() {
        let events = source(df![
            "event_id" => ["E1", "E1", "E2", "E3"], "organisation_unit_id" => ["F1"; 4],
            "longitude" => [0.511, 0.511, 0.512, 100.0], "latitude" => [0.521, 0.521, 0.522, 0.0],
        ]);
        let section = section(&[events], &names()).unwrap();
        assert_eq!((section.figures["points"].as_u64(), section.figures["squares"].as_u64()), (Some(2), Some(1)));
        assert_eq!(section.figures["points_outside"], 1);
        let text = section.charts[0].drawing.option.to_string();
        assert!(!text.contains("0.511") && !text.contains("0.522"), "{text}");
    }

    #[test]
    fn nothing_with_a_place_is_no_map() {
        let values = source_of(Kind::DataValues, df!["organisation_unit_id" => ["F1"]]);
        assert!(section(&[values], &Names::default()).is_none());
    }
}
