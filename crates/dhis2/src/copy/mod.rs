//! Data values from one server to another.

mod receipt;

use std::fmt;

use dhis2_aggregate::import::COLUMNS;
use dhis2_aggregate::{DataValueQuery, Import, ImportOptions};
use dhis2_api::datetime::Instant;
use dhis2_api::request::ApiRequest;
use dhis2_api::system::Me;
use dhis2_extract::receipt::ServerReceipt;
use dhis2_extract::{Extraction, State};
use dhis2_frame::FrameError;
use polars::prelude::{BooleanChunked, DataFrame, NewChunkedArray, SortMultipleOptions};

use crate::{Dhis2, Error};

pub use receipt::{CauseReceipt, CopyReceipt, ImportReceipt};

/// How to copy.
#[derive(Debug, Clone, Default)]
pub struct CopyOptions {
    /// How to import what came: strategy, mappings, dry run (unless it is set to false).
    pub import: ImportOptions,
    /// Store what came although something is missing. Without it nothing is stored then, and the report shows what would be:
    /// of values in a server nobody sees afterwards that they are a part.
    pub partial: bool,
}

/// What came of a copy.
#[derive(Clone)]
pub struct Copied {
    /// What came of the import, with the report on every row. The only place that holds values.
    pub import: Import,
    /// The receipt of both parts.
    pub receipt: CopyReceipt,
}

impl Copied {
    /// Whether all that was asked for came, and every row of it was accepted.
    pub fn is_complete(&self) -> bool {
        self.receipt.state == State::Complete
    }
}

impl fmt::Debug for Copied {
    /// Without the report: it holds values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Copied").field("import", &self.import).field("receipt", &self.receipt).finish()
    }
}

impl Dhis2 {
    /// Copies data values to another server: extracts what `query` selects here, maps its ids, looks what the other server
    /// holds, and imports what the strategy allows. Unless [`dry_run`](ImportOptions::dry_run) is false nothing is stored, and
    /// the report shows the difference.
    ///
    /// It copies values: comments, follow-up marks and who stored them stay behind, and those at the other server stay as they
    /// are. What has a comment only, or is deleted here, is not copied, and deletes nothing there. Where a part of the values
    /// cannot be had, what came is stored with [`CopyOptions::partial`] only.
    ///
    /// A copy that was stopped is simply made again: what is there already is left alone.
    ///
    /// ```no_run
    /// use dhis2::{CopyOptions, Credentials, DataValueQuery, Dhis2, ImportOptions};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let ministry = Dhis2::connect("https://play.example.org/dhis", Credentials::token("d2p_…"))?;
    /// let archive = Dhis2::connect("https://archive.example.org", Credentials::token("d2p_…"))?;
    /// let year = DataValueQuery::builder().data_sets(["pPqq629bfL1"]).dates("2024-01-01", "2024-12-31");
    /// let query = year.org_units(["KdK92fYEfTw"]).include_children(true).build()?;
    ///
    /// let difference = ministry.copy_data_values_to(&archive, &query, &CopyOptions::default()).await?;
    /// println!("{:?}\n{}", difference.import.counts, difference.import.report);
    /// let import = ImportOptions { dry_run: false, ..ImportOptions::default() };
    /// let copied = ministry.copy_data_values_to(&archive, &query, &CopyOptions { import, partial: false }).await?;
    /// assert!(copied.is_complete());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`] where nothing could be had here, or nothing was sent there.
    pub async fn copy_data_values_to(
        &self,
        other: &Self,
        query: &DataValueQuery,
        options: &CopyOptions,
    ) -> Result<Copied, Error> {
        // What cannot be reached is found before the long extract.
        let server = server_receipt(other).await?;
        let Extraction { frame, receipt: extract } = self.extract_data_values(query).await?;
        let (rows, without_value) = rows(&frame)?;
        let withheld = !extract.is_complete() && !options.partial && !options.import.dry_run;
        let wanted = ImportOptions { dry_run: options.import.dry_run || withheld, ..options.import.clone() };
        let started_at = Instant::now();
        let mut import = other.import_data_values(&rows, &wanted).await?;
        if without_value > 0 {
            import
                .warnings
                .push(format!("{without_value} data values have a comment and no value: they are not copied"));
        }
        let part = ImportReceipt::new(server, started_at, wanted.strategy, withheld, &import);
        let receipt = CopyReceipt::new(extract, part, import.is_complete());
        Ok(Copied { import, receipt })
    }
}

async fn server_receipt(dhis2: &Dhis2) -> Result<ServerReceipt, Error> {
    let client = dhis2.client();
    let info = &client.server().await?.info;
    // Who asks is for the reader of the receipt; a server that does not tell is no reason to stop.
    let me: Option<Me> = client.get_json(&ApiRequest::get("me").param("fields", Me::FIELDS)).await.ok();
    Ok(ServerReceipt {
        url: client.server_url(),
        version: info.version.clone(),
        time_zone: info.server_time_zone_id.clone(),
        user: me.and_then(|me| me.username),
    })
}

/// The rows to copy, without deleted values, in an order that is the same the next time: a report is resumed row by row. And
/// how many have a comment only, and are not among them.
fn rows(extracted: &DataFrame) -> Result<(DataFrame, usize), FrameError> {
    let mut rows = extracted.sort(COLUMNS, SortMultipleOptions::default())?;
    if let Ok(deleted) = rows.column("deleted") {
        let deleted = deleted.bool()?;
        let kept = BooleanChunked::from_iter_values("kept".into(), deleted.iter().map(|deleted| deleted != Some(true)));
        rows = rows.filter(&kept)?;
    }
    let values = rows.filter(&rows.column("value")?.is_not_null())?;
    let without_value = rows.height() - values.height();
    Ok((values, without_value))
}
