//! Which texts a value type takes, and how the server stores them.
//!
//! Only what every version refuses is called wrong here: what is left to the server is more than what is judged.

use std::borrow::Cow;

use chrono::NaiveDate;

/// The longest text of any value, in characters.
const LONGEST: usize = 50_000;

const TRUE: [&str; 6] = ["true", "True", "TRUE", "t", "T", "1"];
const FALSE: [&str; 6] = ["false", "False", "FALSE", "f", "F", "0"];

/// What is wrong with a value of this type, in words that do not repeat it.
pub(crate) fn problem(value_type: &str, value: &str) -> Option<&'static str> {
    if value.chars().count() > LONGEST {
        return Some("it is longer than 50,000 characters");
    }
    let (good, expected) = match value_type {
        "INTEGER" => (is_integer(value), "a whole number"),
        "INTEGER_POSITIVE" => (is_integer(value) && !value.starts_with('-') && value != "0", "a whole number above 0"),
        "INTEGER_NEGATIVE" => (is_integer(value) && value.starts_with('-'), "a whole number below 0"),
        "INTEGER_ZERO_OR_POSITIVE" => (is_integer(value) && !value.starts_with('-'), "0 or a whole number above it"),
        "NUMBER" => (number(value).is_some(), "a number"),
        "PERCENTAGE" => (number(value).is_some_and(|n| (0.0..=100.0).contains(&n)), "a number from 0 to 100"),
        "UNIT_INTERVAL" => (number(value).is_some_and(|n| (0.0..=1.0).contains(&n)), "a number from 0 to 1"),
        "BOOLEAN" => (TRUE.contains(&value) || FALSE.contains(&value), "`true` or `false`"),
        "TRUE_ONLY" => (TRUE.contains(&value), "`true`"),
        "DATE" => (value.get(..10).is_some_and(|day| day.parse::<NaiveDate>().is_ok()), "a date such as 2024-01-31"),
        _ => (true, ""),
    };
    (!good).then_some(expected)
}

/// The text to store: truth values in one spelling, as all versions write them, and no blanks about a
/// text, which servers up to 2.42 leave out and 2.43 keeps.
pub(crate) fn stored<'v>(value_type: &str, value: &'v str) -> Cow<'v, str> {
    // What Java calls blank: all control characters are.
    let value = value.trim_matches(|c| c <= ' ');
    match value_type {
        "BOOLEAN" | "TRUE_ONLY" if TRUE.contains(&value) => Cow::Borrowed("true"),
        "BOOLEAN" if FALSE.contains(&value) => Cow::Borrowed("false"),
        _ => Cow::Borrowed(value),
    }
}

/// Without leading zeros, as the server wants it.
fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !digits.starts_with('0'))
}

fn number(text: &str) -> Option<f64> {
    let numeric = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    text.chars().all(numeric).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// peer-bugs section 3: "Import: value `0`, `false`, `""`, null; −5 for `INTEGER_POSITIVE`".
    #[test]
    fn values_are_judged_as_the_recorded_servers_judge_them() {
        for (value_type, value, good) in [
            ("INTEGER_ZERO_OR_POSITIVE", "0", true),
            ("INTEGER_ZERO_OR_POSITIVE", "7.5", false),
            ("INTEGER_ZERO_OR_POSITIVE", "-7", false),
            ("INTEGER_ZERO_OR_POSITIVE", "seven", false),
            ("INTEGER_POSITIVE", "-5", false),
            ("INTEGER_POSITIVE", "0", false),
            ("INTEGER_NEGATIVE", "-5", true),
            ("INTEGER_NEGATIVE", "5", false),
            ("INTEGER", "-0", false),
            ("INTEGER", "007", false),
            ("NUMBER", "-1.5e3", true),
            ("NUMBER", "NaN", false),
            ("NUMBER", "", false),
            ("PERCENTAGE", "100", true),
            ("PERCENTAGE", "101", false),
            ("UNIT_INTERVAL", "0.5", true),
            ("BOOLEAN", "false", true),
            ("BOOLEAN", "True", true),
            ("BOOLEAN", "1", true),
            ("BOOLEAN", "no", false),
            ("TRUE_ONLY", "true", true),
            ("TRUE_ONLY", "false", false),
            ("DATE", "2024-01-31", true),
            ("DATE", "2024-02-30", false),
            ("TEXT", "naïve \"q\"\n\t— 李 👶", true),
            ("COORDINATE", "[1,2]", true),
        ] {
            assert_eq!(problem(value_type, value).is_none(), good, "{value_type} {value}");
        }
        assert!(problem("TEXT", &"é".repeat(LONGEST)).is_none());
        assert!(problem("TEXT", &"é".repeat(LONGEST + 1)).is_some());
    }

    #[test]
    fn truth_values_are_stored_in_one_spelling() {
        assert_eq!(stored("BOOLEAN", "True"), "true");
        assert_eq!(stored("BOOLEAN", "0"), "false");
        assert_eq!(stored("TRUE_ONLY", "1"), "true");
        assert_eq!(stored("INTEGER", "1"), "1");
        assert_eq!(stored("TEXT", " a b\n"), "a b");
    }
}
