//! What the tests share: recorded answers, servers that are functions, frames as JSON.

// Every test file takes what it needs.
#![allow(dead_code, unreachable_pub)]

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex};

use dhis2_http::{Client, Credentials, MemoryTransport, Response};
use flate2::read::GzDecoder;
use polars::frame::DataFrame;
use polars::prelude::{AnyValue, DataType};
use serde_json::{Value, json};
use url::Url;

pub const VERSIONS: [&str; 6] = ["2.38.7", "2.39.10.1", "2.40.12", "2.41.9.1", "2.42.5.2", "2.43.1"];

/// The answers recorded in a file, in order: what was asked, status, body.
pub fn recorded(version: &str, file: &str) -> Vec<(Url, u16, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/{version}/{file}.har.gz"));
    let mut text = String::new();
    GzDecoder::new(File::open(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
        .read_to_string(&mut text)
        .unwrap();
    let har: Value = serde_json::from_str(&text).unwrap();
    let entry = |entry: &Value| {
        let response = &entry["response"];
        let status = response["status"].as_u64().unwrap().try_into().unwrap();
        let body = response["content"]["text"].as_str().unwrap().to_owned();
        (entry["request"]["url"].as_str().unwrap().parse().unwrap(), status, body)
    };
    har["log"]["entries"].as_array().unwrap().iter().map(entry).collect()
}

/// The recorded body of a whole collection.
pub fn body(version: &str, collection: &str) -> String {
    recorded(version, collection).remove(0).2
}

/// The objects of a recorded collection.
pub fn objects(version: &str, collection: &str) -> Vec<Value> {
    let body: Value = serde_json::from_str(&body(version, collection)).unwrap();
    body[collection].as_array().unwrap().clone()
}

/// What a server was asked, without what it says about itself.
#[derive(Debug, Clone, Default)]
pub struct Log(Arc<Mutex<Vec<Url>>>);

impl Log {
    pub fn urls(&self) -> Vec<Url> {
        self.0.lock().unwrap().clone()
    }
}

/// A parameter of a request, each time it is there.
pub fn param(url: &Url, name: &str) -> Vec<String> {
    url.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value.into_owned()).collect()
}

/// The collection that a request is about.
pub fn collection(url: &Url) -> String {
    url.path().rsplit('/').next().unwrap().to_owned()
}

/// A server of a version that is a function of the request, with status and body.
pub fn server(version: &str, answer: impl Fn(&Url) -> (u16, String) + Send + Sync + 'static) -> (Client, Log) {
    let log = Log::default();
    let kept = log.clone();
    let info = json!({ "version": version }).to_string();
    let transport = MemoryTransport::new(move |request| {
        if request.url.path().ends_with("/system/info") {
            return Ok(Response::json(200, info.clone()));
        }
        kept.0.lock().unwrap().push(request.url.clone());
        let (status, body) = answer(&request.url);
        Ok(Response::json(status, body))
    });
    (Client::new("https://dhis2.example.org", Credentials::None, transport).unwrap(), log)
}

/// A server that answers every request about a collection as it was recorded.
pub fn recorded_server(version: &'static str) -> (Client, Log) {
    server(version, move |url| (200, body(version, &collection(url))))
}

/// A server that answers every request the same.
pub fn fixed_server(body: &'static str) -> Client {
    server("2.42.5.2", move |_| (200, body.to_owned())).0
}

/// The rows of a frame as JSON; times as text.
pub fn rows(frame: &DataFrame) -> Vec<Vec<Value>> {
    let row = |place: usize| frame.columns().iter().map(|column| cell(column.get(place).unwrap())).collect();
    (0..frame.height()).map(row).collect()
}

fn cell(value: AnyValue<'_>) -> Value {
    match value {
        AnyValue::Null => Value::Null,
        AnyValue::String(_) | AnyValue::StringOwned(_) => json!(value.get_str()),
        AnyValue::Boolean(flag) => json!(flag),
        AnyValue::Int64(number) => json!(number),
        AnyValue::List(list) => list.str().unwrap().iter().map(|text| json!(text)).collect(),
        AnyValue::Datetime(..) | AnyValue::DatetimeOwned(..) => json!(value.to_string()),
        other => panic!("{other:?}"),
    }
}

pub fn names(frame: &DataFrame) -> Vec<&str> {
    frame.columns().iter().map(|column| column.name().as_str()).collect()
}

pub fn types(frame: &DataFrame) -> Vec<String> {
    frame.dtypes().iter().map(DataType::to_string).collect()
}
