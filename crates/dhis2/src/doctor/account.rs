//! What the account may see and do.

use dhis2_api::request::ApiRequest;
use dhis2_api::system::{Reference, Scopes, SystemInfo};
use dhis2_http::Client;

use super::{Check, dialect};

/// The authorities that matter here, and for what.
const AUTHORITIES: [(&str, &str); 2] = [
    ("F_TRACKED_ENTITY_INSTANCE_SEARCH_IN_ALL_ORGUNITS", "ask in all organisation units (--org-unit-mode all)"),
    ("F_DATAVALUE_ADD", "import data values"),
];

pub(super) async fn look(client: &Client, info: &SystemInfo) -> Vec<Check> {
    let asked: Result<Scopes, _> = client.get_json(&ApiRequest::get("me").param("fields", Scopes::FIELDS)).await;
    let scopes = match asked {
        Ok(scopes) => scopes,
        Err(error) => {
            return vec![Check::warning("account", error.to_string(), "what the account may see is not known")];
        }
    };
    let mut checks = vec![Check::ok("account", scopes.username.clone().unwrap_or_else(|| "has no name".to_owned()))];
    checks.extend(units(&scopes, info));
    if scopes.may("ALL") {
        checks.push(Check::ok(
            "authorities",
            "ALL: it may do everything. For extracts an account that may do less is safer",
        ));
        return checks;
    }
    for (authority, what) in AUTHORITIES {
        let may = if scopes.may(authority) { "may" } else { "may not" };
        checks.push(Check::ok("authorities", format!("it {may} {what}: {authority}")));
    }
    checks
}

fn units(scopes: &Scopes, info: &SystemInfo) -> Vec<Check> {
    let (capture, view) = (&scopes.organisation_units, &scopes.data_view_organisation_units);
    if capture.is_empty() && view.is_empty() && !scopes.may("ALL") {
        let what =
            "the account has no organisation units, neither for capture nor for data view: nothing can be extracted";
        let advice = "ask those who run the server to give it the units to extract, as both";
        return vec![Check::problem("units", what, advice)];
    }
    let shown = |units: &[Reference]| match units {
        [one] => one.id.to_string(),
        units => format!("{} units", units.len()),
    };
    let mut checks = Vec::new();
    let needs_view = dialect(info).is_some_and(|dialect| dialect.data_values_by_view_units);
    for (what, units, needed) in [
        ("data capture", capture, "events and people are looked for there, and data values on servers up to 2.42"),
        ("data view", view, "analytics are looked for there, and data values on servers from 2.43 on"),
    ] {
        // A superuser sees all units without.
        let harms = units.is_empty() && !scopes.may("ALL");
        let on_this_server = what == "data capture" || needs_view;
        checks.push(if harms && on_this_server {
            Check::warning(
                "units",
                format!("{what}: none; {needed}"),
                "ask for the units to extract as such units as well",
            )
        } else if units.is_empty() {
            Check::ok("units", format!("{what}: none"))
        } else {
            Check::ok("units", format!("{what}: {} with all below", shown(units)))
        });
    }
    let search = &scopes.tei_search_organisation_units;
    checks.push(Check::ok(
        "units",
        if search.is_empty() {
            "search for people: no units of its own, the capture units count".to_owned()
        } else {
            format!("search for people: {} with all below", shown(search))
        },
    ));
    checks
}
