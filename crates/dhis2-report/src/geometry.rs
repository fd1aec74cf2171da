//! Places and outlines: read from `GeoJSON`, made simpler, measured.

use serde_json::{Value, json};

type Ring = Vec<[f64; 2]>;

/// What a `GeoJSON` geometry shows, as far as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    /// Degrees east and north.
    Point([f64; 2]),
    /// Areas, each an outline and the holes in it.
    Areas(Vec<Vec<Ring>>),
}

impl Shape {
    /// Reads a geometry; nothing for lines, for collections, and for what is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let coordinates = value.get("coordinates")?;
        match value.get("type")?.as_str()? {
            "Point" => place(coordinates).map(Self::Point),
            "Polygon" => Some(Self::Areas(vec![rings(coordinates)?])),
            "MultiPolygon" => Some(Self::Areas(coordinates.as_array()?.iter().map(rings).collect::<Option<_>>()?)),
            _ => None,
        }
    }
}

fn place(value: &Value) -> Option<[f64; 2]> {
    let numbers = value.as_array()?;
    let place = [numbers.first()?.as_f64()?, numbers.get(1)?.as_f64()?];
    place.iter().all(|number| number.is_finite()).then_some(place)
}

fn rings(value: &Value) -> Option<Vec<Ring>> {
    value.as_array()?.iter().map(|ring| ring.as_array()?.iter().map(place).collect()).collect()
}

/// The geometry with fewer points, none further off than a distance in degrees; nothing where nothing is left of it.
pub(crate) fn simplify(shape: &Shape, distance: f64) -> Option<Value> {
    let Shape::Areas(areas) = shape else { return None };
    let areas: Vec<Vec<Ring>> = areas
        .iter()
        .map(|rings| {
            rings.iter().map(|ring| simpler(ring, distance)).filter(|ring| ring.len() >= 4).collect::<Vec<_>>()
        })
        .filter(|rings| !rings.is_empty())
        .collect();
    (!areas.is_empty()).then(|| json!({ "type": "MultiPolygon", "coordinates": areas }))
}

/// Ramer, Douglas and Peucker's: the point farthest from the line between two that stay stays where it is far enough.
fn simpler(ring: &[[f64; 2]], distance: f64) -> Ring {
    if ring.len() < 4 {
        return Vec::new();
    }
    let mut keep = vec![false; ring.len()];
    keep[0] = true;
    keep[ring.len() - 1] = true;
    let mut parts = vec![(0, ring.len() - 1)];
    while let Some((first, last)) = parts.pop() {
        let farthest = (first + 1..last)
            .map(|place| (distance_to_line(ring[place], ring[first], ring[last]), place))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((far, place)) = farthest
            && far > distance
        {
            keep[place] = true;
            parts.push((first, place));
            parts.push((place, last));
        }
    }
    // Metres are enough.
    let rounded = |place: &[f64; 2]| place.map(|number| (number * 1e5).round() / 1e5);
    ring.iter().zip(keep).filter(|(_, keep)| *keep).map(|(place, _)| rounded(place)).collect()
}

fn distance_to_line(place: [f64; 2], from: [f64; 2], to: [f64; 2]) -> f64 {
    let (along_x, along_y) = (to[0] - from[0], to[1] - from[1]);
    let length = along_x.hypot(along_y);
    if length == 0.0 {
        return (place[0] - from[0]).hypot(place[1] - from[1]);
    }
    ((place[0] - from[0]) * along_y - (place[1] - from[1]) * along_x).abs() / length
}

/// What a map holds, in degrees.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

impl Default for Frame {
    fn default() -> Self {
        Self { west: f64::INFINITY, south: f64::INFINITY, east: f64::NEG_INFINITY, north: f64::NEG_INFINITY }
    }
}

impl Frame {
    pub(crate) fn is_empty(&self) -> bool {
        self.west > self.east
    }

    pub(crate) fn hold(&mut self, [east, north]: [f64; 2]) {
        self.west = self.west.min(east);
        self.east = self.east.max(east);
        self.south = self.south.min(north);
        self.north = self.north.max(north);
    }

    pub(crate) fn hold_shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Point(place) => self.hold(*place),
            Shape::Areas(areas) => areas.iter().flatten().flatten().for_each(|place| self.hold(*place)),
        }
    }

    /// With some room about it; a single place gets some kilometres.
    pub(crate) fn padded(self) -> Self {
        let room = (self.longer() * 0.03).max(0.02);
        Self { west: self.west - room, south: self.south - room, east: self.east + room, north: self.north + room }
    }

    pub(crate) fn contains(&self, [east, north]: [f64; 2]) -> bool {
        (self.west..=self.east).contains(&east) && (self.south..=self.north).contains(&north)
    }

    /// The place, or the nearest to it within.
    pub(crate) fn nearest(&self, [east, north]: [f64; 2]) -> [f64; 2] {
        [east.clamp(self.west, self.east), north.clamp(self.south, self.north)]
    }

    pub(crate) fn longer(&self) -> f64 {
        (self.east - self.west).max(self.north - self.south)
    }

    pub(crate) fn wide(&self) -> f64 {
        self.east - self.west
    }

    /// How long a degree of longitude is in the middle of it, of one of latitude.
    pub(crate) fn east(&self) -> f64 {
        f64::midpoint(self.south, self.north).to_radians().cos().max(0.1)
    }

    /// Height by width.
    pub(crate) fn aspect(&self) -> f64 {
        (self.north - self.south) / ((self.east - self.west) * self.east())
    }

    /// Its four corners as an area.
    pub(crate) fn outline(&self) -> Value {
        let Self { west, south, east, north } = *self;
        json!({ "type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_and_areas_are_read_and_nothing_else() {
        assert_eq!(Shape::parse(r#"{"type":"Point","coordinates":[1.5,-2]}"#), Some(Shape::Point([1.5, -2.0])));
        let area = r#"{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]]]}"#;
        assert!(matches!(Shape::parse(area), Some(Shape::Areas(areas)) if areas[0][0].len() == 4));
        for text in [
            "",
            "{}",
            r#"{"type":"LineString","coordinates":[[0,0],[1,1]]}"#,
            r#"{"type":"Point","coordinates":["a"]}"#,
        ] {
            assert_eq!(Shape::parse(text), None, "{text}");
        }
    }

    #[test]
    fn points_on_a_line_are_left_out_and_corners_stay() {
        let mut ring: Ring = (0..=100).map(|step| [f64::from(step) / 100.0, 0.0]).collect();
        ring.extend([[1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]);
        let simple = simplify(&Shape::Areas(vec![vec![ring]]), 0.01).unwrap();
        assert_eq!(simple["coordinates"], json!([[[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]]]));
    }

    #[test]
    fn a_frame_measures_degrees_of_longitude_shorter_far_from_the_equator() {
        let mut frame = Frame::default();
        assert!(frame.is_empty());
        frame.hold([10.0, 59.0]);
        frame.hold([12.0, 61.0]);
        assert!((frame.aspect() - 2.0).abs() < 0.001, "{}", frame.aspect());
        assert!(frame.contains([11.0, 60.0]) && !frame.contains([13.0, 60.0]));
    }
}
