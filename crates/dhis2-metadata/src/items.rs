//! What is recorded in a program: data elements and attributes with what is needed to make columns of them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use dhis2_api::ValueType;
use dhis2_frame::wide::{Item, Stage};
use dhis2_http::Client;
use serde::Deserialize;

use crate::error::MetadataError;
use crate::list::{Collection, by_ids, read};
use crate::object::{Object, Reference, items, object};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StageObject {
    #[serde(default)]
    id: String,
    code: Option<String>,
    name: Option<String>,
    #[serde(default)]
    repeatable: bool,
    sort_order: Option<i64>,
    #[serde(default, rename = "programStageDataElements", deserialize_with = "items")]
    elements: Vec<StageElement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StageElement {
    data_element: ItemObject,
    sort_order: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Program {
    #[serde(default)]
    id: String,
    #[serde(default, rename = "programTrackedEntityAttributes", deserialize_with = "items")]
    attributes: Vec<AttributeLink>,
    tracked_entity_type: Option<EntityType>,
}

#[derive(Deserialize)]
struct EntityType {
    #[serde(default)]
    id: String,
    #[serde(default, rename = "trackedEntityTypeAttributes", deserialize_with = "items")]
    attributes: Vec<AttributeLink>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AttributeLink {
    tracked_entity_attribute: ItemObject,
    /// Only the attributes of programs have one; those of types come in their order.
    sort_order: Option<i64>,
}

/// A data element or tracked entity attribute.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ItemObject {
    id: String,
    code: Option<String>,
    name: Option<String>,
    value_type: Option<ValueType>,
    option_set: Option<Reference>,
}

#[derive(Deserialize)]
struct OptionSet {
    #[serde(default)]
    id: String,
    #[serde(default, deserialize_with = "items")]
    options: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    code: Option<String>,
    name: Option<String>,
}

object!(StageObject, Program, EntityType, OptionSet);

/// The stages of a program, in the program's order, each with its data elements in the order of its form: what
/// [`wide`](fn@dhis2_frame::wide::wide) and [`by_enrollment`](dhis2_frame::wide::by_enrollment) make columns of.
/// Sources: `GET /api/programStages`, and `/api/optionSets` where there are elements with options; 2.38 to 2.43.
///
/// # Errors
/// [`MetadataError`]; [`MetadataError::NotThere`] where the program has no stage that the account may see.
pub async fn program_stage_items(client: &Client, program: &str) -> Result<Vec<Stage>, MetadataError> {
    const STAGES: Collection = Collection::whole(
        "programStages",
        "id,code,name,repeatable,sortOrder,\
         programStageDataElements[sortOrder,dataElement[id,code,name,valueType,optionSet[id]]]",
    );
    let filter = format!("program.id:eq:{program}");
    let mut stages: Vec<StageObject> = read(client, &STAGES, &[&filter]).await?;
    if stages.is_empty() {
        return Err(not_there(client, "stage of the program", program));
    }
    stages.sort_by(|a, b| (a.sort_order, &a.name, &a.id).cmp(&(b.sort_order, &b.name, &b.id)));
    for stage in &mut stages {
        stage.elements.sort_by(|a, b| {
            let place = |element: &StageElement| (element.sort_order, element.data_element.id.clone());
            place(a).cmp(&place(b))
        });
    }
    let elements = stages.iter().flat_map(|stage| &stage.elements);
    let labels = labels(client, elements.map(|element| &element.data_element)).await?;
    let stage = |stage: StageObject| Stage {
        id: stage.id,
        code: stage.code,
        name: stage.name,
        repeatable: stage.repeatable,
        items: stage.elements.into_iter().map(|link| link.data_element.item(&labels)).collect(),
    };
    Ok(stages.into_iter().map(stage).collect())
}

/// The tracked entity attributes of a program, in the order of its form, and behind them those that only its tracked
/// entity type has: what a list of tracked entities of the program may hold. Sources: `GET /api/programs`, and
/// `/api/optionSets` where there are attributes with options; 2.38 to 2.43.
///
/// # Errors
/// [`MetadataError`]; [`MetadataError::NotThere`] where there is no such program that the account may see.
pub async fn program_attribute_items(client: &Client, program: &str) -> Result<Vec<Item>, MetadataError> {
    const PROGRAMS: Collection = Collection::whole(
        "programs",
        "id,programTrackedEntityAttributes[sortOrder,trackedEntityAttribute[id,code,name,valueType,optionSet[id]]],\
         trackedEntityType[id,trackedEntityTypeAttributes[trackedEntityAttribute[id,code,name,valueType,optionSet[id]]]]",
    );
    let found: Option<Program> = one(client, &PROGRAMS, program).await?;
    let found = found.ok_or_else(|| not_there(client, "program", program))?;
    let mut links = found.attributes;
    links.sort_by_key(|link| link.sort_order);
    links.extend(found.tracked_entity_type.into_iter().flat_map(|kind| kind.attributes));
    attributes(client, links).await
}

/// The attributes of a tracked entity type, in its order. Sources: `GET /api/trackedEntityTypes`, and `/api/optionSets`
/// where there are attributes with options; 2.38 to 2.43.
///
/// # Errors
/// [`MetadataError`]; [`MetadataError::NotThere`] where there is no such type that the account may see.
pub async fn type_attribute_items(client: &Client, entity_type: &str) -> Result<Vec<Item>, MetadataError> {
    const TYPES: Collection = Collection::whole(
        "trackedEntityTypes",
        "id,trackedEntityTypeAttributes[trackedEntityAttribute[id,code,name,valueType,optionSet[id]]]",
    );
    let found: Option<EntityType> = one(client, &TYPES, entity_type).await?;
    let found = found.ok_or_else(|| not_there(client, "tracked entity type", entity_type))?;
    attributes(client, found.attributes).await
}

fn not_there(client: &Client, what: &'static str, id: &str) -> MetadataError {
    MetadataError::NotThere { what, id: id.to_owned(), server: client.server_url() }
}

async fn one<T: Object>(client: &Client, collection: &Collection, id: &str) -> Result<Option<T>, MetadataError> {
    let filter = format!("id:eq:{id}");
    Ok(read(client, collection, &[&filter]).await?.pop())
}

/// Each attribute once.
async fn attributes(client: &Client, links: Vec<AttributeLink>) -> Result<Vec<Item>, MetadataError> {
    let labels = labels(client, links.iter().map(|link| &link.tracked_entity_attribute)).await?;
    let mut seen = BTreeSet::new();
    let attributes = links.into_iter().map(|link| link.tracked_entity_attribute);
    Ok(attributes.filter(|attribute| seen.insert(attribute.id.clone())).map(|a| a.item(&labels)).collect())
}

/// Labels of options by their codes, by the uid of the option set.
type Labels = HashMap<String, Arc<HashMap<String, String>>>;

/// The labels of all option sets that these items have. One that the account may not see is as one without options.
async fn labels<'i>(client: &Client, items: impl Iterator<Item = &'i ItemObject>) -> Result<Labels, MetadataError> {
    const SETS: Collection = Collection::whole("optionSets", "id,options[code,name]");
    let ids: BTreeSet<&str> = items.filter_map(|item| item.option_set.as_ref()).map(|set| set.id.as_str()).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let sets: Vec<OptionSet> = by_ids(client, &SETS, &ids).await?;
    let mut labels: Labels = ids.iter().map(|id| ((*id).to_owned(), Arc::default())).collect();
    for set in sets {
        let options = set.options.into_iter().filter_map(|option| Some((option.code?, option.name?))).collect();
        labels.insert(set.id, Arc::new(options));
    }
    Ok(labels)
}

impl ItemObject {
    fn item(self, labels: &Labels) -> Item {
        let options = self.option_set.and_then(|set| labels.get(&set.id)).cloned();
        // Without a type there is nothing that a value could fail to be.
        let value_type = self.value_type.unwrap_or(ValueType::Text);
        Item { id: self.id, code: self.code, name: self.name, value_type, options }
    }
}
