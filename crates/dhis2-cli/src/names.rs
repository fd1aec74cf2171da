//! Names and codes where ids are wanted: looked up before anything is extracted, and told.

use dhis2::ObjectKind;
use dhis2::api::Uid;

use crate::args::{
    AggregateEventsArguments, AnalyticsArguments, CopyDataValuesArguments, DataValueSelection, DataValuesArguments,
    EnrollmentsArguments, EventsArguments, ProgramArguments, RelationshipsArguments, ScheduleArguments,
    ServerArguments, TrackedEntitiesArguments,
};
use crate::connect::{self, cache};
use crate::exit::Failure;

/// What on a command line may be a name or a code instead of an id.
#[derive(Default)]
pub(crate) struct Named<'a> {
    objects: Vec<(ObjectKind, &'a mut String)>,
    /// A stage is looked for in the program.
    stage: Option<&'a mut String>,
}

impl<'a> Named<'a> {
    fn with(mut self, kind: ObjectKind, texts: impl IntoIterator<Item = &'a mut String>) -> Self {
        self.objects.extend(texts.into_iter().map(|text| (kind, text)));
        self
    }

    fn units(self, texts: &'a mut [String]) -> Self {
        self.with(ObjectKind::OrganisationUnit, texts)
    }

    fn program(self, text: impl IntoIterator<Item = &'a mut String>) -> Self {
        self.with(ObjectKind::Program, text)
    }

    fn stage(self, stage: Option<&'a mut String>) -> Self {
        Self { stage, ..self }
    }
}

/// Arguments that name objects.
pub(crate) trait Names {
    /// The names, and the server that is asked for them.
    fn names(&mut self) -> (Named<'_>, &mut ServerArguments);
}

macro_rules! names {
    ($($arguments:ty: |$wanted:ident| $named:expr;)*) => {
        $(impl Names for $arguments {
            fn names(&mut self) -> (Named<'_>, &mut ServerArguments) {
                let $wanted = self;
                ($named, &mut $wanted.server)
            }
        })*
    };
}

names! {
    DataValuesArguments: |wanted| selected(&mut wanted.selection);
    AnalyticsArguments: |wanted| Named::default().with(ObjectKind::DataElement, &mut wanted.data_elements).units(&mut wanted.org_units);
    EventsArguments: |wanted| Named::default().program([&mut wanted.program]).stage(wanted.program_stage.as_mut()).units(&mut wanted.org_units);
    ScheduleArguments: |wanted| Named::default().program([&mut wanted.program]).stage(wanted.program_stage.as_mut()).units(&mut wanted.org_units);
    TrackedEntitiesArguments: |wanted| Named::default().program(&mut wanted.of.program).units(&mut wanted.org_units);
    EnrollmentsArguments: |wanted| Named::default().program([&mut wanted.program]).units(&mut wanted.org_units);
    RelationshipsArguments: |wanted| Named::default().program(&mut wanted.program).units(&mut wanted.org_units);
    ProgramArguments: |wanted| Named::default().program([&mut wanted.program]).units(&mut wanted.org_units);
    AggregateEventsArguments: |wanted| Named::default().units(&mut wanted.org_units);
}

fn selected(selection: &mut DataValueSelection) -> Named<'_> {
    Named::default()
        .with(ObjectKind::DataSet, &mut selection.data_sets)
        .with(ObjectKind::DataElement, &mut selection.data_elements)
        .units(&mut selection.org_units)
}

/// Puts ids in place of names and codes. What has the shape of an id is one; where all have, nothing is asked.
pub(crate) async fn look_up<T: Names>(mut wanted: T) -> Result<T, Failure> {
    let (named, server) = wanted.names();
    resolve(named, server).await?;
    Ok(wanted)
}

/// The same for a copy, of which the server to copy from is asked.
pub(crate) async fn look_up_copy(wanted: &mut CopyDataValuesArguments) -> Result<ServerArguments, Failure> {
    let mut from = wanted.servers.from();
    resolve(selected(&mut wanted.selection), &mut from).await?;
    Ok(from)
}

async fn resolve(named: Named<'_>, server: &mut ServerArguments) -> Result<(), Failure> {
    let is_name = |text: &str| Uid::parse(text).is_err();
    let Named { mut objects, stage } = named;
    if !objects.iter().any(|(_, text)| is_name(text)) && !stage.as_ref().is_some_and(|stage| is_name(stage)) {
        return Ok(());
    }
    let dhis2 = connect::connect(server)?;
    // Names are looked up with the connection that extracts afterwards, so that a recording holds both.
    server.connected = Some(dhis2.clone());
    let mut found = Vec::new();
    for (kind, text) in objects.iter_mut().filter(|(_, text)| is_name(text)) {
        let object = dhis2.find_object(*kind, text).await?;
        eprintln!("the {kind} `{text}` is {object}");
        text.clone_from(&object.id);
        found.push(object);
    }
    learn(server, &found);
    let program = objects.iter().find(|(kind, _)| *kind == ObjectKind::Program);
    if let (Some(stage), Some((_, program))) = (stage.filter(|stage| is_name(stage)), program)
        && let Ok(program) = Uid::parse(program)
    {
        let object = dhis2.find_program_stage(&program, stage).await?;
        eprintln!("the {} `{stage}` is {object}", object.kind);
        stage.clone_from(&object.id);
        learn(server, &[object]);
    }
    Ok(())
}

/// Keeps what was found for completion. Where that fails the work goes on without.
pub(crate) fn learn(server: &ServerArguments, found: &[dhis2::FoundObject]) {
    if let Some(cache) = cache(server) {
        let _ = cache.learn(found);
    }
}
