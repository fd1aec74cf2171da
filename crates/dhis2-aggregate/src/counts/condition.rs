//! Which events count.

use std::fmt;

use chrono::NaiveDate;
use dhis2_api::Uid;
use dhis2_api::value_type::{parse_boolean, parse_date_days, parse_number};
use serde::Deserialize;

use super::item::{Birth, Item, Value};
use super::rows::Event;

/// A condition on an event. It holds or it does not: where a value is absent, no comparison holds, and `not` of it does.
///
/// In TOML a table with one of these:
///
/// | keys | holds where |
/// |---|---|
/// | `all = […]`, `any = […]`, `not = {…}` | all, at least one, or not the conditions in it hold |
/// | `status = ["COMPLETED"]` | the event's status is one of these |
/// | `stage = ["…"]` | its program stage is one of these |
/// | `element = "…"`, `attribute = "…"` or `age = { attribute = "…" }`, with tests | the value meets all of the tests |
///
/// | test | holds where the value |
/// |---|---|
/// | `has_value = true` | is there and not empty (`false`: is not) |
/// | `eq = …`, `in = […]` | is this, is one of these: a text exactly as stored (options by code, case matters); a number or a truth value by what it means, so that `eq = 1` takes `1.0` |
/// | `gt`, `ge`, `lt`, `le` | is more, at least, less, at most: a number, or a day `"YYYY-MM-DD"`, with which the day of a date and time is compared. A value that is no number, or no date, meets none |
///
/// ```
/// use dhis2_aggregate::counts::{CompareTo, Comparison, Condition, Item};
///
/// let weight = Item::Element("AJMsqHhueiR".parse()?);
/// let light = Condition::compare(weight, Comparison::Less, CompareTo::Number(2.5));
/// let known = Condition::one_of(Item::Element("M8hbHpWx3IB".parse()?), ["B50", "B51"]);
/// let both = Condition::All(vec![light, known]);
/// # let _ = both;
/// # Ok::<(), dhis2_api::ApiError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Table")]
pub enum Condition {
    /// All of them hold.
    All(Vec<Condition>),
    /// At least one of them holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// The status is one of these.
    Status(Vec<StoredStatus>),
    /// The program stage, by uid, is one of these.
    Stage(Vec<Uid>),
    /// There is a value, and it is not empty.
    HasValue(Item),
    /// The value is one of these.
    OneOf(Item, Vec<Literal>),
    /// The value compares in this way.
    Compare(Item, Comparison, CompareTo),
}

/// The status of an event as servers store it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum StoredStatus {
    /// Going on.
    Active,
    /// Completed.
    Completed,
    /// Scheduled; it has no `occurred_at` yet.
    Schedule,
    /// Skipped: it will not take place.
    Skipped,
}

impl StoredStatus {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Completed => "COMPLETED",
            Self::Schedule => "SCHEDULE",
            Self::Skipped => "SKIPPED",
        }
    }
}

/// A value to be equal to.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(untagged, expecting = "expected a text, a number, `true` or `false`")]
pub enum Literal {
    /// Equal as a truth value.
    Truth(bool),
    /// Equal as a number.
    Number(f64),
    /// The same text, as stored.
    Text(String),
}

impl fmt::Debug for Literal {
    /// Of which kind it is; not what persons are compared with.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truth(_) => "Truth(..)",
            Self::Number(_) => "Number(..)",
            Self::Text(_) => "Text(..)",
        })
    }
}

impl fmt::Debug for CompareTo {
    /// Of which kind it is; not what persons are compared with.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number(_) => "Number(..)",
            Self::Day(_) => "Day(..)",
        })
    }
}

impl From<&str> for Literal {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// A value to be more or less than.
#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(try_from = "Literal")]
pub enum CompareTo {
    /// A number.
    Number(f64),
    /// A day.
    Day(NaiveDate),
}

impl TryFrom<Literal> for CompareTo {
    type Error = String;

    fn try_from(literal: Literal) -> Result<Self, String> {
        match literal {
            Literal::Number(number) if number.is_finite() => Ok(Self::Number(number)),
            Literal::Text(text) => {
                let day = parse_date_days(&text).and_then(NaiveDate::from_epoch_days);
                day.map(Self::Day).ok_or_else(|| {
                    format!("`{text}` cannot be compared with: write a number, or a day as \"YYYY-MM-DD\"")
                })
            }
            _ => Err("this cannot be compared with: write a number, or a day as \"YYYY-MM-DD\"".to_owned()),
        }
    }
}

/// How to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `gt`
    More,
    /// `ge`
    AtLeast,
    /// `lt`
    Less,
    /// `le`
    AtMost,
}

impl Comparison {
    fn holds<T: PartialOrd>(self, value: &T, bound: &T) -> bool {
        match self {
            Self::More => value > bound,
            Self::AtLeast => value >= bound,
            Self::Less => value < bound,
            Self::AtMost => value <= bound,
        }
    }
}

