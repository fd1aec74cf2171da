//! The extracts, from the question to the result.

use dhis2_api::dialect::Dialect;
use dhis2_api::request::ApiRequest;
use dhis2_extract::engine::Preparation;
use dhis2_extract::{Engine, Extraction, Prepared, Warning, WarningKind};
use dhis2_http::Client;
use serde::Deserialize;

use crate::error::{QueryError, TrackerError};
use crate::prepare;
use crate::tracked_entities::query::TrackedEntityQuery;
use crate::tracked_entities::source::{Part, TrackedEntitySource};

/// Extracts tracked entities with their attributes: `GET /api/tracker/trackedEntities`, every version from 2.38 on. The
/// columns are [`TRACKED_ENTITIES`](crate::TRACKED_ENTITIES): one row for each attribute, one row for an entity without
/// any. Each entity comes once.
///
/// # Errors
/// [`TrackerError`] where nothing could be had. What is missing beside other rows makes the receipt partial.
pub async fn extract_tracked_entities(engine: &Engine, query: &TrackedEntityQuery) -> Result<Extraction, TrackerError> {
    Ok(prepare_tracked_entities(engine, query).await?.collect().await?)
}

/// Plans an extract of tracked entities: see [`extract_tracked_entities`]. What the question names is looked up; nothing is
/// fetched.
///
/// # Errors
/// [`TrackerError`] where the server cannot be asked.
pub async fn prepare_tracked_entities(engine: &Engine, query: &TrackedEntityQuery) -> Result<Prepared, TrackerError> {
    let prepared = plan(engine, query, Part::Attributes).await?;
    let expected = if query.names_entities_only() { &query.tracked_entities[..] } else { &[] };
    Ok(prepared.expecting(prepare::expected("tracked entity", expected)))
}

/// Extracts who owns tracked entities: `programOwners` of `GET /api/tracker/trackedEntities`, every version from 2.38 on.
/// The columns are [`PROGRAM_OWNERS`](crate::PROGRAM_OWNERS): one row for each tracked entity and program, of the program
/// asked for, or of all where a type was.
///
/// # Errors
/// [`TrackerError`] where nothing could be had. What is missing beside other rows makes the receipt partial.
pub async fn extract_program_owners(engine: &Engine, query: &TrackedEntityQuery) -> Result<Extraction, TrackerError> {
    Ok(prepare_program_owners(engine, query).await?.collect().await?)
}

/// Plans an extract of owners: see [`extract_program_owners`]. What the question names is looked up; nothing is fetched.
///
/// # Errors
/// [`TrackerError`] where the server cannot be asked.
pub async fn prepare_program_owners(engine: &Engine, query: &TrackedEntityQuery) -> Result<Prepared, TrackerError> {
    plan(engine, query, Part::Owners).await
}

/// Without what is expected.
pub(crate) async fn plan(engine: &Engine, query: &TrackedEntityQuery, part: Part) -> Result<Prepared, TrackerError> {
    let client = engine.client();
    let server = client.server().await?;
    let zone = prepare::known_zone(server.info.server_time_zone_id.as_deref())?;
    if part == Part::Owners && !query.filters.is_empty() {
        return Err(QueryError::OwnersFiltered.into());
    }
    let mut warnings: Vec<Warning> = Vec::new();
    let by_type = query.scope.program().is_none();
    if part == Part::Attributes && by_type && withholds_program_attributes(client, &server.dialect).await {
        warnings.push(Warning {
            kind: WarningKind::ProgramAttributes,
            message: format!(
                "DHIS2 {} shows this account attributes that belong to a program only where the program is named: these rows hold the \
                 attributes of the tracked entity type; ask by program for the others",
                server.version
            ),
        });
    }
    let parents = prepare::parents(client, &query.org_unit_parents, &mut warnings).await?;
    let mut query = query.clone();
    prepare::filters(client, &mut query.filters, "trackedEntityAttributes", "tracked entity attribute", &mut warnings)
        .await?;
    let preparation =
        Preparation::new(part.extract(), query.to_json(), warnings).hiding(&prepare::hidden(&query.filters));
    let source = TrackedEntitySource { part, dialect: server.dialect, zone, query, parents };
    Ok(Prepared::new(engine, source, preparation))
}

/// Whether attributes that belong to a program only are left out of lists that name none.
async fn withholds_program_attributes(client: &Client, dialect: &Dialect) -> bool {
    dialect.program_attributes_need_program
        || dialect.program_attributes_need_program_or_superuser && !is_superuser(client).await
}

/// Whether the account may do everything. Where the server does not say so, it may not.
async fn is_superuser(client: &Client) -> bool {
    #[derive(Deserialize)]
    struct Me {
        authorities: Vec<String>,
    }
    let me: Result<Me, _> = client.get_json(&ApiRequest::get("me").param("fields", "authorities")).await;
    me.is_ok_and(|me| me.authorities.iter().any(|authority| authority == "ALL"))
}
