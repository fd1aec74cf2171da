//! Which files there are, and what is in them.

use std::fs;
use std::path::{Path, PathBuf};

use dhis2_extract::Receipt;
use dhis2_extract::receipt::FileReceipt;
use dhis2_frame::{Format, read_frame, sha256_of};
use polars::prelude::DataFrame;
use serde::Serialize;

use crate::columns::without_deleted;
use crate::error::ReportError;
use crate::names::Names;

/// What the rows of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
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
            // Names are welcome, not needed: what cannot be read is said on the page.
            if !frame(path).is_ok_and(|frame| found.names.take_list(&frame)) {
                found.ignored.push(name_of(path));
            }
        }
    }
    let receipts = if input.is_dir() {
        let all = files(input)?;
        for path in all.iter().filter(|path| Format::from_path(path).is_ok()) {
            found.take(path)?;
        }
        // What is asked first comes first.
        found.sources.sort_by_key(|source| source.kind);
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
        let mut unchanged = Vec::new();
        for source in &self.sources {
            let same = |known: &&FileReceipt| name_of(Path::new(&known.path)) == source.file;
            let Some(known) = receipt.files.iter().find(same) else { continue };
            match sha256_of(&source.path) {
                Ok(digest) if digest == known.sha256 => unchanged.push(source.file.as_str()),
                Ok(_) => {
                    let words = format!("{} was changed since: its digest is not that of the receipt.", source.file);
                    files.push((false, words));
                }
                Err(error) => {
                    files.push((false, format!("Whether {} was changed could not be seen: {error}.", source.file)));
                }
            }
        }
        if files.is_empty() && unchanged.is_empty() && !receipt.files.is_empty() {
            files.push((false, "The receipt names other files: it may be of another extract.".to_owned()));
        }
        match &unchanged[..] {
            [] => {}
            [only] => files.push((true, format!("{only} is the file that the receipt names, unchanged."))),
            many => files.push((true, format!("{} are the files that the receipt names, unchanged.", many.join(", ")))),
        }
        self.receipts.push(Found { file: name_of(path), receipt, files });
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;
    use crate::receipt::tests::receipt as a_receipt;

    const VALUES: &str = "data_element_id,period,organisation_unit_id,value\nfbfJHSPpUQD,202401,DiszpKrYNg8,12\n";

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("values.csv"), VALUES).unwrap();
        folder
    }

    fn receipt_of(file: &Path, sha256: &str) -> Receipt {
        let mut receipt = a_receipt();
        let path = file.display().to_string();
        receipt.files.push(FileReceipt { path, rows: 1, bytes: 1, sha256: sha256.to_owned() });
        receipt
    }

    #[test]
    fn a_receipt_beside_the_file_is_found_and_the_file_compared_with_it() {
        let folder = folder();
        let file = folder.path().join("values.csv");
        assert!(read(&file, None, None).unwrap().receipts.is_empty());
        for name in ["values.csv.receipt.json", "values.receipt.json"] {
            receipt_of(&file, &sha256_of(&file).unwrap()).write(&folder.path().join(name)).unwrap();
            let found = read(&file, None, None).unwrap();
            assert_eq!(found.receipts[0].file, name);
            assert_eq!(
                found.receipts[0].files,
                [(true, "values.csv is the file that the receipt names, unchanged.".to_owned())]
            );
        }
        receipt_of(&file, "0").write(&folder.path().join("values.receipt.json")).unwrap();
        assert!(read(&file, None, None).unwrap().receipts[0].files[0].1.contains("was changed since"));
        receipt_of(Path::new("other.csv"), "0").write(&folder.path().join("values.receipt.json")).unwrap();
        assert!(read(&file, None, None).unwrap().receipts[0].files[0].1.contains("may be of another extract"));
    }

    #[test]
    fn a_folder_gives_its_extracts_its_metadata_and_its_receipts_and_the_rest_is_said() {
        let folder = folder();
        fs::write(folder.path().join("units.csv"), "id,name\nDiszpKrYNg8,Ngelehun\n").unwrap();
        fs::write(folder.path().join("notes.csv"), "a,b\n1,2\n").unwrap();
        fs::write(folder.path().join("plan.json"), "{}").unwrap();
        a_receipt().write(&folder.path().join("receipt.json")).unwrap();
        let found = read(folder.path(), None, None).unwrap();
        assert_eq!((found.sources.len(), found.receipts.len()), (1, 1));
        assert_eq!(found.names.label("DiszpKrYNg8"), "Ngelehun");
        assert_eq!(found.ignored, ["notes.csv"]);
    }

    #[test]
    fn what_is_no_extract_or_no_receipt_is_refused_without_repeating_it() {
        let folder = folder();
        let notes = folder.path().join("notes.csv");
        fs::write(&notes, "a,b\nAmina,2\n").unwrap();
        assert!(matches!(read(&notes, None, None), Err(ReportError::NoExtract { .. })));
        let empty = tempfile::tempdir().unwrap();
        assert!(matches!(read(empty.path(), None, None), Err(ReportError::EmptyFolder { .. })));
        let file = folder.path().join("values.csv");
        let wrong = read(&file, Some(&notes), None).unwrap_err();
        assert!(matches!(wrong, ReportError::Receipt { .. }) && !wrong.to_string().contains("Amina"), "{wrong}");
        let missing = read(&folder.path().join("none.csv"), None, None).unwrap_err();
        assert!(matches!(missing, ReportError::Frame(_)), "{missing}");
    }

    #[test]
    fn files_are_known_by_their_columns() {
        let kind = |columns: &[&str]| {
            let columns = columns.iter().map(|name| polars::prelude::Column::new((*name).into(), ["x"])).collect();
            Kind::of(&DataFrame::new(1, columns).unwrap())
        };
        let value = ["data_element_id", "period", "organisation_unit_id", "value"];
        assert_eq!(kind(&value), Some(Kind::DataValues));
        assert_eq!(kind(&["indicator_id", "organisation_unit_id", "period", "value"]), Some(Kind::DataValues));
        assert_eq!(kind(&["row", "data_element_id", "period", "organisation_unit_id", "outcome", "value"]), None);
        assert_eq!(kind(&["event_id", "program_stage_id"]), Some(Kind::Events));
        assert_eq!(kind(&["event_id", "program_stage_id", "state", "days_overdue"]), Some(Kind::Schedule));
        assert_eq!(kind(&["event_id", "note_id"]), Some(Kind::EventNotes));
        assert_eq!(kind(&["enrollment_id", "tracked_entity_id", "enrolled_at"]), Some(Kind::Enrollments));
        assert_eq!(kind(&["enrollment_id", "tracked_entity_id", "attribute_id", "value"]), Some(Kind::Attributes));
        assert_eq!(kind(&["tracked_entity_id", "tracked_entity_type_id", "attribute_id"]), Some(Kind::TrackedEntities));
        assert_eq!(kind(&["tracked_entity_id", "program_id", "organisation_unit_id"]), Some(Kind::ProgramOwners));
        assert_eq!(kind(&["relationship_id", "from_type", "to_type"]), Some(Kind::Relationships));
        assert!(Kind::of(&df!["id" => ["x"], "name" => ["y"]].unwrap()).is_none());
    }
}
