//! Programs, their stages, and the data elements of the stages.

use dhis2_frame::FrameSchema;
use dhis2_http::Client;
use polars::frame::DataFrame;
use serde::Deserialize;

use crate::columns::Columns;
use crate::error::MetadataError;
use crate::list::{Collection, read};
use crate::object::{Named, Reference, items, object, sort_by_name};
use crate::schema::{ID, NAME, list, text};

/// The columns of [`get_programs`]. Source: `GET /api/programs`.
pub const PROGRAMS: FrameSchema = FrameSchema {
    name: "programs",
    columns: &[
        ID,
        NAME,
        text(
            "program_type",
            "`WITH_REGISTRATION` where persons are enrolled, `WITHOUT_REGISTRATION` for single events",
        ),
    ],
};

/// The columns of [`get_program_stages`]. Source: `GET /api/programStages`.
pub const PROGRAM_STAGES: FrameSchema = FrameSchema {
    name: "program_stages",
    columns: &[
        text("program_stage_id", "uid of the stage"),
        text("program_stage_name", "its name"),
        text("program_id", "uid of its program"),
        text("program_name", "name of its program"),
    ],
};

/// The columns of [`get_program_data_elements`]. Source: `GET /api/programStages`.
pub const PROGRAM_DATA_ELEMENTS: FrameSchema = FrameSchema {
    name: "program_data_elements",
    columns: &[
        text("program_stage_id", "uid of the stage"),
        text("program_stage_name", "its name"),
        text("program_id", "uid of its program"),
        text("program_name", "name of its program"),
        list("valid_data_elements", "uids of all its data elements, in the order of its form"),
        list("compulsory_data_elements", "uids of those that must have a value, in the same order"),
    ],
};

#[derive(Deserialize)]
struct Program {
    #[serde(default)]
    id: String,
    name: Option<String>,
    #[serde(rename = "programType")]
    kind: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stage {
    #[serde(default)]
    id: String,
    name: Option<String>,
    program: Option<Named>,
    /// Not there unless asked for.
    #[serde(default, deserialize_with = "items")]
    program_stage_data_elements: Vec<StageElement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StageElement {
    data_element: Reference,
    #[serde(default)]
    compulsory: bool,
    sort_order: Option<i64>,
}

object!(Program, Stage);

impl Stage {
    fn program_id(&self) -> Option<&str> {
        self.program.as_ref().map(|program| program.id.as_str()).filter(|id| !id.is_empty())
    }

    fn program_name(&self) -> Option<&str> {
        self.program.as_ref().and_then(|program| program.name.as_deref())
    }

    /// Stages of a program stand together.
    fn place(&self) -> [Option<&str>; 4] {
        [self.program_name(), self.program_id(), self.name.as_deref(), Some(&self.id)]
    }
}

/// Programs, sorted by name and uid; columns [`PROGRAMS`].
///
/// # Errors
/// [`MetadataError`].
pub async fn get_programs(client: &Client, filters: &[&str]) -> Result<DataFrame, MetadataError> {
    const COLLECTION: Collection = Collection::whole("programs", "id,name,programType");
    let mut programs: Vec<Program> = read(client, &COLLECTION, filters).await?;
    sort_by_name(&mut programs, |program| program.name.as_deref());
    let columns = Columns::of(&programs)
        .text("id", |program| Some(&program.id))
        .text("name", |program| program.name.as_deref())
        .text("program_type", |program| program.kind.as_deref());
    Ok(columns.frame(&PROGRAMS)?)
}

/// Program stages, sorted by program, name and uid; columns [`PROGRAM_STAGES`]. Filters are on stages: those of one
/// program are `program.id:eq:<uid>`.
///
/// # Errors
/// [`MetadataError`].
pub async fn get_program_stages(client: &Client, filters: &[&str]) -> Result<DataFrame, MetadataError> {
    const COLLECTION: Collection = Collection::whole("programStages", "id,name,program[id,name]");
    let mut stages: Vec<Stage> = read(client, &COLLECTION, filters).await?;
    stages.sort_by(|a, b| a.place().cmp(&b.place()));
    let columns = Columns::of(&stages)
        .text("program_stage_id", |stage| Some(&stage.id))
        .text("program_stage_name", |stage| stage.name.as_deref())
        .text("program_id", Stage::program_id)
        .text("program_name", Stage::program_name);
    Ok(columns.frame(&PROGRAM_STAGES)?)
}

/// The data elements of program stages, one row a stage, sorted as [`get_program_stages`]; columns
/// [`PROGRAM_DATA_ELEMENTS`]. Filters are on stages. A stage without data elements is a row with empty lists.
///
/// # Errors
/// [`MetadataError`].
pub async fn get_program_data_elements(client: &Client, filters: &[&str]) -> Result<DataFrame, MetadataError> {
    const COLLECTION: Collection = Collection::whole(
        "programStages",
        "id,name,program[id,name],programStageDataElements[compulsory,sortOrder,dataElement[id]]",
    );
    let mut stages: Vec<Stage> = read(client, &COLLECTION, filters).await?;
    stages.sort_by(|a, b| a.place().cmp(&b.place()));
    let rows: Vec<(&Stage, Vec<String>, Vec<String>)> = stages
        .iter()
        .map(|stage| {
            let mut elements: Vec<&StageElement> = stage.program_stage_data_elements.iter().collect();
            elements.sort_by_key(|element| (element.sort_order, element.data_element.id.as_str()));
            let ids = |of: &dyn Fn(&StageElement) -> bool| {
                elements.iter().filter(|element| of(element)).map(|element| element.data_element.id.clone()).collect()
            };
            (stage, ids(&|_| true), ids(&|element| element.compulsory))
        })
        .collect();
    let columns = Columns::of(&rows)
        .text("program_stage_id", |(stage, ..)| Some(&stage.id))
        .text("program_stage_name", |(stage, ..)| stage.name.as_deref())
        .text("program_id", |(stage, ..)| stage.program_id())
        .text("program_name", |(stage, ..)| stage.program_name())
        .list("valid_data_elements", |(_, valid, _)| valid)
        .list("compulsory_data_elements", |(.., compulsory)| compulsory);
    Ok(columns.frame(&PROGRAM_DATA_ELEMENTS)?)
}
