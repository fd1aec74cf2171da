//! What a server says about itself and about the account.

use serde::Deserialize;

use crate::error::ApiError;
use crate::uid::Uid;
use crate::version::Version;

/// `GET /api/system/info` (all versions): the part of it that an extract needs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SystemInfo {
    /// The version, as the server writes it.
    pub version: String,
    /// The commit the server was built from.
    #[serde(default)]
    pub revision: Option<String>,
    /// The zone of the server's clock, an IANA name such as `Asia/Kathmandu`.
    #[serde(default)]
    pub server_time_zone_id: Option<String>,
    /// The server's time of answering, in its own zone, without offset.
    #[serde(default)]
    pub server_date: Option<String>,
    /// The calendar of the period ids, `iso8601` nearly everywhere.
    #[serde(default)]
    pub calendar: Option<String>,
    /// The instance's own id; a server that was never set up has none.
    #[serde(default)]
    pub system_id: Option<String>,
    /// The instance's name.
    #[serde(default)]
    pub system_name: Option<String>,
    /// The URL under which the server thinks it is reached.
    #[serde(default)]
    pub context_path: Option<String>,
}

impl SystemInfo {
    /// The version as numbers.
    ///
    /// # Errors
    /// [`ApiError::Version`] where the server's text is no version.
    pub fn version(&self) -> Result<Version, ApiError> {
        Version::parse(&self.version)
    }
}

/// `GET /api/me` (all versions): who is asking. [`Me::FIELDS`] are the fields to ask for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Me {
    /// The account's uid.
    pub id: Uid,
    /// The login name.
    #[serde(default)]
    pub username: Option<String>,
}

/// `GET /api/me` (all versions): what the account may see and do. [`Scopes::FIELDS`] are the fields to ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Scopes {
    /// The login name.
    #[serde(default)]
    pub username: Option<String>,
    /// The units whose data the account may capture, with all below them.
    #[serde(default)]
    pub organisation_units: Vec<Reference>,
    /// The units whose data it may view in analyses, with all below them.
    #[serde(default)]
    pub data_view_organisation_units: Vec<Reference>,
    /// The units in which it may search for persons, with all below them; the capture units where there are none.
    #[serde(default)]
    pub tei_search_organisation_units: Vec<Reference>,
    /// What it may do; `ALL` is everything.
    #[serde(default)]
    pub authorities: Vec<String>,
}

impl Scopes {
    /// The `fields` that fill this model.
    pub const FIELDS: &'static str =
        "username,authorities,organisationUnits[id],dataViewOrganisationUnits[id],teiSearchOrganisationUnits[id]";

    /// Whether the account may do something.
    pub fn may(&self, authority: &str) -> bool {
        self.authorities.iter().any(|own| own == authority || own == "ALL")
    }
}

/// An object of which only the uid is told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Reference {
    /// Its uid.
    pub id: Uid,
}

impl Me {
    /// The `fields` that fill this model.
    pub const FIELDS: &'static str = "id,username";
}
