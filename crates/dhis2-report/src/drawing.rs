//! Options for the chart library. Everything in them is data: no code, and no text that would be read as HTML.

use serde_json::{Value, json};

use crate::section::Drawing;

/// Colours that those with red-green blindness tell apart.
pub(crate) const BLUE: &str = "#2f6f9f";
pub(crate) const ORANGE: &str = "#d9822b";
pub(crate) const GREY: &str = "#b9c3ca";

/// Left of a chart there is room for names.
const NAMES_WIDE: u32 = 210;
const NAMES_NARROW: u32 = 130;

/// A series of a chart of bars: its name, its colour, its values.
pub(crate) type Series<'a> = (&'a str, &'a str, Vec<Value>);

fn base() -> Value {
    json!({
        "animation": false,
        "textStyle": { "fontFamily": "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif" },
        // Drawn as text in the chart: a name is never read as HTML.
        "tooltip": { "renderMode": "richText", "confine": true },
    })
}

fn with(mut option: Value, more: Value) -> Value {
    if let (Value::Object(option), Value::Object(more)) = (&mut option, more) {
        option.extend(more);
    }
    option
}

/// Names at the left, as far as there is room.
fn names(room: u32, right: u32, top: u32, bottom: u32) -> Value {
    json!({
        "grid": { "left": room, "right": right, "top": top, "bottom": bottom },
        "yAxis": { "axisLabel": { "width": room - 12, "overflow": "truncate", "fontSize": if room > 150 { 12 } else { 11 } } },
    })
}

fn name_axis(labels: &[String]) -> Value {
    json!({
        "type": "category", "data": labels, "inverse": true, "axisTick": { "show": false },
        "axisLabel": { "interval": 0, "fontSize": 12, "width": NAMES_WIDE - 12, "overflow": "truncate" },
    })
}

