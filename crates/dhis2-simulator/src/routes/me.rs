//! `/api/me`: who asks, and what that account may see.

use crate::answer::Answer;
use crate::fields::Fields;
use crate::json::{Escapes, Json, object};
use crate::project::metadata;
use crate::server::Call;

/// What the clerk may do.
const CLERK_AUTHORITIES: [&str; 3] = ["F_DATAVALUE_ADD", "F_EXPORT_DATA", "M_dhis-web-dataentry"];
/// What the superuser may do. `ALL` covers everything; the others are what clients look for by name.
const SUPERUSER_AUTHORITIES: [&str; 8] = [
    "ALL",
    "F_DATAVALUE_ADD",
    "F_EXPORT_DATA",
    "F_METADATA_EXPORT",
    "F_METADATA_IMPORT",
    "F_SYSTEM_SETTING",
    "F_TRACKED_ENTITY_INSTANCE_SEARCH_IN_ALL_ORGUNITS",
    "F_VIEW_EVENT_ANALYTICS",
];

fn authority_names(call: &Call<'_>) -> &'static [&'static str] {
    if call.account.superuser { &SUPERUSER_AUTHORITIES } else { &CLERK_AUTHORITIES }
}

fn authority_list(call: &Call<'_>) -> Json {
    Json::List(authority_names(call).iter().map(|name| Json::text(name)).collect())
}

pub(super) fn get(call: &Call<'_>) -> Answer {
    let world = &call.server.world;
    let account = call.account;
    let reference = |uid: &str| object([("id", Json::text(uid))]);
    let units = || Json::List(account.units.iter().map(|&unit| reference(world.unit_uid(unit))).collect());
    let ids =
        |plural: &str| Json::List(world.metadata.list(plural).iter().filter_map(|o| o.get("id").cloned()).collect());
    let me = object([
        ("id", Json::text(account.uid)),
        ("username", Json::text(account.username)),
        ("surname", Json::text(account.username)),
        ("firstName", Json::text(account.username)),
        ("displayName", Json::text(&format!("{0} {0}", account.username))),
        ("name", Json::text(&format!("{0} {0}", account.username))),
        ("dataViewOrganisationUnits", units()),
        ("teiSearchOrganisationUnits", units()),
        ("organisationUnits", units()),
        ("authorities", authority_list(call)),
        ("programs", ids("programs")),
        ("dataSets", ids("dataSets")),
        ("settings", object([("keyDbLocale", Json::Null), ("keyUiLocale", Json::text("en"))])),
    ]);
    let fields = call.query.filled("fields").map_or_else(Fields::everything, Fields::parse);
    let body = metadata(world, "users", &me, &fields).to_bytes(Escapes::Surrogates);
    Answer::new(200, call.json_type(), body)
}

pub(super) fn authorities(call: &Call<'_>) -> Answer {
    Answer::new(200, call.json_type(), authority_list(call).to_bytes(Escapes::Surrogates))
}

pub(super) fn authority(call: &Call<'_>, name: &str) -> Answer {
    let names = authority_names(call);
    let granted = names.contains(&name) || names.contains(&"ALL");
    Answer::new(200, call.json_type(), granted.to_string())
}
