//! The refusals of the export of data values.

use dhis2_api::dialect::behaviour::FirstError;

use crate::answer::Refusal;

/// Why nothing is exported.
pub(super) enum Refused {
    /// The query is wrong.
    Plain(Refusal),
    /// The account may not see what is asked.
    Access(Refusal),
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::Plain(refusal)
    }
}

/// The faults of a query, in the order that the server checks.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<(&'static str, String)>);

impl Faults {
    pub(super) fn check(&mut self, wrong: bool, code: &'static str, message: impl Into<String>) {
        if wrong {
            self.0.push((code, message.into()));
        }
    }

    /// The one that is told.
    pub(super) fn told(mut self, which: FirstError) -> Result<(), Refusal> {
        let told = match which {
            FirstError::FirstChecked if !self.0.is_empty() => Some(self.0.swap_remove(0)),
            FirstError::FirstChecked => None,
            FirstError::LastChecked => self.0.pop(),
        };
        told.map_or(Ok(()), |(code, message)| Err(Refusal::conflict(message).code(code)))
    }
}
