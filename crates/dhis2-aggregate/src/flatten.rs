//! Data values: bytes to columns.
//!
//! The JSON is walked once, and each text goes from the body straight into its column. Any order of fields, any unknown
//! field, any escape is read right.

use dhis2_api::Uid;
use dhis2_api::datetime::{Instant, ServerZone, WallClock, parse_instant_ms, parse_wall_clock_ms};
use dhis2_frame::{
    BooleanColumn, Cell, DatetimeColumn, Fields, FrameError, ListReader, ReadList, ReadObject, ReadOptions,
    StringColumn, fields, next_field, read_list,
};
use polars::frame::DataFrame;
use serde::de::{Error, IgnoredAny, MapAccess};
use std::collections::BTreeSet;
use std::fmt;

use crate::query::DataValueColumns;

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

impl<'q> Flatten<'q> {
    fn leaves_out(&self, attribute_option_combo: &str) -> bool {
        let only = self.only_attribute_option_combos;
        !only.is_empty() && !only.iter().any(|id| id.as_str() == attribute_option_combo)
    }

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
        self.body_by(body, ReadOptions::default())
    }

    /// The same, read in another way.
    ///
    /// # Errors
    /// As of [`body`](Self::body).
    pub fn body_by(&self, body: &[u8], options: ReadOptions) -> Result<(DataFrame, u64), FrameError> {
        finish(read_list(body, options, |bytes| Rows::new(*self, bytes))?)
    }

    /// A reader of an answer that is still arriving.
    pub fn pieces(self) -> Pieces<'q> {
        Pieces(ListReader::new(Rows::new(self, 0)))
    }
}

/// Reads an answer of `GET /api/dataValueSets` piece by piece, as it arrives. Beside the rows it keeps only what has not
/// arrived to its end.
#[derive(Debug)]
pub struct Pieces<'q>(ListReader<Rows<'q>>);

impl Pieces<'_> {
    /// Takes the next piece, which may end anywhere.
    ///
    /// # Errors
    /// As of [`Flatten::body`].
    pub fn piece(&mut self, piece: &[u8]) -> Result<(), FrameError> {
        self.0.piece(piece)
    }

    /// The rows so far, where they are 65,536 or more, taken out.
    ///
    /// # Errors
    /// [`FrameError`] where a column cannot be made.
    pub fn rows(&mut self) -> Result<Option<DataFrame>, FrameError> {
        self.0.reader_mut().take()
    }

    /// What [`Flatten::body`] gives of the whole, without the rows that were taken out; all are counted.
    ///
    /// # Errors
    /// As of [`Flatten::body`].
    pub fn finish(self) -> Result<(DataFrame, u64), FrameError> {
        finish(vec![self.0.finish()?])
    }
}

/// The frames of the answer's parts under each other.
fn finish(mut parts: Vec<Rows<'_>>) -> Result<(DataFrame, u64), FrameError> {
    // The last has also read what stands behind the rows.
    let shared = parts.last_mut().map(|last| std::mem::take(&mut last.shared)).unwrap_or_default();
    let mut all: Option<DataFrame> = None;
    let mut received = 0;
    for part in parts {
        received += part.received;
        let frame = part.finish(&shared)?;
        match &mut all {
            Some(all) => drop(all.vstack_mut_owned(frame)?),
            None => all = Some(frame),
        }
    }
    Ok((all.unwrap_or_default(), received))
}

/// At least; most are 250 to 300 bytes long.
const BYTES_OF_A_ROW: usize = 200;

/// So many rows are worth a frame of their own.
const ROWS_TAKEN: usize = 1 << 16;

/// What all rows have in common.
#[derive(Clone, Default)]
struct Shared {
    period: Option<String>,
    org_unit: Option<String>,
    attribute_option_combo: Option<String>,
}

/// The rows that are being read.
struct Rows<'q> {
    how: Flatten<'q>,
    shared: Shared,
    /// A row lacked a field that may still come at the end of the answer, and is null for now.
    unfilled: bool,
    failure: Option<FrameError>,
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

