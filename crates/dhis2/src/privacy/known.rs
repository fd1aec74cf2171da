//! What the server's metadata say of values and places, asked before anything is extracted.

use std::collections::{HashMap, HashSet};

use dhis2_api::ValueType;
use dhis2_api::request::ApiRequest;
use dhis2_http::{Client, HttpError};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::PrivacyError;
use crate::Error;

/// An attribute or data element.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Item {
    id: String,
    /// `None` where the server does not say.
    pub(super) value_type: Option<ValueType>,
    /// Only attributes are.
    #[serde(default)]
    pub(super) confidential: bool,
}

/// The attributes and data elements that the account sees, by uid.
pub(super) async fn items(client: &Client) -> Result<HashMap<String, Item>, HttpError> {
    let mut items: Vec<Item> = whole(client, "trackedEntityAttributes", "id,valueType,confidential").await?;
    items.extend(whole::<Item>(client, "dataElements", "id,valueType").await?);
    Ok(items.into_iter().map(|item| (item.id.clone(), item)).collect())
}

/// Organisation units, and what is above them.
#[derive(Debug, Default)]
pub(super) struct Units {
    /// Those that the account sees, and all above them.
    known: HashSet<String>,
    /// Of each below the level the one above it at the level.
    pub(super) above: HashMap<String, String>,
}

impl Units {
    pub(super) async fn at(client: &Client, level: u32) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Unit {
            path: Option<String>,
        }
        let units: Vec<Unit> = whole(client, "organisationUnits", "path").await?;
        Ok(Self::of(units.iter().filter_map(|unit| unit.path.as_deref()), level)?)
    }

    fn of<'p>(paths: impl Iterator<Item = &'p str>, level: u32) -> Result<Self, PrivacyError> {
        let (mut units, mut deepest) = (Self::default(), 0);
        let place = usize::try_from(level).unwrap_or(usize::MAX);
        for path in paths {
            let ids: Vec<&str> = path.split('/').filter(|id| !id.is_empty()).collect();
            deepest = deepest.max(ids.len());
            for (depth, id) in (1..).zip(&ids) {
                units.known.insert((*id).to_owned());
                if depth > place
                    && let Some(above) = place.checked_sub(1).map(|place| ids[place])
                {
                    units.above.insert((*id).to_owned(), above.to_owned());
                }
            }
        }
        if place == 0 || place > deepest {
            let deepest = u32::try_from(deepest).unwrap_or(u32::MAX);
            return Err(PrivacyError::NoSuchLevel { level, deepest });
        }
        Ok(units)
    }

    /// The unit that stands for one; `None` where it is not known where that is.
    pub(super) fn standing_for<'u>(&'u self, unit: &'u str) -> Option<&'u str> {
        self.above.get(unit).map(String::as_str).or_else(|| self.known.contains(unit).then_some(unit))
    }
}

/// A collection, in one answer.
async fn whole<T: DeserializeOwned>(client: &Client, collection: &str, fields: &str) -> Result<Vec<T>, HttpError> {
    let request = ApiRequest::get(collection).param("fields", fields).param("paging", "false");
    let mut answer: HashMap<String, Vec<T>> = client.get_json(&request).await?;
    Ok(answer.remove(collection).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_below_the_level_become_those_at_it_and_others_stay() {
        let paths = ["/a", "/a/b", "/a/b/c", "/a/b/c/d"];
        let units = Units::of(paths.into_iter(), 2).unwrap();
        let standing = ["a", "b", "c", "d", "e"].map(|unit| units.standing_for(unit));
        assert_eq!(standing, [Some("a"), Some("b"), Some("b"), Some("b"), None]);
        for level in [0, 5] {
            let error = Units::of(paths.into_iter(), level).unwrap_err();
            assert!(matches!(error, PrivacyError::NoSuchLevel { deepest: 4, .. }), "{error}");
        }
    }
}
