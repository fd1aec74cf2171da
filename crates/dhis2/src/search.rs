//! Finding ids on the facade.

use dhis2_api::Uid;
use dhis2_metadata::{FoundObject, ObjectKind};

use crate::{Dhis2, Error, metadata};

impl Dhis2 {
    /// The programs, data sets, data elements and organisation units whose name or code holds the text, whatever its case, or
    /// whose uid it is. See [`search_objects`](metadata::search_objects) for some of these kinds only.
    ///
    /// # Errors
    /// [`Error::Metadata`] where the server cannot be asked, or there is nothing in the text to look for.
    pub async fn search(&self, text: &str) -> Result<Vec<FoundObject>, Error> {
        Ok(metadata::search_objects(self.client(), text, &ObjectKind::SEARCHED).await?)
    }

    /// The one object that has this name or code. See [`find_object`](metadata::find_object).
    ///
    /// # Errors
    /// [`Error::Metadata`] where there is none, or there are several, or the server cannot be asked.
    pub async fn find_object(&self, kind: ObjectKind, text: &str) -> Result<FoundObject, Error> {
        Ok(metadata::find_object(self.client(), kind, text).await?)
    }

    /// The stage of a program that has this name or code. See [`find_program_stage`](metadata::find_program_stage).
    ///
    /// # Errors
    /// As of [`find_object`](Self::find_object).
    pub async fn find_program_stage(&self, program: &Uid, text: &str) -> Result<FoundObject, Error> {
        Ok(metadata::find_program_stage(self.client(), program, text).await?)
    }
}
