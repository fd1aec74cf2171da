//! The server: its version, what is known of it, its limits.

use dhis2_api::dialect::{Dialect, NEWEST_KNOWN_FEATURE};
use dhis2_api::request::ApiRequest;
use dhis2_api::system::SystemInfo;
use dhis2_http::{Answer, Client, HttpError, MAX_HEAD_BYTES, MAX_QUERY_PARAMETERS};
use serde_json::Value;

use super::{Check, dialect};

/// What the server says about itself, with the answer in which it says so.
pub(super) async fn info(client: &Client) -> Result<(Answer, SystemInfo), HttpError> {
    let answer = client.get(&ApiRequest::get("system/info")).await?;
    Ok((answer, client.system_info().await?.clone()))
}

/// The version, and every known defect of it.
pub(super) fn version(info: &SystemInfo) -> Vec<Check> {
    let version = match info.version() {
        Ok(version) => version,
        Err(error) => return vec![Check::problem("version", error.to_string(), "is it a DHIS2 server?")],
    };
    let dialect = match Dialect::of(&version) {
        Ok(dialect) => dialect,
        Err(error) => return vec![Check::problem("version", error.to_string(), "ask for an update of the server")],
    };
    let mut checks = vec![if dialect.newer_than_known {
        let what =
            format!("DHIS2 {version}, newer than any that is known: it is spoken to as 2.{NEWEST_KNOWN_FEATURE}");
        Check::warning("version", what, "look for a newer dhis2, and compare figures with the web pages")
    } else {
        Check::ok("version", format!("DHIS2 {version}, which is known"))
    }];
    checks.extend(dialect.defects().into_iter().map(|defect| {
        let found = format!("{}: {}", defect.name, defect.what);
        if defect.remains {
            Check::warning("defect", found, defect.remedy)
        } else {
            Check { advice: Some(format!("taken care of: {}", defect.remedy)), ..Check::ok("defect", found) }
        }
    }));
    checks
}

/// How much the server takes and gives at once.
pub(super) async fn limits(client: &Client, info: &SystemInfo) -> Vec<Check> {
    let mut checks = vec![Check::ok(
        "limits",
        format!(
            "requests are kept below {MAX_HEAD_BYTES} bytes and {MAX_QUERY_PARAMETERS} parameters, which servers take; longer \
             questions are cut"
        ),
    )];
    if let Some(dialect) = dialect(info) {
        checks.push(Check::ok("limits", format!("imports send {} rows at a time", dialect.import_rows)));
    }
    let key = "keyAnalyticsMaxLimit";
    let answer: Result<Value, _> = client.get_json(&ApiRequest::get(format!("systemSettings/{key}"))).await;
    if let Some(rows) = answer.ok().and_then(|answer| answer[key].as_u64()) {
        checks.push(Check::ok(
            "limits",
            format!("an answer of analytics has at most {rows} rows; larger questions are cut"),
        ));
    }
    checks
}
