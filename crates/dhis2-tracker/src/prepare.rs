//! What is asked of a server before a run: its clock, and how the units lie to each other.

use dhis2_api::datetime::{Instant, ServerZone, WallClock, parse_wall_clock_ms};
use dhis2_api::request::ApiRequest;
use dhis2_api::system::SystemInfo;
use dhis2_api::{Uid, ValueType};
use dhis2_extract::lookup::{find, named_units, unknown, unknown_ids};
use dhis2_extract::{Expected, Warning};
use dhis2_http::Client;

use serde::Deserialize;

use crate::error::TrackerError;
use crate::filter::ObjectFilter;

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

/// The units named, all of them; those that the server does not show are worth a warning.
pub(crate) async fn known_units(
    client: &Client,
    named: &[Uid],
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Uid>, TrackerError> {
    warnings.extend(unknown_ids("organisation unit", &unknown(client, "organisationUnits", named).await?));
    Ok(named.to_vec())
}

/// Learns of what type the values are that filters look at: numbers compare as numbers. `collection` holds the data elements
/// or attributes, `what` says which in words.
pub(crate) async fn filters(
    client: &Client,
    filters: &mut [ObjectFilter],
    collection: &str,
    what: &str,
    warnings: &mut Vec<Warning>,
) -> Result<(), TrackerError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Item {
        id: Uid,
        value_type: Option<ValueType>,
    }
    let items: Vec<Uid> = filters.iter().filter_map(ObjectFilter::item).collect();
    let known: Vec<Item> = find(client, collection, &items, "id,valueType").await?;
    for filter in filters {
        let item = known.iter().find(|item| Some(item.id) == filter.item());
        if item.and_then(|item| item.value_type.as_ref()).is_some_and(ValueType::is_number) {
            filter.compare_numbers();
        }
    }
    let missing: Vec<Uid> = items.into_iter().filter(|id| !known.iter().any(|item| item.id == *id)).collect();
    warnings.extend(unknown_ids(what, &missing));
    Ok(())
}

/// What the server's clock shows now, as an instant: asked anew, for it need not agree with ours.
pub(crate) async fn now(client: &Client, zone: ServerZone) -> Result<Instant, TrackerError> {
    let info: SystemInfo = client.get_json(&ApiRequest::get("system/info")).await?;
    let shown = info.server_date.as_deref().and_then(parse_wall_clock_ms);
    shown
        .map(|ms| zone.instant(WallClock(ms)))
        .ok_or_else(|| TrackerError::UnknownClock("the server does not say what time it is".to_owned()))
}

/// Whether it is a program without registration: there are events in it, and neither enrollments nor tracked entities, which
/// servers refuse to list.
pub(crate) async fn is_without_registration(client: &Client, program: Uid) -> Result<bool, TrackerError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Program {
        program_type: Option<String>,
    }
    let found: Vec<Program> = find(client, "programs", &[program], "programType").await?;
    Ok(found.iter().any(|program| program.program_type.as_deref() == Some("WITHOUT_REGISTRATION")))
}

/// What filters say, for a digest.
pub(crate) fn hidden(filters: &[ObjectFilter]) -> String {
    filters.iter().map(ObjectFilter::everything).collect::<Vec<_>>().join("\u{1d}")
}

/// Objects asked for by uid, which are missing where they do not come.
pub(crate) fn expected(what: &str, uids: &[Uid]) -> Expected {
    Expected { what: what.to_owned(), keys: uids.iter().map(ToString::to_string).collect() }
}
