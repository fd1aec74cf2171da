//! Small questions to a server's metadata, asked before a run.

use std::collections::{HashMap, HashSet};

use dhis2_api::Uid;
use dhis2_api::request::ApiRequest;
use dhis2_http::{Client, HttpError};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::receipt::{Warning, WarningKind};

/// Ids a request names at most: 300 uids are 3,600 bytes, well below what a server takes (8,192 for the whole head).
const IDS_A_REQUEST: usize = 300;

/// The objects of a metadata collection that have these ids, with these fields. Ids that do not exist, or that the account
/// may not see, are simply not among them: servers do not tell the two apart.
///
/// # Errors
/// [`HttpError`] where the server cannot be asked or its answer cannot be read.
pub async fn find<T: DeserializeOwned>(
    client: &Client,
    collection: &str,
    ids: &[Uid],
    fields: &str,
) -> Result<Vec<T>, HttpError> {
    let mut found = Vec::with_capacity(ids.len());
    for batch in ids.chunks(IDS_A_REQUEST) {
        let list = batch.iter().map(Uid::as_str).collect::<Vec<_>>().join(",");
        let request = ApiRequest::get(collection)
            .param("filter", format!("id:in:[{list}]"))
            .param("fields", fields)
            .param("paging", "false");
        // Without paging the list is all there is in the answer.
        let mut answer: HashMap<String, Vec<T>> = client.get_json(&request).await?;
        found.extend(answer.remove(collection).unwrap_or_default());
    }
    Ok(found)
}

/// An object of which only the id is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct IdOnly {
    /// The id.
    pub id: Uid,
}

/// Which of these ids the server does not show to the account.
///
/// # Errors
/// As [`find`].
pub async fn unknown(client: &Client, collection: &str, ids: &[Uid]) -> Result<Vec<Uid>, HttpError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<IdOnly> = find(client, collection, ids, "id").await?;
    Ok(ids.iter().filter(|id| !found.iter().any(|known| known.id == **id)).copied().collect())
}

/// What a receipt says of ids that the server does not show to the account; nothing where there are none. `what` is the kind
/// of object, such as `data set`.
pub fn unknown_ids(what: &str, ids: &[Uid]) -> Option<Warning> {
    let list = ids.iter().map(Uid::as_str).collect::<Vec<_>>().join(", ");
    (!ids.is_empty()).then(|| Warning {
        kind: WarningKind::UnknownId,
        message: format!("{what} not found, or not visible to this account: {list}"),
    })
}

/// How organisation units named in a query lie to each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedUnits {
    /// Those that the server does not show to the account.
    pub unknown: Vec<Uid>,
    /// Those of which none lies below another, in the order in which they were named. Unknown ones are among them: the
    /// account may see what is theirs though not their metadata.
    pub topmost: Vec<Uid>,
}

#[derive(Deserialize)]
struct UnitPath {
    id: Uid,
    #[serde(default)]
    path: String,
}

/// Asks where organisation units stand, so that none below another is asked for beside it: its rows would come twice.
///
/// # Errors
/// As [`find`].
pub async fn named_units(client: &Client, named: &[Uid]) -> Result<NamedUnits, HttpError> {
    let known: Vec<UnitPath> = find(client, "organisationUnits", named, "id,path").await?;
    let paths: HashMap<Uid, String> = known.into_iter().map(|unit| (unit.id, unit.path)).collect();
    let ids: HashSet<&str> = paths.keys().map(Uid::as_str).collect();
    let below_another = |id: &Uid| {
        let path = paths.get(id).map_or("", String::as_str);
        path.split('/').any(|part| part != id.as_str() && ids.contains(part))
    };
    Ok(NamedUnits {
        unknown: named.iter().filter(|id| !paths.contains_key(*id)).copied().collect(),
        topmost: named.iter().filter(|id| !below_another(id)).copied().collect(),
    })
}

/// The organisation units right below one, in the order of their ids.
///
/// # Errors
/// As [`find`].
pub async fn children(client: &Client, unit: Uid) -> Result<Vec<Uid>, HttpError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        organisation_units: Vec<IdOnly>,
    }
    let request = ApiRequest::get("organisationUnits")
        .param("filter", format!("parent.id:eq:{unit}"))
        .param("fields", "id")
        .param("order", "id:asc")
        .param("paging", "false");
    let answer: Answer = client.get_json(&request).await?;
    Ok(answer.organisation_units.into_iter().map(|unit| unit.id).collect())
}
