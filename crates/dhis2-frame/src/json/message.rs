//! serde's words about a failure, without the values it quotes.

use serde_json::error::Category;

/// How serde names the kind of a value it met, as it stands before the value itself.
const KINDS: [&str; 17] = [
    "boolean",
    "integer",
    "floating point",
    "character",
    "string",
    "byte array",
    "null",
    "unit value",
    "Option value",
    "newtype struct",
    "sequence",
    "map",
    "enum",
    "unit variant",
    "newtype variant",
    "tuple variant",
    "struct variant",
];

/// The error's message without its position and without anything read from the document.
pub(super) fn without_values(e: &serde_json::Error) -> String {
    let whole = e.to_string();
    let position = format!(" at line {} column {}", e.line(), e.column());
    let message = whole.strip_suffix(&position).unwrap_or(&whole);
    match e.classify() {
        // Written by serde or by a visitor, possibly around a value.
        Category::Data => strip(message),
        // Fixed texts of serde_json.
        Category::Syntax | Category::Eof | Category::Io => message.to_owned(),
    }
}

fn strip(message: &str) -> String {
    if message.ends_with("there are no variants") || message.ends_with("there are no fields") {
        return "nothing was expected here".to_owned();
    }
    for about in ["invalid type: ", "invalid value: "] {
        if let Some(rest) = message.strip_prefix(about) {
            let kind = KINDS.iter().find(|kind| rest.starts_with(**kind));
            let kind = kind.copied().unwrap_or("something else");
            return format!("{about}{kind}{}", expected(rest));
        }
    }
    for about in ["invalid length", "unknown variant", "unknown field"] {
        if let Some(rest) = message.strip_prefix(about) {
            return format!("{about}{}", expected(rest));
        }
    }
    for about in ["missing field `", "duplicate field `"] {
        if let Some(field) = message.strip_prefix(about)
            && let Some(field) = field.strip_suffix('`')
            && field.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            return message.to_owned();
        }
    }
    without_quotes(message)
}

/// What was expected instead, which the program says and not the document. It comes last, so a value that itself
/// contains these words ends before it.
fn expected(rest: &str) -> String {
    match rest.rsplit_once(", expected ") {
        Some((_, expected)) => format!(", expected {expected}"),
        None => String::new(),
    }
}

/// A visitor's own message: everything from the first quote mark to the last is taken out.
fn without_quotes(message: &str) -> String {
    let quotes = ['"', '`'];
    match (message.find(quotes), message.rfind(quotes)) {
        (Some(first), Some(last)) => format!("{}…{}", &message[..first], &message[last + 1..]),
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use proptest::prelude::*;
    use serde::Deserialize;
    use serde::de::{DeserializeOwned, Error as _};

    use super::*;

    #[derive(Debug, Deserialize)]
    enum Status {
        Active,
        Completed,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Row {
        #[allow(dead_code)]
        count: u8,
    }

    #[derive(Debug, Deserialize)]
    enum Nothing {}

    fn message<T: DeserializeOwned + Debug>(body: &str) -> String {
        without_values(&serde_json::from_str::<T>(body).unwrap_err())
    }

    #[test]
    fn what_was_met_and_what_was_expected_stay() {
        for (message, want) in [
            (message::<i64>("\"s3cret\""), "invalid type: string, expected i64"),
            (message::<String>("17"), "invalid type: integer, expected a string"),
            (message::<String>("1.5"), "invalid type: floating point, expected a string"),
            (message::<String>("true"), "invalid type: boolean, expected a string"),
            (message::<String>("null"), "invalid type: null, expected a string"),
            (message::<String>("{}"), "invalid type: map, expected a string"),
            (message::<u8>("300"), "invalid value: integer, expected u8"),
            (message::<char>("\"s3cret\""), "invalid value: string, expected a character"),
            (message::<(u8, u8)>("[7]"), "invalid length, expected a tuple of size 2"),
            (message::<Status>("\"s3cret\""), "unknown variant, expected `Active` or `Completed`"),
            (message::<Row>("{\"s3cret\":1}"), "unknown field, expected `count`"),
            (message::<Row>("{}"), "missing field `count`"),
            (message::<Row>("{\"count\":1,\"count\":1}"), "duplicate field `count`"),
            (message::<Nothing>("\"s3cret\""), "nothing was expected here"),
            (message::<u8>("[1"), "invalid type: sequence, expected u8"),
            (message::<Vec<u8>>("[1"), "EOF while parsing a list"),
            (message::<Vec<u8>>("[1 2]"), "expected `,` or `]`"),
        ] {
            assert_eq!(message, want);
        }
    }

    #[test]
    fn a_visitors_own_message_loses_what_it_quotes() {
        let own = |text: &str| without_values(&serde_json::Error::custom(text));
        assert_eq!(own("no rows at all"), "no rows at all");
        assert_eq!(own("`s3`cret` is not a period"), "… is not a period");
        assert_eq!(own("bad \"a\" and \"b\"!"), "bad …!");
        assert_eq!(own("missing field `s3cret value`"), "missing field …");
        assert_eq!(own("invalid value: s3cret"), "invalid value: something else");
    }

    proptest! {
        /// Values built to look like the words around them do not get through either.
        #[test]
        fn no_value_gets_through(before in "[`\", expct]{0,12}", after in "[`\", expct]{0,12}") {
            let value = format!("{before}, expected s3cret{after}");
            let body = serde_json::to_string(&value).unwrap();
            for message in [
                message::<i64>(&body),
                message::<char>(&body),
                message::<Status>(&body),
                message::<Nothing>(&body),
                message::<Row>(&format!("{{{body}:1}}")),
            ] {
                prop_assert!(!message.contains("s3cret"), "{}", message);
            }
        }
    }
}
