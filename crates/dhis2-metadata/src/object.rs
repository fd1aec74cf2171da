//! What metadata objects have in common.

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};

/// An object of a metadata collection.
pub(crate) trait Object: DeserializeOwned {
    /// Its uid; empty where the answer lacks it.
    fn id(&self) -> &str;

    /// The first field that such an object always has, but this one has not.
    fn missing(&self) -> Option<&'static str> {
        self.id().is_empty().then_some("id")
    }
}

/// Implements [`Object`] for a struct with a field `id`, which has to be there.
macro_rules! object {
    ($($name:ident),+) => {
        $(impl crate::object::Object for $name {
            fn id(&self) -> &str {
                &self.id
            }
        })+
    };
}
pub(crate) use object;

/// An object of which only the uid is wanted.
#[derive(Debug, Deserialize)]
pub(crate) struct IdOnly {
    #[serde(default)]
    pub(crate) id: String,
}

/// An object of which uid and name are wanted. The name is `name`, which is the same for every account; `displayName`
/// is in the language of the account.
#[derive(Debug, Deserialize)]
pub(crate) struct Named {
    #[serde(default)]
    pub(crate) id: String,
    pub(crate) name: Option<String>,
}

object!(IdOnly, Named);

impl Named {
    pub(crate) const FIELDS: &str = "id,name";
}

/// The object that another one refers to.
#[derive(Debug, Deserialize)]
pub(crate) struct Reference {
    pub(crate) id: String,
}

/// Uids of the objects that belong to another one, in alphabetical order: servers send them in any order, differently
/// from version to version.
#[derive(Debug, Default)]
pub(crate) struct Ids(pub(crate) Vec<String>);

impl Ids {
    pub(crate) fn sorted(ids: impl Iterator<Item = String>) -> Self {
        let mut ids: Vec<String> = ids.collect();
        ids.sort_unstable();
        Self(ids)
    }
}

impl<'de> Deserialize<'de> for Ids {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let references: Vec<Reference> = items(deserializer)?;
        Ok(Self::sorted(references.into_iter().map(|reference| reference.id)))
    }
}

/// A list that may be null, and may hold nulls: servers leave one for every gap in the order of a list. To be used with
/// `#[serde(default)]`, for answers that leave the list out.
pub(crate) fn items<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let list: Option<Vec<Option<T>>> = Deserialize::deserialize(deserializer)?;
    Ok(list.into_iter().flatten().flatten().collect())
}

/// Sorts by a text, which may be missing, then by uid.
pub(crate) fn sort_by_name<T: Object>(objects: &mut [T], name: impl Fn(&T) -> Option<&str>) {
    objects.sort_by(|a, b| (name(a), a.id()).cmp(&(name(b), b.id())));
}
