//! The attributes of enrollments as a source of the engine: the tracked entities that are enrolled, by uid.

use std::collections::HashSet;

use async_trait::async_trait;
use dhis2_api::Uid;
use dhis2_api::datetime::ServerZone;
use dhis2_api::dialect::Dialect;
use dhis2_api::request::ApiRequest;
use dhis2_extract::source::Narrowed;
use dhis2_extract::{Objects, Page, Source};
use dhis2_frame::{FrameError, FrameSchema, StringColumn};
use dhis2_http::{Client, HttpError};
use polars::frame::DataFrame;

use crate::enrollments::columns::ENROLLMENT_ATTRIBUTES;
use crate::enrollments::query::EnrollmentQuery;
use crate::scope::Scope;
use crate::tracked_entities::PAGE_SIZE;
use crate::tracked_entities::TrackedEntityQuery;
use crate::tracked_entities::source::{Part, TrackedEntitySource};
use crate::uids::Place;
use crate::window::UpdatedWindow;

/// An enrollment, after the tracked entity that is enrolled: the order in which they are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Enrolled {
    pub(crate) tracked_entity: Uid,
    pub(crate) enrollment: Uid,
}

impl Enrolled {
    /// Those of a table with the columns of enrollments.
    pub(crate) fn of(enrollments: &DataFrame) -> Result<Vec<Self>, FrameError> {
        let text = |name| enrollments.column(name).and_then(|column| column.str());
        let (entities, uids) = (text("tracked_entity_id")?, text("enrollment_id")?);
        let parsed = |text: Option<&str>| text.and_then(|text| Uid::parse(text).ok());
        let both = entities
            .iter()
            .zip(uids.iter())
            .filter_map(|(entity, uid)| Some(Self { tracked_entity: parsed(entity)?, enrollment: parsed(uid)? }));
        Ok(both.collect())
    }
}

/// A planned question for the attributes of known enrollments.
#[derive(Debug)]
pub(crate) struct AttributeSource {
    program: Uid,
    /// The attributes that the program asks for.
    of_program: HashSet<Uid>,
    /// In order, each once.
    enrolled: Vec<Enrolled>,
    entities: TrackedEntitySource,
}

impl AttributeSource {
    pub(crate) fn new(
        dialect: &Dialect,
        zone: ServerZone,
        query: &EnrollmentQuery,
        of_program: HashSet<Uid>,
        mut enrolled: Vec<Enrolled>,
    ) -> Self {
        enrolled.sort_unstable();
        enrolled.dedup();
        let mut tracked_entities: Vec<Uid> = enrolled.iter().map(|one| one.tracked_entity).collect();
        tracked_entities.dedup();
        let entities = TrackedEntityQuery {
            scope: Scope::Program(query.program),
            org_unit_parents: Vec::new(),
            tracked_entities,
            updated: UpdatedWindow::default(),
            include_deleted: query.include_deleted,
            filters: Vec::new(),
            page_size: PAGE_SIZE,
        };
        let parents = Vec::new();
        let entities =
            TrackedEntitySource { part: Part::Attributes, dialect: *dialect, zone, query: entities, parents };
        Self { program: query.program, of_program, enrolled, entities }
    }

    /// The tracked entities that are asked for.
    pub(crate) fn tracked_entities(&self) -> &[Uid] {
        &self.entities.query.tracked_entities
    }

    fn enrollments_of(&self, entity: &str) -> impl Iterator<Item = &Uid> {
        let first = self.enrolled.partition_point(|one| one.tracked_entity.as_str() < entity);
        let its = self.enrolled[first..].iter().take_while(move |one| one.tracked_entity.as_str() == entity);
        its.map(|one| &one.enrollment)
    }

    /// The rows of tracked entities made those of their enrollments: `starts` are the first rows of each entity.
    fn rows(&self, entities: &DataFrame, starts: &[u32], updated: &[i64]) -> Result<(DataFrame, Objects), FrameError> {
        let text = |name| entities.column(name).and_then(|column| column.str());
        let (uids, attributes, values) = (text("tracked_entity_id")?, text("attribute_id")?, text("value")?);
        let wanted = |row: &usize| {
            let attribute = attributes.get(*row).and_then(|text| Uid::parse(text).ok());
            attribute.is_some_and(|uid| self.of_program.contains(&uid))
        };
        let [mut enrollment, mut entity, mut program, mut attribute, mut value]: [StringColumn; 5] = Default::default();
        let (mut its_starts, mut its_updated, mut seen) = (Vec::new(), Vec::new(), Vec::new());
        let ends = starts.iter().skip(1).map(|start| *start as usize).chain([entities.height()]);
        for ((start, end), updated) in starts.iter().map(|start| *start as usize).zip(ends).zip(updated) {
            let Some(uid) = uids.get(start) else { continue };
            seen.push(uid.to_owned());
            let before = enrollment.len();
            for its in self.enrollments_of(uid) {
                for row in (start..end).filter(wanted) {
                    enrollment.push(its.as_str());
                    entity.push(uid);
                    program.push(self.program.as_str());
                    attribute.push_opt(attributes.get(row));
                    value.push_opt(values.get(row));
                }
            }
            if enrollment.len() > before {
                its_starts.push(u32::try_from(before).unwrap_or(u32::MAX));
                its_updated.push(*updated);
            }
        }
        let height = enrollment.len();
        let columns = [enrollment, entity, program, attribute, value].into_iter().zip(ENROLLMENT_ATTRIBUTES.names());
        let frame = DataFrame::new(height, columns.map(|(column, name)| column.finish(name)).collect())?;
        Ok((frame, Objects::Seen { starts: its_starts, updated: its_updated, seen }))
    }
}

