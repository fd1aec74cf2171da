//! The extract, from the question to the result.

use std::sync::PoisonError;

use dhis2_api::request::ApiRequest;
use dhis2_extract::duplicates::{self, Part};
use dhis2_extract::engine::Preparation;
use dhis2_extract::{Engine, Extraction, Objects};
use dhis2_http::Client;
use serde::Deserialize;

use crate::error::TrackerError;
use crate::prepare;
use crate::relationships::columns::RELATIONSHIPS;
use crate::relationships::meanwhile;
use crate::relationships::plan::{self, Owners, RelationshipType};
use crate::relationships::query::{Of, RelationshipQuery};
use crate::relationships::source::{RelationshipSource, Seen};
use crate::scope::Scope;
use crate::tables::under;
use crate::uids::Place;

/// Extracts relationships, every version from 2.38 on. No server lists them all: they are collected from the
/// `relationships` of `GET /api/tracker/trackedEntities`, and of `…/enrollments` and `…/events` where a relationship type
/// begins there; those of single objects from `GET /api/tracker/relationships`. The columns are [`RELATIONSHIPS`](crate::RELATIONSHIPS): one row for each, though both of its ends may
/// list it. Deleted ones do not come: servers do not list them there.
///
/// # Errors
/// [`TrackerError`] where nothing could be had. What is missing beside other rows makes the receipt partial.
pub async fn extract_relationships(engine: &Engine, query: &RelationshipQuery) -> Result<Extraction, TrackerError> {
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
    let begin = prepare::now(client, zone).await?;
    let seen = Seen::default();
    let source = |chunks| RelationshipSource {
        dialect: server.dialect,
        zone,
        query: query.clone(),
        chunks,
        nested_enrollments,
        seen: Seen::clone(&seen),
    };
    let preparation = |warnings| Preparation::new("relationships", query.to_json(), warnings);
    let walk = source(RelationshipSource::under(&owners, &parents));
    let mut extraction = engine.run(walk, preparation(warnings)).await?;

    let mut missed = Vec::new();
    for owners in owners {
        let looked_at = seen.lock().unwrap_or_else(PoisonError::into_inner).remove(&owners).unwrap_or_default();
        let uids = meanwhile::missed(engine, owners, &parents, begin, &looked_at, &mut extraction.receipt).await?;
        if !uids.is_empty() {
            missed.extend(Place::all(&[], &uids).into_iter().map(|place| (owners, place)));
        }
    }
    if !missed.is_empty() {
        let second = engine.run(source(missed), preparation(Vec::new())).await?;
        extraction.receipt.absorb(second.receipt);
        let parts = [extraction.frame, second.frame]
            .map(|frame| Part { frame, objects: Objects::Rows { updated: "updated_at" } });
        let unique = duplicates::remove(parts.into(), &["relationship_id"])?;
        extraction.receipt.duplicates_removed += unique.removed;
        extraction.frame = unique.frames.into_iter().try_fold(RELATIONSHIPS.empty(), under)?;
    }
    extraction.receipt.rows = extraction.frame.height() as u64;
    Ok(extraction)
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
