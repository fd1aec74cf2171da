//! The attributes of enrollments: those of the program, of the tracked entities that are enrolled.

use std::collections::{HashMap, HashSet};

use dhis2_api::Uid;
use dhis2_extract::lookup::find;
use dhis2_extract::{Engine, Extraction};
use dhis2_frame::{FrameError, StringColumn};
use dhis2_http::Client;
use polars::frame::DataFrame;
use polars::prelude::IdxCa;
use serde::Deserialize;

use crate::enrollments::columns::ENROLLMENT_ATTRIBUTES;
use crate::enrollments::extract::extract_enrollments;
use crate::enrollments::query::EnrollmentQuery;
use crate::error::TrackerError;
use crate::tables::{retain, uids};
use crate::tracked_entities::{TrackedEntityQuery, extract_tracked_entities};

/// Extracts the attributes of enrollments: the values that the enrolled tracked entities have of the program's attributes,
/// every version from 2.38 on. The columns are [`ENROLLMENT_ATTRIBUTES`](crate::ENROLLMENT_ATTRIBUTES): one row for each
/// value; an enrollment without any has no row.
///
/// They come from the tracked entities, asked for by uid beside the program: lists of enrollments leave them empty up to
/// 2.40, and on 2.43 without the values of confidential ones.
///
/// # Errors
/// [`TrackerError`] where nothing could be had. What is missing beside other rows makes the receipt partial.
pub async fn extract_enrollment_attributes(
    engine: &Engine,
    query: &EnrollmentQuery,
) -> Result<Extraction, TrackerError> {
    let mut extraction = extract_enrollments_with_attributes(engine, query).await?;
    let with_attribute = retain(&extraction.frame, "attribute_id", |id| id.is_some())?;
    extraction.frame = with_attribute.select(ENROLLMENT_ATTRIBUTES.names()).map_err(FrameError::from)?;
    "enrollment_attributes".clone_into(&mut extraction.receipt.extract);
    extraction.receipt.rows = extraction.frame.height() as u64;
    Ok(extraction)
}

/// Extracts enrollments with their attributes: the columns of [`ENROLLMENTS`](crate::ENROLLMENTS), then `attribute_id` and
/// `value` as [`extract_enrollment_attributes`] has them; an enrollment without any is one row with nulls there.
///
/// # Errors
/// [`TrackerError`] where nothing could be had. What is missing beside other rows makes the receipt partial.
pub async fn extract_enrollments_with_attributes(
    engine: &Engine,
    query: &EnrollmentQuery,
) -> Result<Extraction, TrackerError> {
    let mut extraction = extract_enrollments(engine, query).await?;
    let of_program = attributes_of(engine.client(), query.program).await?;
    let entities = uids(&extraction.frame, "tracked_entity_id")?;
    let mut attributes = None;
    if !entities.is_empty() {
        let entities = TrackedEntityQuery::builder()
            .program(query.program.as_str())
            .tracked_entities(entities.iter().map(Uid::to_string))
            .include_deleted(query.include_deleted)
            .build()?;
        let extracted = extract_tracked_entities(engine, &entities).await?;
        extraction.receipt.absorb(extracted.receipt);
        attributes = Some(extracted.frame);
    }
    extraction.frame = join(&extraction.frame, attributes.as_ref(), &of_program)?;
    extraction.receipt.rows = extraction.frame.height() as u64;
    Ok(extraction)
}

/// The attributes that a program asks for.
async fn attributes_of(client: &Client, program: Uid) -> Result<HashSet<Uid>, TrackerError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Program {
        #[serde(default)]
        program_tracked_entity_attributes: Vec<Asked>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Asked {
        tracked_entity_attribute: Option<Id>,
    }
    #[derive(Deserialize)]
    struct Id {
        id: Uid,
    }
    let fields = "programTrackedEntityAttributes[trackedEntityAttribute[id]]";
    let found: Vec<Program> = find(client, "programs", &[program], fields).await?;
    let asked = found.into_iter().flat_map(|program| program.program_tracked_entity_attributes);
    Ok(asked.filter_map(|asked| asked.tracked_entity_attribute).map(|attribute| attribute.id).collect())
}

fn join(
    enrollments: &DataFrame,
    entities: Option<&DataFrame>,
    of_program: &HashSet<Uid>,
) -> Result<DataFrame, FrameError> {
    let mut values: HashMap<&str, Vec<(&str, Option<&str>)>> = HashMap::new();
    if let Some(entities) = entities {
        let text = |name| entities.column(name).and_then(|column| column.str());
        let (entity, attribute, value) = (text("tracked_entity_id")?, text("attribute_id")?, text("value")?);
        for (row, attribute) in attribute.iter().enumerate() {
            if let (Some(entity), Some(attribute)) = (entity.get(row), attribute)
                && Uid::parse(attribute).is_ok_and(|uid| of_program.contains(&uid))
            {
                values.entry(entity).or_default().push((attribute, value.get(row)));
            }
        }
    }
    let (mut rows, mut attributes, mut texts) = (Vec::new(), StringColumn::default(), StringColumn::default());
    for (row, entity) in (0..).zip(enrollments.column("tracked_entity_id")?.str()?.iter()) {
        let its = entity.and_then(|entity| values.get(entity));
        if its.is_none() {
            rows.push(row);
            attributes.push_null();
            texts.push_null();
        }
        for (attribute, value) in its.into_iter().flatten() {
            rows.push(row);
            attributes.push(attribute);
            texts.push_opt(*value);
        }
    }
    let mut long = enrollments.take(&IdxCa::from_vec("rows".into(), rows))?;
    long.with_column(attributes.finish("attribute_id"))?;
    long.with_column(texts.finish("value"))?;
    Ok(long)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::rows::of_frame;
    use polars::prelude::*;

    #[test]
    fn each_enrollment_has_the_attributes_of_its_program() {
        let text = |name: &str, cells: &[Option<&str>]| Column::new(name.into(), cells);
        let enrollments = DataFrame::new(
            3,
            vec![
                text("enrollment_id", &[Some("e1"), Some("e2"), Some("e3")]),
                text("tracked_entity_id", &[Some("p1"), Some("p1"), Some("p2")]),
                text("program_id", &[Some("anc"); 3]),
            ],
        )
        .unwrap();
        let (asked, other) = ("E1Yg8oxJLCA", "I57qzFRq65u");
        let entities = DataFrame::new(
            4,
            vec![
                text("tracked_entity_id", &[Some("p1"), Some("p1"), Some("p2"), Some("p3")]),
                text("attribute_id", &[Some(asked), Some(other), None, Some(asked)]),
                text("value", &[Some("F"), Some("x"), None, Some("M")]),
            ],
        )
        .unwrap();
        let of_program = HashSet::from([Uid::parse(asked).unwrap()]);
        let joined = join(&enrollments, Some(&entities), &of_program).unwrap();
        let row = |enrollment: &str, rest: [Option<&str>; 3]| {
            [Some(enrollment)].into_iter().chain(rest).map(|cell| cell.map(str::to_owned)).collect::<Vec<_>>()
        };
        let names = ["enrollment_id", "tracked_entity_id", "attribute_id", "value"];
        let first = [Some("p1"), Some(asked), Some("F")];
        assert_eq!(
            of_frame(&joined, &names),
            [row("e1", first), row("e2", first), row("e3", [Some("p2"), None, None])]
        );
        assert_eq!(join(&enrollments, None, &of_program).unwrap().height(), 3);
    }
}
