//! Starting and stopping a simulated server.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use dhis2_api::dialect::behaviour::{Container, ServerBehaviour};
use dhis2_api::version::Version;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::accounts::{Account, Sessions};
use crate::changes::{ChangeLog, Live, WorldChange};
use crate::connection::{Breakable, Switch};
use crate::error::SimulatorError;
use crate::faults::{Faults, Schedule};
use crate::routes::Jobs;
use crate::seen::Seen;
use crate::server::{Host, handle};
use crate::store::{StoredDataValues, ValueStore};
use crate::world::World;

/// An embedded DHIS2 server.
///
/// It has a superuser (`admin`, password `district`, token [`SUPERUSER_TOKEN`](crate::SUPERUSER_TOKEN)) whose units are the
/// roots, and an account that sees one region only, the first by name (`clerk`, password
/// [`CLERK_PASSWORD`](crate::CLERK_PASSWORD), token [`CLERK_TOKEN`](crate::CLERK_TOKEN)).
///
/// ```
/// use dhis2_simulator::{Simulator, World, WorldSize};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// # runtime.block_on(async {
/// let size = WorldSize { organisation_units: 20, data_values: 100, events: 10 };
/// let server = Simulator::builder()
///     .version("2.42.5.2")?
///     .time_zone("Africa/Lagos")?
///     .world(World::generate(&size, 1))
///     .start()
///     .await?;
/// assert!(server.base_url().starts_with("http://127.0.0.1:"));
/// assert_eq!(server.requests(), 0);
/// # Ok::<(), dhis2_simulator::SimulatorError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Simulator;

impl Simulator {
    /// A server to be described: 2.43.1 unless another version is asked for.
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder {
            version: Version::new(43, 1, 0),
            zone: None,
            container: None,
            clock: None,
            world: None,
            faults: Faults::default(),
            job_polls: 1,
            analytics_tables: AnalyticsTables::Built,
            analytics_limit: 100_000,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        }
    }
}

/// What became of the server's analytics tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AnalyticsTables {
    /// They were built when the server started.
    #[default]
    Built,
    /// Those of aggregate values are there and hold nothing, as after a build that failed: queries are answered without rows.
    /// Those of events are not there.
    Empty,
    /// They were never built: queries are 409 with the code E7144.
    Missing,
}

/// What a simulated server is to be.
#[derive(Debug)]
#[must_use = "nothing runs before `start`"]
pub struct SimulatorBuilder {
    version: Version,
    zone: Option<Tz>,
    container: Option<Container>,
    clock: Option<DateTime<Utc>>,
    world: Option<Arc<World>>,
    faults: Faults,
    job_polls: u32,
    analytics_tables: AnalyticsTables,
    analytics_limit: usize,
    address: SocketAddr,
}

impl SimulatorBuilder {
    /// The version whose behaviour is simulated, such as `2.40.12`.
    ///
    /// # Errors
    /// A text that is no version.
    pub fn version(mut self, version: &str) -> Result<Self, SimulatorError> {
        self.version = Version::parse(version)?;
        Ok(self)
    }

    /// The time zone of the server, an IANA name. Without it: that of the recorded server of the version's line.
    ///
    /// # Errors
    /// A name that is no time zone.
    pub fn time_zone(mut self, name: &str) -> Result<Self, SimulatorError> {
        self.zone = Some(name.parse().map_err(|_| SimulatorError::TimeZone { name: name.to_owned() })?);
        Ok(self)
    }

    /// The servlet container. Without it: that of the recorded server of the version's line, Jetty up to 2.41.
    pub fn container(mut self, container: Container) -> Self {
        self.container = Some(container);
        self
    }

    /// Stops the server's clock at an instant, so that `lastUpdatedDuration` and its like give the same every time.
    pub fn clock(mut self, now: DateTime<Utc>) -> Self {
        self.clock = Some(now);
        self
    }

    /// What the server holds. A world in an [`Arc`] can be served by several servers at once.
    pub fn world(mut self, world: impl Into<Arc<World>>) -> Self {
        self.world = Some(world.into());
        self
    }

    /// What goes wrong on purpose, and what changes by itself while the server runs. Without it: nothing.
    pub fn faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// How often the notifications of a job (`async=true`) are asked for in vain before it is run: 1 unless told otherwise.
    /// Only from 2.41 on, where the scheduler looks for jobs every few seconds; older servers run them at once.
    pub fn job_polls(mut self, polls: u32) -> Self {
        self.job_polls = polls;
        self
    }

    /// What became of the analytics tables; they are built unless told otherwise.
    pub fn analytics_tables(mut self, tables: AnalyticsTables) -> Self {
        self.analytics_tables = tables;
        self
    }

    /// How many rows an answer of analytics may have (`keyAnalyticsMaxLimit`): 100,000 unless told otherwise.
    pub fn analytics_limit(mut self, rows: usize) -> Self {
        self.analytics_limit = rows;
        self
    }