/// Shows how many there are only.
impl fmt::Debug for Rows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("received", &self.received).finish_non_exhaustive()
    }
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
        let is_set = |field| row.text(field) == Some("true");
        self.stored_by.push_opt(row.text(Field::StoredBy));
        self.comment.push_opt(row.text(Field::Comment));
        self.followup.push(is_set(Field::FollowupInJson) || is_set(Field::Followup));
        self.deleted.push(is_set(Field::Deleted));
    }
}

impl<'q> Rows<'q> {
    fn new(how: Flatten<'q>, bytes: usize) -> Self {
        // Room for all, without growing.
        let n = bytes / BYTES_OF_A_ROW;
        let text = || StringColumn::with_capacity(n);
        Self {
            how,
            shared: Shared::default(),
            unfilled: false,
            failure: None,
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
        }
    }

    #[inline]
    fn time(&mut self, column: &'static str, text: Option<&str>) -> Result<Option<i64>, &'static str> {
        let Some(text) = text else { return Ok(None) };
        let local = || parse_wall_clock_ms(text).map(|ms| self.how.zone.instant(WallClock(ms)).0);
        let time = parse_instant_ms(text).or_else(local);
        if time.is_none() {
            let row = usize::try_from(self.received).unwrap_or(usize::MAX);
            self.failure.get_or_insert(FrameError::BadTimestamp { column, row });
        }
        time.map(Some).ok_or("a time in a known form")
    }

    /// Takes a row into the columns. The error is the name of a field that it lacks.
    #[inline]
    fn push(&mut self, row: &Row<'_>) -> Result<(), &'static str> {
        let created = self.time("created", row.text(Field::Created))?;
        let last_updated = self.time("last_updated", row.text(Field::LastUpdated))?;
        let data_element = row.text(Field::DataElement).ok_or("dataElement")?;
        let category_option_combo = row.text(Field::CategoryOptionCombo).ok_or("categoryOptionCombo")?;
        let shared = &self.shared;
        let period = row.text(Field::Period).or(shared.period.as_deref());
        let org_unit = row.text(Field::OrgUnit).or(shared.org_unit.as_deref());
        let attribute_option_combo = row.text(Field::AttributeOptionCombo).or(shared.attribute_option_combo.as_deref());
        let lacking = match (period, org_unit, attribute_option_combo) {
            (Some(_), Some(_), Some(_)) => None,
            (None, ..) => Some("period"),
            (_, None, _) => Some("orgUnit"),
            _ => Some("attributeOptionCombo"),
        };
        if let Some(lacking) = lacking {
            if !self.how.fill_shared_fields {
                return Err(lacking);
            }
            self.unfilled = true;
        }
        self.received += 1;
        // A value without a time of update cannot be told to be old.
        let old = self.how.since.is_some_and(|since| last_updated.is_some_and(|at| at < since.0));
        let other = self.how.only_elements.is_some_and(|only| !only.iter().any(|id| id.as_str() == data_element));
        if old || other || attribute_option_combo.is_some_and(|combo| self.how.leaves_out(combo)) {
            return Ok(());
        }
        self.data_element.push(data_element);
        self.period.push_opt(period);
        self.org_unit.push_opt(org_unit);
        self.category_option_combo.push(category_option_combo);
        self.attribute_option_combo.push_opt(attribute_option_combo);
        self.value.push_opt(row.text(Field::Value));
        self.created.push_opt(created);
        self.last_updated.push_opt(last_updated);
        if let Some(rich) = &mut self.rich {
            rich.push(row);
        }
        Ok(())
    }

    /// The rows so far, where they are enough. Those that lack what may stand at the end of the answer wait for it.
    fn take(&mut self) -> Result<Option<DataFrame>, FrameError> {
        if self.unfilled || self.data_element.len() < ROWS_TAKEN {
            return Ok(None);
        }
        let fresh = Self::new(self.how, ROWS_TAKEN * BYTES_OF_A_ROW);
        let full = std::mem::replace(self, fresh);
        self.received = full.received;
        let Self { shared, .. } = self;
        shared.clone_from(&full.shared);
        full.finish(&Shared::default()).map(Some)
    }

    fn finish(self, shared: &Shared) -> Result<DataFrame, FrameError> {
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
        let mut frame = DataFrame::new(height, columns)?;
        if self.unfilled {
            for (name, field, value) in [
                ("period", "period", &shared.period),
                ("organisation_unit_id", "orgUnit", &shared.org_unit),
                ("attribute_option_combo_id", "attributeOptionCombo", &shared.attribute_option_combo),
            ] {
                fill(&mut frame, name, field, value.as_deref())?;
            }
            let combos = frame.column("attribute_option_combo_id")?.str()?;
            let kept = combos.iter().map(|combo| combo.is_some_and(|combo| !self.how.leaves_out(combo)));
            frame = frame.filter(&kept.collect())?;
        }
        Ok(frame)
    }
}

/// Puts what the rows share where they do not say it themselves.
fn fill(frame: &mut DataFrame, name: &str, field: &str, shared: Option<&str>) -> Result<(), FrameError> {
    let column = frame.column(name)?;
    if column.null_count() == 0 {
        return Ok(());
    }
    let lacking = || FrameError::Json {
        offset: 0,
        path: "dataValues".to_owned(),
        message: format!("neither a row nor the answer says `{field}`"),
    };
    let shared = shared.ok_or_else(lacking)?;
    let mut filled = StringColumn::with_capacity(column.len());
    for cell in column.str()?.iter() {
        filled.push(cell.unwrap_or(shared));
    }
    frame.with_column(filled.finish(name))?;
    Ok(())
}

fields! {
    /// The fields of a data value, in the order of all servers.
    enum Field {
        DataElement = "dataElement",
        Period = "period",
        OrgUnit = "orgUnit",
        CategoryOptionCombo = "categoryOptionCombo",
        AttributeOptionCombo = "attributeOptionCombo",
        Value = "value",
        StoredBy = "storedBy",
        Created = "created",
        LastUpdated = "lastUpdated",
        Comment = "comment",
        FollowupInJson = "followup",
        Deleted = "deleted",
        Followup = "followUp",
    }
}

/// The cells of a row, by their field.
#[derive(Default)]
struct Row<'de>([Cell<'de>; Field::FIELDS.len()]);

