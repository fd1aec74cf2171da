//! Who owns tracked entities: bytes to columns.

use dhis2_api::Uid;
use dhis2_api::datetime::ServerZone;
use dhis2_frame::{Cell, ColumnSpec, ColumnType, FrameError, FrameSchema, ReadObject, ReadOptions, StringColumn};
use polars::frame::DataFrame;
use serde::Deserialize;
use serde::de::{Error, IgnoredAny, MapAccess};

use crate::envelope::{self, Rows};
use crate::rows::{FlatPage, Reading};
use crate::tracked_entities::selection::{Candidate, Selection};

/// The columns of an extract of program owners: one row for each program in which a tracked entity is owned. Source:
/// `programOwners` of `GET /api/tracker/trackedEntities`, 2.38 to 2.43.
pub const PROGRAM_OWNERS: FrameSchema = FrameSchema {
    name: "program_owners",
    columns: &[
        ColumnSpec { name: "tracked_entity_id", dtype: ColumnType::String, doc: "uid of the tracked entity" },
        ColumnSpec { name: "program_id", dtype: ColumnType::String, doc: "uid of the program" },
        ColumnSpec {
            name: "organisation_unit_id",
            dtype: ColumnType::String,
            doc: "uid of the organisation unit that owns the entity in the program",
        },
    ],
};

/// How to read an answer of `GET /api/tracker/trackedEntities` into [`PROGRAM_OWNERS`].
#[derive(Debug, Clone, Copy)]
pub struct FlattenOwners {
    /// The key of the list: `instances` up to 2.40, `trackedEntities` from 2.41 on.
    pub items: &'static str,
    /// The zone of the server's clock.
    pub zone: ServerZone,
    /// Whose owners to keep.
    pub selection: Selection,
    /// Keep the owners in this program only: up to 2.41 servers list those in all programs, whatever was asked.
    pub program: Option<Uid>,
}

impl FlattenOwners {
    /// The rows of an answer.
    ///
    /// # Errors
    /// [`FrameError`] with the place of what is not as it must be: no JSON, no list, an entity without uid or owners (a
    /// misspelt field gives `{}`), a time in no known form.
    pub fn body(&self, body: &[u8]) -> Result<FlatPage, FrameError> {
        envelope::flatten(body, self.items, ReadOptions::default(), |_| State::new(*self))
    }
}

struct State {
    how: FlattenOwners,
    reading: Reading,
    tracked_entity: StringColumn,
    program: StringColumn,
    org_unit: StringColumn,
}

impl State {
    fn new(how: FlattenOwners) -> Self {
        Self {
            how,
            reading: Reading::new(how.zone),
            tracked_entity: StringColumn::default(),
            program: StringColumn::default(),
            org_unit: StringColumn::default(),
        }
    }

    /// Takes an entity's owners into the columns. The error is the name of a field that it lacks.
    fn push(&mut self, entity: &EntityFields<'_>) -> Result<(), &'static str> {
        self.reading.receive();
        let updated = self.reading.wall("updated_at", &entity.updated_at)?;
        let uid = entity.tracked_entity.text().ok_or("trackedEntity")?;
        let owners = entity.owners.as_deref().ok_or("programOwners")?;
        if self.how.selection.leaves_out(self.how.zone, &entity.candidate, updated) {
            return Ok(());
        }
        let begin = self.tracked_entity.len();
        for owner in owners {
            let program = owner.program.text().ok_or("program")?;
            if self.how.program.is_none_or(|wanted| wanted.as_str() == program) {
                self.tracked_entity.push(uid);
                self.program.push(program);
                self.org_unit.push_opt(owner.org_unit.text());
            }
        }
        if self.tracked_entity.len() > begin {
            self.reading.begin(begin, updated);
        }
        Ok(())
    }
}

impl Rows for State {
    fn reading(&mut self) -> &mut Reading {
        &mut self.reading
    }

    fn finish(self) -> Result<(DataFrame, Reading), FrameError> {
        let frame = DataFrame::new(
            self.tracked_entity.len(),
            vec![
                self.tracked_entity.finish("tracked_entity_id"),
                self.program.finish("program_id"),
                self.org_unit.finish("organisation_unit_id"),
            ],
        )?;
        Ok((frame, self.reading))
    }
}

#[derive(Default)]
struct EntityFields<'de> {
    tracked_entity: Cell<'de>,
    updated_at: Cell<'de>,
    owners: Option<Vec<Owner<'de>>>,
    candidate: Candidate<'de>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Owner<'a> {
    #[serde(borrow, default)]
    program: Cell<'a>,
    #[serde(borrow, default)]
    org_unit: Cell<'a>,
}

impl ReadObject for State {
    const EXPECTED: &'static str = "a tracked entity";

    fn read<'de, A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        let mut entity = EntityFields::default();
        while let Some(key) = fields.next_key::<Cell<'de>>()? {
            match key.text().unwrap_or_default() {
                "trackedEntity" => entity.tracked_entity = fields.next_value()?,
                "updatedAt" => entity.updated_at = fields.next_value()?,
                "deleted" => entity.candidate.deleted = fields.next_value::<Option<bool>>()?.unwrap_or_default(),
                "programOwners" => entity.owners = fields.next_value()?,
                "enrollments" => {
                    entity.candidate.enrollments = fields.next_value::<Option<Vec<_>>>()?.unwrap_or_default();
                }
                _ => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        self.push(&entity).map_err(A::Error::missing_field)
    }
}
