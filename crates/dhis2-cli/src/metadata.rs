//! The `metadata` command.

use dhis2::frame::{Format, write_frame};
use dhis2::polars::frame::DataFrame;
use dhis2::{Dhis2, Error};

use crate::args::{List, MetadataArguments};
use crate::connect::connect;
use crate::exit::{Done, Failure};
use crate::out;
use crate::table::head;

pub(crate) async fn run(wanted: &MetadataArguments) -> Result<Done, Failure> {
    let takes_filters = !matches!(wanted.list, List::OrganisationUnitLevels | List::OrganisationUnitAttributes);
    if !takes_filters && !wanted.filters.is_empty() {
        return Err(Failure::usage("this list takes no --filter"));
    }
    if wanted.max_level.is_some() && wanted.list != List::OrganisationUnits {
        return Err(Failure::usage("--max-level is for organisation-units"));
    }
    let format = wanted.output.as_deref().map(Format::from_path).transpose().map_err(Failure::usage)?;
    let dhis2 = connect(&wanted.server)?;
    let result = get(&dhis2, wanted).await;
    let recorded = dhis2.finish_recording();
    let frame = result?;
    recorded?;
    match (&wanted.output, format) {
        (Some(path), Some(format)) => drop(write_frame(&frame, path, format)?),
        _ if wanted.json => out::ndjson(&frame)?,
        _ if out::is_terminal() => out::line(head(&frame, frame.height()))?,
        _ => out::csv(&frame)?,
    }
    Ok(Done::Complete)
}

async fn get(dhis2: &Dhis2, wanted: &MetadataArguments) -> Result<DataFrame, Error> {
    let filters: Vec<&str> = wanted.filters.iter().map(String::as_str).collect();
    match wanted.list {
        List::DataSets => dhis2.get_datasets(&filters).await,
        List::DataElements => dhis2.get_data_elements(&filters).await,
        List::DataElementGroups => dhis2.get_data_element_groups(&filters).await,
        List::Indicators => dhis2.get_indicators(&filters).await,
        List::IndicatorGroups => dhis2.get_indicator_groups(&filters).await,
        List::OrganisationUnits => dhis2.get_organisation_units(wanted.max_level, &filters).await,
        List::OrganisationUnitLevels => dhis2.get_organisation_unit_levels().await,
        List::OrganisationUnitGroups => dhis2.get_organisation_unit_groups(&filters).await,
        List::OrganisationUnitAttributes => dhis2.extract_organisation_unit_attributes().await,
        List::CategoryOptionCombos => dhis2.get_category_option_combos(&filters).await,
        List::Attributes => dhis2.get_attributes(&filters).await,
        List::Programs => dhis2.get_programs(&filters).await,
        List::ProgramStages => dhis2.get_program_stages(&filters).await,
        List::ProgramDataElements => dhis2.get_program_data_elements(&filters).await,
        List::TrackedEntityTypes => dhis2.get_tracked_entity_types(&filters).await,
        List::TrackedEntityAttributes => dhis2.get_tracked_entity_attributes(&filters).await,
        List::RelationshipTypes => dhis2.get_relationship_types(&filters).await,
        List::OptionSets => dhis2.get_option_sets(&filters).await,
    }
}
