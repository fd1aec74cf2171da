//! Simulated servers that hold the country of a recorded one.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock, OnceLock};

use dhis2::api::dialect::Dialect;
use dhis2::api::dialect::behaviour::{ServerBehaviour, StoredBy};
use dhis2::api::request::ApiRequest;
use dhis2::{Credentials, DataValueQuery, Dhis2, EventQuery, Extraction};
use dhis2_simulator::{
    CLERK, CLERK_PASSWORD, EventRow, Faults, RunningSimulator, SUPERUSER, SUPERUSER_PASSWORD, Simulator, World,
    WorldSize,
};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use crate::country::{Country, Groups};
use crate::event::Event;
use crate::event_question::EventQuestion;
use crate::people::{People, bodies};
use crate::question::Question;
use crate::recordings::Recordings;
use crate::rows::{self, Row};

/// Where servers and clients of all tests run.
pub static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap());

/// A server with a country, shared by the tests of a program.
#[derive(Debug)]
pub struct Served {
    /// The version it behaves as.
    pub version: String,
    /// What it holds.
    pub country: Country,
    /// What it serves.
    pub world: Arc<World>,
    /// The server.
    pub simulator: RunningSimulator,
    owners: HashMap<String, String>,
    people: Option<People>,
    metadata: Value,
}

impl Served {
    /// The server of the version that a test is named after, such as `2.40`.
    pub fn of_line(line: &str) -> &'static Self {
        static SERVED: LazyLock<Vec<(Recordings, OnceLock<Served>)>> =
            LazyLock::new(|| Recordings::all().into_iter().map(|of| (of, OnceLock::new())).collect());
        let (recordings, served) = SERVED.iter().find(|(of, _)| of.version.starts_with(&format!("{line}."))).unwrap();
        served.get_or_init(|| {
            let from = recordings.with_world();
            let world = Arc::new(World::load(&from.world()).unwrap());
            let served = Self::new(&recordings.version, world, |_| Country::read(&from));
            let metadata = bodies(&from, "metadata-export").remove(0);
            Self { people: Some(People::read(&from, &served.country.events)), metadata, ..served }
        })
    }

    /// A server of the same version with a made-up country, which has what that of the recordings lacks: daily and yearly
    /// values of several sets, comments without a value, all attribute option combos, characters above U+FFFF.
    pub fn made_up(&self) -> Self {
        static WORLD: LazyLock<Arc<World>> = LazyLock::new(|| {
            let size = WorldSize { organisation_units: 150, data_values: 20_000, events: 3_000 };
            Arc::new(World::generate(&size, 42))
        });
        Self::new(&self.version, Arc::clone(&WORLD), |simulator| {
            let client = superuser(simulator);
            Country::made_up(&WORLD, |collection, members| groups(&client, collection, members))
        })
    }

    fn new(version: &str, world: Arc<World>, country: impl FnOnce(&RunningSimulator) -> Country) -> Self {
        let simulator = serve(version, &world, Faults::default());
        let owner = |event: EventRow<'_>| (event.event.to_owned(), event.owner_unit.to_owned());
        Self {
            version: version.to_owned(),
            country: country(&simulator),
            owners: world.events().map(owner).collect(),
            people: None,
            metadata: Value::Null,
            simulator,
            world,
        }
    }

    /// The people of a recorded country.
    pub fn people(&self) -> &People {
        self.people.as_ref().unwrap()
    }

    /// The members of all groups of a metadata collection, as the server lists them.
    pub fn members(&self, collection: &str, members: &str) -> Groups {
        groups(&self.client(), collection, members)
    }

    /// The objects of a metadata collection of a recorded country, as its server exported them.
    pub fn exported(&self, collection: &str) -> &[Value] {
        self.metadata[collection].as_array().unwrap()
    }

    /// What the server does, seen from the inside.
    pub fn behaviour(&self) -> ServerBehaviour {
        ServerBehaviour::of(&self.version.parse().unwrap())
    }

    /// By how many minutes its clock is ahead of UTC. The zones of the recorded servers have had the same offset all the
    /// time.
    pub fn minutes_ahead(&self) -> i64 {
        match self.simulator.time_zone().name() {
            "Asia/Kathmandu" => 345,
            "Africa/Lagos" => 60,
            "America/Bogota" => -300,
            "UTC" => 0,
            other => panic!("how far is {other} from UTC?"),
        }
    }

    /// The address.
    pub fn url(&self) -> String {
        self.simulator.base_url()
    }

    /// A server of its own with the same country.
    pub fn another(&self, faults: Faults) -> RunningSimulator {
        serve(&self.version, &self.world, faults)
    }

    /// A server of its own with the same country, whose clock is in another zone.
    pub fn in_zone(&self, zone: &str) -> RunningSimulator {
        let builder = Simulator::builder().version(&self.version).unwrap().world(Arc::clone(&self.world));
        RUNTIME.block_on(builder.time_zone(zone).unwrap().start()).unwrap()
    }

    /// How to speak to it.
    pub fn dialect(&self) -> Dialect {
        Dialect::of(&self.version.parse().unwrap()).unwrap()
    }

    /// A client of the superuser.
    pub fn client(&self) -> Dhis2 {
        superuser(&self.simulator)
    }

    /// A client of the account that sees one region only.
    pub fn clerk(&self) -> Dhis2 {
        Dhis2::connect(&self.simulator.base_url(), Credentials::basic(CLERK, CLERK_PASSWORD)).unwrap()
    }

    /// The unit of an event that the server looks at: the owner's from 2.40 on, before the event's own.
    pub fn unit_of(&self, event: &Event) -> String {
        if self.dialect().events_by_owner_unit { self.owners[&event.event].clone() } else { event.unit.clone() }
    }

    /// The rows that a question for events must give.
    pub fn events(&self, question: &EventQuestion) -> Vec<Row> {
        if !question.rich {
            return self.country.events(question, |event| self.unit_of(event));
        }
        let creator = (self.behaviour().events.stored_by == StoredBy::Creator).then_some(SUPERUSER);
        let asked = self.country.events_asked(question, |event| self.unit_of(event));
        asked.flat_map(|event| event.rich_rows(creator)).collect()
    }

    /// Asks for data values and compares with the truth; gives what came.
    pub fn check(&self, question: &Question) -> Extraction {
        let expected = self.country.data_values(question);
        let extraction = data_values(&self.client(), &question.query());
        self.compare(&format!("{question:?}"), &extraction, expected);
        extraction
    }

    /// Asks for events and compares with the truth; gives what came.
    pub fn check_events(&self, question: &EventQuestion) -> Extraction {
        let expected = self.events(question);
        let extraction = events(&self.client(), &question.query());
        self.compare(&format!("{question:?}"), &extraction, expected);
        extraction
    }

    /// Fails where an extraction is not complete or its rows are not the expected ones.
    pub fn compare(&self, what: &str, extraction: &Extraction, expected: Vec<Row>) {
        self.compare_named(what, extraction, expected, &[]);
    }

    /// The same where objects, whose uids stand in the first column, were asked for by uid: those that do not come must be
    /// named as missing.
    pub fn compare_named(&self, what: &str, extraction: &Extraction, expected: Vec<Row>, named: &[String]) {
        let what = format!("{} of {what}", self.version);
        let come: HashSet<&str> = expected.iter().filter_map(|row| row[0].as_deref()).collect();
        let absent: Vec<&String> = named.iter().filter(|uid| !come.contains(uid.as_str())).collect();
        let missing = extraction.receipt.missing().join("; ");
        assert_eq!(extraction.receipt.is_complete(), absent.is_empty(), "{what}: {missing}");
        assert!(absent.iter().all(|uid| missing.contains(uid.as_str())), "{what}: {missing}");
        assert_eq!(extraction.receipt.rows, extraction.frame.height() as u64);
        rows::assert_same(&what, rows::of_frame(&extraction.frame), expected);
    }
}

