//! What is extracted from Tracker.

use dhis2::tracker::{
    EnrollmentQueryBuilder, EnrollmentStatus, EventQueryBuilder, QueryError, RelationshipQueryBuilder,
    ScheduleQueryBuilder, TrackedEntityQueryBuilder,
};
use dhis2::{
    Dhis2, EnrollmentQuery, EventColumns, EventQuery, EventRows, EventStatus, NameBy, OccurredAt, OptionsAs,
    OrgUnitMode, RelationshipQuery, ScheduleQuery, TrackedEntityQuery, WideOptions,
};

use super::prepared::run_prepared;
use super::privacy::privacy;
use crate::args::{
    EnrollmentStatusArgument, EnrollmentsArguments, EventRowsArgument, EventStatusArgument, EventsArguments,
    NameByArgument, OptionsAsArgument, OrgUnitModeArgument, RelationshipsArguments, ScheduleArguments, ShapeArguments,
    TrackedEntitiesArguments,
};
use crate::exit::{Done, Failure};

/// Calls a builder's method where the value was given.
macro_rules! given {
    ($query:ident: $($method:ident($value:expr)),* $(,)?) => {
        $(if let Some(value) = $value {
            $query = $query.$method(value);
        })*
    };
}

pub(crate) async fn events(wanted: &EventsArguments) -> Result<Done, Failure> {
    let query = event_query(wanted)?;
    let (server, output) = (&wanted.server, &wanted.output);
    let privacy = &privacy(&wanted.privacy, server)?;
    if wanted.shape.wide {
        let rows = match wanted.rows {
            Some(EventRowsArgument::Enrollment) => EventRows::Enrollment,
            Some(EventRowsArgument::Event) | None => EventRows::Event,
        };
        let options = wide_options(&wanted.shape);
        let prepare =
            async |dhis2: &Dhis2| dhis2.prepare_wide_events(&query, rows, options).await?.protected(privacy).await;
        return run_prepared("events", server, output, prepare).await;
    }
    let prepare = async |dhis2: &Dhis2| dhis2.protected(dhis2.prepare_events(&query).await?, privacy).await;
    run_prepared("events", server, output, prepare).await
}

pub(crate) async fn event_notes(wanted: &EventsArguments) -> Result<Done, Failure> {
    if wanted.rich {
        return Err(Failure::usage("--rich is for events"));
    }
    never_wide(&wanted.shape)?;
    let query = event_query(wanted)?;
    let privacy = &privacy(&wanted.privacy, &wanted.server)?;
    let prepare = async |dhis2: &Dhis2| dhis2.protected(dhis2.prepare_event_notes(&query).await?, privacy).await;
    run_prepared("notes", &wanted.server, &wanted.output, prepare).await
}

fn event_query(wanted: &EventsArguments) -> Result<EventQuery, QueryError> {
    let mut query = EventQuery::builder()
        .program(&wanted.program)
        .org_unit_parents(&wanted.org_units)
        .org_unit_mode(match wanted.org_unit_mode {
            OrgUnitModeArgument::Selected => OrgUnitMode::Selected,
            OrgUnitModeArgument::Children => OrgUnitMode::Children,
            OrgUnitModeArgument::Descendants => OrgUnitMode::Descendants,
            OrgUnitModeArgument::Accessible => OrgUnitMode::Accessible,
            OrgUnitModeArgument::Capture => OrgUnitMode::Capture,
            OrgUnitModeArgument::All => OrgUnitMode::All,
        })
        .events(&wanted.events)
        .enrollments(&wanted.enrollments)
        .attribute_options(&wanted.attribute_options)
        .include_deleted(wanted.changes.include_deleted)
        .columns(if wanted.rich { EventColumns::Rich } else { EventColumns::Plain })
        .occurred_at(if wanted.occurred_at_in_utc { OccurredAt::InUtc } else { OccurredAt::AsShown });
    query = wanted.filters.iter().fold(query, EventQueryBuilder::filter);
    let status = wanted.status.map(|status| match status {
        EventStatusArgument::Active => EventStatus::Active,
        EventStatusArgument::Completed => EventStatus::Completed,
        EventStatusArgument::Visited => EventStatus::Visited,
        EventStatusArgument::Schedule => EventStatus::Schedule,
        EventStatusArgument::Overdue => EventStatus::Overdue,
        EventStatusArgument::Skipped => EventStatus::Skipped,
    });
    given!(query:
        program_stage(&wanted.program_stage),
        status(status),
        occurred_after(&wanted.occurred_after),
        occurred_before(&wanted.occurred_before),
        scheduled_after(&wanted.scheduled_after),
        scheduled_before(&wanted.scheduled_before),
        updated_after(&wanted.changes.updated_after),
        updated_before(&wanted.changes.updated_before),
        page_size(wanted.page_size),
    );
    query.build()
}

pub(crate) async fn schedule(wanted: &ScheduleArguments) -> Result<Done, Failure> {
    let mut query = ScheduleQuery::builder().program(&wanted.program).org_unit_parents(&wanted.org_units);
    query = wanted.filters.iter().fold(query, ScheduleQueryBuilder::filter);
    given!(query: program_stage(&wanted.program_stage), as_of(&wanted.as_of));
    let query = query.build()?;
    let privacy = &privacy(&wanted.privacy, &wanted.server)?;
    let prepare = async |dhis2: &Dhis2| dhis2.protected(dhis2.prepare_schedule(&query).await?, privacy).await;
    run_prepared("visits", &wanted.server, &wanted.output, prepare).await
}

