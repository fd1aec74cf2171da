//! Persons protected at extraction: see [`Privacy`].

mod error;
mod guard;
mod key;
mod known;
mod program;
mod rows;
#[cfg(test)]
mod tests;
mod texts;

use std::sync::Arc;

use dhis2_api::ValueType;
use dhis2_extract::Prepared;
use dhis2_frame::{ColumnType, FrameSchema};
use serde_json::{Map, Value, json};

pub use error::PrivacyError;
pub(crate) use guard::Guard;
pub use key::PrivacyKey;
use known::Units;
pub use program::ProtectedProgram;

use crate::{Dhis2, Error};

/// Dates are shifted by so many days at most.
const LONGEST_SHIFT: u32 = 3_650;

/// What is done to protect the persons in Tracker extracts, before anything is written: neither the result nor the folder of a
/// job, a receipt, a message or an error holds what is taken away.
///
/// | what | what becomes of it |
/// |---|---|
/// | [`pseudonymise`](Self::pseudonymise) | the uids of tracked entities, enrollments, events, relationships and notes, login names and uids of users, and values that are such (`TRACKER_ASSOCIATE`, `REFERENCE`, `USERNAME`) become pseudonyms: the same for the same, in all tables, so that they join as before |
/// | [`drop_confidential`](Self::drop_confidential) | no value of an attribute that the server marks confidential |
/// | [`drop_types`](Self::drop_types) | no value of these types; `COORDINATE` and `GEOJSON` empty `geometry`, `longitude` and `latitude` as well, `LONG_TEXT` the text of notes |
/// | [`date_shift`](Self::date_shift) | all dates of a person, in columns and values, are shifted by the same number of days: intervals stay |
/// | [`generalise_org_unit`](Self::generalise_org_unit) | organisation units become those above them at a level |
///
/// A value that is dropped takes its row with it; an object that has none left keeps one row with null item and value, as one
/// without values has. Values of attributes and data elements whose type the account does not see are dropped too, with a
/// warning. The rows stay personal data: `docs/privacy.md` says what this does not protect against.
///
/// ```
/// use dhis2::{Credentials, Dhis2, Privacy, PrivacyKey, TrackedEntityQuery};
/// use dhis2_simulator::{SUPERUSER_TOKEN, Simulator, World, WorldSize};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let world = World::generate(&WorldSize { organisation_units: 20, data_values: 100, events: 100 }, 1);
/// let enrolled = world.enrollments().find(|one| !one.deleted).expect("an enrollment");
/// let (person, program) = (enrolled.tracked_entity.to_owned(), enrolled.program.to_owned());
/// let server = Simulator::builder().world(world).start().await?;
/// let dhis2 = Dhis2::connect(&server.base_url(), Credentials::token(SUPERUSER_TOKEN))?;
///
/// let key = PrivacyKey::from_bytes(b"better 32 bytes of /dev/urandom!")?;
/// let privacy = Privacy::new().pseudonymise(key.clone()).drop_confidential().drop_types(["PHONE_NUMBER"])?;
/// let query = TrackedEntityQuery::builder().program(program).tracked_entities([&person]).build()?;
/// let prepared = dhis2.protected(dhis2.prepare_tracked_entities(&query).await?, &privacy).await?;
/// let people = prepared.collect().await?;
/// let ids = people.frame.column("tracked_entity_id")?.str()?;
/// assert_eq!(ids.get(0), Some(&*key.pseudonym(&person)));
/// assert!(!people.receipt.to_json().contains(&person));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Privacy {
    key: Option<PrivacyKey>,
    drop_confidential: bool,
    drop_types: Vec<ValueType>,
    shift: Option<u32>,
    level: Option<u32>,
}

impl Privacy {
    /// Nothing is done.
    pub fn new() -> Self {
        Self::default()
    }

    /// Pseudonyms in place of ids, made with this key: see [`PrivacyKey::pseudonym`].
    pub fn pseudonymise(self, key: PrivacyKey) -> Self {
        Self { key: Some(key), ..self }
    }

    /// No values of attributes that the server marks confidential.
    pub fn drop_confidential(self) -> Self {
        Self { drop_confidential: true, ..self }
    }

    /// No values of these types, by the names that servers give them, such as `PHONE_NUMBER`.
    ///
    /// # Errors
    /// [`PrivacyError::NoSuchType`] where there is no such type.
    pub fn drop_types<T: AsRef<str>>(mut self, types: impl IntoIterator<Item = T>) -> Result<Self, PrivacyError> {
        for name in types {
            let value_type = ValueType::of(name.as_ref());
            if let ValueType::Other(name) = value_type {
                return Err(PrivacyError::NoSuchType { name });
            }
            if !self.drop_types.contains(&value_type) {
                self.drop_types.push(value_type);
            }
        }
        self.drop_types.sort_by(|one, other| one.as_str().cmp(other.as_str()));
        Ok(self)
    }

