//! The attributes of enrollments: those of the program, of the tracked entities that are enrolled.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use dhis2_api::Uid;
use dhis2_api::datetime::ServerZone;
use dhis2_api::dialect::Dialect;
use dhis2_extract::engine::Preparation;
use dhis2_extract::lookup::{find, unknown_ids};
use dhis2_extract::{Engine, ExtractError, Extraction, Fetched, Prepared, Sequel};
use dhis2_frame::{FrameError, StringColumn};
use dhis2_http::Client;
use polars::frame::DataFrame;
use polars::prelude::IdxCa;
use serde::Deserialize;

use crate::enrollments::attribute_source::{AttributeSource, Enrolled};
use crate::enrollments::extract::{extract_enrollments, prepare_as};
use crate::enrollments::query::EnrollmentQuery;
use crate::error::TrackerError;
use crate::prepare;

/// What the extract is called.
const EXTRACT: &str = "enrollment_attributes";

/// Extracts the attributes of enrollments: the values that the enrolled tracked entities have of the program's attributes,
/// every version from 2.38 on. The columns are [`ENROLLMENT_ATTRIBUTES`](crate::ENROLLMENT_ATTRIBUTES): one row for each
/// value, by the uids of the tracked entities; an enrollment without any has no row.
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
    Ok(prepare_enrollment_attributes(engine, query).await?.collect().await?)
}

/// Plans an extract of the attributes of enrollments: see [`extract_enrollment_attributes`]. What the question names is looked
/// up; nothing is fetched.
///
/// The plan shows the enrollments that are asked for. Who is enrolled is known once they are there; memory depends on how many
/// they are: 22 bytes for each, and some 60 for each tracked entity.
///
/// # Errors
/// [`TrackerError`] where the server cannot be asked.
pub async fn prepare_enrollment_attributes(engine: &Engine, query: &EnrollmentQuery) -> Result<Prepared, TrackerError> {
    let attributes = Attributes::of(engine.client(), query).await?;
    Ok(prepare_as(engine, query, EXTRACT).await?.followed_by(Arc::new(attributes)))
}

/// Extracts enrollments with their attributes: the columns of [`ENROLLMENTS`](crate::ENROLLMENTS), then `attribute_id` and
/// `value` as [`extract_enrollment_attributes`] has them; an enrollment without any is one row with nulls there.
///
/// Both are held in memory. Where the engine has the folder of a job, each of the two steps goes on where it was stopped.
///
/// # Errors
/// [`TrackerError`] where nothing could be had. What is missing beside other rows makes the receipt partial.
pub async fn extract_enrollments_with_attributes(
    engine: &Engine,
    query: &EnrollmentQuery,
) -> Result<Extraction, TrackerError> {
    let attributes = Attributes::of(engine.client(), query).await?;
    let preparation = Preparation::new(EXTRACT, query.to_json(), Vec::new()).hiding(&prepare::hidden(&query.filters));
    let begun = engine.begin(&preparation).await?;
    let mut extraction = extract_enrollments(&engine.step("enrollments"), query).await?;
    let enrolled = Enrolled::of(&extraction.frame)?;
    let attributes = attributes.fetch(engine, &preparation, enrolled).await?.put_together()?.collect()?;
    drop(begun);
    extraction.receipt.absorb(attributes.receipt);
    extraction.frame = join(&extraction.frame, &attributes.frame)?;
    extraction.receipt.rows = extraction.frame.height() as u64;
    Ok(extraction)
}

/// The second step: the tracked entities that are enrolled.
#[derive(Debug)]
struct Attributes {
    dialect: Dialect,
    zone: ServerZone,
    query: EnrollmentQuery,
    of_program: HashSet<Uid>,
}

impl Attributes {
    async fn of(client: &Client, query: &EnrollmentQuery) -> Result<Self, TrackerError> {
        let server = client.server().await?;
        let zone = prepare::known_zone(server.info.server_time_zone_id.as_deref())?;
        let of_program = attributes_of(client, query.program).await?;
        Ok(Self { dialect: server.dialect, zone, query: query.clone(), of_program })
    }