pub(crate) async fn tracked_entities(wanted: &TrackedEntitiesArguments) -> Result<Done, Failure> {
    let query = entity_query(wanted)?;
    let (server, output) = (&wanted.server, &wanted.output);
    let privacy = &privacy(&wanted.privacy, server)?;
    if wanted.shape.wide {
        let options = wide_options(&wanted.shape);
        let prepare =
            async |dhis2: &Dhis2| dhis2.prepare_wide_tracked_entities(&query, options).await?.protected(privacy).await;
        return run_prepared("tracked entities", server, output, prepare).await;
    }
    let prepare = async |dhis2: &Dhis2| dhis2.protected(dhis2.prepare_tracked_entities(&query).await?, privacy).await;
    run_prepared("tracked entities", server, output, prepare).await
}

pub(crate) async fn program_owners(wanted: &TrackedEntitiesArguments) -> Result<Done, Failure> {
    never_wide(&wanted.shape)?;
    let query = entity_query(wanted)?;
    let privacy = &privacy(&wanted.privacy, &wanted.server)?;
    let prepare = async |dhis2: &Dhis2| dhis2.protected(dhis2.prepare_program_owners(&query).await?, privacy).await;
    run_prepared("owners", &wanted.server, &wanted.output, prepare).await
}

fn entity_query(wanted: &TrackedEntitiesArguments) -> Result<TrackedEntityQuery, QueryError> {
    let mut query = TrackedEntityQuery::builder()
        .org_unit_parents(&wanted.org_units)
        .tracked_entities(&wanted.tracked_entities)
        .include_deleted(wanted.changes.include_deleted);
    query = wanted.filters.iter().fold(query, TrackedEntityQueryBuilder::filter);
    given!(query:
        program(&wanted.of.program),
        tracked_entity_type(&wanted.of.tracked_entity_type),
        updated_after(&wanted.changes.updated_after),
        updated_before(&wanted.changes.updated_before),
    );
    query.build()
}

pub(crate) async fn enrollments(wanted: &EnrollmentsArguments) -> Result<Done, Failure> {
    let query = enrollment_query(wanted)?;
    let (server, output) = (&wanted.server, &wanted.output);
    let privacy = &privacy(&wanted.privacy, server)?;
    if wanted.shape.wide {
        let options = wide_options(&wanted.shape);
        let prepare =
            async |dhis2: &Dhis2| dhis2.prepare_wide_enrollments(&query, options).await?.protected(privacy).await;
        return run_prepared("enrollments", server, output, prepare).await;
    }
    let prepare = async |dhis2: &Dhis2| dhis2.protected(dhis2.prepare_enrollments(&query).await?, privacy).await;
    run_prepared("enrollments", server, output, prepare).await
}

pub(crate) async fn enrollment_attributes(wanted: &EnrollmentsArguments) -> Result<Done, Failure> {
    never_wide(&wanted.shape)?;
    let query = enrollment_query(wanted)?;
    let privacy = &privacy(&wanted.privacy, &wanted.server)?;
    let prepare =
        async |dhis2: &Dhis2| dhis2.protected(dhis2.prepare_enrollment_attributes(&query).await?, privacy).await;
    run_prepared("attributes", &wanted.server, &wanted.output, prepare).await
}

fn enrollment_query(wanted: &EnrollmentsArguments) -> Result<EnrollmentQuery, QueryError> {
    let mut query = EnrollmentQuery::builder()
        .program(&wanted.program)
        .org_unit_parents(&wanted.org_units)
        .enrollments(&wanted.enrollments)
        .include_deleted(wanted.changes.include_deleted);
    query = wanted.filters.iter().fold(query, EnrollmentQueryBuilder::filter);
    let status = wanted.status.map(|status| match status {
        EnrollmentStatusArgument::Active => EnrollmentStatus::Active,
        EnrollmentStatusArgument::Completed => EnrollmentStatus::Completed,
        EnrollmentStatusArgument::Cancelled => EnrollmentStatus::Cancelled,
    });
    given!(query:
        status(status),
        updated_after(&wanted.changes.updated_after),
        updated_before(&wanted.changes.updated_before),
    );
    query.build()
}

pub(crate) async fn relationships(wanted: &RelationshipsArguments) -> Result<Done, Failure> {
    let mut query = RelationshipQuery::builder()
        .org_unit_parents(&wanted.org_units)
        .tracked_entities(&wanted.tracked_entities)
        .enrollments(&wanted.enrollments)
        .events(&wanted.events);
    query = wanted.filters.iter().fold(query, RelationshipQueryBuilder::filter);
    given!(query: program(&wanted.program), tracked_entity_type(&wanted.tracked_entity_type));
    let query = query.build()?;
    let privacy = &privacy(&wanted.privacy, &wanted.server)?;
    let prepare = async |dhis2: &Dhis2| dhis2.protected(dhis2.prepare_relationships(&query).await?, privacy).await;
    run_prepared("relationships", &wanted.server, &wanted.output, prepare).await
}

pub(crate) fn wide_options(shape: &ShapeArguments) -> WideOptions {
    WideOptions {
        name_by: match shape.name_by {
            NameByArgument::Id => NameBy::Id,
            NameByArgument::Code => NameBy::Code,
            NameByArgument::Name => NameBy::Name,
        },
        options_as: match shape.options_as {
            OptionsAsArgument::Code => OptionsAs::Code,
            OptionsAsArgument::Label => OptionsAs::Label,
        },
    }
}

fn never_wide(shape: &ShapeArguments) -> Result<(), Failure> {
    if shape.wide {
        Err(Failure::usage("--wide is for events, tracked-entities, enrollments and program"))
    } else {
        Ok(())
    }
}
