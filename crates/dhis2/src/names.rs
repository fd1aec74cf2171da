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
        let has = |column: &str| frame.column(column).is_ok();
        let mut lists: [Option<DataFrame>; 6] = Default::default();
        if has("data_element_id") {
            lists[0] = Some(self.get_data_elements(&[]).await?);
        }
        if has("indicator_id") {
            lists[1] = Some(self.get_indicators(&[]).await?);
        }
        if has("category_option_combo_id") {
            lists[2] = Some(self.get_category_option_combos(&[]).await?);
        }
        if has("organisation_unit_id") {
            lists[3] = Some(self.get_organisation_units(None, &[]).await?);
        }
        if has("attribute_id") {
            lists[4] = Some(self.get_tracked_entity_attributes(&[]).await?);
        }
        if has("program_stage_id") {
            lists[5] = Some(self.get_program_stages(&[]).await?);
        }
        let [data_elements, indicators, category_option_combos, organisation_units, attributes, program_stages] =
            lists.each_ref().map(Option::as_ref);
        let lists = ObjectLists {
            data_elements,
            indicators,
            category_option_combos,
            organisation_units,
            attribute_option_combos: None,
            attributes,
            program_stages,
        };
        Ok(join_object_names(frame, &lists)?)
    }
}