    async fn fetch(
        &self,
        engine: &Engine,
        preparation: &Preparation,
        enrolled: Vec<Enrolled>,
    ) -> Result<Fetched, ExtractError> {
        let source =
            Arc::new(AttributeSource::new(&self.dialect, self.zone, &self.query, self.of_program.clone(), enrolled));
        let preparation = Preparation {
            refine: preparation.refine.clone(),
            ..Preparation::new(EXTRACT, preparation.query.clone(), Vec::new())
        };
        let mut fetched = engine.step("attributes").fetch(&source, &preparation).await?;
        let seen = fetched.seen()?;
        let absent = source.tracked_entities().iter().filter(|uid| !seen.contains(uid.as_str()));
        let absent: Vec<Uid> = absent.copied().collect();
        fetched.warn(unknown_ids("tracked entity", &absent));
        Ok(fetched)
    }
}

#[async_trait]
impl Sequel for Attributes {
    fn describe(&self) -> String {
        "the tracked entities that are enrolled, by uid, with their attributes".to_owned()
    }

    fn keeps_rows(&self) -> bool {
        false
    }

    async fn follow(&self, engine: &Engine, preparation: &Preparation, came: Fetched) -> Result<Fetched, ExtractError> {
        let mut enrolled = Vec::new();
        came.rows(&mut |frame| {
            enrolled.extend(Enrolled::of(&frame)?);
            Ok::<_, ExtractError>(())
        })?;
        let attributes = self.fetch(engine, preparation, enrolled).await?;
        Ok(came.without_rows()?.then(attributes))
    }
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

/// Enrollments with the rows of their attributes.
fn join(enrollments: &DataFrame, attributes: &DataFrame) -> Result<DataFrame, FrameError> {
    let text = |name| attributes.column(name).and_then(|column| column.str());
    let (of, attribute, value) = (text("enrollment_id")?, text("attribute_id")?, text("value")?);
    let mut values: HashMap<&str, Vec<usize>> = HashMap::new();
    for (row, enrollment) in of.iter().enumerate() {
        values.entry(enrollment.unwrap_or_default()).or_default().push(row);
    }
    let (mut rows, mut attributes, mut texts) = (Vec::new(), StringColumn::default(), StringColumn::default());
    for (row, enrollment) in (0..).zip(enrollments.column("enrollment_id")?.str()?.iter()) {
        let its = enrollment.and_then(|enrollment| values.get(enrollment));
        if its.is_none() {
            rows.push(row);
            attributes.push_null();
            texts.push_null();
        }
        for its in its.into_iter().flatten() {
            rows.push(row);
            attributes.push_opt(attribute.get(*its));
            texts.push_opt(value.get(*its));
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
    fn an_enrollment_has_a_row_for_each_attribute_and_one_without_any() {
        let text = |name: &str, cells: &[Option<&str>]| Column::new(name.into(), cells);
        let enrollments = DataFrame::new(2, vec![text("enrollment_id", &[Some("e1"), Some("e2")])]).unwrap();
        let attributes = DataFrame::new(
            3,
            vec![
                text("enrollment_id", &[Some("e2"), Some("e3"), Some("e2")]),
                text("attribute_id", &[Some("a"), Some("a"), Some("b")]),
                text("value", &[Some("F"), Some("M"), None]),
            ],
        )
        .unwrap();
        let joined = join(&enrollments, &attributes).unwrap();
        let row = |cells: [Option<&str>; 3]| cells.map(|cell| cell.map(str::to_owned)).to_vec();
        assert_eq!(
            of_frame(&joined, &["enrollment_id", "attribute_id", "value"]),
            [
                row([Some("e1"), None, None]),
                row([Some("e2"), Some("a"), Some("F")]),
                row([Some("e2"), Some("b"), None])
            ]
        );
        assert_eq!(join(&enrollments, &attributes.head(Some(0))).unwrap().height(), 2);
    }
}
