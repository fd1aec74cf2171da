//! Geometries as servers write them: `GeoJSON`.

use serde::Deserialize;

/// Longitude and latitude of a point, in degrees; nothing for other geometries, and for what is no `GeoJSON`.
pub(crate) fn point(geojson: &str) -> Option<(f64, f64)> {
    #[derive(Deserialize)]
    struct Point {
        r#type: String,
        coordinates: Vec<f64>,
    }
    let point: Point = serde_json::from_str(geojson).ok()?;
    match point.coordinates[..] {
        // A third number is the height.
        [longitude, latitude, ..] if point.r#type == "Point" => Some((longitude, latitude)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_have_coordinates_and_other_geometries_have_not() {
        assert_eq!(point(r#"{"type":"Point","coordinates":[3.58326,1.82661]}"#), Some((3.58326, 1.82661)));
        assert_eq!(point(r#"{"type":"Point","coordinates":[3.5,1.5,90.0]}"#), Some((3.5, 1.5)));
        assert_eq!(point(r#"{"type":"Polygon","coordinates":[[[3,1],[4,1],[3,2],[3,1]]]}"#), None);
        assert_eq!(point(r#"{"type":"Point","coordinates":[]}"#), None);
        assert_eq!(point("no"), None);
    }
}
