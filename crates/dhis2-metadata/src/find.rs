//! Objects by name, code or uid.

use std::fmt;

use dhis2_api::Uid;
use dhis2_http::Client;
use serde::{Deserialize, Serialize};

use crate::error::MetadataError;
use crate::list::{Collection, read};
use crate::object::{Named, object};

/// What can be found by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ObjectKind {
    /// Programs.
    Program,
    /// Stages of programs.
    ProgramStage,
    /// Data sets.
    DataSet,
    /// Data elements, of data sets and of programs.
    DataElement,
    /// Organisation units.
    OrganisationUnit,
}

impl ObjectKind {
    /// What [`search_objects`] looks through.
    pub const SEARCHED: [Self; 4] = [Self::Program, Self::DataSet, Self::DataElement, Self::OrganisationUnit];

    /// What one of the kind is called, such as `data set`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::ProgramStage => "program stage",
            Self::DataSet => "data set",
            Self::DataElement => "data element",
            Self::OrganisationUnit => "organisation unit",
        }
    }

    const fn collection(self) -> Collection {
        match self {
            Self::Program => Collection::whole("programs", "id,code,name"),
            Self::ProgramStage => Collection::whole("programStages", "id,code,name,program[id,name]"),
            Self::DataSet => Collection::whole("dataSets", "id,code,name"),
            Self::DataElement => Collection::paged("dataElements", "id,code,name"),
            Self::OrganisationUnit => Collection::paged("organisationUnits", "id,code,name,parent[id,name]"),
        }
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An object that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FoundObject {
    /// What it is.
    pub kind: ObjectKind,
    /// Its uid.
    pub id: String,
    /// Its code, where it has one.
    pub code: Option<String>,
    /// Its name, the same for every account.
    pub name: String,
    /// The name of what it stands in: of a unit the unit above, of a stage the program.
    pub within: Option<String>,
}

/// `KdK92fYEfTw Ngelehun CHC (code OU_559, in Badjia)`.
impl fmt::Display for FoundObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.as_ref().map(|code| format!("code {code}"));
        let within = self.within.as_ref().map(|within| format!("in {within}"));
        let more = code.into_iter().chain(within).collect::<Vec<_>>().join(", ");
        write!(f, "{} {}", self.id, self.name)?;
        if more.is_empty() { Ok(()) } else { write!(f, " ({more})") }
    }
}

impl FoundObject {
    fn is(&self, text: &str) -> bool {
        self.name == text || self.code.as_deref() == Some(text)
    }

    fn is_whatever_the_case(&self, text: &str) -> bool {
        let same = |own: &str| own.to_lowercase() == text.to_lowercase();
        same(&self.name) || self.code.as_deref().is_some_and(same)
    }

    fn holds(&self, text: &str) -> bool {
        let holds = |own: &str| own.to_lowercase().contains(&text.to_lowercase());
        self.id == text || holds(&self.name) || self.code.as_deref().is_some_and(holds)
    }
}

/// What servers send of an object.
#[derive(Deserialize)]
struct Sent {
    #[serde(default)]
    id: String,
    code: Option<String>,
    #[serde(default)]
    name: String,
    parent: Option<Named>,
    program: Option<Named>,
}

object!(Sent);

impl Sent {
    fn of(self, kind: ObjectKind) -> FoundObject {
        let within = self.parent.or(self.program).and_then(|above| above.name);
        FoundObject { kind, id: self.id, code: self.code, name: self.name, within }
    }
}

