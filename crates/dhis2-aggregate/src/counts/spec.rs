//! The spec: which events, on which day they count, where, and what is computed.

use std::collections::HashSet;

use dhis2_api::Uid;
use dhis2_api::period::PeriodType;
use serde::{Deserialize, Deserializer};

use super::condition::Condition;
use super::describe;
use super::error::SpecError;
use super::item::Item;
use super::output::Output;

/// Which day of an event counts: as its server's clock showed it, so that an event at the last instant of a month belongs
/// to that month. The frames hold that clock's time, labelled UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountDate {
    /// The day it happened; events that are only scheduled have none.
    #[default]
    OccurredAt,
    /// The day it was to happen; events without registration have none.
    ScheduledAt,
    /// The day it was completed.
    CompletedAt,
}

impl CountDate {
    /// The column of events that holds it.
    pub fn column(self) -> &'static str {
        match self {
            Self::OccurredAt => "occurred_at",
            Self::ScheduledAt => "scheduled_at",
            Self::CompletedAt => "completed_at",
        }
    }
}

/// How individual records become data values. Read from TOML with [`CountSpec::from_toml`], or made by
/// [`CountSpec::builder`].
///
/// | key | meaning |
/// |---|---|
/// | `program` | uid of the program |
/// | `stages` | uids of its stages whose events count; all where there is none |
/// | `date` | which [day](CountDate) counts: `occurred_at` (the default), `scheduled_at`, `completed_at` |
/// | `period_type` | the type of the periods, as in data sets: `Monthly`, `Weekly`, `FinancialApril`, … |
/// | `level` | the level of organisation units to count for, 1 at the top |
/// | `attribute_option_combo` | uid of the attribute option combo of all values |
/// | `when` | a [`Condition`] that every event must meet |
/// | `[[output]]` | what is computed, once or more: see [`Output`] |
///
/// ```
/// use dhis2_aggregate::counts::CountSpec;
///
/// let spec = CountSpec::from_toml(
///     r#"
///     program = "T4KUa2dgu2M"
///     stages = ["Yl7DhNudbZY"]
///     period_type = "Monthly"
///     level = 3
///     attribute_option_combo = "HllvX50cXC0"
///     when = { status = ["COMPLETED", "ACTIVE"] }
///
///     ## First visits of women who were seen with malaria, by age.
///     [[output]]
///     data_element = "fbfJHSPpUQD"
///     compute = "persons"
///     when = { all = [
///         { element = "M8hbHpWx3IB", in = ["B50", "B51"] },
///         { attribute = "E1Yg8oxJLCA", eq = "F" },
///     ] }
///     by = { age = { attribute = "dfHpp898aUy" }, bands = [
///         { below = 15, combo = "PT59n8BQbqM" },
///         { from = 15, combo = "pq2XI5kz2BY" },
///     ] }
///
///     ## The mean weight, of those who were weighed.
///     [[output]]
///     data_element = "cYeuwXTCPkU"
///     compute = "mean"
///     of = { element = "AJMsqHhueiR" }
///     decimals = 1
///     combo = "HllvX50cXC0"
///     "#,
/// )?;
/// assert_eq!(spec.outputs().len(), 2);
///
/// let error = CountSpec::from_toml("program = 'T4KUa2dgu2M'\nperiod_type = 'Fortnightly'").unwrap_err().to_string();
/// assert!(error.contains("line 2, column 15") && error.contains("Fortnightly"), "{error}");
/// # Ok::<(), dhis2_aggregate::counts::SpecError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountSpec {
    pub(super) program: Uid,
    #[serde(default)]
    pub(super) stages: Vec<Uid>,
    #[serde(default)]
    pub(super) date: CountDate,
    #[serde(deserialize_with = "read_period_type")]
    pub(super) period_type: PeriodType,
    pub(super) level: u32,
    pub(super) attribute_option_combo: Uid,
    #[serde(default)]
    pub(super) when: Option<Condition>,
    #[serde(default, rename = "output")]
    pub(super) outputs: Vec<Output>,
}

