//! All recordings of real servers, where they are at hand: each good answer must pass, and each other one be an error.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use dhis2_api::request::ApiRequest;
use dhis2_http::{Client, Credentials, HttpError, Replay};
use serde_json::Value;
use url::Url;

/// The recordings lie beside the project, not in it.
fn recordings() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recordings");
    folder.is_dir().then_some(folder)
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "har") {
            found.push(path);
        }
    }
}

#[tokio::test]
async fn every_recorded_answer_is_judged_rightly() {
    let Some(folder) = recordings() else { return };
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    let mut judged = 0;
    for path in paths {
        let har: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let mut clients = HashMap::new();
        for entry in har["log"]["entries"].as_array().unwrap() {
            let url = Url::parse(entry["request"]["url"].as_str().unwrap()).unwrap();
            let Some(api) = url.path().strip_prefix("/api/") else { continue };
            if entry["request"]["method"] != "GET" {
                continue;
            }
            // What an account asked twice is answered in order, as it is asked here.
            let account = entry.get("comment").and_then(Value::as_str);
            let client = clients.entry(account).or_insert_with(|| {
                let replay = Replay::open(&path).unwrap().account(account.unwrap_or_default());
                Client::new("https://dhis2.example.org", Credentials::None, replay).unwrap()
            });
            let request =
                url.query_pairs().fold(ApiRequest::get(api), |request, (name, value)| request.param(name, value));
            let status = entry["response"]["status"].as_u64().unwrap();
            let content = &entry["response"]["content"];
            let xml = content["mimeType"].as_str().unwrap().contains("xml");
            let empty = content["text"] == "";
            let outcome = client.get(&request).await;
            let place = format!("{}: {request} {status}", path.display());
            match (status, outcome) {
                (200, Ok(answer)) => {
                    assert!(!xml && (!empty || api == "ping"), "{place}");
                    assert_eq!(answer.body, content["text"].as_str().unwrap(), "{place}");
                }
                (200, Err(error)) if empty => {
                    assert!(matches!(error, HttpError::EmptyAnswer { .. }), "{place}: {error}");
                }
                (200, Err(error)) => assert!(xml && matches!(error, HttpError::ContentType { .. }), "{place}: {error}"),
                (302, Err(error)) => assert!(error.is_authentication(), "{place}: {error}"),
                (_, Ok(_)) => panic!("{place} passed for good"),
                (_, Err(error)) => {
                    assert_eq!(error.status().map(|s| u64::from(s.as_u16())), Some(status), "{place}: {error}");
                    assert_eq!(error.is_refused(), status == 403 || is_refusal(content), "{place}: {error}");
                    assert!(error.to_string().len() < 2000, "{place}: {error}");
                }
            }
            judged += 1;
        }
    }
    assert!(judged > 1000, "only {judged} answers were found");
}

/// What the wire document (sections 1.4, 2.3) and the recordings of accounts with a narrow reach know of refusals.
fn is_refusal(content: &Value) -> bool {
    let marks = [
        r#""errorCode":"E1006""#,
        r#""errorCode":"E2010""#,
        r#""errorCode":"E2011""#,
        r#""errorCode":"E2012""#,
        "OWNERSHIP_ACCESS_DENIED",
        "is not part of the search scope",
        "not authorized to query across all organisation units",
    ];
    let text = content["text"].as_str().unwrap();
    marks.iter().any(|mark| text.contains(mark))
}
