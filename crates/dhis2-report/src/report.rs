//! From files to a page.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dhis2_api::datetime::Instant;
use dhis2_frame::write_text;
use serde::Serialize;
use serde_json::Value;

use crate::columns::Coded;
use crate::error::ReportError;
use crate::figures::{events, map, people, relationships, values};
use crate::input::{self, Input, Kind};
use crate::page::Page;
use crate::receipt::{Public, tell};
use crate::section::{Section, Table, count, thousands};

/// What else is known of an extract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportOptions {
    /// The receipt. Without it, `values.receipt.json` or `values.csv.receipt.json` beside `values.csv` is looked for, and in a
    /// folder every `.json` that is a receipt.
    pub receipt: Option<PathBuf>,
    /// A folder with files of `dhis2 metadata`, for names, the hierarchy, geometry, value types, and what is to be reported.
    /// They are known by their columns. (In a folder given as input they may lie beside the extract.)
    pub metadata: Option<PathBuf>,
    /// How many days after the end of a period a report is in time: DHIS2's own default, 15, unless told otherwise.
    pub timely_days: u32,
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self { receipt: None, metadata: None, timely_days: 15 }
    }
}

/// A page about an extract.
#[derive(Debug, Clone)]
pub struct Report {
    /// The page, whole: HTML with everything that it needs.
    pub html: String,
    /// Its main figures.
    pub summary: ReportSummary,
}

/// The main figures of a page, for programs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReportSummary {
    /// What the page is called: the name of the file or folder.
    pub title: String,
    /// Whether everything that was asked for is there, as the receipts say; nothing without a receipt.
    pub complete: Option<bool>,
    /// How many things the receipts call missing.
    pub missing: usize,
    /// Rows of all files, without deleted ones.
    pub rows: usize,
    /// The files of the extract.
    pub files: Vec<FileSummary>,
    /// Files that are neither of an extract nor of metadata.
    pub ignored: Vec<String>,
    /// The sections of the page, in their order.
    pub sections: Vec<SectionSummary>,
}

/// A file that a page is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileSummary {
    /// Its name, without folders.
    pub file: String,
    /// What its rows are.
    pub kind: Kind,
    /// How many there are, without deleted ones.
    pub rows: usize,
    /// Rows of deleted objects, which are in no figure.
    pub deleted: usize,
}

/// A section of a page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SectionSummary {
    /// Its heading.
    pub title: String,
    /// How many charts it has.
    pub charts: usize,
    /// What was counted; other names in each kind of section.
    pub figures: Value,
}

impl Report {
    /// Writes the page, whole or not at all.
    ///
    /// # Errors
    /// [`ReportError::Frame`] where the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ReportError> {
        Ok(write_text(&self.html, path)?)
    }
}

/// Makes a page about a file of an extract (`.parquet`, `.csv`, `.arrow`, `.ndjson`) or a folder of such files, as of
/// `dhis2 extract program`. No server is asked.
///
/// All rows of a file are in memory at once; the page does not grow with them.
///
/// # Errors
/// [`ReportError`] where a file cannot be read, is of no extract, or a folder has none.
pub fn report(path: &Path, options: &ReportOptions) -> Result<Report, ReportError> {
    let input = input::read(path, options.receipt.as_deref(), options.metadata.as_deref())?;
    let public = Public::of(&input);
    let receipts: Vec<_> = input.receipts.iter().map(|found| tell(found, &public)).collect();
    let sections = sections(&input, options);
    let files: Vec<FileSummary> = (input.sources.iter())
        .map(|source| FileSummary {
            file: source.file.clone(),
            kind: source.kind,
            rows: source.frame.height(),
            deleted: source.deleted,
        })
        .collect();
    let rows = files.iter().map(|file| file.rows).sum();
    let summary = ReportSummary {
        title: input.title.clone(),
        complete: (!receipts.is_empty()).then(|| receipts.iter().all(|told| told.complete)),
        missing: receipts.iter().map(|told| told.missing.len()).sum(),
        rows,
        ignored: input.ignored.clone(),
        sections: (sections.iter())
            .map(|section| SectionSummary {
                title: section.title.clone(),
                charts: section.charts.len(),
                figures: section.figures.clone(),
            })
            .collect(),
        files,
    };
    let page = Page {
        title: input.title.clone(),
        subtitle: format!("{} in {}", count(rows as u64, "row"), count(summary.files.len() as u64, "file")),
        receipts,
        contents: contents(&input, &summary),
        files: file_table(&summary.files),
        sections,
        footer: format!(
            "Made by dhis2 {} at {}. Charts by Apache ECharts, © The Apache Software Foundation, Apache License 2.0. This file asks \
             nobody for anything.",
            env!("CARGO_PKG_VERSION"),
            Instant::now()
        ),
    };
    Ok(Report { html: page.html(), summary })
}