impl Condition {
    /// The value of an item is one of these.
    pub fn one_of<I>(item: Item, values: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<Literal>,
    {
        Self::OneOf(item, values.into_iter().map(Into::into).collect())
    }

    /// The value of an item compares in this way.
    pub fn compare(item: Item, comparison: Comparison, with: CompareTo) -> Self {
        Self::Compare(item, comparison, with)
    }

    pub(super) fn holds(&self, event: &Event<'_>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(event)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(event)),
            Self::Not(part) => !part.holds(event),
            Self::Status(any) => any.iter().any(|status| event.status == Some(status.as_str())),
            Self::Stage(any) => any.iter().any(|stage| event.stage == Some(stage.as_str())),
            Self::HasValue(item) => item.of(event).is_some(),
            Self::OneOf(item, any) => item.of(event).is_some_and(|value| any.iter().any(|literal| literal.is(value))),
            Self::Compare(item, comparison, CompareTo::Number(bound)) => {
                item.of(event).and_then(Value::number).is_some_and(|number| comparison.holds(&number, bound))
            }
            Self::Compare(item, comparison, CompareTo::Day(bound)) => {
                item.of(event).and_then(Value::day).is_some_and(|day| comparison.holds(&day, bound))
            }
        }
    }

    /// Hands over every item that it looks at.
    pub(super) fn each_item(&self, see: &mut impl FnMut(Item)) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.each_item(see)),
            Self::Not(part) => part.each_item(see),
            Self::HasValue(item) | Self::OneOf(item, _) | Self::Compare(item, ..) => see(*item),
            Self::Status(_) | Self::Stage(_) => {}
        }
    }
}

impl Literal {
    // Equal means equal here: both were read from decimal text, which gives the same number for the same text.
    #[allow(clippy::float_cmp)]
    fn is(&self, value: Value<'_>) -> bool {
        match (self, value) {
            (Self::Text(text), Value::Text(value)) => text == value,
            (Self::Truth(truth), Value::Text(value)) => parse_boolean(value) == Some(*truth),
            (Self::Number(number), value) => value.number() == Some(*number),
            (Self::Text(text), value @ Value::Years(_)) => parse_number(text) == value.number(),
            (Self::Truth(_), Value::Years(_)) => false,
        }
    }
}

/// A condition as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    all: Option<Vec<Condition>>,
    any: Option<Vec<Condition>>,
    not: Option<Box<Condition>>,
    status: Option<Vec<StoredStatus>>,
    stage: Option<Vec<Uid>>,
    element: Option<Uid>,
    attribute: Option<Uid>,
    age: Option<Birth>,
    has_value: Option<bool>,
    eq: Option<Literal>,
    #[serde(rename = "in")]
    one_of: Option<Vec<Literal>>,
    gt: Option<CompareTo>,
    ge: Option<CompareTo>,
    lt: Option<CompareTo>,
    le: Option<CompareTo>,
}

impl Table {
    fn has_tests(&self) -> bool {
        let bounds = [self.gt, self.ge, self.lt, self.le];
        self.has_value.is_some() || self.eq.is_some() || self.one_of.is_some() || bounds.iter().any(Option::is_some)
    }

    fn tests(&self, item: Item) -> Result<Vec<Condition>, String> {
        let mut tests = Vec::new();
        match self.has_value {
            Some(true) => tests.push(Condition::HasValue(item)),
            Some(false) => tests.push(Condition::Not(Box::new(Condition::HasValue(item)))),
            None => {}
        }
        if let Some(literal) = &self.eq {
            tests.push(Condition::OneOf(item, vec![literal.clone()]));
        }
        if let Some(any) = &self.one_of {
            tests.push(Condition::OneOf(item, filled("in", any.clone())?));
        }
        let bounds = [
            (Comparison::More, self.gt),
            (Comparison::AtLeast, self.ge),
            (Comparison::Less, self.lt),
            (Comparison::AtMost, self.le),
        ];
        for (comparison, bound) in bounds {
            tests.extend(bound.map(|bound| Condition::Compare(item, comparison, bound)));
        }
        Ok(tests)
    }
}

impl TryFrom<Table> for Condition {
    type Error = String;

    fn try_from(table: Table) -> Result<Self, String> {
        let items = [table.element.map(Item::Element), table.attribute.map(Item::Attribute), table.age.map(Item::Age)];
        let mut subjects = Vec::new();
        for item in items.into_iter().flatten() {
            let mut tests = table.tests(item)?;
            subjects.push(match tests.len() {
                0 => return Err("a value without a test: add `has_value`, `eq`, `in`, `gt`, `ge`, `lt` or `le`".into()),
                1 => tests.remove(0),
                _ => Self::All(tests),
            });
        }
        let lonely = subjects.is_empty() && table.has_tests();
        subjects.extend(table.all.map(|parts| filled("all", parts)).transpose()?.map(Self::All));
        subjects.extend(table.any.map(|parts| filled("any", parts)).transpose()?.map(Self::Any));
        subjects.extend(table.not.map(Self::Not));
        subjects.extend(table.status.map(|any| filled("status", any)).transpose()?.map(Self::Status));
        subjects.extend(table.stage.map(|any| filled("stage", any)).transpose()?.map(Self::Stage));
        match subjects.len() {
            _ if lonely => Err("tests of a value without the value: add `element`, `attribute` or `age`".into()),
            1 => Ok(subjects.remove(0)),
            _ => {
                Err("a condition is one of `all`, `any`, `not`, `status`, `stage`, `element`, `attribute`, `age`; put \
                      several into `all` or `any`"
                    .into())
            }
        }
    }
}

fn filled<T>(name: &str, list: Vec<T>) -> Result<Vec<T>, String> {
    if list.is_empty() { Err(format!("`{name}` names nothing")) } else { Ok(list) }
}
