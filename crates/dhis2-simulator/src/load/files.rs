//! Finding files, unpacking them, and taking the answers out of HAR recordings.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

use super::Document;
use crate::error::SimulatorError;
use crate::json::Json;

/// The files meant, folders opened, in the order of their names.
pub(super) fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>, SimulatorError> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let entries = fs::read_dir(path).map_err(|source| SimulatorError::File { path: path.clone(), source })?;
            let mut inside = Vec::new();
            for entry in entries {
                let entry = entry.map_err(|source| SimulatorError::File { path: path.clone(), source })?;
                inside.push(entry.path());
            }
            inside.sort();
            inside.retain(|p| p.is_dir() || is_world_file(p));
            files.extend(expand(&inside)?);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn is_world_file(path: &Path) -> bool {
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(name);
    matches!(Path::new(name).extension().and_then(|e| e.to_str()), Some("json" | "har"))
}

/// The JSON documents in a file: the file itself, or the answers of a recording.
pub(super) fn documents(path: &Path) -> Result<Vec<Document>, SimulatorError> {
    let mut bytes = fs::read(path).map_err(|source| SimulatorError::File { path: path.to_owned(), source })?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        GzDecoder::new(bytes.as_slice())
            .read_to_end(&mut plain)
            .map_err(|source| SimulatorError::File { path: path.to_owned(), source })?;
        bytes = plain;
    }
    let json = parse(path, &bytes)?;
    let Some(entries) = json.get("log").map(|log| log.list_of("entries")) else {
        return Ok(vec![Document { path: path.to_owned(), json }]);
    };
    let mut documents = Vec::new();
    for entry in entries {
        let content = entry.get("response").and_then(|response| response.get("content"));
        let Some(text) = content.and_then(|content| content.text_of("text")) else { continue };
        documents.push(Document { path: path.to_owned(), json: parse(path, text.as_bytes())? });
    }
    Ok(documents)
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Json, SimulatorError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| SimulatorError::Content { path: path.to_owned(), reason: "not UTF-8".to_owned() })?;
    serde_json::from_str(text).map_err(|error| SimulatorError::Content {
        path: path.to_owned(),
        // The place only: the message of a data error would quote the file.
        reason: format!("not JSON at line {}, column {}", error.line(), error.column()),
    })
}