impl CountSpec {
    /// Reads a spec from TOML text.
    ///
    /// # Errors
    /// [`SpecError::Toml`] with line and column where the text is no spec; others where the whole makes no sense.
    pub fn from_toml(text: &str) -> Result<Self, SpecError> {
        let spec: Self =
            toml::from_str(text).map_err(|error| SpecError::Toml(error.to_string().trim_end().to_owned()))?;
        spec.check()
    }

    /// Begins a spec with what none can do without.
    ///
    /// ```
    /// use dhis2_aggregate::counts::{Compute, CountSpec, Output};
    /// use dhis2_api::period::PeriodType;
    ///
    /// let combo = "HllvX50cXC0".parse()?;
    /// let spec = CountSpec::builder("T4KUa2dgu2M".parse()?, PeriodType::Monthly, 3, combo)
    ///     .stage("Yl7DhNudbZY".parse()?)
    ///     .output(Output::new("fbfJHSPpUQD".parse()?, Compute::Events, combo))
    ///     .build()?;
    /// # let _ = spec;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder(program: Uid, period_type: PeriodType, level: u32, attribute_option_combo: Uid) -> CountSpecBuilder {
        CountSpecBuilder(Self {
            program,
            stages: Vec::new(),
            date: CountDate::default(),
            period_type,
            level,
            attribute_option_combo,
            when: None,
            outputs: Vec::new(),
        })
    }

    /// The program.
    pub fn program(&self) -> Uid {
        self.program
    }

    /// The stages; none stands for all.
    pub fn stages(&self) -> &[Uid] {
        &self.stages
    }

    /// Which day counts.
    pub fn date(&self) -> CountDate {
        self.date
    }

    /// The type of the periods.
    pub fn period_type(&self) -> PeriodType {
        self.period_type
    }

    /// The level of the organisation units.
    pub fn level(&self) -> u32 {
        self.level
    }

    /// What is computed.
    pub fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    /// Whether attributes of tracked entities are needed.
    pub fn needs_attributes(&self) -> bool {
        !self.ids(Item::tracked_entity_attribute).is_empty()
    }

    /// The spec for a receipt. What values are compared with stays out of it.
    pub fn to_json(&self) -> serde_json::Value {
        describe::spec(self)
    }

    /// The elements, or the attributes, that it looks at.
    pub(super) fn ids(&self, of: impl Fn(Item) -> Option<Uid>) -> HashSet<Uid> {
        let mut ids = HashSet::new();
        let mut see = |item| ids.extend(of(item));
        self.when.iter().for_each(|condition| condition.each_item(&mut see));
        self.outputs.iter().for_each(|output| output.each_item(&mut see));
        ids
    }

    fn check(self) -> Result<Self, SpecError> {
        if self.outputs.is_empty() {
            return Err(SpecError::NoOutput);
        }
        if self.level == 0 {
            return Err(SpecError::NoLevel);
        }
        let mut taken = HashSet::new();
        for output in &self.outputs {
            let combos: HashSet<Uid> = output.cells.iter().map(|cell| cell.combo).collect();
            for combo in combos {
                if !taken.insert((output.data_element, combo)) {
                    return Err(SpecError::SameTarget { data_element: output.data_element, combo });
                }
            }
        }
        Ok(self)
    }
}

/// Collects a [`CountSpec`].
#[derive(Debug, Clone)]
pub struct CountSpecBuilder(CountSpec);

impl CountSpecBuilder {
    /// Adds a stage: only events of the stages named count.
    pub fn stage(mut self, stage: Uid) -> Self {
        self.0.stages.push(stage);
        self
    }

    /// Which day counts.
    pub fn date(mut self, date: CountDate) -> Self {
        self.0.date = date;
        self
    }

    /// What every event must meet.
    pub fn when(mut self, condition: Condition) -> Self {
        self.0.when = Some(condition);
        self
    }

    /// Adds what is computed.
    pub fn output(mut self, output: Output) -> Self {
        self.0.outputs.push(output);
        self
    }

    /// Checks the whole.
    ///
    /// # Errors
    /// [`SpecError`] without an output, with level 0, and where two outputs go to the same data values.
    pub fn build(self) -> Result<CountSpec, SpecError> {
        self.0.check()
    }
}

fn read_period_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PeriodType, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}
