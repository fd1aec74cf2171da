//! What a strategy allows, given what the server holds.

use super::held::Held;
use super::options::ImportStrategy;
use super::report::{Cause, Outcome};

/// What is to become of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Send it: with the outcome it then has.
    Send(Outcome),
    /// Leave it.
    Leave(Cause),
}

/// What the strategy allows: the same on every server, and what servers up to 2.42 do by themselves. `value` is what the row
/// would store.
pub(crate) fn decide(strategy: ImportStrategy, held: Option<&Held>, value: Option<&str>) -> Decision {
    let live = held.filter(|held| !held.deleted);
    let leave = |message: &str| Decision::Leave(Cause::new("strategy", message));
    match (strategy, live) {
        (ImportStrategy::Create, Some(_)) => leave("there is a value, and CREATE changes none"),
        (ImportStrategy::Create | ImportStrategy::CreateAndUpdate, None) => Decision::Send(Outcome::Imported),
        (ImportStrategy::Update, None) => leave("there is no value, and UPDATE makes none"),
        (ImportStrategy::Update | ImportStrategy::CreateAndUpdate, Some(held)) if held.value.as_deref() == value => {
            Decision::Leave(Cause::new("equal", "the server holds this value already"))
        }
        (ImportStrategy::Update | ImportStrategy::CreateAndUpdate, Some(_)) => Decision::Send(Outcome::Updated),
        (ImportStrategy::Delete, Some(_)) => Decision::Send(Outcome::Deleted),
        (ImportStrategy::Delete, None) => leave("there is no value to delete"),
    }
}

/// What became of a row that was sent without a word of what came of it, as far as it went in: from the value that the server
/// held before and the one that it holds now.
pub(crate) fn went_in(
    strategy: ImportStrategy,
    before: Option<&str>,
    now: Option<&str>,
    value: Option<&str>,
) -> Option<Outcome> {
    let deletes = strategy == ImportStrategy::Delete;
    match (before, now) {
        (Some(_), None) if deletes => Some(Outcome::Deleted),
        (None, Some(_)) if !deletes && now == value => Some(Outcome::Imported),
        (Some(_), Some(_)) if !deletes && now == value && now != before => Some(Outcome::Updated),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_went_in_where_the_server_holds_it_and_did_not_before() {
        use ImportStrategy::{Create, CreateAndUpdate, Delete, Update};
        for (strategy, before, now, expected) in [
            (Create, None, Some("7"), Some(Outcome::Imported)),
            (Create, None, None, None),
            (Create, None, Some("8"), None),
            (Update, Some("6"), Some("7"), Some(Outcome::Updated)),
            (Update, Some("7"), Some("7"), None),
            (CreateAndUpdate, Some("6"), Some("6"), None),
            (CreateAndUpdate, Some("6"), None, None),
            (Delete, Some("6"), None, Some(Outcome::Deleted)),
            (Delete, Some("7"), Some("7"), None),
            (Delete, None, None, None),
        ] {
            assert_eq!(went_in(strategy, before, now, Some("7")), expected, "{strategy} {before:?} {now:?}");
        }
    }

    /// peer-bugs section 4: "**2.43.1 does not honour the strategy: CREATE overwrote existing values, UPDATE created missing
    /// ones**, and everything is counted `updated`. The client must look first and send only what the strategy allows."
    /// And: "Re-sending an equal value: `ignored` on ≤ 2.42, `updated` on 2.43. A row deleted before: `deleted` again on
    /// 2.43, `ignored` on ≤ 2.42."
    #[test]
    fn each_strategy_changes_what_it_may_and_nothing_else() {
        use ImportStrategy::{Create, CreateAndUpdate, Delete, Update};
        let held = |deleted| Held { value: Some("7".into()), comment: None, follow_up: false, deleted };
        let (live, gone) = (held(false), held(true));
        for (strategy, held, value, expected) in [
            (Create, None, "7", Some(Outcome::Imported)),
            (Create, Some(&gone), "7", Some(Outcome::Imported)),
            (Create, Some(&live), "7", None),
            (Create, Some(&live), "8", None),
            (Update, None, "7", None),
            (Update, Some(&gone), "7", None),
            (Update, Some(&live), "7", None),
            (Update, Some(&live), "8", Some(Outcome::Updated)),
            (CreateAndUpdate, None, "7", Some(Outcome::Imported)),
            (CreateAndUpdate, Some(&gone), "7", Some(Outcome::Imported)),
            (CreateAndUpdate, Some(&live), "7", None),
            (CreateAndUpdate, Some(&live), "8", Some(Outcome::Updated)),
            (Delete, None, "7", None),
            (Delete, Some(&gone), "7", None),
            (Delete, Some(&live), "8", Some(Outcome::Deleted)),
        ] {
            let outcome = match decide(strategy, held, Some(value)) {
                Decision::Send(outcome) => Some(outcome),
                Decision::Leave(_) => None,
            };
            assert_eq!(outcome, expected, "{strategy} {held:?}");
        }
    }
}
