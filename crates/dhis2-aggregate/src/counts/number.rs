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

/// The sum, the same whatever the order.
pub(super) fn sum(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    // Neumaier: what each addition loses is added at the end.
    let (mut sum, mut lost) = (0.0_f64, 0.0_f64);
    for &number in numbers.iter() {
        let next = sum + number;
        lost += if sum.abs() >= number.abs() { (sum - next) + number } else { (number - next) + sum };
        sum = next;
    }
    sum + lost
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

    #[test]
    fn a_sum_does_not_depend_on_the_order() {
        let mut up = [1e16, 1.0, -1e16, 0.1, 0.2];
        let mut down = up;
        down.reverse();
        assert_eq!(sum(&mut up).to_bits(), sum(&mut down).to_bits());
        assert_eq!(written(sum(&mut [0.1; 10]), None), "1");
        assert_eq!(written(sum(&mut []), None), "0");
    }
}
