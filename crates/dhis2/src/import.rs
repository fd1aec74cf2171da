//! Imports on the facade.

use dhis2_aggregate::{Import, ImportOptions};
use polars::frame::DataFrame;

use crate::{Dhis2, Error};

impl Dhis2 {
    /// Imports data values from a frame, and says of each row what became of it. Unless
    /// [`dry_run`](ImportOptions::dry_run) is false nothing is stored, and the report shows what would happen. See
    /// [`import_data_values`](crate::aggregate::import_data_values).
    ///
    /// ```no_run
    /// use dhis2::{Credentials, Dhis2, ImportOptions};
    /// use dhis2::aggregate::read_data_values;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let dhis2 = Dhis2::connect("https://play.example.org/dhis", Credentials::token("d2p_…"))?;
    /// let corrected = read_data_values("corrected.csv".as_ref())?.rows;
    /// let difference = dhis2.import_data_values(&corrected, &ImportOptions::default()).await?;
    /// println!("{:?}\n{}", difference.counts, difference.report);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Aggregate`] where nothing was sent: the frame lacks a column, the report to resume is of other rows, or the
    /// server cannot be asked.
    pub async fn import_data_values(&self, data: &DataFrame, options: &ImportOptions) -> Result<Import, Error> {
        Ok(dhis2_aggregate::import_data_values(&self.engine, data, options).await?)
    }
}
