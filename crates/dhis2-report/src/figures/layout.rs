//! Where the nodes of a graph are drawn.

/// Steps until the nodes lie still.
const STEPS: u32 = 400;
/// How strongly an edge draws its ends together, and the middle everything.
const PULL: f64 = 0.1;
const MIDDLE: f64 = 0.25;
/// The chart library rounds places as if they were pixels; so they are made about as large.
const PIXELS: f64 = 20.0;

/// A place for each node: those that an edge joins are drawn together, all others apart (Fruchterman's and Reingold's), and
/// everything to the middle, so that parts without an edge between them do not drift away. The same graph gets the same places.
#[allow(clippy::cast_precision_loss)] // a few hundred nodes
pub(crate) fn layout(nodes: usize, edges: &[(usize, usize)]) -> Vec<[f64; 2]> {
    // From a spiral, on which no two nodes lie at the same place.
    let mut places: Vec<[f64; 2]> = (0..nodes)
        .map(|node| {
            let (angle, radius) = (node as f64 * 2.4, (node as f64 + 0.5).sqrt());
            [radius * angle.cos(), radius * angle.sin()]
        })
        .collect();
    for step in 0..STEPS {
        let mut forces = vec![[0.0_f64; 2]; nodes];
        for one in 0..nodes {
            for other in 0..one {
                let away = [places[one][0] - places[other][0], places[one][1] - places[other][1]];
                let square = (away[0] * away[0] + away[1] * away[1]).max(1e-4);
                for axis in [0, 1] {
                    forces[one][axis] += away[axis] / square;
                    forces[other][axis] -= away[axis] / square;
                }
            }
        }
        for (from, to) in edges {
            let along = [places[*to][0] - places[*from][0], places[*to][1] - places[*from][1]];
            let length = along[0].hypot(along[1]);
            for axis in [0, 1] {
                forces[*from][axis] += PULL * along[axis] * length;
                forces[*to][axis] -= PULL * along[axis] * length;
            }
        }
        let longest = 1.0 - f64::from(step) / f64::from(STEPS);
        for (place, force) in places.iter_mut().zip(forces) {
            let pull = [force[0] - MIDDLE * place[0], force[1] - MIDDLE * place[1]];
            let length = pull[0].hypot(pull[1]).max(1e-9);
            for axis in [0, 1] {
                place[axis] += pull[axis] / length * (length * 0.2).min(longest);
            }
        }
    }
    places.iter().map(|place| place.map(|number| (number * PIXELS * 10.0).round() / 10.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(one: [f64; 2], other: [f64; 2]) -> f64 {
        (one[0] - other[0]).hypot(one[1] - other[1])
    }

    #[test]
    fn joined_nodes_lie_near_and_no_two_on_each_other() {
        let pairs: Vec<(usize, usize)> = (0..20).map(|pair| (2 * pair, 2 * pair + 1)).collect();
        let places = layout(40, &pairs);
        let joined = pairs.iter().map(|(from, to)| distance(places[*from], places[*to])).fold(0.0, f64::max);
        let widest = places.iter().map(|place| distance(*place, [0.0, 0.0])).fold(0.0, f64::max);
        assert!(joined < widest / 3.0, "{joined} of {widest}");
        for one in 0..40 {
            for other in 0..one {
                assert!(distance(places[one], places[other]) > 10.0, "{one} lies on {other}");
            }
        }
        assert_eq!(layout(40, &pairs), places);
        assert_eq!(layout(0, &[]).len(), 0);
    }

    #[test]
    fn an_object_related_to_itself_has_a_place() {
        assert!(layout(1, &[(0, 0)])[0].iter().all(|number| number.is_finite()));
    }
}
