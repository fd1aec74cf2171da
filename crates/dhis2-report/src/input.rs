//! Which files there are, and what is in them.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use dhis2_extract::Receipt;
use dhis2_frame::{Format, read_frame, sha256_of};
use polars::prelude::DataFrame;
use serde::Serialize;

use crate::columns::without_deleted;
use crate::error::ReportError;
use crate::names::Names;

/// What the rows of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// Data values, figures of analytics, counts made of events.
    DataValues,
    /// Events, one row a value or one row an event.
    Events,
    /// Notes of events.
    EventNotes,
    /// Visits that have not taken place.
    Schedule,
    /// Tracked entities, with their attributes or without.
    TrackedEntities,
    /// Which unit owns whom.
    ProgramOwners,
    /// Enrollments, one row each.
    Enrollments,
    /// Attributes of tracked entities or enrollments.
    Attributes,
    /// Relationships.
    Relationships,
}

impl Kind {
    fn of(frame: &DataFrame) -> Option<Self> {
        let has = |names: &[&str]| names.iter().all(|name| frame.column(name).is_ok());
        Some(match () {
            () if has(&["outcome", "row"]) => return None,
            () if has(&["note_id"]) => Self::EventNotes,
            () if has(&["event_id", "state", "days_overdue"]) => Self::Schedule,
            () if has(&["event_id", "program_stage_id"]) => Self::Events,
            () if has(&["relationship_id", "from_type", "to_type"]) => Self::Relationships,
            () if has(&["tracked_entity_id", "tracked_entity_type_id"]) => Self::TrackedEntities,
            () if has(&["enrollment_id", "enrolled_at"]) => Self::Enrollments,
            () if has(&["tracked_entity_id", "attribute_id"]) => Self::Attributes,
            () if has(&["tracked_entity_id", "program_id", "organisation_unit_id"]) => Self::ProgramOwners,
            () if has(&["period", "organisation_unit_id", "value"])
                && (has(&["data_element_id"]) || has(&["indicator_id"])) =>
            {
                Self::DataValues
            }
            () => return None,
        })
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::DataValues => "data values",
            Self::Events => "events",
            Self::EventNotes => "notes of events",
            Self::Schedule => "planned visits",
            Self::TrackedEntities => "tracked entities",
            Self::ProgramOwners => "owners of tracked entities",
            Self::Enrollments => "enrollments",
            Self::Attributes => "attributes",
            Self::Relationships => "relationships",
        }
    }
}

/// A file of an extract.
#[derive(Debug)]
pub(crate) struct Source {
    /// Its name, without folders.
    pub(crate) file: String,
    pub(crate) kind: Kind,
    /// Its rows, but for the deleted.
    pub(crate) frame: DataFrame,
    pub(crate) deleted: usize,
    pub(crate) path: PathBuf,
}

/// A receipt, and whether the files are those that it names.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) file: String,
    pub(crate) receipt: Receipt,
    /// What is to be said of the files: whether it speaks well of them, and how.
    pub(crate) files: Vec<(bool, String)>,
}

/// Everything that was found.
#[derive(Debug, Default)]
pub(crate) struct Input {
    pub(crate) title: String,
    pub(crate) sources: Vec<Source>,
    pub(crate) names: Names,
    pub(crate) receipts: Vec<Found>,
    /// Files that are passed over.
    pub(crate) ignored: Vec<String>,
}

pub(crate) fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Reads a file or a folder, with what is known about it.
pub(crate) fn read(input: &Path, receipt: Option<&Path>, metadata: Option<&Path>) -> Result<Input, ReportError> {
    let absolute = fs::canonicalize(input).unwrap_or_else(|_| input.to_owned());
    let mut found = Input { title: name_of(&absolute), ..Input::default() };
    if let Some(folder) = metadata {
        for path in files(folder)?.iter().filter(|path| Format::from_path(path).is_ok()) {
            let frame = frame(path)?;
            if !found.names.take_list(&frame) {
                found.ignored.push(name_of(path));
            }
        }
    }
    let receipts = if input.is_dir() {
        let all = files(input)?;
        for path in all.iter().filter(|path| Format::from_path(path).is_ok()) {
            found.take(path)?;
        }
        if found.sources.is_empty() {
            return Err(ReportError::EmptyFolder { path: input.to_owned() });
        }
        all.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "json")).collect()
    } else {
        if !found.take(input)? {
            return Err(ReportError::NoExtract { path: input.to_owned() });
        }
        beside(input)
    };
    match receipt {
        Some(path) => {
            let receipt = self::receipt(path)?;
            found.note(path, receipt);
        }
        // Other files may be called so: what is no receipt is passed over.
        None => {
            for path in receipts {
                if let Ok(receipt) = self::receipt(&path) {
                    found.note(&path, receipt);
                }
            }
        }
    }
    Ok(found)
}

/// The files of a folder, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let failed = |source| ReportError::Folder { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Where the receipt of a file is looked for: `values.receipt.json` or `values.csv.receipt.json` beside `values.csv`.
fn beside(file: &Path) -> Vec<PathBuf> {
    let whole = file.with_file_name(format!("{}.receipt.json", name_of(file)));
    [file.with_extension("receipt.json"), whole].into_iter().filter(|path| path.is_file()).take(1).collect()
}

fn frame(path: &Path) -> Result<DataFrame, ReportError> {
    Ok(read_frame(path, Format::from_path(path)?)?)
}

fn receipt(path: &Path) -> Result<Receipt, ReportError> {
    let wrong = |problem: String| ReportError::Receipt { path: path.to_owned(), problem };
    let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    // What serde says of a file that is something else may repeat what stands in it.
    serde_json::from_str(&text)
        .map_err(|error| wrong(format!("it is not as expected in line {}, column {}", error.line(), error.column())))
}

impl Input {
    /// Takes a file of an extract or of metadata; false where it is neither.
    fn take(&mut self, path: &Path) -> Result<bool, ReportError> {
        let frame = frame(path)?;
        if let Some(kind) = Kind::of(&frame) {
            self.names.take_extract(&frame);
            let (frame, deleted) = without_deleted(frame);
            self.sources.push(Source { file: name_of(path), kind, frame, deleted, path: path.to_owned() });
            return Ok(true);
        }
        if !self.names.take_list(&frame) {
            self.ignored.push(name_of(path));
        }
        Ok(false)
    }

    fn note(&mut self, path: &Path, receipt: Receipt) {
        let mut files = Vec::new();
        for source in &self.sources {
            let same = |known: &&dhis2_extract::receipt::FileReceipt| name_of(Path::new(&known.path)) == source.file;
            let Some(known) = receipt.files.iter().find(same) else { continue };
            files.push(match sha256_of(&source.path) {
                Ok(digest) if digest == known.sha256 => {
                    (true, format!("{} is the file that the receipt names, unchanged.", source.file))
                }
                Ok(_) => (false, format!("{} was changed since: its digest is not that of the receipt.", source.file)),
                Err(error) => (false, format!("Whether {} was changed could not be seen: {error}.", source.file)),
            });
        }
        let here: HashSet<&str> = self.sources.iter().map(|source| source.file.as_str()).collect();
        for known in &receipt.files {
            let name = name_of(Path::new(&known.path));
            if !here.contains(name.as_str()) && files.is_empty() {
                files.push((false, format!("The receipt names another file, {name}: it may be of another extract.")));
            }
        }
        self.receipts.push(Found { file: name_of(path), receipt, files });
    }
}
