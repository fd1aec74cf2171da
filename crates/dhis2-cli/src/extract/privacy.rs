//! What is asked to protect persons.

use dhis2::{Privacy, PrivacyKey};

use crate::args::{PrivacyArguments, ServerArguments};
use crate::exit::Failure;

/// What is to be done to the rows.
pub(super) fn privacy(wanted: &PrivacyArguments, server: &ServerArguments) -> Result<Privacy, Failure> {
    let mut privacy = Privacy::new();
    if let Some(path) = &wanted.pseudonymise {
        privacy = privacy.pseudonymise(PrivacyKey::read(path)?);
    }
    if wanted.drop_confidential {
        privacy = privacy.drop_confidential();
    }
    privacy = privacy.drop_types(&wanted.drop_types)?;
    if let Some(days) = wanted.date_shift {
        privacy = privacy.date_shift(days)?;
    }
    if let Some(level) = wanted.generalise_org_unit {
        privacy = privacy.generalise_org_unit(level);
    }
    if !privacy.is_nothing() && server.record.is_some() {
        return Err(Failure::usage(
            "--record keeps every answer as it came, with all that the other options take away: leave one or the other out",
        ));
    }
    Ok(privacy)
}
