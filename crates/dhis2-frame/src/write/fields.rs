//! A frame read row by row, for the formats that are text.

use std::ops::Range;

use polars::prelude::{Column, DataFrame, DataType, TimeUnit};
use polars_arrow::array::{Array, Utf8ViewArray};

use super::Format;
use crate::FrameError;

/// One cell of a frame, as it is to be written.
pub(super) enum Field<'a> {
    Null,
    Text(&'a str),
    Flag(bool),
    Whole(i64),
    Real(f64),
    /// Milliseconds since 1970, and what to write after the time: `Z` for an instant, nothing for a wall clock.
    Instant(i64, &'static str),
    /// Days since 1970-01-01.
    Day(i32),
    /// A list of texts: these places of an array that all lists of the column share.
    Texts(&'a Utf8ViewArray, Range<usize>),
}

type Fields<'a> = Box<dyn Iterator<Item = Field<'a>> + 'a>;

/// A frame's names, and its columns as streams of fields.
pub(super) struct Rows<'a> {
    pub(super) names: Vec<&'a str>,
    pub(super) height: usize,
    columns: Vec<Fields<'a>>,
}

impl<'a> Rows<'a> {
    /// # Errors
    ///
    /// [`FrameError::UnsupportedColumn`] for a column that has no text form.
    pub(super) fn of(frame: &'a DataFrame, format: Format) -> Result<Self, FrameError> {
        Ok(Self {
            names: frame.columns().iter().map(|column| column.name().as_str()).collect(),
            height: frame.height(),
            columns: frame.columns().iter().map(|column| fields(column, format)).collect::<Result<_, _>>()?,
        })
    }

    /// The next row's fields, from left to right. To be taken to the end, `height` times.
    pub(super) fn next_row(&mut self) -> impl Iterator<Item = Field<'a>> {
        // Every column has the frame's height, so none ends early.
        self.columns.iter_mut().map(|column| column.next().unwrap_or(Field::Null))
    }
}

fn fields(column: &Column, format: Format) -> Result<Fields<'_>, FrameError> {
    let unsupported =
        || FrameError::UnsupportedColumn { column: column.name().to_string(), dtype: column.dtype().clone(), format };
    Ok(match column.dtype() {
        DataType::String => stream(column.str()?.iter(), Field::Text),
        DataType::Categorical(..) => stream(column.cat32()?.iter_str(), Field::Text),
        DataType::Boolean => stream(column.bool()?.iter(), Field::Flag),
        DataType::Int32 => stream(column.i32()?.iter(), |n| Field::Whole(n.into())),
        DataType::UInt32 => stream(column.u32()?.iter(), |n| Field::Whole(n.into())),
        DataType::Int64 => stream(column.i64()?.iter(), Field::Whole),
        DataType::Float64 => stream(column.f64()?.iter(), Field::Real),
        DataType::Date => stream(column.date()?.physical().iter(), Field::Day),
        // Finer units would lose digits.
        DataType::Datetime(TimeUnit::Milliseconds, zone) => {
            let zone = if zone.is_some() { "Z" } else { "" };
            stream(column.datetime()?.physical().iter(), move |ms| Field::Instant(ms, zone))
        }
        DataType::List(inner) if **inner == DataType::String => list_fields(column)?.ok_or_else(unsupported)?,
        _ => return Err(unsupported()),
    })
}

fn stream<'a, T>(values: impl Iterator<Item = Option<T>> + 'a, field: impl Fn(T) -> Field<'a> + 'a) -> Fields<'a> {
    Box::new(values.map(move |value| value.map_or(Field::Null, &field)))
}

/// The fields of a list column, or `None` if its elements are not stored as text.
fn list_fields(column: &Column) -> Result<Option<Fields<'_>>, FrameError> {
    let mut chunks = Vec::new();
    for list in column.list()?.downcast_iter() {
        match list.values().as_any().downcast_ref::<Utf8ViewArray>() {
            Some(texts) => chunks.push((list, texts)),
            None => return Ok(None),
        }
    }
    let fields = chunks.into_iter().flat_map(|(list, texts)| {
        (0..list.len()).map(move |row| {
            if list.is_null(row) {
                Field::Null
            } else {
                let (start, end) = list.offsets().start_end(row);
                Field::Texts(texts, start..end)
            }
        })
    });
    Ok(Some(Box::new(fields)))
}