/// The objects of these kinds whose name or code holds the text, whatever its case, or whose uid it is, in the order of the
/// kinds. Of a kind those come first whose name or code it is, then the others by name. Source: `GET /api/programs`,
/// `dataSets`, `dataElements`, `organisationUnits` (all versions).
///
/// ```
/// # use dhis2_http::{MemoryTransport, Response};
/// use dhis2_http::{Client, Credentials};
/// use dhis2_metadata::{ObjectKind, search_objects};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = MemoryTransport::new(|request| Ok(Response::json(200, match request.url.path().ends_with("/info") {
/// #     true => r#"{"version":"2.42.5.2"}"#,
/// #     false => r#"{"programs":[{"id":"T4KUa2dgu2M","code":"ANC","name":"Antenatal care"}]}"#,
/// # })));
/// let client = Client::new("https://play.example.org/dhis", Credentials::token("d2p_secret"), server)?;
/// let found = search_objects(&client, "antenatal", &[ObjectKind::Program]).await?;
/// assert_eq!(found[0].to_string(), "T4KUa2dgu2M Antenatal care (code ANC)");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`MetadataError::NothingToFind`] for a text of blanks, commas and brackets alone, and where the server cannot be asked.
pub async fn search_objects(
    client: &Client,
    text: &str,
    kinds: &[ObjectKind],
) -> Result<Vec<FoundObject>, MetadataError> {
    let mut all = Vec::new();
    for &kind in kinds {
        let mut found = holding(client, kind, text).await?;
        found.sort_by_cached_key(|object| {
            (!object.is_whatever_the_case(text), object.name.to_lowercase(), object.id.clone())
        });
        all.extend(found);
    }
    Ok(all)
}

/// The one object of a kind that has this name or code. One that has it letter by letter comes before those that have it in
/// other case. A part of a name is not enough.
///
/// # Errors
/// [`MetadataError::NotFound`] where there is none, [`MetadataError::Ambiguous`] where there are several, and as of
/// [`search_objects`].
pub async fn find_object(client: &Client, kind: ObjectKind, text: &str) -> Result<FoundObject, MetadataError> {
    the_one(client, kind, text, holding(client, kind, text).await?)
}

/// The stage of a program that has this name or code.
///
/// # Errors
/// As of [`find_object`].
pub async fn find_program_stage(client: &Client, program: &Uid, text: &str) -> Result<FoundObject, MetadataError> {
    let kind = ObjectKind::ProgramStage;
    let stages: Vec<Sent> = read(client, &kind.collection(), &[&format!("program.id:eq:{program}")]).await?;
    the_one(client, kind, text, stages.into_iter().map(|stage| stage.of(kind)).collect())
}

/// All objects that hold the text.
async fn holding(client: &Client, kind: ObjectKind, text: &str) -> Result<Vec<FoundObject>, MetadataError> {
    // Newer servers cut filters at commas, and older ones take `%` for anything: the server looks for the longest part
    // without them, and what it finds is looked at again here.
    let parts = text.split([',', '[', ']', '%', '\\']).map(str::trim);
    let part = parts.max_by_key(|part| part.len()).filter(|part| !part.is_empty());
    let part = part.ok_or_else(|| MetadataError::NothingToFind { text: text.to_owned() })?;
    let mut filters = vec![format!("name:ilike:{part}"), format!("code:ilike:{part}")];
    if Uid::parse(text).is_ok() {
        filters.push(format!("id:eq:{text}"));
    }
    let filters: Vec<&str> = filters.iter().map(String::as_str).collect();
    let sent: Vec<Sent> = read(client, &kind.collection().any(), &filters).await?;
    Ok(sent.into_iter().map(|sent| sent.of(kind)).filter(|object| object.holds(text)).collect())
}

fn the_one(
    client: &Client,
    kind: ObjectKind,
    text: &str,
    objects: Vec<FoundObject>,
) -> Result<FoundObject, MetadataError> {
    let (mut found, mut others): (Vec<_>, Vec<_>) = objects.into_iter().partition(|object| object.is(text));
    if found.is_empty() {
        (found, others) = others.into_iter().partition(|object| object.is_whatever_the_case(text));
    }
    let (text, server) = (text.to_owned(), client.server_url());
    let by_name = |objects: &mut Vec<FoundObject>| objects.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    by_name(&mut found);
    by_name(&mut others);
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(last), false) => {
            found.push(last);
            Err(MetadataError::Ambiguous { kind, text, found, server })
        }
        (None, _) => Err(MetadataError::NotFound { kind, text, similar: others, server }),
    }
}