#[async_trait]
impl Source for AttributeSource {
    type Chunk = Place;

    fn schema(&self) -> &'static FrameSchema {
        &ENROLLMENT_ATTRIBUTES
    }

    fn key(&self) -> &'static [&'static str] {
        self.entities.key()
    }

    fn chunks(&self) -> Vec<Place> {
        // A list of no uids would ask for everybody.
        if self.enrolled.is_empty() { Vec::new() } else { self.entities.chunks() }
    }

    fn describe(&self, place: &Place) -> String {
        format!("attributes of {}", self.entities.describe(place))
    }

    fn request(&self, place: &Place, page: u32) -> ApiRequest {
        self.entities.request(place, page)
    }

    fn pages_at_once(&self, place: &Place) -> bool {
        self.entities.pages_at_once(place)
    }

    fn read(&self, place: &Place, page: u32, body: &[u8]) -> Result<Page, FrameError> {
        let mut page = self.entities.read(place, page, body)?;
        if let Objects::Runs { starts, updated } = &page.objects {
            (page.frame, page.objects) = self.rows(&page.frame, starts, updated)?;
        }
        Ok(page)
    }

    async fn split(&self, place: &Place, client: &Client) -> Result<Option<Vec<Place>>, HttpError> {
        self.entities.split(place, client).await
    }

    fn narrow(&self, place: &Place, refusal: &HttpError) -> Option<Narrowed<Place>> {
        self.entities.narrow(place, refusal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::rows::of_frame;
    use crate::testing::{VERSIONS, dialect};
    use polars::prelude::*;

    const ASKED: &str = "E1Yg8oxJLCA";
    const OTHER: &str = "I57qzFRq65u";

    fn uid(text: &str) -> Uid {
        Uid::parse(text).unwrap()
    }

    fn source(enrolled: &[(&str, &str)]) -> AttributeSource {
        let query =
            EnrollmentQuery::builder().program("T4KUa2dgu2M").org_unit_parents(["KdK92fYEfTw"]).build().unwrap();
        let one =
            |(entity, enrollment): &(&str, &str)| Enrolled { tracked_entity: uid(entity), enrollment: uid(enrollment) };
        let enrolled = enrolled.iter().map(one).collect();
        AttributeSource::new(&dialect(VERSIONS[0]), ServerZone::UTC, &query, HashSet::from([uid(ASKED)]), enrolled)
    }

    #[test]
    fn each_enrollment_has_the_attributes_of_its_program() {
        let (first, second, third) = ("p0000000001", "p0000000002", "p0000000003");
        let enrolled =
            [(second, "e0000000003"), (first, "e0000000002"), (first, "e0000000001"), (first, "e0000000001")];
        let source = source(&enrolled);
        assert_eq!(source.tracked_entities(), [uid(first), uid(second)]);
        let text = |name: &str, cells: &[Option<&str>]| Column::new(name.into(), cells);
        let entities = DataFrame::new(
            5,
            vec![
                text("tracked_entity_id", &[Some(first), Some(first), Some(second), Some(third), Some(third)]),
                text("attribute_id", &[Some(ASKED), Some(OTHER), None, Some(OTHER), Some(ASKED)]),
                text("value", &[Some("F"), Some("x"), None, Some("y"), Some("M")]),
            ],
        )
        .unwrap();
        let (frame, objects) = source.rows(&entities, &[0, 2, 3], &[7, 8, 9]).unwrap();
        ENROLLMENT_ATTRIBUTES.check(&frame).unwrap();
        let row = |enrollment: &str| {
            let cells = [enrollment, first, "T4KUa2dgu2M", ASKED, "F"];
            cells.map(|cell| Some(cell.to_owned())).to_vec()
        };
        let names = ENROLLMENT_ATTRIBUTES.names().collect::<Vec<_>>();
        assert_eq!(of_frame(&frame, &names), [row("e0000000001"), row("e0000000002")]);
        let Objects::Seen { starts, updated, seen } = objects else { panic!("{objects:?}") };
        assert_eq!((starts, updated), (vec![0], vec![7]));
        assert_eq!(seen, [first, second, third]);
    }

    #[test]
    fn where_nobody_is_enrolled_nobody_is_asked_for() {
        assert!(source(&[]).chunks().is_empty());
        assert_eq!(source(&[("p0000000001", "e0000000001")]).chunks().len(), 1);
    }
}
