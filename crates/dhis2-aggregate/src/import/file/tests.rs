use dhis2_frame::write_frame;
use polars::df;

use super::*;

fn rows() -> DataFrame {
    df!(
        "data_element_id" => ["KcNX91wS0l9", "KcNX91wS0l9", "KcNX91wS0l9"],
        "period" => ["202401", "202402", "202403"],
        "organisation_unit_id" => ["YjtKhmjECkQ", "YjtKhmjECkQ", "YjtKhmjECkQ"],
        "category_option_combo_id" => ["HllvX50cXC0", "HllvX50cXC0", "HllvX50cXC0"],
        "attribute_option_combo_id" => ["HllvX50cXC0", "HllvX50cXC0", "HllvX50cXC0"],
        "value" => [Some("007"), None, Some("a \"b\",\n👶")],
    )
    .unwrap()
}

fn read(name: &str, content: &str) -> Result<DataValueFile, AggregateError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    read_data_values(&path)
}

#[test]
fn an_extract_is_read_back_from_every_format() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.parquet", "a.csv", "a.arrow", "a.ndjson"] {
        let path = folder.path().join(name);
        let mut frame = rows();
        frame.with_column(polars::prelude::Column::new("last_updated".into(), [None::<&str>; 3])).unwrap();
        write_frame(&frame, &path, Format::from_path(&path).unwrap()).unwrap();
        let file = read_data_values(&path).unwrap();
        assert!(file.rows.equals_missing(&rows()), "{name}: {}", file.rows);
        assert_eq!(file.deleted, 0);
        write_frame(&frame.clear(), &path, Format::from_path(&path).unwrap()).unwrap();
        let empty = read_data_values(&path).unwrap().rows;
        assert!(empty.equals(&rows().clear()), "{name}: {empty}");
    }
}

/// Rows as 2.42 and 2.43 export them.
#[test]
fn dhis2s_own_exports_are_read_without_what_is_deleted() {
    let csv = "dataelement,period,orgunit,categoryoptioncombo,attributeoptioncombo,value,storedby,lastupdated,comment,followup,deleted\n\
        \"KcNX91wS0l9\",\"202401\",\"YjtKhmjECkQ\",\"HllvX50cXC0\",\"HllvX50cXC0\",\"007\",\"admin\",\"2024-02-01\",,false,null\n\
        KcNX91wS0l9,202402,YjtKhmjECkQ,HllvX50cXC0,HllvX50cXC0,9,admin,2024-02-01,,,true\n";
    let whole = r#"{"dataValues":[
        {"dataElement":"KcNX91wS0l9","period":"202401","orgUnit":"YjtKhmjECkQ","categoryOptionCombo":"HllvX50cXC0","attributeOptionCombo":"HllvX50cXC0","value":"007","comment":null,"followup":false},
        {"dataElement":"KcNX91wS0l9","period":"202402","orgUnit":"YjtKhmjECkQ","categoryOptionCombo":"HllvX50cXC0","attributeOptionCombo":"HllvX50cXC0","value":"9","deleted":true}]}"#;
    let hoisted = r#"{"dataSet":"pPqq629bfL1","period":"202401","orgUnit":"YjtKhmjECkQ","attributeOptionCombo":"HllvX50cXC0","dataValues":[
        {"dataElement":"KcNX91wS0l9","categoryOptionCombo":"HllvX50cXC0","value":"007"},
        {"dataElement":"KcNX91wS0l9","categoryOptionCombo":"mBxIoOg72GX","value":"9","deleted":true}]}"#;
    for (name, content) in [("a.csv", csv), ("a.json", whole), ("a.JSON", hoisted)] {
        let file = read(name, content).unwrap();
        assert!(file.rows.equals_missing(&rows().head(Some(1))), "{name}: {}", file.rows);
        assert_eq!(file.deleted, 1, "{name}");
    }
}

#[test]
fn files_that_are_no_data_values_are_errors_that_repeat_nothing() {
    for (name, content) in [
        ("a.csv", "Anna\n1\n"),
        ("a.parquet", "Anna"),
        ("a.arrow", "Anna"),
        ("a.ndjson", "{\"value\":[\"Anna\"]}\n"),
        ("a.ndjson", "Anna"),
        ("a.json", "{\"dataValues\":[\"Anna\"]}"),
        ("a.json", "{\"status\":\"ERROR\",\"message\":\"Anna\"}"),
        ("a.json", "[]"),
        ("a.csv", ""),
        ("a.xlsx", "Anna"),
    ] {
        let error = read(name, content).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("Anna"), "{error:?}");
    }
    assert!(matches!(read_data_values(Path::new("/nowhere/a.json")), Err(AggregateError::Frame(_))));
}
