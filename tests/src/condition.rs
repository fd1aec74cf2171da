//! Conditions on objects, tested in the simplest way there is.

use dhis2::frame::FrameSchema;

use crate::rows::Row;

/// A condition on a data element, an attribute, or a column.
#[derive(Debug, Clone)]
pub struct Condition {
    /// A uid or the name of a column.
    pub key: String,
    /// DHIS2's name of the operator; empty for a key alone.
    pub operator: &'static str,
    /// What to compare with.
    pub operands: Vec<String>,
    /// The values are numbers.
    pub numeric: bool,
}

impl Condition {
    /// A condition that compares texts.
    pub fn text(key: &str, operator: &'static str, operands: &[&str]) -> Self {
        let operands = operands.iter().map(|&operand| operand.to_owned()).collect();
        Self { key: key.to_owned(), operator, operands, numeric: false }
    }

    /// A condition that compares numbers.
    pub fn number(key: &str, operator: &'static str, operand: &str) -> Self {
        Self { numeric: true, ..Self::text(key, operator, &[operand]) }
    }

    /// As DHIS2 writes it.
    pub fn write(&self) -> String {
        match (self.operator, self.operands.is_empty()) {
            ("", _) => self.key.clone(),
            (operator, true) => format!("{}:{operator}", self.key),
            (operator, false) => format!("{}:{operator}:{}", self.key, self.operands.join(";")),
        }
    }

    /// Whether it holds for a value.
    pub fn holds(&self, cell: Option<&str>) -> bool {
        let Some(cell) = cell else { return self.operator == "null" };
        let cell = cell.to_lowercase();
        let operands: Vec<String> = self.operands.iter().map(|operand| operand.to_lowercase()).collect();
        let first = operands.first().map(String::as_str).unwrap_or_default();
        let number = |text: &str| text.parse::<f64>().unwrap();
        match self.operator {
            "" | "!null" => true,
            "null" => false,
            "eq" if self.numeric => (number(&cell) - number(first)).abs() < 1e-9,
            "ge" if self.numeric => number(&cell) >= number(first),
            "gt" if self.numeric => number(&cell) > number(first),
            "le" if self.numeric => number(&cell) <= number(first),
            "lt" if self.numeric => number(&cell) < number(first),
            "eq" => cell == first,
            "ne" => cell != first,
            "ge" => cell.as_str() >= first,
            "gt" => cell.as_str() > first,
            "le" => cell.as_str() <= first,
            "lt" => cell.as_str() < first,
            "in" => operands.contains(&cell),
            "like" => cell.contains(first),
            "sw" => cell.starts_with(first),
            "ew" => cell.ends_with(first),
            other => panic!("no test knows the operator {other}"),
        }
    }

    /// Whether it holds for an object: `value_of` gives the value of a data element or attribute, `row` is any of its rows.
    pub fn holds_for<'v>(
        &self,
        schema: &FrameSchema,
        row: &'v Row,
        value_of: impl FnOnce(&str) -> Option<&'v str>,
    ) -> bool {
        match schema.columns.iter().position(|column| column.name == self.key) {
            Some(place) => self.holds(row[place].as_deref()),
            None => self.holds(value_of(&self.key)),
        }
    }
}
