//! How numbers are spread, and which lie far from the others.

/// Five numbers of many, and Tukey's fences: what lies more than one and a half times the distance between the quartiles
/// below the lower or above the upper one is an outlier. Where half of the values are the same there are no fences.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    pub(crate) count: usize,
    pub(crate) least: f64,
    pub(crate) lower: f64,
    pub(crate) median: f64,
    pub(crate) upper: f64,
    pub(crate) most: f64,
    /// The lowest and the highest value that are no outliers might have.
    pub(crate) fences: Option<(f64, f64)>,
    pub(crate) below: usize,
    pub(crate) above: usize,
}

impl Spread {
    /// Of numbers in any order, which are sorted; nothing where there are none.
    pub(crate) fn of(values: &mut [f64]) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let (least, most) = (*values.first()?, *values.last()?);
        let (lower, median, upper) = (quantile(values, 0.25), quantile(values, 0.5), quantile(values, 0.75));
        let width = upper - lower;
        let fences = (width > 0.0).then_some((lower - 1.5 * width, upper + 1.5 * width));
        let (below, above) = fences.map_or((0, 0), |(low, high)| {
            (
                values.partition_point(|value| *value < low),
                values.len() - values.partition_point(|value| *value <= high),
            )
        });
        Some(Self { count: values.len(), least, lower, median, upper, most, fences, below, above })
    }

    /// How many times the distance between the quartiles a value lies outside of them; nothing for what is no outlier.
    pub(crate) fn distance(&self, value: f64) -> Option<f64> {
        let (low, high) = self.fences?;
        let width = self.upper - self.lower;
        if value < low {
            Some((self.lower - value) / width)
        } else {
            (value > high).then(|| (value - self.upper) / width)
        }
    }
}

/// Linear between the two values about the place.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // places in memory
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let place = part * (sorted.len() - 1) as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    sorted[below] + (sorted[above] - sorted[below]) * (place - place.floor())
}

/// A range of values: from (inclusive), to (exclusive but for the last), how many.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bin {
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) count: usize,
    pub(crate) outliers: bool,
}

/// About so many ranges.
const BINS: f64 = 12.0;

/// Sorted values in ranges of one round width between the fences, and one range each for the outliers at both ends.
pub(crate) fn bins(sorted: &[f64], spread: &Spread) -> Vec<Bin> {
    let inside = &sorted[spread.below..sorted.len() - spread.above];
    let (Some(first), Some(last)) = (inside.first().copied(), inside.last().copied()) else { return Vec::new() };
    let whole = inside.iter().all(|value| value.fract() == 0.0);
    let width = round_width((last - first) / BINS, whole);
    let mut bins = Vec::new();
    if spread.below > 0 {
        bins.push(Bin { from: spread.least, to: sorted[spread.below - 1], count: spread.below, outliers: true });
    }
    let start = (first / width).floor() * width;
    let mut seen = 0;
    for number in 0_u32.. {
        let from = start + f64::from(number) * width;
        let to = from + width;
        let end = inside.partition_point(|value| *value < to);
        bins.push(Bin { from, to, count: end - seen, outliers: false });
        seen = end;
        // A width that is lost beside the values would never end.
        if seen == inside.len() || number > 100 {
            break;
        }
    }
    if let Some(end) = bins.last_mut().filter(|_| seen < inside.len()) {
        end.to = last;
        end.count += inside.len() - seen;
    }
    if spread.above > 0 {
        let from = sorted[sorted.len() - spread.above];
        bins.push(Bin { from, to: spread.most, count: spread.above, outliers: true });
    }
    bins
}

/// 1, 2 or 5 times a power of ten, not below; whole numbers are not cut.
fn round_width(width: f64, whole: bool) -> f64 {
    if width <= 0.0 || !width.is_finite() {
        return 1.0;
    }
    let power = 10_f64.powf(width.log10().floor());
    let round = [1.0, 2.0, 5.0, 10.0].into_iter().find(|times| times * power >= width * 0.999).unwrap_or(10.0) * power;
    if whole { round.max(1.0) } else { round }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_and_outliers_are_those_of_tukey() {
        let mut values = [7.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 100.0];
        let spread = Spread::of(&mut values).unwrap();
        assert_eq!((spread.least, spread.lower, spread.median, spread.upper, spread.most), (1.0, 3.0, 5.0, 7.0, 100.0));
        // 7 + 1.5 × 4 = 13
        assert_eq!((spread.fences, spread.below, spread.above), (Some((-3.0, 13.0)), 0, 1));
        assert_eq!((spread.distance(15.0), spread.distance(-5.0), spread.distance(13.0)), (Some(2.0), Some(2.0), None));
        assert_eq!(Spread::of(&mut []), None);
    }

    #[test]
    fn where_half_of_the_values_are_the_same_none_is_called_an_outlier() {
        let spread = Spread::of(&mut [0.0, 0.0, 0.0, 0.0, 50.0]).unwrap();
        assert_eq!((spread.fences, spread.above, spread.distance(50.0)), (None, 0, None));
    }

    #[test]
    fn ranges_are_round_hold_every_value_once_and_put_outliers_apart() {
        let mut values: Vec<f64> = (0..100).map(f64::from).collect();
        values.extend([-1000.0, 5000.0, 6000.0]);
        let spread = Spread::of(&mut values).unwrap();
        let bins = bins(&values, &spread);
        assert_eq!(bins.iter().map(|bin| bin.count).sum::<usize>(), 103);
        assert_eq!(bins[0], Bin { from: -1000.0, to: -1000.0, count: 1, outliers: true });
        assert_eq!(bins[1], Bin { from: 0.0, to: 10.0, count: 10, outliers: false });
        assert_eq!(bins.last().unwrap(), &Bin { from: 5000.0, to: 6000.0, count: 2, outliers: true });
        assert_eq!(bins.len(), 12);
    }

    #[test]
    fn one_value_is_one_range_and_a_tiny_range_beside_large_values_ends() {
        let all = |values: &mut [f64]| {
            let spread = Spread::of(values).unwrap();
            bins(values, &spread)
        };
        assert_eq!(all(&mut [5.0, 5.0]), [Bin { from: 5.0, to: 6.0, count: 2, outliers: false }]);
        assert!(all(&mut [1e300, 1.000_000_000_1e300, 1.1e300, -1e300]).len() < 110);
        assert!(all(&mut [1e16, 1e16 + 2.0, 1e16 + 4.0]).len() < 110);
    }
}
