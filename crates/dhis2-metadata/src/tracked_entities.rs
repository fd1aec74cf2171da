//! Types and attributes of tracked entities, and types of relationships.

use dhis2_frame::FrameSchema;
use dhis2_http::Client;
use polars::frame::DataFrame;
use serde::Deserialize;

use crate::columns::Columns;
use crate::data_elements::named;
use crate::error::MetadataError;
use crate::list::{Collection, read};
use crate::object::{Named, Reference, object, sort_by_name};
use crate::schema::{ID, NAME, flag, text};

/// The columns of [`get_tracked_entity_types`]. Source: `GET /api/trackedEntityTypes`.
pub const TRACKED_ENTITY_TYPES: FrameSchema = FrameSchema { name: "tracked_entity_types", columns: &[ID, NAME] };

/// The columns of [`get_tracked_entity_attributes`]. Source: `GET /api/trackedEntityAttributes`.
pub const TRACKED_ENTITY_ATTRIBUTES: FrameSchema = FrameSchema {
    name: "tracked_entity_attributes",
    columns: &[
        ID,
        NAME,
        text("code", "code; null without one"),
        text("value_type", "value type, such as `TEXT`"),
        flag("unique", "whether no two entities have the same value"),
        flag("confidential", "whether values are encrypted in the database and withheld by some requests"),
        text("option_set_id", "uid of the option set that values are codes of; null without one"),
    ],
};

/// The columns of [`get_relationship_types`]. Source: `GET /api/relationshipTypes`.
pub const RELATIONSHIP_TYPES: FrameSchema = FrameSchema {
    name: "relationship_types",
    columns: &[
        ID,
        NAME,
        flag("bidirectional", "whether it reads from both ends"),
        text(
            "from_entity",
            "what it starts from, as every server spells it: `TRACKED_ENTITY_INSTANCE`, `PROGRAM_INSTANCE` (an enrollment) \
             or `PROGRAM_STAGE_INSTANCE` (an event)",
        ),
        text("to_entity", "what it leads to, in the same words"),
        text("from_to_name", "how it is called from its start, such as `infected`"),
        text("to_from_name", "how it is called from its end, such as `was infected by`; may be null"),
    ],
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attribute {
    #[serde(default)]
    id: String,
    name: Option<String>,
    code: Option<String>,
    value_type: Option<String>,
    unique: Option<bool>,
    confidential: Option<bool>,
    option_set: Option<Reference>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RelationshipType {
    #[serde(default)]
    id: String,
    name: Option<String>,
    bidirectional: Option<bool>,
    from_constraint: Option<Constraint>,
    to_constraint: Option<Constraint>,
    from_to_name: Option<String>,
    to_from_name: Option<String>,
}

/// What one side of a relationship may be.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Constraint {
    relationship_entity: Option<String>,
}

object!(Attribute, RelationshipType);

/// Types of tracked entities, sorted by name and uid; columns [`TRACKED_ENTITY_TYPES`].
///
/// # Errors
/// [`MetadataError`].
pub async fn get_tracked_entity_types(client: &Client, filters: &[&str]) -> Result<DataFrame, MetadataError> {
    const COLLECTION: Collection = Collection::whole("trackedEntityTypes", Named::FIELDS);
    let types = read(client, &COLLECTION, filters).await?;
    named(types, &TRACKED_ENTITY_TYPES)
}

/// Attributes of tracked entities, sorted by name and uid; columns [`TRACKED_ENTITY_ATTRIBUTES`].
///
/// # Errors
/// [`MetadataError`].
pub async fn get_tracked_entity_attributes(client: &Client, filters: &[&str]) -> Result<DataFrame, MetadataError> {
    const COLLECTION: Collection =
        Collection::whole("trackedEntityAttributes", "id,name,code,valueType,unique,confidential,optionSet[id]");
    let mut attributes: Vec<Attribute> = read(client, &COLLECTION, filters).await?;
    sort_by_name(&mut attributes, |attribute| attribute.name.as_deref());
    let columns = Columns::of(&attributes)
        .text("id", |attribute| Some(&attribute.id))
        .text("name", |attribute| attribute.name.as_deref())
        .text("code", |attribute| attribute.code.as_deref())
        .text("value_type", |attribute| attribute.value_type.as_deref())
        .flag("unique", |attribute| attribute.unique)
        .flag("confidential", |attribute| attribute.confidential)
        .text("option_set_id", |attribute| attribute.option_set.as_ref().map(|set| set.id.as_str()));
    Ok(columns.frame(&TRACKED_ENTITY_ATTRIBUTES)?)
}

/// Types of relationships, sorted by name and uid; columns [`RELATIONSHIP_TYPES`].
///
/// # Errors
/// [`MetadataError`].
pub async fn get_relationship_types(client: &Client, filters: &[&str]) -> Result<DataFrame, MetadataError> {
    const COLLECTION: Collection = Collection::whole(
        "relationshipTypes",
        "id,name,bidirectional,fromToName,toFromName,fromConstraint,toConstraint",
    );
    let mut types: Vec<RelationshipType> = read(client, &COLLECTION, filters).await?;
    sort_by_name(&mut types, |kind| kind.name.as_deref());
    let columns = Columns::of(&types)
        .text("id", |kind| Some(&kind.id))
        .text("name", |kind| kind.name.as_deref())
        .flag("bidirectional", |kind| kind.bidirectional)
        .text("from_entity", |kind| kind.from_constraint.as_ref()?.relationship_entity.as_deref())
        .text("to_entity", |kind| kind.to_constraint.as_ref()?.relationship_entity.as_deref())
        .text("from_to_name", |kind| kind.from_to_name.as_deref())
        .text("to_from_name", |kind| kind.to_from_name.as_deref());
    Ok(columns.frame(&RELATIONSHIP_TYPES)?)
}
