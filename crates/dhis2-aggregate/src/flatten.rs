//! Data values: bytes to columns.
//!
//! The JSON is walked once, and each text goes from the body straight into its column. Any order of fields, any unknown
//! field, any escape is read right.

use std::collections::BTreeSet;

use dhis2_api::Uid;
use dhis2_api::datetime::{Instant, ServerZone, WallClock, parse_instant_ms, parse_wall_clock_ms};
use dhis2_frame::{
    BooleanColumn, Cell, ColumnSpec, ColumnType, DatetimeColumn, EveryObject, FrameError, FrameSchema, ReadObject,
    StringColumn, json_error, read_object, text,
};
use polars::frame::DataFrame;
use serde::de::{Error, IgnoredAny, MapAccess};

use crate::query::DataValueColumns;

/// The columns of an extract of data values, one row each. Source: `GET /api/dataValueSets`, 2.38 to 2.43.
pub const DATA_VALUES: FrameSchema = FrameSchema {
    name: "data_values",
    columns: &[
        ColumnSpec { name: "data_element_id", dtype: ColumnType::String, doc: "uid of the data element" },
        ColumnSpec { name: "period", dtype: ColumnType::String, doc: "id of the period, such as `202401` or `2024W5`" },
        ColumnSpec { name: "organisation_unit_id", dtype: ColumnType::String, doc: "uid of the organisation unit" },
        ColumnSpec {
            name: "category_option_combo_id",
            dtype: ColumnType::String,
            doc: "uid of the category option combo",
        },
        ColumnSpec {
            name: "attribute_option_combo_id",
            dtype: ColumnType::String,
            doc: "uid of the attribute option combo",
        },
        ColumnSpec {
            name: "value",
            dtype: ColumnType::String,
            doc: "the value as stored; null where there is only a comment",
        },
        ColumnSpec { name: "created", dtype: ColumnType::DatetimeUtc, doc: "when it was first stored" },
        ColumnSpec { name: "last_updated", dtype: ColumnType::DatetimeUtc, doc: "when it was last stored" },
    ],
};

/// The columns of an extract of data values with all that the server says of them, one row each. Source: `GET
/// /api/dataValueSets`, 2.38 to 2.43.
pub const RICH_DATA_VALUES: FrameSchema = FrameSchema {
    name: "rich_data_values",
    columns: &[
        DATA_VALUES.columns[0],
        DATA_VALUES.columns[1],
        DATA_VALUES.columns[2],
        DATA_VALUES.columns[3],
        DATA_VALUES.columns[4],
        DATA_VALUES.columns[5],
        DATA_VALUES.columns[6],
        DATA_VALUES.columns[7],
        ColumnSpec { name: "stored_by", dtype: ColumnType::String, doc: "login name of who stored it last" },
        ColumnSpec { name: "comment", dtype: ColumnType::String, doc: "the comment; null where there is none" },
        ColumnSpec { name: "followup", dtype: ColumnType::Boolean, doc: "whether it is marked for follow-up" },
        ColumnSpec {
            name: "deleted",
            dtype: ColumnType::Boolean,
            doc: "whether it is deleted; `value` is what it was before",
        },
    ],
};

impl DataValueColumns {
    /// The columns.
    pub fn schema(self) -> &'static FrameSchema {
        match self {
            Self::Plain => &DATA_VALUES,
            Self::Rich => &RICH_DATA_VALUES,
        }
    }
}

/// How to read an answer of `GET /api/dataValueSets`.
#[derive(Debug, Clone, Copy)]
pub struct Flatten<'q> {
    /// Whether what the top of the answer says holds for rows that do not say it: true from 2.43 on. Up to 2.42 the rows
    /// are complete, and the top's unit is not that of the rows.
    pub fill_shared_fields: bool,
    /// The zone of times that come without an offset (servers write one).
    pub zone: ServerZone,
    /// Leave out rows last updated before this.
    pub since: Option<Instant>,
    /// Leave out rows of other data elements.
    pub only_elements: Option<&'q BTreeSet<Uid>>,
    /// Leave out rows of other attribute option combos; none leaves out nothing.
    pub only_attribute_option_combos: &'q [Uid],
    /// Which columns to make.
    pub columns: DataValueColumns,
}

impl Default for Flatten<'_> {
    fn default() -> Self {
        Self {
            fill_shared_fields: false,
            zone: ServerZone::UTC,
            since: None,
            only_elements: None,
            only_attribute_option_combos: &[],
            columns: DataValueColumns::Plain,
        }
    }
}