    /// Shifts the dates of each person by 1 to so many days, forwards or backwards, which the key makes of the tracked entity's
    /// uid; of the event's where there is no tracked entity. A relationship is of two persons, and loses its times; a schedule
    /// loses `days_overdue`. A value of a date type that is no date of the Gregorian calendar is dropped.
    ///
    /// # Errors
    /// [`PrivacyError::Shift`] for 0 days and more than ten years.
    pub fn date_shift(self, days: u32) -> Result<Self, PrivacyError> {
        if !(1..=LONGEST_SHIFT).contains(&days) {
            return Err(PrivacyError::Shift { days, most: LONGEST_SHIFT });
        }
        Ok(Self { shift: Some(days), ..self })
    }

    /// The organisation units at this level (1 at the root) in place of those below them, in `organisation_unit_id` and in
    /// values of the type `ORGANISATION_UNIT`. Units above stay. A unit that the account does not see is left out.
    pub fn generalise_org_unit(self, level: u32) -> Self {
        Self { level: Some(level), ..self }
    }

    /// Whether nothing is to be done.
    pub fn is_nothing(&self) -> bool {
        self.key.is_none() && !self.drop_confidential && !self.looks_at_types()
    }

    fn looks_at_types(&self) -> bool {
        self.key.is_some() || self.shift.is_some() || self.level.is_some() || !self.drop_types.is_empty()
    }

    fn drops_places(&self) -> bool {
        self.drop_types.iter().any(|one| matches!(one, ValueType::Coordinate | ValueType::GeoJson))
    }

    /// What is done, for a receipt.
    fn describe(&self) -> Value {
        let mut done = Map::new();
        if let Some(key) = &self.key {
            let pseudonyms =
                json!({ "function": "HMAC-SHA-256, first 16 bytes", "key_fingerprint": key.fingerprint() });
            done.insert("pseudonymise".to_owned(), pseudonyms);
        }
        if self.drop_confidential {
            done.insert("drop_confidential".to_owned(), json!(true));
        }
        if !self.drop_types.is_empty() {
            done.insert("drop_types".to_owned(), json!(self.drop_types));
        }
        if let Some(days) = self.shift {
            done.insert("date_shift_days".to_owned(), json!(days));
        }
        if let Some(level) = self.level {
            done.insert("generalise_org_unit_level".to_owned(), json!(level));
        }
        Value::Object(done)
    }

    /// What is done to an extract of this question with these columns, where they are known.
    pub(crate) async fn guard(
        &self,
        dhis2: &Dhis2,
        query: &Value,
        schemas: &[&FrameSchema],
    ) -> Result<Arc<Guard>, Error> {
        if self.shift.is_some() {
            if self.key.is_none() {
                return Err(PrivacyError::ShiftWithoutKey.into());
            }
            if schemas.iter().any(|schema| is_without_person(schema)) {
                return Err(PrivacyError::NoPerson.into());
            }
        }
        let items = known::items(dhis2.client()).await?;
        let units = match self.level {
            Some(level) => Some(Units::at(dhis2.client(), level).await?),
            None => None,
        };
        let mut notes: Vec<String> =
            self.key.as_ref().and_then(PrivacyKey::exposed).map(str::to_owned).into_iter().collect();
        let shows_places = schemas.iter().any(|schema| schema.names().any(|name| name == "geometry"));
        if self.level.is_some() && shows_places && !self.drops_places() {
            notes.push(
                "organisation units are generalised, but geometry is kept, and shows the place: drop the types COORDINATE and \
                 GEOJSON as well"
                    .to_owned(),
            );
        }
        Ok(Arc::new(Guard::new(self, query, items, units, notes)))
    }
}

/// Whether rows have dates, and say of nobody whose they are.
fn is_without_person(schema: &FrameSchema) -> bool {
    let has = |wanted: &str| schema.names().any(|name| name == wanted);
    let dates = schema.columns.iter().any(|column| column.dtype == ColumnType::DatetimeUtc) || has("data_element_id");
    dates && !has("tracked_entity_id") && !has("relationship_id")
}

impl Dhis2 {
    /// A planned Tracker extract with the persons in its rows protected: see [`Privacy`]. What the metadata say of value types
    /// and units is read first.
    ///
    /// Extracts of relationships of a program or type, and of attributes of enrollments, ask for what came before: protected,
    /// they hold their rows in memory, keep nothing on the disk, and begin anew when they are stopped.
    ///
    /// # Errors
    /// [`Error::Privacy`] where that cannot be done to these rows, [`Error::Http`] where the metadata cannot be read.
    pub async fn protected(&self, prepared: Prepared, privacy: &Privacy) -> Result<Prepared, Error> {
        if privacy.is_nothing() {
            return Ok(prepared);
        }
        let schemas: Vec<&FrameSchema> = prepared.schema().into_iter().collect();
        let guard = privacy.guard(self, prepared.query(), &schemas).await?;
        Ok(prepared.protected(guard))
    }
}
