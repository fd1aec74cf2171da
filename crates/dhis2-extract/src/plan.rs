//! What a run will ask for, before anything is fetched.

use dhis2_http::Client;
use serde::{Deserialize, Serialize};

use crate::engine::Preparation;
use crate::proof::content_id;
use crate::protect::told;
use crate::receipt::{ServerReceipt, Warning};
use crate::source::Source;

/// A plan: every request that a run begins with. Of a list with pages it is the first page; an answer that turns out to be
/// too much at once is asked for in pieces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The program that made it, with its version.
    pub tool: String,
    /// The kind of extract, such as `data_values`.
    pub extract: String,
    /// The query as it was understood.
    pub query: serde_json::Value,
    /// The server that will be asked.
    pub server: ServerReceipt,
    /// How parameters are spelled for this server, and why.
    pub spellings: Vec<Spelling>,
    /// The work, in the order of the rows.
    pub chunks: Vec<PlannedChunk>,
    /// What is asked for besides, once the answers to these are there: they decide about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub later: Vec<String>,
    /// What was noticed while planning.
    pub warnings: Vec<Warning>,
}

/// One piece of the work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedChunk {
    /// Stable and derived from what the chunk asks for: the same query has the same ids.
    pub id: String,
    /// What it asks for.
    pub what: String,
    /// The first request that is sent for it: path and query, below `/api/`.
    pub request: String,
    /// The bytes of the request's line and headers; servers take 8,192.
    pub head_bytes: usize,
    /// The parameters of its query; servers take 1,000.
    pub parameters: usize,
    /// How many objects the server counts for it, where that was asked and is cheap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<u64>,
}

/// How something is said to a server of this version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spelling {
    /// The parameter, or the parameter with its value.
    pub parameter: String,
    /// Why it is so.
    pub why: String,
}

impl Spelling {
    /// A parameter, and why it is spelled so.
    pub fn new(parameter: impl Into<String>, why: impl Into<String>) -> Self {
        Self { parameter: parameter.into(), why: why.into() }
    }
}

impl Plan {
    /// The plan as JSON, for people as well as programs.
    pub fn to_json(&self) -> String {
        // A struct of texts, numbers and JSON values always has a JSON form.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

/// Derived from what is asked for, so that the same query has the same chunks.
pub(crate) fn chunk_id<S: Source>(source: &S, chunk: &S::Chunk) -> String {
    let id = content_id(&source.request(chunk, 1).path_and_query());
    match source.protection() {
        None => id,
        Some(protect) => protect.digest(&id),
    }
}

pub(crate) fn plan<S: Source>(client: &Client, source: &S, preparation: &Preparation, server: ServerReceipt) -> Plan {
    let chunks = source.chunks();
    let chunks = chunks.iter().map(|chunk| {
        let request = source.request(chunk, 1);
        PlannedChunk {
            id: chunk_id(source, chunk),
            what: source.describe(chunk),
            request: told(source, &request.path_and_query()),
            head_bytes: client.head_bytes(&request),
            parameters: request.params().len(),
            counted: None,
        }
    });
    Plan {
        tool: crate::TOOL.to_owned(),
        extract: preparation.extract.to_owned(),
        query: preparation.query.clone(),
        server,
        spellings: source.spellings(),
        chunks: chunks.collect(),
        later: preparation.sequel.iter().map(|sequel| sequel.describe()).collect(),
        warnings: preparation.warnings.clone(),
    }
}