fn sections(input: &Input, options: &ReportOptions) -> Vec<Section> {
    let mut sections = Vec::new();
    let mut enrolled: BTreeMap<String, u64> = BTreeMap::new();
    for source in input.sources.iter().filter(|source| source.kind == Kind::Enrollments) {
        let (Some(rows), Some(programs)) =
            (events::first_rows(source, "enrollment_id"), Coded::of(&source.frame, "program_id"))
        else {
            continue;
        };
        for (program, count) in programs.names.iter().zip(programs.counts(rows.into_iter())) {
            *enrolled.entry(program.clone()).or_default() += count;
        }
    }
    for source in &input.sources {
        let mut of_file = match source.kind {
            Kind::DataValues => {
                let query = input.receipts.iter().find(|found| of_receipt(&found.receipt, &source.file, input));
                values::sections(source, &input.names, query.map(|found| &found.receipt.query), options.timely_days)
            }
            Kind::Events => events::sections(source, &input.names, &enrolled),
            Kind::Relationships => relationships::sections(source, &input.names),
            Kind::Attributes => people::attributes(source, &input.names).into_iter().collect(),
            Kind::ProgramOwners => Vec::new(),
            _ => people::sections(source, &input.names),
        };
        // Of several files of one kind, the headings would be the same.
        if input.sources.iter().filter(|other| other.kind == source.kind).count() > 1 {
            for section in &mut of_file {
                section.title = format!("{}: {}", source.file, section.title);
            }
        }
        sections.append(&mut of_file);
    }
    sections.extend(map::section(&input.sources, &input.names));
    sections
}

/// Whether a receipt is that of a file: it names it, or there is only this one.
fn of_receipt(receipt: &dhis2_extract::Receipt, file: &str, input: &Input) -> bool {
    let names_it = receipt.files.iter().any(|known| input::name_of(Path::new(&known.path)) == file);
    names_it || (receipt.files.is_empty() && input.sources.len() == 1)
}

fn contents(input: &Input, summary: &ReportSummary) -> Vec<String> {
    let mut words = vec![
        "Counts of rows, and how numbers are spread. It holds no attribute of a person, no value of text, no login, and no uid of a \
         person, an enrollment or an event; places of events and persons are counted in squares. Counts of few persons can be \
         personal all the same: keep the page where you keep the data."
            .to_owned(),
    ];
    let deleted: usize = summary.files.iter().map(|file| file.deleted).sum();
    if deleted > 0 {
        words.push(format!("{} of deleted objects are in no figure.", count(deleted as u64, "row")));
    }
    if !summary.ignored.is_empty() {
        words
            .push(format!("Passed over, being neither of an extract nor of metadata: {}.", summary.ignored.join(", ")));
    }
    let nameless = (input.sources.iter())
        .filter_map(|source| Coded::of(&source.frame, "organisation_unit_id"))
        .any(|units| units.names.iter().any(|unit| !input.names.knows(unit)));
    if nameless {
        words.push(
            "Names of some or all units are not known: they stand with their uid. Files of dhis2 metadata have names, the hierarchy and \
             geometry (--metadata)."
                .to_owned(),
        );
    }
    words
}