impl Flatten<'_> {
    /// The rows of an answer in the columns asked for, and how many data values the answer held before any were
    /// left out.
    ///
    /// ```
    /// use dhis2_aggregate::flatten::Flatten;
    ///
    /// let body = br#"{"period":"202401","dataValues":[{"dataElement":"Gf88d7Vqakr","orgUnit":"DaulPqViUvm",
    ///   "categoryOptionCombo":"HllvX50cXC0","attributeOptionCombo":"HllvX50cXC0","value":"17",
    ///   "created":"2024-02-01T08:00:00.000+0000","lastUpdated":"2024-02-01T08:00:00.000+0000"}]}"#;
    /// let (frame, received) = Flatten { fill_shared_fields: true, ..Flatten::default() }.body(body)?;
    /// assert_eq!((frame.height(), received), (1, 1));
    /// assert_eq!(frame.column("period")?.str()?.get(0), Some("202401"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`FrameError`] with the place of what is not as it must be: no JSON, no `dataValues`, a row without element, period,
    /// unit or option combos, a time in no known form. An empty body is such an error: it is a refusal, not an answer.
    pub fn body(&self, body: &[u8]) -> Result<(DataFrame, u64), FrameError> {
        let body = text(body)?;
        match self.pass(body, Shared::default())? {
            Pass::Done(rows) => rows.finish(),
            // The shared fields came after rows that need them.
            Pass::Again(shared) => match self.pass(body, shared)? {
                Pass::Done(rows) => rows.finish(),
                Pass::Again(_) => Err(no_field(body)),
            },
        }
    }

    fn pass(&self, body: &str, shared: Shared) -> Result<Pass, FrameError> {
        let mut state = State::new(*self, shared, body.len());
        match (read_object(body, &mut state), state.failure) {
            (_, Some(failure)) => Err(failure),
            (Err(error), None) => Err(json_error(body, &error)),
            (Ok(()), None) if state.unfilled => Ok(Pass::Again(state.shared)),
            (Ok(()), None) => Ok(Pass::Done(Box::new(state.rows))),
        }
    }
}

fn no_field(body: &str) -> FrameError {
    json_error(body, &serde_json::Error::missing_field("period, orgUnit or attributeOptionCombo"))
}

enum Pass {
    Done(Box<Rows>),
    Again(Shared),
}

/// What all rows have in common.
#[derive(Default)]
struct Shared {
    period: Option<String>,
    org_unit: Option<String>,
    attribute_option_combo: Option<String>,
}

struct State<'q> {
    how: Flatten<'q>,
    shared: Shared,
    rows: Rows,
    /// A row lacked a field that may still come at the end of the answer.
    unfilled: bool,
    failure: Option<FrameError>,
}

struct Rows {
    received: u64,
    data_element: StringColumn,
    period: StringColumn,
    org_unit: StringColumn,
    category_option_combo: StringColumn,
    attribute_option_combo: StringColumn,
    value: StringColumn,
    created: DatetimeColumn,
    last_updated: DatetimeColumn,
    rich: Option<Rich>,
}

/// The columns that only rich frames have.
#[derive(Default)]
struct Rich {
    stored_by: StringColumn,
    comment: StringColumn,
    followup: BooleanColumn,
    deleted: BooleanColumn,
}

impl Rich {
    fn push(&mut self, row: &Row<'_>) {
        // Up to 2.42 what is not marked is `false`, from 2.43 on absent.
        let is_set = |cell: &Cell<'_>| cell.text() == Some("true");
        self.stored_by.push_opt(row.stored_by.text());
        self.comment.push_opt(row.comment.text());
        self.followup.push(is_set(&row.followup));
        self.deleted.push(is_set(&row.deleted));
    }
}

impl Rows {
    fn finish(self) -> Result<(DataFrame, u64), FrameError> {
        let height = self.data_element.len();
        let mut columns = vec![
            self.data_element.finish("data_element_id"),
            self.period.finish("period"),
            self.org_unit.finish("organisation_unit_id"),
            self.category_option_combo.finish("category_option_combo_id"),
            self.attribute_option_combo.finish("attribute_option_combo_id"),
            self.value.finish("value"),
            self.created.finish("created"),
            self.last_updated.finish("last_updated"),
        ];
        if let Some(rich) = self.rich {
            columns.extend([
                rich.stored_by.finish("stored_by"),
                rich.comment.finish("comment"),
                rich.followup.finish("followup"),
                rich.deleted.finish("deleted"),
            ]);
        }
        Ok((DataFrame::new(height, columns)?, self.received))
    }
}

impl<'q> State<'q> {
    fn new(how: Flatten<'q>, shared: Shared, bytes: usize) -> Self {
        // A row is 250 to 300 bytes long: room for most, without growing much.
        let n = bytes / 300;
        let text = || StringColumn::with_capacity(n);
        let rows = Rows {
            received: 0,
            data_element: text(),
            period: text(),
            org_unit: text(),
            category_option_combo: text(),
            attribute_option_combo: text(),
            value: text(),
            created: DatetimeColumn::with_capacity(n),
            last_updated: DatetimeColumn::with_capacity(n),
            rich: (how.columns == DataValueColumns::Rich).then(Rich::default),
        };
        Self { how, shared, rows, unfilled: false, failure: None }
    }

    fn time(&self, column: &'static str, cell: &Cell<'_>) -> Result<Option<i64>, FrameError> {
        let Some(text) = cell.text() else { return Ok(None) };
        let local = || parse_wall_clock_ms(text).map(|ms| self.how.zone.instant(WallClock(ms)).0);
        let row = usize::try_from(self.rows.received).unwrap_or(usize::MAX);
        parse_instant_ms(text).or_else(local).map(Some).ok_or(FrameError::BadTimestamp { column, row })
    }