    /// The address to listen on. Without it: a free port of 127.0.0.1.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Starts the server on the current Tokio runtime. It runs until it is dropped.
    ///
    /// # Errors
    /// No world was given, or the address cannot be bound.
    pub async fn start(self) -> Result<RunningSimulator, SimulatorError> {
        let world = self.world.ok_or(SimulatorError::NoWorld)?;
        let behaviour = ServerBehaviour::of(&self.version);
        let world = world.with_options_from(behaviour.metadata.first_option);
        let zone = self.zone.or_else(|| behaviour.transport.recorded_time_zone.parse().ok()).unwrap_or(Tz::UTC);
        let values = ValueStore::new(&world);
        let host = Arc::new(Host {
            accounts: Account::all(&world),
            analytics: RwLock::new(values.held()),
            analytics_world: RwLock::new(Arc::clone(&world)),
            analytics_tables: self.analytics_tables,
            analytics_limit: self.analytics_limit,
            values,
            container: self.container.unwrap_or(behaviour.transport.container),
            live: Live::new(world, self.faults.changes),
            version: self.version,
            behaviour,
            zone,
            fixed_clock: self.clock,
            sessions: Sessions::default(),
            faults: Schedule::new(self.faults),
            jobs: Jobs::default(),
            job_polls: self.job_polls,
            seen: Arc::new(Seen::default()),
            stopped: Switch::default(),
        });
        let failed = |source| SimulatorError::Listen { address: self.address.to_string(), source };
        let listener = TcpListener::bind(self.address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let app = Router::new().fallback(handle).with_state(Arc::clone(&host));
        let service = app.into_make_service_with_connect_info::<Switch>();
        // Serving ends only with the task.
        let task = tokio::spawn(async move { drop(axum::serve(Breakable(listener), service).await) });
        Ok(RunningSimulator { address, host, task })
    }
}

/// A running server. Dropping it stops it.
pub struct RunningSimulator {
    address: SocketAddr,
    host: Arc<Host>,
    task: JoinHandle<()>,
}

impl std::fmt::Debug for RunningSimulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunningSimulator")
            .field("address", &self.address)
            .field("version", &self.host.version)
            .field("world", &self.host.live.world())
            .finish_non_exhaustive()
    }
}

impl RunningSimulator {
    /// The address to give to a client, without a slash at the end: `http://127.0.0.1:41234`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the server held when it started; imports and changes do not touch it.
    pub fn world(&self) -> &World {
        self.host.live.start()
    }

    /// What the server holds at this moment: the same as [`world`](Self::world) unless rows were changed since.
    pub fn world_now(&self) -> Arc<World> {
        self.host.live.world()
    }

    /// Changes rows of the tracker between two requests, all at one moment. What is being answered is not touched by it.
    ///
    /// ```
    /// use dhis2_simulator::{Simulator, World, WorldSize};
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    /// # runtime.block_on(async {
    /// let world = World::generate(&WorldSize { organisation_units: 20, data_values: 0, events: 60 }, 1);
    /// let server = Simulator::builder().world(world).start().await?;
    /// let event = server.world().events().find(|event| !event.deleted).map(|event| event.event.to_owned()).unwrap();
    /// let (copy, gone) = server.change(|world| (world.copy_event(&event), world.delete_event(&event)));
    /// assert!(gone);
    /// assert_eq!(server.world_now().events().count(), server.world().events().count() + 1);
    /// let log = server.change_log();
    /// assert!(log.events.inserted.contains(&copy.unwrap()));
    /// assert!(!log.events.stayed(&event));
    /// # Ok::<(), dhis2_simulator::SimulatorError>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn change<T>(&self, change: impl FnOnce(&mut WorldChange<'_>) -> T) -> T {
        self.host.live.change(self.host.now(), change)
    }

    /// Which rows were changed since the server started, by [`change`](Self::change) or by
    /// [`Faults::changes`].
    pub fn change_log(&self) -> ChangeLog {
        self.host.live.log()
    }

    /// The data values that the server holds now: those of its world and what imports made of them.
    pub fn data_values(&self) -> StoredDataValues {
        StoredDataValues(self.host.values.held())
    }

    /// Builds the analytics tables anew, so that they hold what imports have stored since, and events as they are now.
    pub fn build_analytics(&self) {
        *self.host.analytics_world.write().unwrap_or_else(PoisonError::into_inner) = self.host.live.world();
        *self.host.analytics.write().unwrap_or_else(PoisonError::into_inner) = self.host.values.held();
    }

    /// The zone of the server's clock.
    pub fn time_zone(&self) -> Tz {
        self.host.zone
    }

    /// How many requests have come in, refused ones and those broken off too.
    pub fn requests(&self) -> u64 {
        self.host.seen.requests()
    }

    /// Path and query of every request so far, in the order they came in.
    pub fn targets(&self) -> Vec<String> {
        self.host.seen.targets()
    }

    /// The greatest number of requests that were being answered at the same time, each from its head to the last byte of its
    /// answer.
    pub fn most_at_once(&self) -> u64 {
        self.host.seen.most_at_once()
    }

    /// How often each kind of fault has happened, by its [name](crate::Fault::kind). Kinds that have not are not there.
    ///
    /// ```
    /// use dhis2_simulator::{Faults, Simulator, World, WorldSize};
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    /// # runtime.block_on(async {
    /// let world = World::generate(&WorldSize { organisation_units: 20, data_values: 0, events: 0 }, 1);
    /// let server = Simulator::builder().world(world).faults(Faults::random(1)).start().await?;
    /// assert!(server.faults_done().is_empty(), "nobody has asked yet");
    /// # Ok::<(), dhis2_simulator::SimulatorError>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn faults_done(&self) -> BTreeMap<&'static str, u64> {
        self.host.faults.done()
    }
}

impl Drop for RunningSimulator {
    fn drop(&mut self) {
        self.host.stopped.off();
        self.task.abort();
    }
}
