//! The extract, from the question to the result.

use std::sync::Arc;

use dhis2_api::request::ApiRequest;
use dhis2_extract::engine::Preparation;
use dhis2_extract::{Engine, Extraction, Prepared};
use dhis2_http::Client;
use serde::Deserialize;

use crate::error::TrackerError;
use crate::prepare;
use crate::relationships::meanwhile::Missed;
use crate::relationships::plan::{self, Owners, RelationshipType};
use crate::relationships::query::{Of, RelationshipQuery};
use crate::relationships::source::RelationshipSource;
use crate::scope::Scope;

/// Extracts relationships, every version from 2.38 on. No server lists them all: they are collected from the
/// `relationships` of `GET /api/tracker/trackedEntities`, and of `…/enrollments` and `…/events` where a relationship type
/// begins there; those of single objects from `GET /api/tracker/relationships`. The columns are [`RELATIONSHIPS`](crate::RELATIONSHIPS): one row for each, though both of its ends may
/// list it. Deleted ones do not come: servers do not list them there.
///
/// # Errors
/// [`TrackerError`] where nothing could be had. What is missing beside other rows makes the receipt partial.
pub async fn extract_relationships(engine: &Engine, query: &RelationshipQuery) -> Result<Extraction, TrackerError> {
    Ok(prepare_relationships(engine, query).await?.collect().await?)
}

/// Plans an extract of relationships: see [`extract_relationships`]. What the question names is looked up, and which types of
/// relationships there are; nothing is fetched.
///
/// The plan shows the objects that are looked at. A run looks once more, by uid, at those that it may have missed because
/// others were deleted on the server meanwhile.
///
/// # Errors
/// [`TrackerError`] where the server cannot be asked.
pub async fn prepare_relationships(engine: &Engine, query: &RelationshipQuery) -> Result<Prepared, TrackerError> {
    let client = engine.client();
    let server = client.server().await?;
    let zone = prepare::known_zone(server.info.server_time_zone_id.as_deref())?;
    let mut warnings = Vec::new();
    let parents = prepare::parents(client, &query.org_unit_parents, &mut warnings).await?;
    let mut owners: Vec<Owners> = match &query.of {
        Of::Objects(objects) => objects.iter().map(|(kind, uid)| Owners::One(*kind, *uid)).collect(),
        Of::Scope(scope) => plan::owners(*scope, &relationship_types(client).await?),
    };
    if let Of::Scope(scope @ Scope::Program(program)) = query.of
        && prepare::is_without_registration(client, program).await?
    {
        owners.retain(|these| *these != Owners::TrackedEntities(scope));
        // Its events are all it has; up to 2.41 those that end at them are listed there too.
        if !owners.contains(&Owners::Events(program)) {
            owners.push(Owners::Events(program));
        }
    }
    let nested_enrollments = RelationshipSource::nest(&server.dialect, &mut owners);
    let chunks = RelationshipSource::under(&owners, &parents);
    let source = RelationshipSource { dialect: server.dialect, zone, query: query.clone(), chunks, nested_enrollments };
    let mut preparation =
        Preparation::new("relationships", query.to_json(), warnings).hiding(&prepare::hidden(&query.filters));
    if let Of::Objects(_) = query.of {
        // What is asked for by its uid is not missed.
        return Ok(Prepared::new(engine, source, preparation));
    }
    preparation.begin = Some(prepare::now(client, zone).await?);
    let missed = Missed { source: source.clone(), owners, parents };
    Ok(Prepared::new(engine, source, preparation).followed_by(Arc::new(missed)))
}

async fn relationship_types(client: &Client) -> Result<Vec<RelationshipType>, TrackerError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        relationship_types: Vec<RelationshipType>,
    }
    let request = ApiRequest::get("relationshipTypes").param("fields", plan::FIELDS).param("paging", "false");
    let answer: Answer = client.get_json(&request).await?;
    Ok(answer.relationship_types)
}
