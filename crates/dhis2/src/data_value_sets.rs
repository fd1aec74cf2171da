//! More of aggregate data on the facade: values as rows, and what the server adds up.

use dhis2_aggregate::{AnalyticsQuery, DataValueQuery, DataValueRows};

use crate::{Dhis2, Error, Extraction};

/// Data values as rows of structs or JSON, for people who want no frame. Made by [`Dhis2::data_value_sets`].
///
/// They come by the same way as [`Dhis2::extract_data_values`]: complete on every version, each value once.
#[derive(Debug, Clone, Copy)]
pub struct DataValueSets<'a> {
    dhis2: &'a Dhis2,
}

impl DataValueSets<'_> {
    /// The values as structs, with the receipt; [`DataValueRows::to_json`] makes JSON objects of them. See
    /// [`get_data_values`](crate::aggregate::get_data_values).
    ///
    /// # Errors
    /// As of [`Dhis2::extract_data_values`].
    pub async fn get(&self, query: &DataValueQuery) -> Result<DataValueRows, Error> {
        Ok(crate::aggregate::get_data_values(self.dhis2.engine(), query).await?)
    }
}

impl Dhis2 {
    /// Data values as rows, for people who want no frame.
    ///
    /// ```no_run
    /// # async fn run(dhis2: dhis2::Dhis2) -> Result<(), Box<dyn std::error::Error>> {
    /// use dhis2::DataValueQuery;
    ///
    /// let query = DataValueQuery::builder().data_sets(["pPqq629bfL1"]).periods(["202401"]).org_units(["KdK92fYEfTw"]);
    /// for value in dhis2.data_value_sets().get(&query.build()?).await?.rows {
    ///     println!("{} {:?}", value.data_element, value.value);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn data_value_sets(&self) -> DataValueSets<'_> {
        DataValueSets { dhis2: self }
    }

    /// Extracts what the server has added up. See [`extract_analytics`](crate::aggregate::extract_analytics).
    ///
    /// # Errors
    /// [`Error`] where nothing could be had; what is missing beside other rows makes the receipt partial.
    pub async fn extract_analytics(&self, query: &AnalyticsQuery) -> Result<Extraction, Error> {
        Ok(crate::aggregate::extract_analytics(self.engine(), query).await?)
    }
}
