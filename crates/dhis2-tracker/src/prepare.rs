//! What is asked of a server before a run: its clock, and how the units lie to each other.

use std::collections::HashSet;

use dhis2_api::Uid;
use dhis2_api::datetime::ServerZone;
use dhis2_extract::lookup::find;
use dhis2_extract::{Warning, WarningKind};
use dhis2_http::Client;
use serde::Deserialize;

use crate::error::TrackerError;

/// The zone of the server's clock, or in words why it is not known.
pub(crate) fn zone(name: Option<&str>) -> Result<ServerZone, String> {
    let name = name.ok_or("the server does not say the zone of its clock")?;
    ServerZone::parse(name).map_err(|error| error.to_string())
}

/// The zone of the server's clock, where instants are made of its times.
pub(crate) fn known_zone(name: Option<&str>) -> Result<ServerZone, TrackerError> {
    zone(name).map_err(TrackerError::UnknownClock)
}

#[derive(Deserialize)]
struct Unit {
    id: Uid,
    #[serde(default)]
    path: String,
}

/// The units to ask for: those named, without any that lies below another, whose objects would come twice.
pub(crate) async fn parents(
    client: &Client,
    named: &[Uid],
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Uid>, TrackerError> {
    let known: Vec<Unit> = find(client, "organisationUnits", named, "id,path").await?;
    let ids: HashSet<Uid> = known.iter().map(|unit| unit.id).collect();
    let unknown: Vec<&str> = named.iter().filter(|id| !ids.contains(*id)).map(Uid::as_str).collect();
    if !unknown.is_empty() {
        warnings.push(Warning {
            kind: WarningKind::UnknownId,
            message: format!("organisation unit not found, or not visible to this account: {}", unknown.join(", ")),
        });
    }
    let below_another = |id: &Uid| {
        let path = known.iter().find(|unit| unit.id == *id).map_or("", |unit| unit.path.as_str());
        path.split('/').any(|part| part != id.as_str() && ids.iter().any(|other| other.as_str() == part))
    };
    Ok(named.iter().filter(|id| !below_another(id)).copied().collect())
}