impl Row<'_> {
    #[inline]
    fn text(&self, field: Field) -> Option<&str> {
        self.0[field as usize].text()
    }
}

impl ReadList for Rows<'_> {
    fn list(&self) -> &'static str {
        "dataValues"
    }

    fn field(&mut self, key: &str, value: &str) -> Result<(), serde_json::Error> {
        let shared = || serde_json::from_str::<Cell<'_>>(value).map(|cell| cell.text().map(str::to_owned));
        match key {
            "period" if self.how.fill_shared_fields => self.shared.period = shared()?,
            "orgUnit" if self.how.fill_shared_fields => self.shared.org_unit = shared()?,
            "attributeOptionCombo" if self.how.fill_shared_fields => self.shared.attribute_option_combo = shared()?,
            _ => drop(serde_json::from_str::<IgnoredAny>(value)?),
        }
        Ok(())
    }

    fn failure(&mut self) -> Option<FrameError> {
        self.failure.take()
    }
}

impl ReadObject for Rows<'_> {
    const EXPECTED: &'static str = "a data value";

    #[inline]
    fn read<'de, A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        let mut row = Row::default();
        while let Some(field) = next_field::<Field, A>(&mut fields)? {
            match row.0.get_mut(field as usize) {
                Some(cell) => *cell = fields.next_value()?,
                None => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        self.push(&row).map_err(A::Error::missing_field)
    }
}

#[cfg(test)]
mod tests;