fn legend(series: &[Series<'_>]) -> Value {
    json!({ "show": series.len() > 1, "top": 0, "left": 0, "itemWidth": 14, "itemHeight": 10 })
}

/// Bars from left to right, one row a label; several series are laid end to end.
pub(crate) fn rows(labels: &[String], series: &[Series<'_>]) -> Drawing {
    let top = if series.len() > 1 { 32 } else { 6 };
    let stacked = series.len() > 1;
    let drawn: Vec<Value> = series
        .iter()
        .map(|(name, colour, values)| {
            json!({
                "type": "bar", "name": name, "data": values, "stack": "all", "barMaxWidth": 18, "barMinHeight": 1,
                "itemStyle": { "color": colour }, "label": { "show": !stacked, "position": "right", "fontSize": 11 },
            })
        })
        .collect();
    let option = json!({
        "legend": legend(series),
        "grid": { "left": NAMES_WIDE, "right": 56, "top": top, "bottom": 26 },
        "xAxis": { "type": "value", "minInterval": 1, "splitNumber": 4, "axisLabel": { "hideOverlap": true } },
        "yAxis": name_axis(labels),
        "series": drawn,
    });
    Drawing {
        option: with(base(), option),
        wide: names(NAMES_WIDE, 56, top, 26),
        narrow: names(NAMES_NARROW, 48, top, 26),
        height: labels.len() * 24 + 26 + top as usize + 8,
        ..Drawing::default()
    }
}

/// Bars side by side, such as periods; several series are laid on each other.
pub(crate) fn columns(labels: &[String], series: &[Series<'_>]) -> Drawing {
    let drawn: Vec<Value> = series
        .iter()
        .map(|(name, colour, values)| {
            json!({
                "type": "bar", "name": name, "data": values, "stack": "all", "barMaxWidth": 40,
                "barCategoryGap": "15%", "itemStyle": { "color": colour },
            })
        })
        .collect();
    let top = if series.len() > 1 { 36 } else { 14 };
    let option = json!({
        "legend": legend(series),
        "grid": { "left": 58, "right": 14, "top": top, "bottom": 32 },
        "xAxis": { "type": "category", "data": labels, "axisLabel": { "hideOverlap": true } },
        "yAxis": { "type": "value", "minInterval": 1 },
        "series": drawn,
    });
    Drawing { option: with(base(), option), height: 280, ..Drawing::default() }
}

/// Points up to which days are bars: a line of one point is nothing to look at.
pub(crate) const FEW: usize = 31;

/// A line with its area over days (`2024-01-31`), or bars where they are few.
pub(crate) fn days(name: &str, points: &[(String, u64)]) -> Drawing {
    if points.len() <= FEW {
        let labels: Vec<String> = points.iter().map(|(day, _)| day.clone()).collect();
        let bars = points.iter().map(|(_, count)| json!(count)).collect();
        return columns(&labels, &[(name, BLUE, bars)]);
    }
    let data: Vec<Value> = points.iter().map(|(day, count)| json!([day, count])).collect();
    let option = json!({
        "grid": { "left": 52, "right": 20, "top": 14, "bottom": 32 },
        "xAxis": { "type": "time", "axisLabel": { "hideOverlap": true } },
        "yAxis": { "type": "value", "minInterval": 1 },
        "series": [{
            "type": "line", "name": name, "data": data, "step": "middle", "symbol": "none",
            "lineStyle": { "color": BLUE, "width": 1.2 }, "areaStyle": { "color": BLUE, "opacity": 0.25 },
        }],
    });
    let with_tooltip =
        with(option, json!({ "tooltip": { "renderMode": "richText", "confine": true, "trigger": "axis" } }));
    Drawing { option: with(base(), with_tooltip), height: 260, ..Drawing::default() }
}

/// What the colours of a heat map mean.
pub(crate) enum Heat {
    /// From nothing (orange) to everything (blue), in percent.
    Percent,
    /// From little (pale) to much (dark).
    Count(u64),
}

/// A table of colours: names at the left, periods below, cells of (column, row, value).
pub(crate) fn heat(columns: &[String], labels: &[String], cells: &[(usize, usize, f64)], meaning: &Heat) -> Drawing {
    let data: Vec<Value> = cells.iter().map(|(x, y, value)| json!([x, y, (value * 10.0).round() / 10.0])).collect();
    let (most, colours, unit) = match meaning {
        Heat::Percent => (100, ["#c2560c", "#f6dcb4", "#1b6d94"].as_slice(), " %"),
        Heat::Count(most) => ((*most).max(1), ["#e4eef5", "#7fb0d0", "#0b4a75"].as_slice(), ""),
    };
    let option = json!({
        "grid": { "left": NAMES_WIDE, "right": 10, "top": 6, "bottom": 96 },
        "xAxis": {
            "type": "category", "data": columns, "splitArea": { "show": false }, "axisTick": { "show": false },
            "axisLabel": { "rotate": 90, "fontSize": 11, "hideOverlap": true },
        },
        "yAxis": name_axis(labels),
        "visualMap": {
            "min": 0, "max": most, "type": "continuous", "orient": "horizontal", "left": "center", "bottom": 0,
            "itemWidth": 14, "itemHeight": 140, "text": [format!("{most}{unit}"), format!("0{unit}")],
            "inRange": { "color": colours }, "hoverLink": false,
        },
        "series": [{ "type": "heatmap", "data": data, "itemStyle": { "borderColor": "#fff", "borderWidth": 1 } }],
    });
    Drawing {
        option: with(base(), option),
        // A few periods can be read without turning the head.
        wide: with(
            names(NAMES_WIDE, 10, 6, 96),
            json!({ "xAxis": { "axisLabel": { "rotate": if columns.len() <= 15 { 0 } else { 90 } } } }),
        ),
        narrow: with(names(NAMES_NARROW, 6, 6, 96), json!({ "xAxis": { "axisLabel": { "rotate": 90 } } })),
        height: labels.len() * 20 + 6 + 96,
        ..Drawing::default()
    }
}

/// A small chart of how often values are in ranges; those marked are outliers.
pub(crate) fn histogram(bins: &[(String, u64, bool)]) -> Drawing {
    let labels: Vec<&str> = bins.iter().map(|(label, _, _)| label.as_str()).collect();
    let data: Vec<Value> = bins
        .iter()
        .map(|(_, count, outliers)| {
            json!({ "value": count, "itemStyle": { "color": if *outliers { ORANGE } else { BLUE } } })
        })
        .collect();
    let option = json!({
        "grid": { "left": 48, "right": 8, "top": 10, "bottom": 26 },
        "xAxis": {
            "type": "category", "data": labels, "axisTick": { "show": false },
            "axisLabel": { "hideOverlap": true, "fontSize": 11 },
        },
        "yAxis": { "type": "value", "minInterval": 1, "splitNumber": 3, "axisLabel": { "fontSize": 11 } },
        "series": [{ "type": "bar", "data": data, "barCategoryGap": "8%", "barMinHeight": 1 }],
    });
    Drawing { option: with(base(), option), height: 170, ..Drawing::default() }
}

/// Outlines shaded by count, points on them, and squares of points that are counted together.
pub(crate) struct Map {
    /// `GeoJSON` of the outlines, each with a `name`.
    pub(crate) outlines: Value,
    /// Rows of each outline, by name.
    pub(crate) shades: Vec<(String, u64)>,
    /// Units at a point: name, place, rows.
    pub(crate) points: Vec<(String, [f64; 2], u64)>,
    /// The middle of a square, and how many points lie in it.
    pub(crate) squares: Vec<([f64; 2], u64)>,
    /// Height by width.
    pub(crate) aspect: f64,
    /// How long a degree of longitude is, of one of latitude.
    pub(crate) east: f64,
    /// The side of a square, in widths of the map.
    pub(crate) side: f64,
}

/// What the squares are called.
const SQUARES: &str = "Points, counted by square";
/// The name of the frame about a map, which no unit has.
pub(crate) const FRAME: &str = "\u{200b}";

/// Draws a map, without anything below it.
pub(crate) fn map(id: &str, map: Map) -> Drawing {
    let most = map.shades.iter().map(|(_, rows)| *rows).max().unwrap_or(0);
    let data: Vec<Value> = map.shades.iter().map(|(name, rows)| json!({ "name": name, "value": rows })).collect();
    let mut series = vec![json!({
        "type": "map", "map": id, "geoIndex": 0, "name": "Rows", "data": data, "tooltip": { "formatter": "{b}: {c}" },
    })];
    let mut legend = Vec::new();
    let mut dots = Value::Null;
    if let Some(most) = map.squares.iter().map(|(_, count)| *count).max() {
        legend.push(SQUARES);
        let squares: Vec<Value> = map.squares.iter().map(|(place, count)| json!([place[0], place[1], count])).collect();
        // The page knows how large a square is on its map.
        let part = |count: u64| 0.3 + 0.65 * (crate::section::share(count, most) / 100.0).sqrt();
        let parts = map.squares.iter().map(|(_, count)| (part(*count) * 100.0).round() / 100.0).collect::<Vec<f64>>();
        dots = json!({ "name": SQUARES, "side": map.side, "parts": parts, "places": squares.clone() });
        series.push(json!({
            "type": "scatter", "coordinateSystem": "geo", "name": SQUARES, "data": squares, "symbol": "circle",
            "itemStyle": { "color": ORANGE, "opacity": 0.8 }, "tooltip": { "formatter": "{c}" },
        }));
    }
    let point =
        |(name, place, rows): &(String, [f64; 2], u64)| json!({ "name": name, "value": [place[0], place[1], rows] });
    for (title, colour, with_rows) in [("Units with rows", BLUE, true), ("Units without rows", "#ffffff", false)] {
        let points: Vec<Value> = map.points.iter().filter(|(_, _, rows)| (*rows > 0) == with_rows).map(point).collect();
        if points.is_empty() {
            continue;
        }
        legend.push(title);
        series.push(json!({
            "type": "scatter", "coordinateSystem": "geo", "name": title, "data": points, "symbolSize": 7,
            "itemStyle": { "color": colour, "borderColor": "#24465e", "borderWidth": 1, "opacity": 0.9 },
            "tooltip": { "formatter": "{b}" },
        }));
    }
    let visual = json!({
        "show": most > 0, "type": "continuous", "seriesIndex": 0, "min": 0, "max": most.max(1), "orient": "horizontal",
        "left": 0, "bottom": 0, "itemWidth": 12, "itemHeight": 110, "text": [most.to_string(), "0"],
        "inRange": { "color": ["#f4f8fa", "#a9cbe0", "#3c82ae"] }, "hoverLink": false,
    });
    let option = json!({
        "legend": { "data": legend, "top": 0, "left": 0, "itemWidth": 14, "itemHeight": 10 },
        "geo": {
            "map": id, "roam": false, "aspectScale": map.east, "preserveAspect": "contain", "top": 54, "bottom": 44, "left": 6, "right": 6,
            "itemStyle": { "areaColor": "#f4f8fa", "borderColor": "#8fa1ad", "borderWidth": 0.7 },
            "label": { "show": false }, "emphasis": { "disabled": true }, "select": { "disabled": true },
            "regions": [{ "name": FRAME, "silent": true, "itemStyle": { "areaColor": "#fff", "borderColor": "#d6dde2" } }],
        },
        "series": series,
    });
    let option = if map.shades.is_empty() { option } else { with(option, json!({ "visualMap": visual })) };
    Drawing {
        option: with(base(), option),
        height: 420,
        aspect: Some(map.aspect),
        squares: dots,
        map: Some(map.outlines),
        ..Drawing::default()
    }
}

/// Nodes (label, kind, place) in kinds (name, colour), and edges between nodes by number.
pub(crate) fn graph(nodes: &[(String, usize, [f64; 2])], kinds: &[(&str, &str)], edges: &[(usize, usize)]) -> Drawing {
    let data: Vec<Value> = nodes
        .iter()
        .map(|(label, kind, [x, y])| json!({ "id": label, "name": label, "category": kind, "x": x, "y": y }))
        .collect();
    let links: Vec<Value> =
        edges.iter().map(|(from, to)| json!({ "source": nodes[*from].0, "target": nodes[*to].0 })).collect();
    let categories: Vec<Value> =
        kinds.iter().map(|(name, colour)| json!({ "name": name, "itemStyle": { "color": colour } })).collect();
    let names: Vec<&str> = kinds.iter().map(|kind| kind.0).collect();
    let option = json!({
        "legend": { "top": 0, "left": 0, "itemWidth": 14, "itemHeight": 10, "data": names },
        "series": [{
            "type": "graph", "layout": "none", "preserveAspect": "contain", "roam": false, "categories": categories, "data": data, "links": links,
            "symbolSize": 18, "edgeSymbol": ["none", "arrow"], "edgeSymbolSize": 6, "lineStyle": { "color": "#7c8b96" },
            "label": { "show": true, "fontSize": 8, "color": "#fff" }, "top": 52, "bottom": 20, "left": 20, "right": 20,
        }],
    });
    let dots = |size: u32, labels: bool| json!({ "series": [{ "symbolSize": size, "label": { "show": labels } }] });
    // On a narrow page many numbers would lie on each other; the table has them.
    let few = nodes.len() <= 40;
    Drawing {
        option: with(base(), option),
        wide: if few { dots(18, true) } else { dots(15, true) },
        narrow: if few { dots(16, true) } else { dots(8, false) },
        height: if few { 400 } else { 680 },
        ..Drawing::default()
    }
}
