//! What is asked of a server before a run: its clock, and how the units lie to each other.

use dhis2_api::Uid;
use dhis2_api::datetime::ServerZone;
use dhis2_extract::Warning;
use dhis2_extract::lookup::{named_units, unknown_ids};
use dhis2_http::Client;

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

/// The units to ask for: those named, without any that lies below another, whose objects would come twice.
pub(crate) async fn parents(
    client: &Client,
    named: &[Uid],
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Uid>, TrackerError> {
    let units = named_units(client, named).await?;
    warnings.extend(unknown_ids("organisation unit", &units.unknown));
    Ok(units.topmost)
}
