//! Metadata frames on the facade.

use dhis2_metadata as metadata;
use polars::frame::DataFrame;

use crate::{Dhis2, Error};

macro_rules! lists {
    ($($name:ident: $what:literal;)*) => {
        /// Metadata, each list as a frame. `filters` are DHIS2's filter expressions, such as `name:ilike:malaria`; all of them
        /// must hold. What the account may not see is not there: servers leave it out without a word.
        impl Dhis2 {
            $(
                #[doc = concat!("The ", $what, ". See [`", stringify!($name), "`](metadata::", stringify!($name), ").")]
                ///
                /// # Errors
                /// [`Error::Metadata`] where the server cannot be asked, or a filter is one that it would misread.
                pub async fn $name(&self, filters: &[&str]) -> Result<DataFrame, Error> {
                    Ok(metadata::$name(self.client(), filters).await?)
                }
            )*
        }
    };
}

lists! {
    get_datasets: "data sets";
    get_data_elements: "data elements";
    get_data_element_groups: "data element groups";
    get_indicators: "indicators";
    get_indicator_groups: "indicator groups";
    get_organisation_unit_groups: "organisation unit groups";
    get_category_option_combos: "category option combos";
    get_attributes: "attributes of metadata objects";
    get_programs: "programs";
    get_program_stages: "program stages";
    get_program_data_elements: "program stages with their data elements";
    get_tracked_entity_types: "tracked entity types";
    get_tracked_entity_attributes: "tracked entity attributes";
    get_relationship_types: "relationship types";
    get_option_sets: "options of option sets, one row each";
}

impl Dhis2 {
    /// The levels of the hierarchy. See [`get_organisation_unit_levels`](metadata::get_organisation_unit_levels).
    ///
    /// # Errors
    /// [`Error::Metadata`] where the server cannot be asked.
    pub async fn get_organisation_unit_levels(&self) -> Result<DataFrame, Error> {
        Ok(metadata::get_organisation_unit_levels(self.client()).await?)
    }

    /// The organisation units down to a level, with all units above them by name. See
    /// [`get_organisation_units`](metadata::get_organisation_units).
    ///
    /// # Errors
    /// [`Error::Metadata`] where the server cannot be asked, or a filter is one that it would misread.
    pub async fn get_organisation_units(&self, max_level: Option<u32>, filters: &[&str]) -> Result<DataFrame, Error> {
        Ok(metadata::get_organisation_units(self.client(), max_level, filters).await?)
    }

    /// The values of attributes on organisation units. See
    /// [`extract_organisation_unit_attributes`](metadata::extract_organisation_unit_attributes).
    ///
    /// # Errors
    /// [`Error::Metadata`] where the server cannot be asked.
    pub async fn extract_organisation_unit_attributes(&self) -> Result<DataFrame, Error> {
        Ok(metadata::extract_organisation_unit_attributes(self.client()).await?)
    }
}
