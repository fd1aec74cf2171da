//! Numbers computed, and how they are written as data values.

/// A number as servers take it: without exponent, with at most fifteen significant digits, which is what a double holds of
/// any decimal number; so the sum of 0.1 and 0.2 is 0.3. Whole numbers have no point.
pub(super) fn written(number: f64, decimals: Option<u8>) -> String {
    let number = clean(number);
    let number = match decimals {
        Some(decimals) => {
            let unit = 10_f64.powi(i32::from(decimals));
            // The product is cleaned too: 2.675 times 100 must not become 267.49999999999994.
            let rounded = clean(number * unit).round() / unit;
            if rounded.is_finite() { clean(rounded) } else { number }
        }
        None => number,
    };
    // No minus before a zero.
    format!("{}", number + 0.0)
}

/// The number without what is behind its fifteenth digit.
fn clean(number: f64) -> f64 {
    // What was written as a number is read as one.
    format!("{number:.14e}").parse().unwrap_or(number)
}

/// A sum without rounding until it is read, and so the same whatever the order. It is held in a few doubles none of which
/// shares a digit with another, as Shewchuk has it (Adaptive Precision Floating-Point Arithmetic, 1997).
#[derive(Debug, Default)]
pub(super) struct Sum(Vec<f64>);

impl Sum {
    pub(super) fn add(&mut self, number: f64) {
        let mut larger = number;
        let mut kept = 0;
        for place in 0..self.0.len() {
            let mut smaller = self.0[place];
            if larger.abs() < smaller.abs() {
                std::mem::swap(&mut larger, &mut smaller);
            }
            let both = larger + smaller;
            let lost = smaller - (both - larger);
            if lost != 0.0 {
                self.0[kept] = lost;
                kept += 1;
            }
            larger = both;
        }
        self.0.truncate(kept);
        self.0.push(larger);
    }

    /// The double that is nearest.
    pub(super) fn value(&self) -> f64 {
        let mut parts = self.0.iter().rev().copied();
        let mut sum = parts.next().unwrap_or_default();
        for part in parts.by_ref() {
            let both = sum + part;
            let lost = part - (both - sum);
            sum = both;
            if lost != 0.0 {
                // Half way between two doubles what is left decides.
                if parts.next().is_some_and(|rest| (lost < 0.0) == (rest < 0.0)) {
                    let twice = lost * 2.0;
                    let up = sum + twice;
                    if (up - sum).to_bits() == twice.to_bits() {
                        sum = up;
                    }
                }
                break;
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_without_noise_exponent_or_minus_zero() {
        assert_eq!(written(0.1 + 0.2, None), "0.3");
        assert_eq!(written(12.0, None), "12");
        assert_eq!(written(-0.0, None), "0");
        assert_eq!(written(1e21, None), "1000000000000000000000");
        assert_eq!(written(1.0 / 3.0, None), "0.333333333333333");
        assert_eq!(written(1.5e-7, None), "0.00000015");
    }

    #[test]
    fn halves_are_rounded_away_from_zero_as_they_are_written() {
        assert_eq!(written(2.675, Some(2)), "2.68");
        assert_eq!(written(-2.5, Some(0)), "-3");
        assert_eq!(written(-0.2, Some(0)), "0");
        assert_eq!(written(2.0, Some(3)), "2");
        assert_eq!(written(1e308, Some(10)).len(), 309, "what is too large to be rounded stays");
    }

    fn sum(numbers: &[f64]) -> f64 {
        let mut sum = Sum::default();
        for number in numbers {
            sum.add(*number);
        }
        sum.value()
    }

    #[test]
    fn a_sum_does_not_depend_on_the_order() {
        let up = [1e16, 1.0, -1e16, 0.1, 0.2];
        let mut down = up;
        down.reverse();
        assert_eq!(sum(&up).to_bits(), sum(&down).to_bits());
        assert_eq!(written(sum(&[0.1; 10]), None), "1");
        assert_eq!(written(sum(&[]), None), "0");
        assert_eq!(sum(&[1e100, 1.0, -1e100]).to_bits(), 1.0_f64.to_bits());
    }

    #[test]
    fn a_sum_half_way_between_two_doubles_is_rounded_by_what_is_left() {
        let (one, half) = (1.0, f64::EPSILON / 2.0);
        assert_eq!(sum(&[one, half]).to_bits(), 1.0_f64.to_bits());
        assert_eq!(sum(&[one, half, 1e-30]).to_bits(), (1.0 + f64::EPSILON).to_bits());
        assert_eq!(sum(&[one, half, -1e-30]).to_bits(), 1.0_f64.to_bits());
    }

    proptest::proptest! {
        /// Whole numbers and quarters, which integers add up without rounding.
        #[test]
        fn a_sum_is_that_of_whole_numbers(numbers in proptest::collection::vec(-1_000_000_000_i64..1_000_000_000, 0..200)) {
            let quarters: Vec<f64> = numbers.iter().map(|number| number.to_string().parse::<f64>().unwrap() / 4.0).collect();
            let whole: f64 = numbers.iter().sum::<i64>().to_string().parse().unwrap();
            proptest::prop_assert_eq!(sum(&quarters).to_bits(), (whole / 4.0).to_bits());
        }
    }
}
