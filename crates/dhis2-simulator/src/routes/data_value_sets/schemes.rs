//! Identifiers other than uids, on the way in and on the way out.

use std::collections::HashMap;
use std::sync::Arc;

use super::Output;
use crate::answer::Refusal;
use crate::json::Json;
use crate::server::Call;
use crate::store::Held;
use crate::world::World;
use crate::world::texts::Text;
use crate::world::values::DataValue;

/// What stands for an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::routes) enum Scheme {
    Uid,
    Code,
    Name,
    Attribute(String),
}

impl Scheme {
    pub(in crate::routes) fn parse(text: &str, parameter: &str) -> Result<Self, Refusal> {
        let upper = text.to_ascii_uppercase();
        match upper.as_str() {
            "UID" | "ID" => Ok(Self::Uid),
            "CODE" => Ok(Self::Code),
            "NAME" => Ok(Self::Name),
            _ if upper.starts_with("ATTRIBUTE:") => Ok(Self::Attribute(text["ATTRIBUTE:".len()..].to_owned())),
            _ => Err(Refusal::new(400, format!("Value '{text}' is not valid for parameter {parameter}."))),
        }
    }

    /// The name as it is echoed.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Uid => "UID".to_owned(),
            Self::Code => "CODE".to_owned(),
            Self::Name => "NAME".to_owned(),
            Self::Attribute(uid) => format!("ATTRIBUTE:{uid}"),
        }
    }

    fn of<'a>(&self, object: &'a Json) -> Option<&'a str> {
        match self {
            Self::Uid => object.text_of("id"),
            Self::Code => object.text_of("code"),
            Self::Name => object.text_of("name"),
            Self::Attribute(uid) => {
                let of_this = |held: &&Json| held.get("attribute").and_then(|a| a.text_of("id")) == Some(uid);
                object.list_of("attributeValues").iter().find(of_this)?.text_of("value")
            }
        }
    }

    /// The uid of the object that is meant.
    pub(in crate::routes) fn find<'a>(&self, world: &'a World, plural: &str, given: &str) -> Option<&'a str> {
        if *self == Self::Uid {
            return world.metadata.find_of(plural, given)?.text_of("id");
        }
        world.metadata.list(plural).iter().find(|object| self.of(object) == Some(given))?.text_of("id")
    }
}

/// A column: its scheme, the code of the refusal where an object lacks it, what the objects are, and how a row names one.
type Column<'a> = (&'a Scheme, &'static str, &'static str, fn(&World, &DataValue) -> Text);

/// The schemes of the columns, and what stands for each object under them.
#[derive(Debug)]
pub(super) struct Schemes {
    pub(super) set: Scheme,
    pub(super) element: Scheme,
    pub(super) unit: Scheme,
    pub(super) category_combo: Scheme,
    pub(super) attribute_combo: Scheme,
    names: HashMap<Text, Option<Arc<str>>>,
}

impl Schemes {
    pub(super) fn read(call: &Call<'_>, held: &Held) -> Result<Self, Refusal> {
        let read = |name: &str| {
            let text = call.query.filled(name).or_else(|| call.query.filled("idScheme"));
            text.map_or(Ok(Scheme::Uid), |text| Scheme::parse(text, name))
        };
        let mut schemes = Self {
            set: read("dataSetIdScheme")?,
            element: read("dataElementIdScheme")?,
            unit: read("orgUnitIdScheme")?,
            category_combo: read("categoryOptionComboIdScheme")?,
            attribute_combo: read("attributeOptionComboIdScheme")?,
            names: HashMap::new(),
        };
        let world = &call.server.world;
        for (plural, scheme) in [
            ("dataElements", &schemes.element),
            ("organisationUnits", &schemes.unit),
            ("categoryOptionCombos", &schemes.category_combo),
        ] {
            if *scheme == Scheme::Uid {
                continue;
            }
            for object in world.metadata.list(plural) {
                if let Some(uid) = object.text_of("id").and_then(|id| held.find(id)) {
                    schemes.names.insert(uid, scheme.of(object).map(Arc::from));
                }
            }
        }
        Ok(schemes)
    }

    /// What stands for an object; none where it lacks what the scheme asks for.
    pub(super) fn name<'a>(&'a self, held: &'a Held, scheme: &Scheme, uid: Text) -> Option<&'a str> {
        match scheme {
            Scheme::Uid => uid.some().map(|uid| held.text(uid)),
            Scheme::Code | Scheme::Name | Scheme::Attribute(_) => match self.names.get(&uid) {
                Some(name) => name.as_deref(),
                // Attribute option combos may be asked for under another scheme than category option combos.
                None => scheme.of(held.world().metadata.find(held.text(uid))?),
            },
        }
    }

    /// What stands for a data set.
    pub(super) fn set_name<'a>(&self, world: &'a World, uid: &'a str) -> Option<&'a str> {
        match &self.set {
            Scheme::Uid => Some(uid),
            scheme => scheme.of(world.metadata.find_of("dataSets", uid)?),
        }
    }

    /// Refuses an export in which some object lacks its identifier.
    pub(super) fn check(&self, output: &Output) -> Result<(), Refusal> {
        let held = &output.held;
        let world = held.world();
        let columns: [Column<'_>; 3] = [
            (&self.element, "E8201", "data elements", |_, row| row.element),
            (&self.unit, "E8202", "organisation units", |world, row| world.units.get(row.unit).uid),
            (&self.category_combo, "E8203", "category option combos", |_, row| row.category_combo),
        ];
        for (scheme, code, what, uid_of) in columns.into_iter().filter(|(scheme, ..)| **scheme != Scheme::Uid) {
            let rows = output.rows.iter().map(|&number| held.values().row(number));
            let missing = rows.map(|row| uid_of(world, row)).find(|uid| self.name(held, scheme, *uid).is_none());
            if let Some(missing) = missing {
                let message = format!(
                    "Some {what} have no value for the identifier scheme {}: `[{}]`",
                    scheme.name(),
                    held.text(missing)
                );
                return Err(Refusal::conflict(message).code(code));
            }
        }
        Ok(())
    }
}
