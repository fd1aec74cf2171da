//! Values to typed columns.

use std::borrow::Cow;
use std::collections::HashMap;

use dhis2_api::ValueType;
use dhis2_api::value_type::{
    parse_boolean, parse_coordinate, parse_date_days, parse_datetime_ms, parse_integer, parse_number,
};
use polars::prelude::Column;

use super::item::{Item, OptionsAs};
use super::long::Texts;
use super::report::{Found, WideReport};
use crate::{BooleanColumn, DateColumn, Float64Column, Int64Column, NaiveDatetimeColumn, StringColumn};

/// The values of a long frame, on their way into columns.
pub(super) struct Cells<'f> {
    pub(super) values: Texts,
    /// What a report calls the object that a row belongs to.
    pub(super) ids: &'f Texts,
    /// The row of the wide frame that a row goes to.
    pub(super) object_of_row: &'f [u32],
    /// How many rows the wide frame has.
    pub(super) height: usize,
    pub(super) options_as: OptionsAs,
}

/// What becomes of a text.
enum Read<T> {
    Fits(T),
    /// Kept as it is, since it is no option that has a label.
    Unlabelled(T),
    Unfit,
}

impl<T> From<Option<T>> for Read<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Unfit, Self::Fits)
    }
}

/// Makes a column of the values that `$read` reads.
macro_rules! column {
    ($cells:ident, $rows:ident, $item:ident, $report:ident, $name:expr, $builder:ident, $read:expr) => {{
        let mut column = $builder::with_capacity($cells.height);
        $cells.each(
            $rows,
            $item,
            $report,
            |text| $read(text).into(),
            |missing, value| {
                column.push_opt_repeat(None, missing);
                column.push(value);
            },
        );
        column.push_opt_repeat(None, $cells.height - column.len());
        vec![column.finish($name)]
    }};
}

impl Cells<'_> {
    /// The columns of an item, of these names, from the rows that have its values, ordered by object.
    pub(super) fn columns(&self, item: &Item, rows: &[u32], names: &[String], report: &mut WideReport) -> Vec<Column> {
        let name = names.first().map_or("", String::as_str);
        if let (OptionsAs::Label, Some(labels)) = (self.options_as, &item.options) {
            return self.labels(item, labels, rows, name, report);
        }
        match item.value_type {
            ValueType::Integer
            | ValueType::IntegerPositive
            | ValueType::IntegerNegative
            | ValueType::IntegerZeroOrPositive => {
                column!(self, rows, item, report, name, Int64Column, parse_integer)
            }
            ValueType::Number | ValueType::UnitInterval | ValueType::Percentage => {
                column!(self, rows, item, report, name, Float64Column, parse_number)
            }
            ValueType::Boolean | ValueType::TrueOnly => {
                column!(self, rows, item, report, name, BooleanColumn, parse_boolean)
            }
            ValueType::Date | ValueType::Age => {
                column!(self, rows, item, report, name, DateColumn, parse_date_days)
            }
            ValueType::DateTime => {
                column!(self, rows, item, report, name, NaiveDatetimeColumn, parse_datetime_ms)
            }
            ValueType::Coordinate => self.points(item, rows, names, report),
            _ => column!(self, rows, item, report, name, StringColumn, Some),
        }
    }

    fn points(&self, item: &Item, rows: &[u32], names: &[String], report: &mut WideReport) -> Vec<Column> {
        let mut columns = [(); 2].map(|()| Float64Column::with_capacity(self.height));
        let [longitude, latitude] = &mut columns;
        self.each(
            rows,
            item,
            report,
            |text| parse_coordinate(text).into(),
            |missing, point| {
                for (column, number) in [(&mut *longitude, point.0), (&mut *latitude, point.1)] {
                    column.push_opt_repeat(None, missing);
                    column.push(number);
                }
            },
        );
        let columns = columns.into_iter().zip(names);
        columns
            .map(|(mut column, name)| {
                column.push_opt_repeat(None, self.height - column.len());
                column.finish(name)
            })
            .collect()
    }

    fn labels(
        &self,
        item: &Item,
        labels: &HashMap<String, String>,
        rows: &[u32],
        name: &str,
        report: &mut WideReport,
    ) -> Vec<Column> {
        let several = item.value_type == ValueType::MultiText;
        let mut column = StringColumn::with_capacity(self.height);
        self.each(
            rows,
            item,
            report,
            |text| label(text, labels, several),
            |missing, text| {
                column.push_opt_repeat(None, missing);
                column.push(&text);
            },
        );
        column.push_opt_repeat(None, self.height - column.len());
        vec![column.finish(name)]
    }

    /// Reads the value of each object once, and hands it over with the number of objects that have none before it.
    fn each<'c, T>(
        &'c self,
        rows: &[u32],
        item: &Item,
        report: &mut WideReport,
        read: impl Fn(&'c str) -> Read<T>,
        mut put: impl FnMut(usize, T),
    ) {
        let (mut unfit, mut unlabelled, mut repeated) = (Found::default(), Found::default(), Found::default());
        // The object before and its text, and how many cells there are.
        let mut before: Option<(u32, &str)> = None;
        let mut filled = 0;
        for row in rows {
            let object = self.object_of_row[*row as usize];
            let Some(text) = self.values.get(*row) else { continue };
            if let Some((_, first)) = before.filter(|(same, _)| *same == object) {
                if first != text {
                    repeated.add(self.ids.get(*row));
                }
                continue;
            }
            before = Some((object, text));
            let value = match read(text) {
                Read::Fits(value) => value,
                Read::Unlabelled(value) => {
                    unlabelled.add(self.ids.get(*row));
                    value
                }
                Read::Unfit => {
                    unfit.add(self.ids.get(*row));
                    continue;
                }
            };
            put(object as usize - filled, value);
            filled = object as usize + 1;
        }
        let (id, kind) = (&item.id, &item.value_type);
        unfit.note(id, kind, &mut report.unfit);
        unlabelled.note(id, kind, &mut report.unlabelled);
        repeated.note(id, kind, &mut report.repeated);
    }
}

/// The label of an option's code, or the labels of several.
fn label<'t>(text: &'t str, labels: &'t HashMap<String, String>, several: bool) -> Read<Cow<'t, str>> {
    if let Some(label) = labels.get(text) {
        return Read::Fits(Cow::Borrowed(label));
    }
    if !several {
        return Read::Unlabelled(Cow::Borrowed(text));
    }
    let codes = || text.split(',');
    let shown: Vec<&str> = codes().map(|code| labels.get(code).map_or(code, String::as_str)).collect();
    let shown = Cow::Owned(shown.join(","));
    if codes().all(|code| labels.contains_key(code)) { Read::Fits(shown) } else { Read::Unlabelled(shown) }
}
