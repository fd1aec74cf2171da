//! Things that go wrong on purpose.

mod answers;
mod fault;
mod imports;
mod read;
mod schedule;
mod shuffle;
mod spoilt;

use serde::Deserialize;

use crate::changes::Changes;
use crate::error::SimulatorError;

pub(crate) use self::answers::Instead;
pub use self::fault::{Fault, ResetAt};
pub(crate) use self::imports::BrokenImport;
pub(crate) use self::schedule::{Asked, Schedule};

/// What a simulated server does wrong on purpose. The default is nothing.
///
/// Each [`Rule`] says which requests have which [`Fault`]. What takes the place of an answer comes first, then what is done
/// to the data, then what happens to the answer on its way; of each the first rule counts whose turn it is, and delays add
/// up.
///
/// What is drawn by chance follows from the seed, the request (method, target and body) and how often that request was
/// made: the same requests have the same faults, whatever is asked at the same time. [`Rule::every`] counts requests in the
/// order they come in.
///
/// ```
/// use dhis2_simulator::{Fault, Faults, ResetAt, Rule};
///
/// let faults = Faults::of([
///     Rule { every: 3, ..Rule::of(Fault::Status { code: 503, retry_after_seconds: Some(1) }) },
///     Rule {
///         target: "/api/tracker".into(),
///         times: Some(1),
///         ..Rule::of(Fault::Reset { at: ResetAt::Midway, content_length: false })
///     },
/// ]);
/// # assert_eq!(faults.rules.len(), 2);
/// ```
///
/// # In a file
/// [`from_toml`](Self::from_toml) reads the same from TOML; the kinds and their keys are in [`Fault`].
///
/// ```
/// # let faults = dhis2_simulator::Faults::from_toml(r#"
/// seed = 7
///
/// ## Every answer takes 50 to 70 ms.
/// [[rule]]
/// fault.latency = { milliseconds = 50, jitter_milliseconds = 20 }
///
/// ## A third of all queries for data values meets a gateway that is busy, once.
/// [[rule]]
/// target = "/api/dataValueSets"
/// method = "GET"
/// probability = 0.33
/// times = 1
/// fault.status = { code = 503, retry_after_seconds = 1 }
///
/// ## Every tenth answer breaks off in the middle.
/// [[rule]]
/// every = 10
/// fault.reset = { at = "midway" }
///
/// ## People work with the tracker while it is read.
/// [changes]
/// every = 3
/// inserts = 5
/// deletes = 5
/// # "#)?;
/// # assert_eq!(faults.rules.len(), 3);
/// # Ok::<(), dhis2_simulator::SimulatorError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faults {
    /// What decides everything that is drawn by chance. In a file: `seed`, 0 where it is left out.
    #[serde(default)]
    pub seed: u64,
    /// Which requests have which fault. In a file: `[[rule]]`, once for each.
    #[serde(default, rename = "rule")]
    pub rules: Vec<Rule>,
    /// Rows of the tracker that come, change and go while it is read, so that pages shift. In a file: `[changes]`.
    #[serde(default)]
    pub changes: Option<Changes>,
}

/// Which requests have a fault.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Only requests whose path and query hold this text, as they were sent. Empty: all.
    #[serde(default)]
    pub target: String,
    /// Only requests with this method: `GET`, `HEAD` or `POST`. None: all.
    #[serde(default, deserialize_with = "read::method")]
    pub method: Option<String>,
    /// Every how many of the requests that come to the rule and could have its fault, counted from 1; 0 for none, which a
    /// file cannot say. 1 where it is left out.
    #[serde(default = "read::one", deserialize_with = "read::every")]
    pub every: u64,
    /// How often the same request (method, target and body) has the fault; asked once more, it has it no longer. None:
    /// always.
    #[serde(default)]
    pub times: Option<u32>,
    /// With which probability, from 0 to 1. 1 where it is left out.
    #[serde(default = "read::certain", deserialize_with = "read::probability")]
    pub probability: f64,
    /// What happens.
    pub fault: Fault,
}

impl Rule {
    /// A fault that every request has.
    pub fn of(fault: Fault) -> Self {
        Self {
            target: String::new(),
            method: None,
            every: read::one(),
            times: None,
            probability: read::certain(),
            fault,
        }
    }
}

impl Faults {
    /// These rules, with the seed 0.
    pub fn of(rules: impl IntoIterator<Item = Rule>) -> Self {
        Self { rules: rules.into_iter().collect(), ..Self::default() }
    }

    /// Reads faults from TOML text, as [above](Self#in-a-file).
    ///
    /// # Errors
    /// [`SimulatorError::Faults`] with line and column where the text is no TOML, has a key that is unknown, lacks one, or
    /// has a value that cannot be.
    ///
    /// ```
    /// use dhis2_simulator::Faults;
    ///
    /// let error = Faults::from_toml("[[rule]]\nevry = 3\nfault = 'login_page'").unwrap_err().to_string();
    /// assert!(error.contains("line 2") && error.contains("evry"), "{error}");
    /// ```
    pub fn from_toml(text: &str) -> Result<Self, SimulatorError> {
        toml::from_str(text).map_err(|error: toml::de::Error| SimulatorError::Faults {
            reason: error.to_string().trim_end().to_owned(),
        })
    }
}
