//! Frames the tests write.
#![allow(dead_code, reason = "not every test file uses every helper")]

use std::path::{Path, PathBuf};

use dhis2_frame::{
    BooleanColumn, DateColumn, DatetimeColumn, Float64Column, Format, Int64Column, StringColumn, write_frame,
};
use polars::prelude::{DataFrame, IntoColumn, ListBuilderTrait, ListStringChunkedBuilder};

/// Texts that have broken a writer somewhere: quotes, line ends, separators, characters above U+FFFF, longer than a
/// view holds, blank ends, things that look like nulls or formulas; then a null.
pub(crate) fn awkward_texts() -> Vec<Option<&'static str>> {
    vec![
        Some("plain"),
        Some(""),
        Some("a \"quoted\" word"),
        Some("\""),
        Some("two\nlines"),
        Some("two\r\nlines"),
        Some("\r"),
        Some("comma, semicolon; tab\t"),
        Some("Kédougou \u{1F3E5}\u{1F468}\u{200D}\u{2695}\u{FE0F} ｗｉｄｅ"),
        Some(" blank ends "),
        Some("null"),
        Some("NaN"),
        Some("=1+1"),
        Some("#comment"),
        Some("\\ backslash \\n"),
        Some("control \u{1} \u{7f} \u{2028}"),
        Some("a text that is far longer than the twelve bytes a view holds"),
        None,
    ]
}

/// Every awkward text, beside a column of each other type with its own extremes and nulls.
pub(crate) fn awkward_frame() -> DataFrame {
    let texts = awkward_texts();
    let rows = texts.len();
    let mut text = StringColumn::with_capacity(rows);
    let mut instant = DatetimeColumn::with_capacity(rows);
    let mut flag = BooleanColumn::with_capacity(rows);
    let mut whole = Int64Column::with_capacity(rows);
    let mut real = Float64Column::with_capacity(rows);
    for (row, value) in texts.iter().enumerate() {
        text.push_opt(*value);
        instant.push_opt(match row % 4 {
            0 => Some(1_705_310_130_250),
            1 => Some(-1),
            2 => Some(0),
            _ => None,
        });
        flag.push_opt([Some(true), Some(false), None][row % 3]);
        whole.push_opt([Some(i64::MAX), None, Some(i64::MIN), Some(0)][row % 4]);
        real.push_opt([Some(0.1), Some(-1e300), None, Some(2.0)][row % 4]);
    }
    DataFrame::new(
        rows,
        vec![
            text.finish("text, \"quoted\""),
            instant.finish("instant"),
            flag.finish("flag"),
            whole.finish("whole"),
            real.finish("real"),
        ],
    )
    .unwrap()
}

/// A frame of two columns, the second of type `List(String)`.
pub(crate) fn list_frame() -> DataFrame {
    let mut lists = ListStringChunkedBuilder::new("org_units".into(), 4, 8);
    lists.append_values_iter(["a", "b \"x\", \u{1F3E5}"].into_iter());
    lists.append_null();
    lists.append_values_iter(std::iter::empty());
    lists.append_trusted_len_iter([None, Some("")].iter().copied());
    let mut id = StringColumn::default();
    for value in ["one", "two", "three", "four"] {
        id.push(value);
    }
    DataFrame::new(4, vec![id.finish("id"), lists.finish().into_column()]).unwrap()
}

/// A frame of one column of dates.
pub(crate) fn date_frame() -> DataFrame {
    let mut column = DateColumn::default();
    for days in [Some(19_737), None, Some(0), Some(-719_529)] {
        column.push_opt(days);
    }
    DataFrame::new(4, vec![column.finish("born")]).unwrap()
}

/// The same rows in three chunks of memory, as joined pages are.
pub(crate) fn in_chunks(frame: &DataFrame) -> DataFrame {
    let mut parts = frame.slice(0, 2);
    parts.vstack_mut(&frame.slice(2, 1)).unwrap();
    parts.vstack_mut(&frame.slice(3, frame.height())).unwrap();
    assert_eq!(parts.height(), frame.height());
    parts
}

/// Writes the frame into a fresh folder and hands over its path; the folder lives as long as the first part.
pub(crate) fn written(frame: &DataFrame, name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let file = write_frame(frame, &path, Format::from_path(&path).unwrap()).unwrap();
    assert_eq!(file.path, path);
    assert_eq!(file.rows, frame.height());
    assert_eq!(file.bytes, std::fs::metadata(&path).unwrap().len());
    assert_eq!(names_in(folder.path()), [name], "only the file itself is left");
    (folder, path)
}

/// The names in a folder, hidden ones too, sorted.
pub(crate) fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
