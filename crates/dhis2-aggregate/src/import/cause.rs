//! Why rows were not taken, for people: one line for each reason.

use std::collections::BTreeMap;
use std::fmt;

use super::report::{Line, Outcome};

/// Why some rows were not taken.
#[derive(Clone, PartialEq, Eq)]
pub struct ImportCause {
    /// What became of them.
    pub outcome: Outcome,
    /// The server's code, or this program's; see `error_code` of [`IMPORT_REPORT`](super::IMPORT_REPORT).
    pub code: String,
    /// What was said of the first of them: one code has many texts, which name ids and may repeat a value.
    pub example: String,
    /// How many rows.
    pub rows: usize,
}

impl fmt::Debug for ImportCause {
    /// Without the example.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImportCause")
            .field("outcome", &self.outcome)
            .field("code", &self.code)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

/// The reasons, with most rows first.
pub(crate) fn causes(lines: &[Line]) -> Vec<ImportCause> {
    let mut causes: BTreeMap<(&str, &str), ImportCause> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.outcome.is_error()) {
        let (code, message) =
            line.cause.as_ref().map_or(("", ""), |cause| (cause.code.as_ref(), cause.message.as_ref()));
        let new = || ImportCause { outcome: line.outcome, code: code.to_owned(), example: message.to_owned(), rows: 0 };
        causes.entry((line.outcome.name(), code)).or_insert_with(new).rows += 1;
    }
    let mut causes: Vec<ImportCause> = causes.into_values().collect();
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.rows));
    causes
}

#[cfg(test)]
mod tests {
    use super::super::report::Cause;
    use super::*;

    #[test]
    fn rows_are_counted_by_outcome_and_code_and_the_first_text_stands_for_all() {
        let mut lines = vec![Line::new(); 5];
        lines[0].end(Outcome::Imported, None);
        lines[1].end(Outcome::Rejected, Some(Cause::new("E7619", "of Anna")));
        lines[2].end(Outcome::Rejected, Some(Cause::new("unmapped", "a unit")));
        lines[3].end(Outcome::Rejected, Some(Cause::new("unmapped", "another unit")));
        lines[4].end(Outcome::Ignored, Some(Cause::new("equal", "it is there")));
        let causes = causes(&lines);
        let told: Vec<_> =
            causes.iter().map(|cause| (cause.code.as_str(), cause.example.as_str(), cause.rows)).collect();
        assert_eq!(told, [("unmapped", "a unit", 2), ("E7619", "of Anna", 1)]);
        assert!(!format!("{causes:?}").contains("Anna"));
    }
}