/// A server on the tests' runtime.
pub fn serve(version: &str, world: &Arc<World>, faults: Faults) -> RunningSimulator {
    let builder = Simulator::builder().version(version).unwrap().world(Arc::clone(world)).faults(faults);
    RUNTIME.block_on(builder.start()).unwrap()
}

/// A client of a server's superuser.
pub fn superuser(simulator: &RunningSimulator) -> Dhis2 {
    Dhis2::connect(&simulator.base_url(), Credentials::basic(SUPERUSER, SUPERUSER_PASSWORD)).unwrap()
}

/// Data values, or the test fails.
pub fn data_values(client: &Dhis2, query: &DataValueQuery) -> Extraction {
    RUNTIME.block_on(client.extract_data_values(query)).unwrap()
}

/// Events, or the test fails.
pub fn events(client: &Dhis2, query: &EventQuery) -> Extraction {
    RUNTIME.block_on(client.extract_events(query)).unwrap()
}

/// The members of all groups of a metadata collection.
fn groups(client: &Dhis2, collection: &str, members: &str) -> Groups {
    let fields = format!("id,{members}[id]");
    let request = ApiRequest::get(collection).param("fields", fields).param("paging", "false");
    let answer: Value = RUNTIME.block_on(client.client().get_json(&request)).unwrap();
    let id = |object: &Value| object["id"].as_str().unwrap().to_owned();
    let groups = answer[collection].as_array().unwrap().iter();
    groups.map(|group| (id(group), group[members].as_array().unwrap().iter().map(id).collect())).collect()
}
