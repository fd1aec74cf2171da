//! The body of an import.

use dhis2_api::dialect::behaviour::ImportBehaviour;

use super::csv::{self, Columns};
use super::options::{Options, find_scheme};
use super::{Format, Import};
use crate::json::Json;

/// A row as it was sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    pub(super) element: Option<String>,
    pub(super) period: Option<String>,
    pub(super) unit: Option<String>,
    pub(super) category_combo: Option<String>,
    pub(super) attribute_combo: Option<String>,
    pub(super) value: Option<String>,
    pub(super) comment: Option<String>,
    pub(super) stored_by: Option<String>,
    pub(super) followup: Option<bool>,
    pub(super) deleted: Option<bool>,
}

impl Row {
    /// Neither value nor comment, not counting blanks.
    pub(super) fn is_null(&self) -> bool {
        let blank = |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
        blank(&self.value) && blank(&self.comment)
    }
}

/// What was sent.
#[derive(Debug, Default)]
pub(super) struct Request {
    pub(super) data_set: Option<String>,
    pub(super) period: Option<String>,
    pub(super) unit: Option<String>,
    pub(super) attribute_combo: Option<String>,
    pub(super) dry_run: Option<bool>,
    /// The id schemes of the parameters, those of the envelope before them.
    pub(super) schemes: Vec<(String, String)>,
    pub(super) rows: Vec<Row>,
}

/// Why a body cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    Empty,
    /// An object that is not closed, in a body of so many characters.
    Cut {
        characters: usize,
    },
    NoObject,
    /// Something that is no text where a text belongs.
    NotText {
        key: &'static str,
        kind: &'static str,
        literal: String,
    },
    Malformed {
        place: String,
    },
    /// CSV that is said to have no header.
    NoHeader,
}

impl Unreadable {
    /// What the parser of old servers says.
    pub(super) fn parser_message(&self, source: &str, empty_place: &str) -> String {
        let at = |place: &str| format!("\n at [Source: {source}; {place}]");
        match self {
            Self::Empty => format!(
                "com.fasterxml.jackson.databind.exc.MismatchedInputException: No content to map due to end-of-input{}",
                at(empty_place)
            ),
            Self::Cut { characters } => format!(
                "com.fasterxml.jackson.core.io.JsonEOFException: Unexpected end-of-input: expected close marker for Object \
                 (start marker at [Source: {source}; line: 1, column: 1]){}",
                at(&format!("line: 1, column: {}", characters + 1))
            ),
            Self::NoObject => format!(
                "com.fasterxml.jackson.databind.exc.MismatchedInputException: Cannot deserialize value of type \
                 `org.hisp.dhis.dxf2.datavalueset.DataValueSet` from Array value (token `JsonToken.START_ARRAY`){}",
                at("line: 1, column: 1")
            ),
            Self::NotText { key, kind, .. } => format!(
                "com.fasterxml.jackson.databind.exc.MismatchedInputException: Cannot deserialize value of type \
                 `java.lang.String` from {kind} value of {key}{}",
                at("line: 1")
            ),
            Self::Malformed { place } => {
                format!("com.fasterxml.jackson.core.JsonParseException: Unexpected character{}", at(place))
            }
            Self::NoHeader => "CSV without a header".to_owned(),
        }
    }
}

impl Request {
    pub(super) fn read(behaviour: &ImportBehaviour, import: &Import) -> Result<Self, Unreadable> {
        let mut request = match import.format {
            Format::Json => Self::from_json(behaviour, &import.body)?,
            Format::Csv => {
                let columns = match (import.options.first_row_is_header, behaviour.csv_by_name) {
                    (true, true) => Columns::Named,
                    (true, false) => Columns::InOrder,
                    (false, false) => Columns::WithoutHeader,
                    (false, true) => return Err(Unreadable::NoHeader),
                };
                let rows = csv::rows(&String::from_utf8_lossy(&import.body), columns);
                Self { rows, ..Self::default() }
            }
        };
        request.add_options(&import.options);
        Ok(request)
    }

    /// What the parameters say and the envelope does not.
    fn add_options(&mut self, options: &Options) {
        if self.data_set.is_none() {
            self.data_set.clone_from(&options.data_set);
        }
        for (name, value) in &options.schemes {
            if find_scheme(&self.schemes, name).is_none() {
                self.schemes.push((name.clone(), value.clone()));
            }
        }
    }

    fn from_json(behaviour: &ImportBehaviour, body: &[u8]) -> Result<Self, Unreadable> {
        let text = String::from_utf8_lossy(body);
        if text.trim().is_empty() {
            return Err(Unreadable::Empty);
        }
        let json: Json = serde_json::from_str(&text).map_err(|error| {
            if error.is_eof() && text.trim_end().ends_with('{') {
                return Unreadable::Cut { characters: text.chars().count() };
            }
            Unreadable::Malformed { place: format!("line: {}, column: {}", error.line(), error.column()) }
        })?;
        if !matches!(json, Json::Object(_)) {
            return Err(Unreadable::NoObject);
        }
        let lenient = behaviour.numbers_are_texts;
        let mut request = Self {
            data_set: text_of(&json, "dataSet", lenient)?,
            period: text_of(&json, "period", lenient)?,
            unit: text_of(&json, "orgUnit", lenient)?,
            attribute_combo: text_of(&json, "attributeOptionCombo", lenient)?,
            dry_run: json.get("dryRun").and_then(Json::as_bool),
            ..Self::default()
        };
        for (key, value) in json.entries() {
            if key.to_lowercase().ends_with("idscheme")
                && let Some(value) = value.as_text()
            {
                request.schemes.push((key.clone().into_owned(), value.to_owned()));
            }
        }
        for row in json.list_of("dataValues") {
            let text = |key| text_of(row, key, lenient);
            request.rows.push(Row {
                element: text("dataElement")?,
                period: text("period")?,
                unit: text("orgUnit")?,
                category_combo: text("categoryOptionCombo")?,
                attribute_combo: text("attributeOptionCombo")?,
                value: text("value")?,
                comment: text("comment")?,
                stored_by: text("storedBy")?,
                followup: flag_of(row, behaviour.follow_up_key),
                deleted: flag_of(row, "deleted"),
            });
        }
        Ok(request)
    }
}

/// The text under a key; a number or a flag is read as text where that is allowed.
fn text_of(json: &Json, key: &'static str, lenient: bool) -> Result<Option<String>, Unreadable> {
    let (kind, literal) = match json.get(key) {
        None | Some(Json::Null) => return Ok(None),
        Some(Json::Text(text)) => return Ok(Some(text.to_string())),
        Some(Json::Number(number)) => ("NUMBER", number.to_string()),
        Some(Json::Bool(yes)) => ("BOOLEAN", yes.to_string()),
        Some(Json::List(_)) => ("ARRAY", String::new()),
        Some(Json::Object(_)) => ("OBJECT", String::new()),
    };
    if lenient && !literal.is_empty() {
        return Ok(Some(literal));
    }
    Err(Unreadable::NotText { key, kind, literal })
}

fn flag_of(json: &Json, key: &str) -> Option<bool> {
    match json.get(key)? {
        Json::Bool(yes) => Some(*yes),
        Json::Text(text) => Some(text.eq_ignore_ascii_case("true")),
        _ => None,
    }
}
