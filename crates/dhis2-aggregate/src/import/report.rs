//! What came of every row.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use dhis2_frame::{
    BooleanColumn, ColumnSpec, ColumnType, Format, FrameError, FrameSchema, Int64Column, StringColumn, write_frame,
};
use polars::prelude::{Column, DataFrame, DataType, IntoColumn, StringChunked};

use super::COLUMNS;
use crate::error::InputError;

/// The columns of an import's report: one row for every row to import, in their order.
pub const IMPORT_REPORT: FrameSchema = FrameSchema {
    name: "import_report",
    columns: &[
        ColumnSpec { name: "row", dtype: ColumnType::Int64, doc: "place among the rows to import, from 0" },
        ColumnSpec { name: "data_element_id", dtype: ColumnType::String, doc: "uid of the data element, mapped" },
        ColumnSpec { name: "period", dtype: ColumnType::String, doc: "id of the period, as given" },
        ColumnSpec {
            name: "organisation_unit_id",
            dtype: ColumnType::String,
            doc: "uid of the organisation unit, mapped",
        },
        ColumnSpec {
            name: "category_option_combo_id",
            dtype: ColumnType::String,
            doc: "uid of the category option combo, mapped",
        },
        ColumnSpec {
            name: "attribute_option_combo_id",
            dtype: ColumnType::String,
            doc: "uid of the attribute option combo, mapped",
        },
        ColumnSpec {
            name: "outcome",
            dtype: ColumnType::String,
            doc: "`imported`, `updated`, `ignored`, `deleted`, `rejected`, `not_sent` or `unknown`; in a dry run what would happen",
        },
        ColumnSpec {
            name: "error_code",
            dtype: ColumnType::String,
            doc: "the server's code, such as `E7619`, or this program's, such as `unmapped`; null where nothing is wrong",
        },
        ColumnSpec { name: "message", dtype: ColumnType::String, doc: "why, in words; null where the row went in" },
        ColumnSpec {
            name: "warning",
            dtype: ColumnType::String,
            doc: "what a stricter server would object to, or this one may; null where nothing",
        },
        ColumnSpec {
            name: "value_before",
            dtype: ColumnType::String,
            doc: "the value that the server held; null where none, a deleted one, or where it was not asked",
        },
        ColumnSpec {
            name: "value_after",
            dtype: ColumnType::String,
            doc: "the value that the server holds after it, in a dry run would hold; null where none or unknown",
        },
        ColumnSpec { name: "dry_run", dtype: ColumnType::Boolean, doc: "whether nothing was stored" },
    ],
};

/// What came of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Stored where there was no value, or a deleted one.
    Imported,
    /// Stored over another value.
    Updated,
    /// Left alone: the server holds that value already, or the strategy does not allow the change.
    Ignored,
    /// Deleted.
    Deleted,
    /// Not taken: something is wrong with the row.
    Rejected,
    /// Not sent, or sent in vain: the server does not hold it because of this import.
    NotSent,
    /// Sent, and then neither an answer came nor could the server be asked what it holds.
    Unknown,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Imported, Self::Updated, Self::Ignored, Self::Deleted, Self::Rejected, Self::NotSent, Self::Unknown];

    /// The name in a report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Imported => "imported",
            Self::Updated => "updated",
            Self::Ignored => "ignored",
            Self::Deleted => "deleted",
            Self::Rejected => "rejected",
            Self::NotSent => "not_sent",
            Self::Unknown => "unknown",
        }
    }

    /// Whether a row with this end is not as it was meant to be.
    pub const fn is_error(self) -> bool {
        matches!(self, Self::Rejected | Self::NotSent | Self::Unknown)
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// How many rows met which end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportCounts {
    /// Stored where there was no value, or a deleted one.
    pub imported: usize,
    /// Stored over another value.
    pub updated: usize,
    /// Left alone. (Servers up to 2.42 count rejected rows here too.)
    pub ignored: usize,
    /// Deleted.
    pub deleted: usize,
    /// Not taken: something is wrong with the row.
    pub rejected: usize,
    /// Not sent, or sent in vain.
    pub not_sent: usize,
    /// Sent, and it could not be found out what became of it.
    pub unknown: usize,
}

/// Why a row met its end. Shared by the rows that it explains.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Cause {
    pub(crate) code: Cow<'static, str>,
    pub(crate) message: Arc<str>,
}

impl Cause {
    pub(crate) fn new(code: impl Into<Cow<'static, str>>, message: impl AsRef<str>) -> Self {
        Self { code: code.into(), message: message.as_ref().into() }
    }
}

impl fmt::Debug for Cause {
    /// The code only: a server's message may repeat a value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cause({})", self.code)
    }
}

/// What is known of one row.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) outcome: Outcome,
    pub(crate) cause: Option<Cause>,
    pub(crate) warning: Option<Arc<str>>,
    pub(crate) before: Option<Box<str>>,
    pub(crate) after: Option<Box<str>>,
}

