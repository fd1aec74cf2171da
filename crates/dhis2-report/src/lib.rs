//! A page about an extract: one HTML file that says whether the extract is whole, and shows where and when its rows are, what
//! is missing, late or odd.
//!
//! [`report`] reads a file of an extract, or a folder of them, with the receipt beside it, counts, and gives a [`Report`]: the page,
//! and its main figures for programs. The page holds its charts, which are drawn by the parts of [Apache ECharts] that are embedded
//! in this crate, and asks nobody for anything: its policy forbids every request.
//!
//! | rows | what is shown |
//! |---|---|
//! | data values | rows by period and unit; completeness by unit and period; missing and late reports; numbers with outliers |
//! | events | by day, by unit, by unit and month; the stages of their programs; days until entry; numbers, with the list of data elements |
//! | enrollments, tracked entities, planned visits, notes | by day and by unit |
//! | relationships | by type; a graph while they are few |
//! | all, with geometry | a map of units; points of events and persons as counts of squares |
//!
//! **What a page never holds**: an attribute of a person, a value of text, the login of an account, the uid of a person, event or
//! enrollment, the exact place of one.
//!
//! [Apache ECharts]: https://echarts.apache.org
//!
//! ```
//! use dhis2_report::{ReportOptions, report};
//!
//! let folder = tempfile::tempdir()?;
//! let file = folder.path().join("values.csv");
//! std::fs::write(
//!     &file,
//!     "data_element_id,period,organisation_unit_id,value\nfbfJHSPpUQD,202401,DiszpKrYNg8,12\nfbfJHSPpUQD,202403,DiszpKrYNg8,14\n",
//! )?;
//! let page = report(&file, &ReportOptions::default())?;
//! assert_eq!((page.summary.rows, page.summary.complete), (2, None));
//! // February is missing.
//! assert!(page.html.contains("Of 3 reports, 1 is missing (33.3 %)."));
//! page.write(&folder.path().join("report.html"))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod columns;
mod drawing;
mod error;
mod figures;
mod geometry;
mod input;
mod names;
mod page;
mod receipt;
mod report;
mod section;
#[cfg(test)]
mod testing;

pub use error::ReportError;
pub use input::Kind;
pub use report::{FileSummary, Report, ReportOptions, ReportSummary, SectionSummary, report};
