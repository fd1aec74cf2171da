//! The same over HTTP, from an embedded server of an older and the newest version.

mod support;

use std::path::Path;
use std::sync::Arc;

use dhis2_http::{Client, Credentials};
use dhis2_metadata::*;
use dhis2_simulator::{CLERK_TOKEN, RunningSimulator, SUPERUSER_TOKEN, Simulator, World, WorldSize};
use serde_json::{Value, json};
use support::rows;

const VERSIONS: [&str; 2] = ["2.40.12", "2.43.1"];

fn client(server: &RunningSimulator, token: &str) -> Client {
    Client::connect(&server.base_url(), Credentials::token(token)).unwrap()
}

/// The rows that the world's units must become: uid, name, level, and uid and name of each level.
fn expected(world: &World, deepest: u32, keep: impl Fn(u32) -> bool) -> Vec<Vec<Value>> {
    let units: Vec<_> = world.organisation_units().collect();
    let name = |id: &str| units.iter().find(|unit| unit.id == id).map(|unit| unit.name);
    let mut kept: Vec<_> = units.iter().filter(|unit| keep(unit.level)).collect();
    kept.sort_by_key(|unit| (unit.level, unit.name, unit.id));
    let row = |unit: &&dhis2_simulator::OrganisationUnitRow<'_>| {
        let mut row = vec![json!(unit.id), json!(unit.name), json!(unit.level)];
        for level in 0..deepest as usize {
            let above = unit.path.get(level);
            row.extend([json!(above), json!(above.and_then(|id| name(id)))]);
        }
        row
    };
    kept.iter().map(row).collect()
}

/// Without dates and places.
fn shown(frame: &polars::frame::DataFrame) -> Vec<Vec<Value>> {
    let last = frame.width() - 1;
    rows(frame).into_iter().map(|row| [&row[..3], &row[5..last]].concat()).collect()
}

#[tokio::test]
async fn units_of_a_simulated_server_are_those_of_its_world() {
    let size = WorldSize { organisation_units: 300, data_values: 10, events: 10 };
    let world = Arc::new(World::generate(&size, 7));
    let deepest = world.organisation_units().map(|unit| unit.level).max().unwrap();
    for version in VERSIONS {
        let server = Simulator::builder().version(version).unwrap().world(Arc::clone(&world)).start().await.unwrap();
        for token in [SUPERUSER_TOKEN, CLERK_TOKEN] {
            let client = client(&server, token);
            let all = get_organisation_units(&client, None, &[]).await.unwrap();
            assert_eq!(shown(&all), expected(&world, deepest, |_| true), "{version}");
            let lowest = format!("level:eq:{deepest}");
            let facilities = get_organisation_units(&client, None, &[&lowest]).await.unwrap();
            assert_eq!(shown(&facilities), expected(&world, deepest, |level| level == deepest), "{version}");
            let upper = get_organisation_units(&client, Some(2), &["name:!null"]).await.unwrap();
            assert_eq!(shown(&upper), expected(&world, 2, |level| level <= 2), "{version}");
        }
    }
}

/// Frames of the country that was recorded, from the server that was recorded and from simulated ones.
#[tokio::test]
async fn a_simulated_country_gives_the_frames_of_the_recorded_one() {
    let export = "../../tests/data/recordings/2.40.12/world/metadata-export.har.gz";
    let world = Arc::new(World::load(&[Path::new(env!("CARGO_MANIFEST_DIR")).join(export)]).unwrap());
    let (recorded, _) = support::recorded_server("2.40.12");
    for version in VERSIONS {
        let server = Simulator::builder().version(version).unwrap().world(Arc::clone(&world)).start().await.unwrap();
        let client = client(&server, SUPERUSER_TOKEN);
        macro_rules! same {
            ($($function:ident),+) => {
                $({
                    let (ours, theirs) = ($function(&client, &[]).await.unwrap(), $function(&recorded, &[]).await.unwrap());
                    assert!(ours.height() > 0);
                    assert_eq!(ours.schema(), theirs.schema());
                    assert_eq!(rows(&ours), rows(&theirs), "{} on {version}", stringify!($function));
                })+
            };
        }
        same!(
            get_datasets,
            get_data_elements,
            get_data_element_groups,
            get_indicators,
            get_indicator_groups,
            get_attributes,
            get_organisation_unit_groups,
            get_programs,
            get_category_option_combos,
            get_program_stages,
            get_program_data_elements,
            get_tracked_entity_types,
            get_tracked_entity_attributes,
            get_relationship_types
        );
        // Servers count the places of options from 1 up to 2.40, from 0 later.
        let options = [get_option_sets(&client, &[]).await.unwrap(), get_option_sets(&recorded, &[]).await.unwrap()];
        let [ours, theirs] = options.map(|options| rows(&options.drop("sort_order").unwrap()));
        assert!(!ours.is_empty());
        assert_eq!(ours, theirs, "get_option_sets on {version}");
        let levels = get_organisation_unit_levels(&client).await.unwrap();
        assert_eq!(rows(&levels), rows(&get_organisation_unit_levels(&recorded).await.unwrap()));
        let values = extract_organisation_unit_attributes(&client).await.unwrap();
        assert_eq!(rows(&values), rows(&extract_organisation_unit_attributes(&recorded).await.unwrap()));
        let units = get_organisation_units(&client, None, &[]).await.unwrap();
        assert_eq!(rows(&units), rows(&get_organisation_units(&recorded, None, &[]).await.unwrap()));
    }
}

#[tokio::test]
async fn filters_count() {
    let size = WorldSize { organisation_units: 60, data_values: 10, events: 10 };
    let world = Arc::new(World::generate(&size, 3));
    for version in VERSIONS {
        let server = Simulator::builder().version(version).unwrap().world(Arc::clone(&world)).start().await.unwrap();
        let client = client(&server, SUPERUSER_TOKEN);
        let monthly = get_datasets(&client, &["periodType:eq:Monthly"]).await.unwrap();
        assert_eq!(monthly.height(), world.data_sets().filter(|set| set.period_type == "Monthly").count());
        assert!((1..world.data_sets().count()).contains(&monthly.height()));
        // Cut by the newer server, read as it is by the older one.
        let comma = get_category_option_combos(&client, &["name:eq:0-4y, Sex: Female"]).await;
        assert_eq!(comma.is_err(), version == "2.43.1");
    }
}