impl Line {
    pub(crate) const fn new() -> Self {
        Self { outcome: Outcome::NotSent, cause: None, warning: None, before: None, after: None }
    }

    pub(crate) fn end(&mut self, outcome: Outcome, cause: Option<Cause>) {
        self.outcome = outcome;
        self.cause = cause;
    }
}

impl fmt::Debug for Line {
    /// Without values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("outcome", &self.outcome).field("cause", &self.cause).finish_non_exhaustive()
    }
}

pub(crate) fn count(lines: &[Line]) -> ImportCounts {
    let mut counts = ImportCounts::default();
    for line in lines {
        *match line.outcome {
            Outcome::Imported => &mut counts.imported,
            Outcome::Updated => &mut counts.updated,
            Outcome::Ignored => &mut counts.ignored,
            Outcome::Deleted => &mut counts.deleted,
            Outcome::Rejected => &mut counts.rejected,
            Outcome::NotSent => &mut counts.not_sent,
            Outcome::Unknown => &mut counts.unknown,
        } += 1;
    }
    counts
}

/// The report as a frame. `ids`: the five key columns, mapped.
pub(crate) fn frame(ids: &[StringChunked], lines: &[Line], dry_run: bool) -> Result<DataFrame, FrameError> {
    let mut row = Int64Column::with_capacity(lines.len());
    let mut texts = [(); 6].map(|()| StringColumn::with_capacity(lines.len()));
    for (number, line) in (0_i64..).zip(lines) {
        row.push(number);
        let cause = line.cause.as_ref();
        let cells = [
            Some(line.outcome.name()),
            cause.map(|cause| cause.code.as_ref()).filter(|_| line.outcome.is_error()),
            cause.map(|cause| cause.message.as_ref()),
            line.warning.as_deref(),
            line.before.as_deref(),
            line.after.as_deref(),
        ];
        for (column, cell) in texts.iter_mut().zip(cells) {
            column.push_opt(cell);
        }
    }
    let ids = ids.iter().zip(COLUMNS).map(|(ids, name)| ids.clone().with_name(name.into()).into_column());
    let names = IMPORT_REPORT.names().skip(6);
    let texts = texts.into_iter().zip(names).map(|(column, name)| column.finish(name));
    let mut dry = BooleanColumn::with_capacity(lines.len());
    dry.push_repeat(dry_run, lines.len());
    let dry = std::iter::once(dry.finish("dry_run"));
    let columns: Vec<Column> = std::iter::once(row.finish("row")).chain(ids).chain(texts).chain(dry).collect();
    let frame = DataFrame::new(lines.len(), columns)?;
    IMPORT_REPORT.check(&frame)?;
    Ok(frame)
}

/// Writes the report into a file.
pub(crate) fn write(path: &Path, ids: &[StringChunked], lines: &[Line], dry_run: bool) -> Result<(), FrameError> {
    write_frame(&frame(ids, lines, dry_run)?, path, Format::from_path(path)?).map(drop)
}

/// The lines of an earlier report on the same rows.
pub(crate) fn lines(report: &DataFrame, ids: &[StringChunked]) -> Result<Vec<Line>, InputError> {
    let differs = |difference: String| InputError::OtherRows { difference };
    // From CSV and NDJSON every column comes as text.
    let text = |name: &str| {
        let column = report.column(name).map_err(|_| differs(format!("it has no column `{name}`")))?;
        Ok::<_, InputError>(column.cast(&DataType::String)?.str()?.clone())
    };
    let rows = ids.first().map_or(0, StringChunked::len);
    if report.height() != rows {
        return Err(differs(format!("it has {} rows, and there are {rows}", report.height())));
    }
    for (ids, name) in ids.iter().zip(COLUMNS) {
        let then = text(name)?;
        if let Some(row) = ids.iter().zip(then.iter()).position(|(now, then)| now != then) {
            return Err(differs(format!("`{name}` of row {row} is another")));
        }
    }
    if text("dry_run")?.iter().any(|dry| dry == Some("true")) {
        return Err(InputError::DryReport);
    }
    let [outcomes, codes, messages, warnings, before, after] =
        ["outcome", "error_code", "message", "warning", "value_before", "value_after"].map(text);
    let (outcomes, codes, messages, warnings) = (outcomes?, codes?, messages?, warnings?);
    let (before, after) = (before?, after?);
    (0..rows)
        .map(|row| {
            let outcome = outcomes.get(row).and_then(Outcome::parse);
            let code = codes.get(row).unwrap_or_default();
            let cause = messages.get(row).map(|message| Cause::new(code.to_owned(), message));
            Ok(Line {
                outcome: outcome.ok_or_else(|| differs(format!("row {row} has no known outcome")))?,
                cause,
                warning: warnings.get(row).map(Into::into),
                before: before.get(row).map(Into::into),
                after: after.get(row).map(Into::into),
            })
        })
        .collect()
}
