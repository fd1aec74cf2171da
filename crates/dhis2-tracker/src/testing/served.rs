//! A server that answers what was recorded of a real one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use dhis2_extract::Engine;
use dhis2_http::{Client, Credentials, MemoryTransport, Response};
use serde_json::{Value, json};

use crate::testing::recordings::Recordings;

/// A server, and what it was asked.
pub(crate) struct Served {
    pub(crate) engine: Engine,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Served {
    /// The server with this walk under each collection: page by page, or the whole where no page is asked for. It knows
    /// every organisation unit, the relationship types of the recording, and programs with registration.
    pub(crate) fn new(recordings: &Recordings, walks: &[(&str, &str)]) -> Self {
        let info = recordings.bodies("system/info-superuser.har").remove(0);
        let types = recordings.bodies("metadata/relationshipTypes.har").remove(0);
        let pages: HashMap<String, Vec<String>> = walks
            .iter()
            .map(|(collection, walk)| {
                (format!("/api/tracker/{collection}"), recordings.bodies(&format!("tracker/{walk}.har")))
            })
            .collect();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        let transport = MemoryTransport::new(move |request| {
            let path = request.url.path();
            let parameter = |wanted: &str| {
                request.url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
            };
            noted.lock().unwrap().push(request.url.to_string());
            let body = match path {
                "/api/system/info" => info.clone(),
                "/api/me" => json!({ "username": "admin", "authorities": ["ALL"] }).to_string(),
                "/api/relationshipTypes" => types.clone(),
                "/api/programs" => json!({ "programs": [{ "programType": "WITH_REGISTRATION" }] }).to_string(),
                "/api/organisationUnits" => {
                    json!({ "organisationUnits": [{ "id": "KdK92fYEfTw", "path": "/KdK92fYEfTw" }] }).to_string()
                }
                path => match (pages.get(path), parameter("page")) {
                    (None, _) => return Ok(Response::json(404, "{}")),
                    (Some(pages), Some(page)) => {
                        // Past the last recorded page, which is empty, comes the same.
                        let page = page.parse::<usize>().unwrap().min(pages.len());
                        pages[page - 1].clone()
                    }
                    (Some(pages), None) => together(pages),
                },
            };
            Ok(Response::json(200, body))
        });
        let client =
            Client::new("https://dhis2.example.org", Credentials::basic("admin", "district"), transport).unwrap();
        Self { engine: Engine::new(client), asked }
    }

    /// What was asked of a path.
    pub(crate) fn asked(&self, path: &str) -> Vec<String> {
        self.asked.lock().unwrap().iter().filter(|url| url.contains(path)).cloned().collect()
    }
}

/// All pages in one answer.
fn together(pages: &[String]) -> String {
    let mut all = serde_json::Map::new();
    for page in pages {
        let page: Value = serde_json::from_str(page).unwrap();
        for (key, list) in page.as_object().unwrap().iter().filter(|(_, value)| value.is_array()) {
            let rows = all.entry(key.clone()).or_insert_with(|| json!([]));
            rows.as_array_mut().unwrap().extend(list.as_array().unwrap().iter().cloned());
        }
    }
    Value::Object(all).to_string()
}
