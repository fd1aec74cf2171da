//! Frames written and read back.

mod support;

use std::fs::File;
use std::path::Path;

use dhis2_frame::StringColumn;
use polars::prelude::{
    CsvParseOptions, CsvReadOptions, DataFrame, DataType, IpcReader, ParquetReader, Schema, SerReader,
};
use serde_json::{Map, Value};
use support::{awkward_frame, awkward_texts, date_frame, in_chunks, list_frame, written};

fn read_binary(path: &Path) -> DataFrame {
    let file = File::open(path).unwrap();
    match path.extension().unwrap().to_str().unwrap() {
        "parquet" => ParquetReader::new(file).finish().unwrap(),
        "arrow" => IpcReader::new(file).finish().unwrap(),
        other => panic!("{other}"),
    }
}

#[test]
fn parquet_and_arrow_give_back_the_same_frame() {
    for name in ["a.parquet", "a.arrow"] {
        for frame in [awkward_frame(), list_frame(), date_frame(), in_chunks(&awkward_frame())] {
            let (_folder, path) = written(&frame, name);
            let back = read_binary(&path);
            assert_eq!(back.schema(), frame.schema(), "{name}");
            assert!(back.equals_missing(&frame), "{name}: {back}");
        }
    }
}

#[test]
fn a_frame_without_rows_keeps_its_schema() {
    for frame in [awkward_frame().clear(), list_frame().clear()] {
        for name in ["a.parquet", "a.arrow"] {
            let (_folder, path) = written(&frame, name);
            let back = read_binary(&path);
            assert_eq!((back.schema(), back.height()), (frame.schema(), 0), "{name}");
        }
        let (_folder, path) = written(&frame, "a.ndjson");
        assert_eq!(std::fs::read(path).unwrap(), b"");
        let (_folder, path) = written(&frame, "a.csv");
        assert_eq!(std::fs::read_to_string(path).unwrap().lines().count(), 1);
    }
}

#[test]
fn parquet_is_compressed() {
    let frame = awkward_frame();
    let mut long = frame.clone();
    for _ in 0..9 {
        let half = long.clone();
        long.vstack_mut(&half).unwrap();
    }
    let (_folder, parquet) = written(&long, "a.parquet");
    let file = std::fs::read(parquet).unwrap();
    let (_folder, csv) = written(&long, "a.csv");
    assert!(10 * file.len() < std::fs::read(csv).unwrap().len());
    let metadata = ParquetReader::new(std::io::Cursor::new(file)).get_metadata().unwrap().clone();
    for group in &metadata.row_groups {
        for column in group.parquet_columns() {
            assert_eq!(format!("{:?}", column.compression()), "Zstd");
        }
    }
}

#[test]
fn texts_that_repeat_stand_once_in_a_parquet_file() {
    let mut period = StringColumn::default();
    for row in 0..10_000 {
        period.push(["202401", "202402", "202403"][row % 3]);
    }
    let frame = DataFrame::new(10_000, vec![period.finish("period")]).unwrap();
    let (_folder, parquet) = written(&frame, "a.parquet");
    let metadata = ParquetReader::new(File::open(parquet).unwrap()).get_metadata().unwrap().clone();
    for group in &metadata.row_groups {
        for column in group.parquet_columns() {
            assert!(column.dictionary_page_offset().is_some());
        }
    }
}

#[test]
fn polars_reads_csv_back_and_tells_nulls_from_empty_texts() {
    let frame = awkward_frame();
    for frame in [frame.clone(), in_chunks(&frame)] {
        let (_folder, path) = written(&frame, "a.csv");
        let as_text: Schema = frame.columns().iter().map(|column| (column.name().clone(), DataType::String)).collect();
        let back = CsvReadOptions::default()
            .with_has_header(true)
            .with_schema(Some(as_text.into()))
            .with_parse_options(CsvParseOptions::default().with_eol_char(b'\n'))
            .try_into_reader_with_file_path(Some(path))
            .unwrap()
            .finish()
            .unwrap();
        let column = |name: &str| -> Vec<Option<String>> {
            let cells = back.column(name).unwrap().str().unwrap();
            cells.iter().map(|cell| cell.map(str::to_owned)).collect()
        };
        let texts: Vec<_> = awkward_texts().into_iter().map(|text| text.map(str::to_owned)).collect();
        assert_eq!(column("text, \"quoted\""), texts);
        let owned = |cells: &[Option<&str>]| -> Vec<Option<String>> {
            let cells = cells.iter().map(|cell| cell.map(str::to_owned));
            cells.cycle().take(texts.len()).collect()
        };
        assert_eq!(
            column("instant"),
            owned(&[
                Some("2024-01-15T09:15:30.250Z"),
                Some("1969-12-31T23:59:59.999Z"),
                Some("1970-01-01T00:00:00.000Z"),
                None
            ])
        );
        assert_eq!(column("flag"), owned(&[Some("true"), Some("false"), None]));
        assert_eq!(
            column("whole"),
            owned(&[Some("9223372036854775807"), None, Some("-9223372036854775808"), Some("0")])
        );
        let reals = column("real");
        let reals: Vec<Option<f64>> =
            reals.iter().map(|cell| cell.as_deref().map(|text| text.parse().unwrap())).collect();
        let want: Vec<Option<f64>> = frame.column("real").unwrap().f64().unwrap().iter().collect();
        assert_eq!(reals, want);
    }
}

fn objects(path: &Path) -> Vec<Map<String, Value>> {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn ndjson_has_every_column_in_every_line() {
    let frame = awkward_frame();
    for frame in [frame.clone(), in_chunks(&frame)] {
        let (_folder, path) = written(&frame, "a.ndjson");
        let rows = objects(&path);
        assert_eq!(rows.len(), frame.height());
        for (row, (object, text)) in rows.iter().zip(awkward_texts()).enumerate() {
            assert_eq!(object.len(), 5);
            assert_eq!(object["text, \"quoted\""], Value::from(text));
            let instant = [
                Some("2024-01-15T09:15:30.250Z"),
                Some("1969-12-31T23:59:59.999Z"),
                Some("1970-01-01T00:00:00.000Z"),
                None,
            ][row % 4];
            assert_eq!(object["instant"], Value::from(instant));
            assert_eq!(object["flag"], Value::from([Some(true), Some(false), None][row % 3]));
            let whole = [Some(i64::MAX), None, Some(i64::MIN), Some(0)][row % 4];
            assert_eq!(object["whole"], Value::from(whole));
            let real = [Some(0.1), Some(-1e300), None, Some(2.0)][row % 4];
            assert_eq!(object["real"], Value::from(real));
        }
    }
}

#[test]
fn lists_of_texts_are_json_arrays() {
    for frame in [list_frame(), in_chunks(&list_frame())] {
        let (_folder, path) = written(&frame, "a.jsonl");
        assert_eq!(
            std::fs::read_to_string(path).unwrap(),
            "{\"id\":\"one\",\"org_units\":[\"a\",\"b \\\"x\\\", \u{1F3E5}\"]}\n\
             {\"id\":\"two\",\"org_units\":null}\n\
             {\"id\":\"three\",\"org_units\":[]}\n\
             {\"id\":\"four\",\"org_units\":[null,\"\"]}\n"
        );
        let (_folder, path) = written(&frame, "a.csv");
        assert_eq!(
            std::fs::read_to_string(path).unwrap(),
            "id,org_units\n\
             one,\"[\"\"a\"\",\"\"b \\\"\"x\\\"\", \u{1F3E5}\"\"]\"\n\
             two,\n\
             three,[]\n\
             four,\"[null,\"\"\"\"]\"\n"
        );
    }
}
