//! The data elements of a data set or group, for an answer that is too much for one unit and one time.

use dhis2_api::Uid;
use dhis2_api::request::ApiRequest;
use dhis2_extract::lookup::IdOnly;
use dhis2_http::{Client, HttpError};
use serde::Deserialize;

use crate::plan::DataValueChunk;

/// A set, whose elements stand in links, or a group, which holds them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Holder {
    #[serde(default)]
    data_set_elements: Vec<Link>,
    #[serde(default)]
    data_elements: Vec<IdOnly>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Link {
    data_element: Option<IdOnly>,
}

/// The same chunk by its data elements, where it asks for one data set or one group. `None` where it does not, where that has
/// one element or none, and where the server does not show them all to the account: rows of the others would be lost.
///
/// A set stands for its elements and for nothing else, on every version, and so does a group: asked for by their uids they
/// give the same rows, whatever other sets they belong to (wire document, section 2.2: `dataSet`, `dataElement` and, on 2.43,
/// `dataElementGroup` are a union).
pub(crate) async fn by_element(chunk: &DataValueChunk, client: &Client) -> Result<Option<DataValueChunk>, HttpError> {
    let (path, fields) = match (&chunk.data_sets[..], &chunk.data_element_groups[..], &chunk.data_elements[..]) {
        ([set], [], []) => (format!("dataSets/{set}"), "dataSetElements[dataElement[id]]"),
        ([], [group], []) => (format!("dataElementGroups/{group}"), "dataElements[id]"),
        _ => return Ok(None),
    };
    let holder: Holder = match client.get_json(&ApiRequest::get(path).param("fields", fields)).await {
        Ok(holder) => holder,
        // Who may read the values need not be allowed to look at the set.
        Err(error) if error.is_refused() || error.status().is_some_and(|status| status == 404) => return Ok(None),
        Err(error) => return Err(error),
    };
    let links = holder.data_set_elements.into_iter().map(|link| link.data_element);
    let all: Option<Vec<IdOnly>> = links.chain(holder.data_elements.into_iter().map(Some)).collect();
    let Some(all) = all else { return Ok(None) };
    let mut elements: Vec<Uid> = all.into_iter().map(|element| element.id).collect();
    // Servers promise no order, and a run that goes on must cut as before.
    elements.sort_unstable();
    elements.dedup();
    Ok((elements.len() > 1).then(|| DataValueChunk {
        data_sets: Vec::new(),
        data_element_groups: Vec::new(),
        data_elements: elements,
        ..chunk.clone()
    }))
}
