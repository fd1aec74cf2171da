//! Which values an element's type takes.

use chrono::NaiveDate;

use crate::time::SentTime;

/// The longest value that is stored.
const LONGEST: usize = 50_000;
/// The longest comment that is stored.
pub(super) const LONGEST_COMMENT: usize = 50_000;

/// What the server says of a value that its element's type does not take; none where it does, and for empty values.
pub(super) fn fault(value: &str, value_type: &str) -> Option<&'static str> {
    if value.trim().is_empty() {
        return None;
    }
    if value.chars().count() > LONGEST {
        return Some("value_length_greater_than_max_length");
    }
    let (fits, fault) = match value_type {
        "LETTER" => (is_letter(value), "value_not_valid_letter"),
        "NUMBER" => (number(value).is_some(), "value_not_numeric"),
        "UNIT_INTERVAL" => (is_between(value, 1.0), "value_not_unit_interval"),
        "PERCENTAGE" => (is_between(value, 100.0), "value_not_percentage"),
        "INTEGER" => (is_integer(value), "value_not_integer"),
        "INTEGER_POSITIVE" => (is_integer(value) && !value.starts_with(['-', '0']), "value_not_positive_integer"),
        "INTEGER_NEGATIVE" => (is_integer(value) && value.starts_with('-'), "value_not_negative_integer"),
        "INTEGER_ZERO_OR_POSITIVE" => {
            (is_integer(value) && !value.starts_with('-'), "value_not_zero_or_positive_integer")
        }
        "BOOLEAN" => (matches!(value.to_lowercase().as_str(), "true" | "false"), "value_not_bool"),
        "TRUE_ONLY" => (value.eq_ignore_ascii_case("true"), "value_not_true_only"),
        "DATE" => (NaiveDate::parse_from_str(value, "%Y-%m-%d").is_ok(), "value_not_valid_date"),
        "DATETIME" => (value.contains('T') && SentTime::parse(value).is_some(), "value_not_valid_datetime"),
        "COORDINATE" => (is_coordinate(value), "value_not_coordinate"),
        "URL" => (is_url(value), "value_not_url"),
        "FILE_RESOURCE" | "IMAGE" => (dhis2_api::Uid::parse(value).is_ok(), "value_not_valid_file_resource_uid"),
        _ => (true, ""),
    };
    (!fits).then_some(fault)
}

/// The text that stands for a fault in messages; some faults have none and stand for themselves.
pub(super) fn fault_text(fault: &'static str) -> &'static str {
    match fault {
        "value_length_greater_than_max_length" => "Data value is greater than max length",
        "value_not_numeric" => "Data value is not numeric",
        "value_not_unit_interval" => "Data value is not a unit interval",
        "value_not_percentage" => "Data value is not a percentage",
        "value_not_integer" => "Data value is not an integer",
        "value_not_positive_integer" => "Data value is not a positive integer",
        "value_not_negative_integer" => "Data value is not a negative integer",
        "value_not_bool" => "Data value is not a boolean",
        "value_not_true_only" => "Data value is not true",
        "value_not_valid_date" => "Data value is not a valid date",
        other => other,
    }
}

/// Whether the type's values are numbers.
pub(in crate::routes) fn is_numeric(value_type: &str) -> bool {
    matches!(
        value_type,
        "NUMBER"
            | "UNIT_INTERVAL"
            | "PERCENTAGE"
            | "INTEGER"
            | "INTEGER_POSITIVE"
            | "INTEGER_NEGATIVE"
            | "INTEGER_ZERO_OR_POSITIVE"
    )
}

/// A number without needless zeros or signs: `-7`, `7.50`, `1E5`, not `07`, `+7` or `.5`.
pub(in crate::routes) fn number(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once('E').map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let written = digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|e| digits(e.strip_prefix('-').unwrap_or(e)));
    text.parse().ok().filter(|_| written)
}

fn is_between(text: &str, most: f64) -> bool {
    number(text).is_some_and(|number| (0.0..=most).contains(&number))
}

fn is_integer(text: &str) -> bool {
    number(text).is_some() && !text.contains(['.', 'E']) && text != "-0"
}

fn is_letter(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(char::is_alphabetic) && characters.next().is_none()
}

fn is_coordinate(text: &str) -> bool {
    let inside = text.trim().strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    let Some((longitude, latitude)) = inside.and_then(|t| t.split_once(',')) else { return false };
    let within = |text: &str, most: f64| text.trim().parse::<f64>().is_ok_and(|degrees| degrees.abs() <= most);
    within(longitude, 180.0) && within(latitude, 90.0)
}

fn is_url(text: &str) -> bool {
    ["http://", "https://", "ftp://"]
        .iter()
        .any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_takes_its_own_values_and_no_others() {
        for (value_type, good, bad) in [
            ("NUMBER", ["0", "-7.50", "1E5"], ["07", "+7", ".5"]),
            ("INTEGER", ["0", "-7", "123"], ["7.0", "-0", "x"]),
            ("INTEGER_POSITIVE", ["1", "7", "10"], ["0", "-7", "7.5"]),
            ("INTEGER_NEGATIVE", ["-1", "-7", "-10"], ["0", "7", "-0"]),
            ("INTEGER_ZERO_OR_POSITIVE", ["0", "7", "10"], ["-7", "7.5", "seven"]),
            ("PERCENTAGE", ["0", "99.5", "100"], ["100.1", "-1", "50%"]),
            ("UNIT_INTERVAL", ["0", "0.5", "1"], ["1.1", "-0.1", "x"]),
            ("BOOLEAN", ["true", "false", "TRUE"], ["maybe", "1", "0"]),
            ("TRUE_ONLY", ["true", "True", "TRUE"], ["false", "1", "x"]),
            ("DATE", ["2024-02-29", "2023-12-31", "2015-01-01"], ["2023-02-29", "01/02/2023", "2023"]),
            ("COORDINATE", ["[1,2]", "[-180, 90]", "[0.5,0.5]"], ["1,2", "[200,0]", "[1]"]),
        ] {
            for value in good {
                assert_eq!(fault(value, value_type), None, "{value_type} {value}");
            }
            for value in bad {
                assert!(fault(value, value_type).is_some(), "{value_type} {value}");
            }
        }
        assert_eq!(fault("anything at all", "LONG_TEXT"), None);
        assert_eq!(fault(&"x".repeat(50_001), "LONG_TEXT"), Some("value_length_greater_than_max_length"));
    }
}