fn file_table(files: &[FileSummary]) -> Table {
    let mut table = Table::new("", &["file", "holds", "rows"]);
    table.rows = (files.iter())
        .map(|file| {
            vec![
                file.file.clone().into(),
                file.kind.words().into(),
                crate::section::Cell::Number(thousands(file.rows as u64)),
            ]
        })
        .collect();
    table
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const EVIL: &str = "</script><img src=x onerror=alert(1)>\"'&";

    /// A folder of events of persons, with secrets planted in everything that may not be shown.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let quoted = EVIL.replace('"', "\"\"");
        let files = [
            (
                "events.csv",
                "event_id,status,program_id,program_stage_id,organisation_unit_id,occurred_at,deleted,data_element_id,value,\
                 enrollment_id,tracked_entity_id,stored_by,assigned_user,longitude,latitude\n\
                 PlantedE001,COMPLETED,ProgramId01,StageIdNo01,UnitIdNo001,2024-01-05,false,ElementId01,Planted diagnosis,\
                 PlantedN001,PlantedT001,planted.login,planted.user,1.23456,2.34567\n\
                 PlantedE001,COMPLETED,ProgramId01,StageIdNo01,UnitIdNo001,2024-01-05,false,ElementId02,0799999999,\
                 PlantedN001,PlantedT001,planted.login,planted.user,1.23456,2.34567\n\
                 PlantedE002,COMPLETED,ProgramId01,StageIdNo01,UnitIdNo001,2024-01-06,true,ElementId01,Planted too,\
                 PlantedN001,PlantedT001,planted.login,planted.user,,\n"
                    .to_owned(),
            ),
            (
                "tracked_entities.csv",
                "tracked_entity_id,tracked_entity_type_id,organisation_unit_id,created_at,attribute_id,value\n\
                 PlantedT001,TypeIdNo001,UnitIdNo001,2024-01-05T00:00:00Z,AttribuId01,Planted Name\n"
                    .to_owned(),
            ),
            (
                "relationships.csv",
                "relationship_id,relationship_type_id,from_type,from_id,to_type,to_id\n\
                 PlantedR001,RelTypeId01,tracked_entity,PlantedT001,tracked_entity,PlantedT002\n"
                    .to_owned(),
            ),
            ("units.csv", format!("id,name,level\nUnitIdNo001,\"{quoted}\",1\n")),
        ];
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn nothing_of_a_person_is_in_the_page_or_the_summary() {
        let folder = folder();
        let page = report(folder.path(), &ReportOptions::default()).unwrap();
        let summary = serde_json::to_string(&page.summary).unwrap();
        for secret in ["Planted", "planted", "0799999999", "1.2345", "2.3456"] {
            assert!(!page.html.contains(secret), "{secret} is in the page");
            assert!(!summary.contains(secret), "{secret} is in the summary");
        }
        assert_eq!((page.summary.rows, page.summary.files[0].deleted), (4, 1));
        let titles: Vec<&str> = page.summary.sections.iter().map(|section| section.title.as_str()).collect();
        assert!(
            titles.contains(&"Relationships") && titles.contains(&"Map") && titles.contains(&"Events by day"),
            "{titles:?}"
        );
    }

    #[test]
    fn a_name_that_is_code_is_shown_and_never_run() {
        let page = report(folder().path(), &ReportOptions::default()).unwrap();
        assert!(page.html.contains("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"));
        assert!(page.html.contains("\\u003c/script\\u003e"), "in the charts");
        assert!(!page.html.contains("<img"));
        assert_eq!(page.html.matches("</script>").count(), 3);
    }

    #[test]
    fn the_page_of_many_units_and_days_stays_small() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("values.csv");
        let row = |row: u32| {
            let (unit, month, element) = (row % 3_000, row / 3_000 % 12 + 1, row % 97);
            format!("Element{element:04},2024{month:02},Unit{unit:07},{},2024-12-31T00:00:00Z\n", row % 1_013)
        };
        let rows: String = (0..60_000).map(row).collect();
        let text = format!("data_element_id,period,organisation_unit_id,value,created\n{rows}");
        fs::write(&file, text).unwrap();
        let page = report(&file, &ReportOptions::default()).unwrap();
        assert_eq!(page.summary.rows, 60_000);
        assert!(page.html.len() < 1_500_000, "{}", page.html.len());
        assert!(page.html.contains("Drawn are the 25 with the most rows, and there are 2,975 units more with"));
    }

    #[test]
    fn receipts_decide_whether_it_is_complete() {
        let folder = folder();
        let complete =
            |folder: &tempfile::TempDir| report(folder.path(), &ReportOptions::default()).unwrap().summary.complete;
        assert_eq!(complete(&folder), None);
        let mut receipt = crate::receipt::tests::receipt();
        receipt.write(&folder.path().join("receipt.json")).unwrap();
        assert_eq!(complete(&folder), Some(true));
        receipt.state = dhis2_extract::State::Partial;
        receipt.write(&folder.path().join("another.json")).unwrap();
        assert_eq!(complete(&folder), Some(false));
    }
}
