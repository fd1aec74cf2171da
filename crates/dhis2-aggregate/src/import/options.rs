//! What an import is to do.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use dhis2_api::Uid;
use polars::frame::DataFrame;

use crate::error::InputError;

/// What an import is to do.
///
/// ```
/// use dhis2_aggregate::{ImportOptions, ImportStrategy};
///
/// let options = ImportOptions { strategy: ImportStrategy::CreateAndUpdate, dry_run: false, ..ImportOptions::default() };
/// assert!(ImportOptions::default().dry_run);
/// # assert!(!options.check_values);
/// ```
#[derive(Clone)]
pub struct ImportOptions {
    /// Which rows may change what. CREATE unless set.
    pub strategy: ImportStrategy,
    /// Store nothing, and report what would happen. True unless set to false.
    pub dry_run: bool,
    /// From the data elements' ids in the rows to the server's uids; a row whose id is not in it is rejected.
    pub data_elements: Option<HashMap<String, String>>,
    /// The same for organisation units.
    pub org_units: Option<HashMap<String, String>>,
    /// The same for category option combos.
    pub category_option_combos: Option<HashMap<String, String>>,
    /// The same for attribute option combos.
    pub attribute_option_combos: Option<HashMap<String, String>>,
    /// Into which data set a value goes whose element is in several, on servers that must be told (2.43 and later).
    pub data_set_rule: DataSetRule,
    /// Reject rows that the server's metadata says are wrong (value type, option set, period type, unit not assigned, element
    /// in no data set, …) without asking the server. Else they are sent, the server decides, and the report warns.
    pub check_values: bool,
    /// Let the server work on each chunk as a job of its own and ask now and then whether it is done: for servers behind a
    /// proxy that cuts long requests.
    pub asynchronous: bool,
    /// The report of an earlier run with the same rows into the same server: what was done then is kept, what was not sent
    /// or is unknown is done now, and so are rows that have another value now than went in then.
    pub resume: Option<DataFrame>,
    /// A file for the report, in the format of its extension. Where values are stored it is written before each part of the
    /// rows is sent, with that part as `unknown`, and not at the end only: whatever ends the program, the file is a report
    /// to [`resume`](Self::resume) from, which then finds out what became of that part.
    pub report: Option<PathBuf>,
    /// How long to go on when the server or the way to it fails.
    pub patience: Patience,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            strategy: ImportStrategy::Create,
            dry_run: true,
            data_elements: None,
            org_units: None,
            category_option_combos: None,
            attribute_option_combos: None,
            data_set_rule: DataSetRule::FirstFitting,
            check_values: false,
            asynchronous: false,
            resume: None,
            report: None,
            patience: Patience::default(),
        }
    }
}

impl fmt::Debug for ImportOptions {
    /// Without the report to resume: it holds values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImportOptions")
            .field("strategy", &self.strategy)
            .field("dry_run", &self.dry_run)
            .field("data_set_rule", &self.data_set_rule)
            .field("check_values", &self.check_values)
            .field("asynchronous", &self.asynchronous)
            .field("report", &self.report)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

/// Which rows may change what. It means the same on every server, also on those that ignore it (2.43).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImportStrategy {
    /// Store where there is no value, or a deleted one.
    Create,
    /// Store where there is another value.
    Update,
    /// Both.
    CreateAndUpdate,
    /// Delete values that are there. The value of a row does not matter.
    Delete,
}

impl ImportStrategy {
    /// The name as the server spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::CreateAndUpdate => "CREATE_AND_UPDATE",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for ImportStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for ImportStrategy {
    type Err = InputError;

    fn from_str(text: &str) -> Result<Self, InputError> {
        let all = [Self::Create, Self::Update, Self::CreateAndUpdate, Self::Delete];
        let named = all.into_iter().find(|strategy| strategy.name().eq_ignore_ascii_case(text));
        named.ok_or_else(|| InputError::Strategy { text: text.to_owned() })
    }
}

/// Into which data set a value goes whose element is in several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataSetRule {
    /// The first, by uid, that has the row's period type and is assigned to its unit; where none fits, the first of all.
    FirstFitting,
    /// As [`FirstFitting`](Self::FirstFitting), but these before all others, in this order.
    Prefer(Vec<Uid>),
    /// None: rows for which several data sets fit are rejected.
    Refuse,
}

/// How long to go on when the server or the way to it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How often rows are sent at most before an import gives up on them; each time only after the server was asked which of
    /// them it holds already.
    pub attempts: u32,
    /// How long to wait before the server is asked; twice as long at every further attempt.
    pub wait: Duration,
    /// How long a job may take with [`ImportOptions::asynchronous`].
    pub job: Duration,
}

impl Default for Patience {
    /// Five attempts, two seconds, an hour.
    fn default() -> Self {
        Self { attempts: 5, wait: Duration::from_secs(2), job: Duration::from_secs(3600) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strategies_are_read_by_their_names() {
        for name in ["CREATE", "UPDATE", "CREATE_AND_UPDATE", "DELETE"] {
            assert_eq!(name.parse::<ImportStrategy>().unwrap().to_string(), name);
        }
        assert!("SOMETIMES".parse::<ImportStrategy>().is_err());
    }
}