    /// Takes a row into the columns. The error is the name of a field that it lacks.
    fn push(&mut self, row: &Row<'_>) -> Result<(), &'static str> {
        let times = self
            .time("created", &row.created)
            .and_then(|created| Ok((created, self.time("last_updated", &row.last_updated)?)));
        self.rows.received += 1;
        let (created, last_updated) = match times {
            Ok(times) => times,
            Err(failure) => {
                self.failure.get_or_insert(failure);
                return Err("a time in a known form");
            }
        };
        let data_element = row.data_element.text().ok_or("dataElement")?;
        let category_option_combo = row.category_option_combo.text().ok_or("categoryOptionCombo")?;
        let shared = &self.shared;
        let period = row.period.text().or(shared.period.as_deref());
        let org_unit = row.org_unit.text().or(shared.org_unit.as_deref());
        let attribute_option_combo = row.attribute_option_combo.text().or(shared.attribute_option_combo.as_deref());
        let (Some(period), Some(org_unit), Some(attribute_option_combo)) = (period, org_unit, attribute_option_combo)
        else {
            if self.how.fill_shared_fields {
                self.unfilled = true;
                return Ok(());
            }
            return Err(match (period, org_unit) {
                (None, _) => "period",
                (_, None) => "orgUnit",
                _ => "attributeOptionCombo",
            });
        };
        // A value without a time of update cannot be told to be old.
        let old = self.how.since.is_some_and(|since| last_updated.is_some_and(|at| at < since.0));
        let other = self.how.only_elements.is_some_and(|only| !only.iter().any(|id| id.as_str() == data_element));
        let combos = self.how.only_attribute_option_combos;
        let other_combo = !combos.is_empty() && !combos.iter().any(|id| id.as_str() == attribute_option_combo);
        if old || other || other_combo {
            return Ok(());
        }
        self.rows.data_element.push(data_element);
        self.rows.period.push(period);
        self.rows.org_unit.push(org_unit);
        self.rows.category_option_combo.push(category_option_combo);
        self.rows.attribute_option_combo.push(attribute_option_combo);
        self.rows.value.push_opt(row.value.text());
        self.rows.created.push_opt(created);
        self.rows.last_updated.push_opt(last_updated);
        if let Some(rich) = &mut self.rows.rich {
            rich.push(row);
        }
        Ok(())
    }
}

#[derive(Default)]
struct Row<'de> {
    data_element: Cell<'de>,
    period: Cell<'de>,
    org_unit: Cell<'de>,
    category_option_combo: Cell<'de>,
    attribute_option_combo: Cell<'de>,
    value: Cell<'de>,
    created: Cell<'de>,
    last_updated: Cell<'de>,
    stored_by: Cell<'de>,
    comment: Cell<'de>,
    followup: Cell<'de>,
    deleted: Cell<'de>,
}

/// The whole answer.
impl ReadObject for State<'_> {
    const EXPECTED: &'static str = "an object with dataValues";

    fn read<'de, A: MapAccess<'de>>(&mut self, mut answer: A) -> Result<(), A::Error> {
        let fill = self.how.fill_shared_fields;
        let mut rows_seen = false;
        while let Some(key) = answer.next_key::<Cell<'de>>()? {
            let shared = |cell: Cell<'de>| cell.text().map(str::to_owned);
            match key.text().unwrap_or_default() {
                "dataValues" => {
                    answer.next_value_seed(EveryObject(EachRow(self)))?;
                    rows_seen = true;
                }
                "period" if fill => self.shared.period = shared(answer.next_value()?),
                "orgUnit" if fill => self.shared.org_unit = shared(answer.next_value()?),
                "attributeOptionCombo" if fill => self.shared.attribute_option_combo = shared(answer.next_value()?),
                _ => drop(answer.next_value::<IgnoredAny>()?),
            }
        }
        if rows_seen { Ok(()) } else { Err(A::Error::missing_field("dataValues")) }
    }
}

struct EachRow<'s, 'q>(&'s mut State<'q>);

impl ReadObject for EachRow<'_, '_> {
    const EXPECTED: &'static str = "a data value";

    fn read<'de, A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        let rich = self.0.how.columns == DataValueColumns::Rich;
        let mut row = Row::default();
        while let Some(key) = fields.next_key::<Cell<'de>>()? {
            let field = match key.text().unwrap_or_default() {
                "dataElement" => &mut row.data_element,
                "period" => &mut row.period,
                "orgUnit" => &mut row.org_unit,
                "categoryOptionCombo" => &mut row.category_option_combo,
                "attributeOptionCombo" => &mut row.attribute_option_combo,
                "value" => &mut row.value,
                "created" => &mut row.created,
                "lastUpdated" => &mut row.last_updated,
                "storedBy" if rich => &mut row.stored_by,
                "comment" if rich => &mut row.comment,
                "followup" | "followUp" if rich => &mut row.followup,
                "deleted" if rich => &mut row.deleted,
                _ => {
                    fields.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *field = fields.next_value()?;
        }
        self.0.push(&row).map_err(A::Error::missing_field)
    }
}

#[cfg(test)]
mod tests;
