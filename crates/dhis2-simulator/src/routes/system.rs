//! `/api/system/…` and `/api/systemSettings/…`.

use crate::answer::{Answer, NO_STORE, Refusal};
use crate::fields::Fields;
use crate::json::{Escapes, Json, Key, object};
use crate::project::plain;
use crate::server::Call;
use crate::time::{millis_text, wall_of};

pub(super) fn get(call: &Call<'_>, what: &str) -> Option<Result<Answer, Refusal>> {
    match what {
        "info" | "info.json" => Some(Ok(info(call))),
        "ping" => Some(Ok(Answer::new(200, "text/plain", "pong"))),
        _ => None,
    }
}

fn info(call: &Call<'_>) -> Answer {
    let fields = call.query.filled("fields").map_or_else(Fields::everything, Fields::parse);
    let info = plain(&Json::Object(entries(call)), &fields);
    Answer::new(200, call.json_type(), info.to_bytes(Escapes::Surrogates)).with(NO_STORE)
}

/// What the server tells about itself; the machine it runs on to superusers only.
fn entries(call: &Call<'_>) -> Vec<(Key, Json)> {
    let server = call.server;
    let behaviour = &server.behaviour.transport;
    let now = millis_text(wall_of(server.now().timestamp_millis(), server.zone));
    let never = millis_text(wall_of(0, server.zone));
    let superuser = call.account.superuser;
    let mut out: Vec<(Key, Json)> = Vec::new();
    let mut add = |key: &'static str, value: Json| out.push((key.into(), value));
    let text = Json::text;
    add("contextPath", text(&call.base_url));
    add("calendar", text("iso8601"));
    add("dateFormat", text("yyyy-mm-dd"));
    add("serverDate", text(&now));
    add("serverTimeZoneId", text(server.zone.name()));
    if behaviour.info_session_timeout {
        add("sessionTimeout", Json::number(3600));
    }
    add("serverTimeZoneDisplayName", text(zone_name(server.zone.name())));
    if behaviour.info_analytics_times {
        let hours = server.now().timestamp() / 3600;
        let interval = format!("{hours} h, 0 m, 0 s");
        add("lastAnalyticsTableSuccess", text(&never));
        add("intervalSinceLastAnalyticsTableSuccess", text(&interval));
        add("lastAnalyticsTableRuntime", text(""));
        add("lastSystemMonitoringSuccess", text(&never));
        add("lastAnalyticsTablePartitionSuccess", text(&never));
        add("intervalSinceLastAnalyticsTablePartitionSuccess", text(&interval));
        add("lastAnalyticsTablePartitionRuntime", text(""));
    }
    if behaviour.info_database_time {
        add("databaseInfo", database(superuser, Some(&now)));
    }
    if behaviour.info_session_timeout {
        add("capability", object([("analyticsTotalCounts", Json::Bool(false))]));
    }
    add("version", text(&server.version.to_string()));
    add("revision", text("simulator"));
    add("buildTime", text(&never));
    if superuser {
        add("jasperReportsVersion", text("6.20.0"));
        add("environmentVariable", text("DHIS2_HOME"));
        add("fileStoreProvider", text("filesystem"));
        add("readOnlyMode", text("off"));
        add("nodeId", text(""));
        add("javaVersion", text("17.0.15"));
        add("javaVendor", text("none: simulated"));
        add("osName", text("Linux"));
        add("osArchitecture", text("amd64"));
        add("osVersion", text("6.1.0"));
        add("externalDirectory", text("/opt/dhis2"));
    }
    if !behaviour.info_database_time {
        add("databaseInfo", database(superuser, None));
    }
    if superuser {
        add("readReplicaCount", Json::number(0));
        add("memoryInfo", text("Mem Total in JVM: 1024 Free in JVM: 512 Max Limit: 3072"));
        add("cpuCores", Json::number(2));
    }
    add("encryption", Json::Bool(superuser));
    add("emailConfigured", Json::Bool(false));
    add("redisEnabled", Json::Bool(false));
    add("systemName", text("DHIS 2"));
    if behaviour.info_analytics_times {
        add("systemMetadataVersion", text(""));
    }
    add("instanceBaseUrl", text(&call.base_url));
    if superuser {
        add("clusterHostname", text(""));
    }
    add("isMetadataVersionEnabled", Json::Bool(false));
    if behaviour.info_analytics_times {
        add("lastMetadataVersionSyncAttempt", text(&never));
    }
    out
}

fn database(superuser: bool, now: Option<&str>) -> Json {
    let mut entries: Vec<(Key, Json)> = Vec::new();
    if superuser {
        for (key, value) in [
            ("name", "dhis2"),
            ("user", "dhis"),
            ("url", "jdbc:postgresql://localhost/dhis2"),
            ("databaseVersion", "PostgreSQL 15.20"),
        ] {
            entries.push((key.into(), Json::text(value)));
        }
    }
    entries.push(("spatialSupport".into(), Json::Bool(true)));
    if let Some(now) = now {
        entries.push(("time".into(), Json::text(now)));
    }
    Json::Object(entries)
}

/// Java's name of a zone, for those that were recorded.
fn zone_name(id: &str) -> &str {
    match id {
        "UTC" => "Coordinated Universal Time",
        "Africa/Lagos" => "West Africa Standard Time",
        "America/Bogota" => "Colombia Standard Time",
        "Asia/Kathmandu" => "Nepal Time",
        other => other,
    }
}

/// `/api/systemSettings/{key}`: the limits that an extractor may look at.
pub(super) fn setting(call: &Call<'_>, key: &str) -> Result<Answer, Refusal> {
    let value = match key {
        "KeyTrackedEntityMaxLimit" | "KeyTrackedEntityInstanceMaxLimit" => Some(50_000),
        "keyAnalyticsMaxLimit" => Some(call.server.analytics_limit),
        _ => None,
    };
    let value = match value {
        Some(number) => Json::number(number),
        None if call.server.behaviour.transport.not_found_code => {
            return Err(Refusal::new(404, format!("Setting does not exist: {key}")).code("E1005"));
        }
        None => Json::text(""),
    };
    if call.accept.contains("text/plain") {
        let Json::Number(number) = value else { return Ok(Answer::new(200, "text/plain", "")) };
        return Ok(Answer::new(200, "text/plain", number.to_string()));
    }
    let body = Json::Object(vec![(key.to_owned().into(), value)]);
    Ok(Answer::new(200, call.json_type(), body.to_bytes(Escapes::Surrogates)))
}
