//! Wide tables on the facade: extracts of Tracker with one row an object, columns typed and named by the metadata.

use dhis2_frame::FrameError;
use dhis2_frame::wide::{Item, Long, Stage, WideOptions, WideTable, wide};
use dhis2_metadata as metadata;
use dhis2_tracker::{EnrollmentQuery, EventColumns, EventQuery, TrackedEntityQuery};
use polars::frame::DataFrame;

use crate::wide_table::{PreparedWide, Shape};
use crate::{Dhis2, Error, Everything, Extraction};

/// What a row of a wide table of events is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EventRows {
    /// An event, of a repeatable stage as of any other.
    #[default]
    Event,
    /// An enrollment, with the events of its stages side by side: the columns of repeatable stages are numbered.
    Enrollment,
}

impl Dhis2 {
    /// Extracts events as a wide table: a column for each data element of the program's stages, typed by its value type
    /// (see [`frame::wide`](crate::frame::wide) for which type becomes what). Before them stand the columns of
    /// [`EVENTS`](crate::tracker::EVENTS), or of [`RICH_EVENTS`](crate::tracker::RICH_EVENTS) where the question asks for
    /// rich ones, but those of single values; with a row for each enrollment, `enrollment_id`, `tracked_entity_id` and
    /// `program_id`. A value that does not fit its column is null, counted and named in the receipt.
    ///
    /// # Errors
    /// As of [`extract_events`](Self::extract_events), and where the program's metadata cannot be read.
    pub async fn extract_wide_events(
        &self,
        query: &EventQuery,
        rows: EventRows,
        options: WideOptions,
    ) -> Result<Extraction, Error> {
        self.prepare_wide_events(query, rows, options).await?.collect().await
    }

    /// Plans a wide table of events: see [`extract_wide_events`](Self::extract_wide_events).
    ///
    /// # Errors
    /// [`Error`] where the server cannot be asked, or the program's metadata cannot be read.
    pub async fn prepare_wide_events(
        &self,
        query: &EventQuery,
        rows: EventRows,
        options: WideOptions,
    ) -> Result<PreparedWide, Error> {
        let stages = metadata::program_stage_items(self.client(), query.program_id()).await?;
        let (prepared, shape) = match rows {
            EventRows::Event => {
                let items = stages.into_iter().flat_map(|stage| stage.items).collect();
                // It says something of a single value.
                let without = &["provided_elsewhere"][..];
                (self.prepare_events(query).await?, Shape::Objects { long: Long::EVENTS, items, without })
            }
            EventRows::Enrollment => {
                let query = query.with_columns(EventColumns::Rich);
                (self.prepare_events(&query).await?, Shape::Enrollments { stages })
            }
        };
        Ok(PreparedWide::new(self, prepared, shape, options))
    }

    /// Extracts tracked entities as a wide table: the columns of [`TRACKED_ENTITIES`](crate::tracker::TRACKED_ENTITIES) but
    /// the last two, then one for each attribute of the program and its type, or of the type. See
    /// [`extract_wide_events`](Self::extract_wide_events).
    ///
    /// # Errors
    /// As of [`extract_tracked_entities`](Self::extract_tracked_entities), and where the metadata cannot be read.
    pub async fn extract_wide_tracked_entities(
        &self,
        query: &TrackedEntityQuery,
        options: WideOptions,
    ) -> Result<Extraction, Error> {
        self.prepare_wide_tracked_entities(query, options).await?.collect().await
    }

    /// Plans a wide table of tracked entities: see [`extract_wide_tracked_entities`](Self::extract_wide_tracked_entities).
    ///
    /// # Errors
    /// [`Error`] where the server cannot be asked, or the metadata cannot be read.
    pub async fn prepare_wide_tracked_entities(
        &self,
        query: &TrackedEntityQuery,
        options: WideOptions,
    ) -> Result<PreparedWide, Error> {
        let items = match (query.program_id(), query.tracked_entity_type_id()) {
            (Some(program), _) => metadata::program_attribute_items(self.client(), program).await?,
            (None, Some(of_type)) => metadata::type_attribute_items(self.client(), of_type).await?,
            (None, None) => Vec::new(),
        };
        let shape = Shape::Objects { long: Long::TRACKED_ENTITIES, items, without: &[] };
        Ok(PreparedWide::new(self, self.prepare_tracked_entities(query).await?, shape, options))
    }

    /// Extracts enrollments as a wide table: the columns of [`ENROLLMENTS`](crate::tracker::ENROLLMENTS), then one for each
    /// attribute of the program. See [`extract_wide_events`](Self::extract_wide_events).
    ///
    /// # Errors
    /// As of [`extract_enrollment_attributes`](Self::extract_enrollment_attributes), and where the metadata cannot be read.
    pub async fn extract_wide_enrollments(
        &self,
        query: &EnrollmentQuery,
        options: WideOptions,
    ) -> Result<Extraction, Error> {
        self.prepare_wide_enrollments(query, options).await?.collect().await
    }

    /// Plans a wide table of enrollments: see [`extract_wide_enrollments`](Self::extract_wide_enrollments).
    ///
    /// # Errors
    /// [`Error`] where the server cannot be asked, or the metadata cannot be read.
    pub async fn prepare_wide_enrollments(
        &self,
        query: &EnrollmentQuery,
        options: WideOptions,
    ) -> Result<PreparedWide, Error> {
        let items = metadata::program_attribute_items(self.client(), query.program_id()).await?;
        let prepared = self.prepare_enrollment_attributes(query).await?;
        let shape = Shape::EnrollmentAttributes { query: Box::new(query.clone()), items };
        Ok(PreparedWide::new(self, prepared, shape, options))
    }
}

impl Dhis2 {
    /// Makes the events of a whole program, and the attributes of its tracked entities, wide tables: one row an event, and
    /// one row a tracked entity that has any attributes. See [`extract_wide_events`](Self::extract_wide_events).
    ///
    /// # Errors
    /// [`Error::Metadata`] where the program's metadata cannot be read, [`Error::Frame`] where the tables are wide already.
    pub async fn make_wide(
        &self,
        everything: &mut Everything,
        program: &str,
        options: WideOptions,
    ) -> Result<(), Error> {
        let stages = metadata::program_stage_items(self.client(), program).await?;
        let items = metadata::program_attribute_items(self.client(), program).await?;
        let events = one_row_an_event(&everything.events, stages, options)?;
        let attributes = wide(&everything.attributes, &Long::TRACKED_ENTITIES, &items, options)?;
        everything.events = events.frame;
        everything.attributes = attributes.frame;
        let rows = everything.frames().iter().map(|(_, frame)| frame.height() as u64).sum();
        everything.receipt.rows = rows;
        everything.receipt.note_wide(events.report);
        everything.receipt.note_wide(attributes.report);
        Ok(())
    }
}

fn one_row_an_event(events: &DataFrame, stages: Vec<Stage>, options: WideOptions) -> Result<WideTable, FrameError> {
    let items: Vec<Item> = stages.into_iter().flat_map(|stage| stage.items).collect();
    // It says something of a single value.
    let events = events.drop_many(["provided_elsewhere"]);
    wide(&events, &Long::EVENTS, &items, options)
}
