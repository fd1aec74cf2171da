//! Names beside uids, on the facade.

use dhis2_metadata::{ObjectLists, join_object_names};
use polars::frame::DataFrame;

use crate::{Dhis2, Error};

impl Dhis2 {
    /// Puts the names of objects behind the columns of a frame that hold their uids: of data elements, indicators, category
    /// option combos, attributes, program stages, and of organisation units with all units above them. The lists are read
    /// as the columns of the frame need them. See [`crate::metadata::join_object_names`] to join lists
    /// that are there already.
    ///
    /// # Errors
    /// [`Error::Metadata`] where a list cannot be read, or the frame has a column of such a name already.
    pub async fn join_object_names(&self, frame: &DataFrame) -> Result<DataFrame, Error> {
        self.lists_for(frame).await?.join(frame)
    }

    /// The lists that the columns of a frame need.
    pub(crate) async fn lists_for(&self, frame: &DataFrame) -> Result<Lists, Error> {
        let has = |column: &str| frame.column(column).is_ok();
        let mut lists = Lists::default();
        if has("data_element_id") {
            lists.data_elements = Some(self.get_data_elements(&[]).await?);
        }
        if has("indicator_id") {
            lists.indicators = Some(self.get_indicators(&[]).await?);
        }
        if has("category_option_combo_id") {
            lists.category_option_combos = Some(self.get_category_option_combos(&[]).await?);
        }
        if has("organisation_unit_id") {
            lists.organisation_units = Some(self.get_organisation_units(None, &[]).await?);
        }
        if has("attribute_id") {
            lists.attributes = Some(self.get_tracked_entity_attributes(&[]).await?);
        }
        if has("program_stage_id") {
            lists.program_stages = Some(self.get_program_stages(&[]).await?);
        }
        Ok(lists)
    }
}

/// Metadata lists with names.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    data_elements: Option<DataFrame>,
    indicators: Option<DataFrame>,
    category_option_combos: Option<DataFrame>,
    organisation_units: Option<DataFrame>,
    attributes: Option<DataFrame>,
    program_stages: Option<DataFrame>,
}

impl Lists {
    pub(crate) fn join(&self, frame: &DataFrame) -> Result<DataFrame, Error> {
        let lists = ObjectLists {
            data_elements: self.data_elements.as_ref(),
            indicators: self.indicators.as_ref(),
            category_option_combos: self.category_option_combos.as_ref(),
            organisation_units: self.organisation_units.as_ref(),
            attribute_option_combos: None,
            attributes: self.attributes.as_ref(),
            program_stages: self.program_stages.as_ref(),
        };
        Ok(join_object_names(frame, &lists)?)
    }
}
