//! The import itself: look what the server holds, send what the strategy allows, find out what became of it.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use dhis2_api::Uid;
use dhis2_api::dialect::Dialect;
use dhis2_extract::Engine;
use polars::prelude::StringChunked;

use super::body::{Body, Task};
use super::check::{Finding, Refused, check, choose};
use super::decide::{Decision, decide, went_in};
use super::held::{Held, Look, look};
use super::metadata::Metadata;
use super::options::{ImportOptions, ImportStrategy};
use super::pace::{LONGEST_BODY, Pace};
use super::reading::{Reading, counts_agree, read};
use super::report::{Cause, Line, Outcome, write};
use super::row::Row;
use super::send::{Sent, send};
use super::value_type::stored;
use crate::error::AggregateError;

/// For how many rows at once the server is asked what it holds: soon before they are sent, so that little changes in between.
const ROWS_A_LOOK: usize = 20_000;

/// After so many rows on end that were refused alone, without a word that would tell which others are at fault, the import
/// gives up: each costs two requests.
const REFUSED_ALONE: usize = 1_000;

/// A row with the place it goes to.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) row: Row,
    data_set: Option<Uid>,
    /// Something is wrong with it: it must not hold up the others.
    suspect: Option<Finding>,
}

/// Rows of one data set, lost so often on end.
struct Part<'r> {
    tasks: Vec<Task<'r>>,
    attempts: u32,
}

/// One import under way.
pub(crate) struct Run<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) dialect: &'a Dialect,
    pub(crate) options: &'a ImportOptions,
    pub(crate) metadata: Metadata,
    ids: &'a [StringChunked],
    pub(crate) lines: Vec<Line>,
    /// Rows of which an earlier run could not tell what became of them, with the value that the server held before it.
    unknown: HashMap<usize, Option<Box<str>>>,
    pub(crate) pace: Pace,
    /// Chunks sent.
    pub(crate) sent: usize,
    /// What the server said that does not concern single rows.
    pub(crate) warnings: Vec<String>,
    /// Rows refused alone since the last one was taken.
    refused_alone: usize,
}

impl<'a> Run<'a> {
    pub(crate) fn new(
        engine: &'a Engine,
        dialect: &'a Dialect,
        options: &'a ImportOptions,
        metadata: Metadata,
        ids: &'a [StringChunked],
        lines: Vec<Line>,
        unknown: HashMap<usize, Option<Box<str>>>,
    ) -> Self {
        let pace = Pace::new(dialect.import_rows);
        let (warnings, sent, refused_alone) = (Vec::new(), 0, 0);
        Self { engine, dialect, options, metadata, ids, lines, unknown, pace, sent, warnings, refused_alone }
    }

    /// Checks the rows against metadata and finds out where they go: first what nothing is wrong with.
    pub(crate) fn plan(&mut self, rows: Vec<Row>) -> Vec<Planned> {
        let mut planned: Vec<Planned> = rows.into_iter().filter_map(|row| self.plan_one(row)).collect();
        planned.sort_by_key(|planned| (planned.suspect.is_some(), planned.data_set));
        planned
    }

    fn plan_one(&mut self, row: Row) -> Option<Planned> {
        let must_be_told = self.dialect.import_needs_data_set;
        let (chosen, ambiguous) = match choose(&self.metadata, &self.options.data_set_rule, &row) {
            Ok(chosen) => (chosen, None),
            Err(cause) => (None, Some(cause)),
        };
        let line = &mut self.lines[row.line];
        if let Some(cause) = ambiguous.filter(|_| must_be_told) {
            line.end(Outcome::Rejected, Some(cause));
            return None;
        }
        let mut suspect = None;
        if let Some(finding) = check(&self.metadata, self.options.strategy, &row, chosen) {
            let homeless = must_be_told && chosen.is_none();
            if self.options.check_values || homeless {
                line.end(Outcome::Rejected, Some(finding.cause));
                return None;
            }
            line.warning = Some(finding.cause.message.clone());
            if finding.refused == Refused::Everywhere || must_be_told {
                suspect = Some(finding);
            }
        }
        Some(Planned { row, data_set: chosen.filter(|_| must_be_told), suspect })
    }

    /// Does the work.
    ///
    /// # Errors
    /// [`AggregateError`] where it cannot go on. What was done stands in the lines.
    pub(crate) async fn all(&mut self, planned: &[Planned]) -> Result<(), AggregateError> {
        for alike in planned.chunk_by(|a, b| a.suspect.is_some() == b.suspect.is_some()) {
            for block in alike.chunks(ROWS_A_LOOK) {
                let tasks = self.decide(block).await?;
                self.note(&tasks)?;
                self.send_all(tasks).await?;
            }
        }
        Ok(())
    }

    /// Writes the report as far as it goes, with what is about to be sent as unknown: nobody may live to say what became of
    /// it.
    fn note(&mut self, tasks: &[(Option<Uid>, Task<'_>)]) -> Result<(), AggregateError> {
        let Some(path) = self.options.report.as_deref().filter(|_| !self.options.dry_run && !tasks.is_empty()) else {
            return Ok(());
        };
        let cause = Cause::new("under_way", "the program ended while this row was being sent, or was next");
        for (_, task) in tasks {
            self.lines[task.row.line].end(Outcome::Unknown, Some(cause.clone()));
        }
        let written = write(path, self.ids, &self.lines, false);
        for (_, task) in tasks {
            self.lines[task.row.line].end(Outcome::NotSent, None);
        }
        Ok(written?)
    }

    /// Looks what the server holds, and leaves what the strategy leaves.
    async fn decide<'r>(&mut self, block: &'r [Planned]) -> Result<Vec<(Option<Uid>, Task<'r>)>, AggregateError> {
        let rows: Vec<&Row> = block.iter().map(|planned| &planned.row).collect();
        let mut look = self.look(&rows).await?;
        let mut tasks = Vec::new();
        for planned in block {
            let row = &planned.row;
            let value = self.value(row);
            let line = &mut self.lines[row.line];
            let held = match look.at(&row.key) {
                Ok(held) => held,
                Err(why) => {
                    line.end(Outcome::NotSent, Some(Cause::new("not_seen", why)));
                    continue;
                }
            };
            line.before = live(held).and_then(|held| held.value.clone());
            if let Some(before) = self.unknown.remove(&row.line) {
                let (then, now) = (before.as_deref(), line.before.as_deref());
                if let Some(outcome) = went_in(self.options.strategy, then, now, value.as_deref()) {
                    line.after = std::mem::replace(&mut line.before, before);
                    line.end(outcome, None);
                    continue;
                }
            }
            match decide(self.options.strategy, held, value.as_deref()) {
                Decision::Send(outcome) => {
                    let held = look.take(&row.key);
                    tasks.push((planned.data_set, Task { row, value, held, outcome }));
                }
                Decision::Leave(cause) => {
                    line.after.clone_from(&line.before);
                    // A server says first what is wrong with a row, and then what the strategy makes of it.
                    match &planned.suspect {
                        Some(Finding { cause, refused: Refused::Everywhere }) => {
                            line.end(Outcome::Rejected, Some(cause.clone()));
                        }
                        _ => line.end(Outcome::Ignored, Some(cause)),
                    }
                }
            }
        }
        Ok(tasks)
    }

    /// The value as the server will store it.
    fn value(&self, row: &Row) -> Option<Box<str>> {
        if self.options.strategy == ImportStrategy::Delete {
            return None;
        }
        row.value.as_deref().map(|value| stored(self.metadata.value_type(row.key.element), value).into())
    }

    async fn look(&self, rows: &[&Row]) -> Result<Look, AggregateError> {
        Ok(look(self.engine, self.dialect, &self.metadata, rows).await?)
    }

    /// Sends rows in chunks of one data set each.
    async fn send_all(&mut self, tasks: Vec<(Option<Uid>, Task<'_>)>) -> Result<(), AggregateError> {
        let mut tasks = tasks.into_iter().peekable();
        while let Some((data_set, first)) = tasks.next() {
            let mut bytes = first.bytes();
            let mut chunk = vec![first];
            while let Some((_, task)) = tasks.next_if(|(set, task)| {
                *set == data_set && chunk.len() < self.pace.rows() && bytes + task.bytes() <= LONGEST_BODY
            }) {
                bytes += task.bytes();
                chunk.push(task);
            }
            self.chunk(data_set, chunk).await?;
        }
        Ok(())
    }

    /// Sends a chunk until it is known of each of its rows what became of it.
    async fn chunk(&mut self, data_set: Option<Uid>, tasks: Vec<Task<'_>>) -> Result<(), AggregateError> {
        let mut parts = vec![Part { tasks, attempts: 0 }];
        while let Some(Part { tasks, attempts }) = parts.pop() {
            let rows = tasks.len();
            let began = Instant::now();
            let body = Body { data_set, tasks: &tasks, follow_up_key: self.dialect.import_follow_up_key };
            let sent = send(self.engine.client(), self.options, &body).await?;
            self.sent += 1;
            let (named, cause) = match sent {
                Sent::Report(summary) => {
                    let took = began.elapsed();
                    let keys: Vec<_> = tasks.iter().map(|task| task.row.key).collect();
                    match read(&summary, &keys, data_set) {
                        Reading::Rows { rejected, unplaced } => {
                            self.pace.measured(rows, took);
                            if rejected.len() < rows {
                                self.refused_alone = 0;
                            }
                            let by_kind = !self.dialect.import_ignores_strategy;
                            let accepted = tasks.iter().enumerate().filter(|(row, _)| !rejected.contains_key(row));
                            let accepted = accepted.map(|(_, task)| task.outcome);
                            let agree = counts_agree(&summary.import_count, accepted, by_kind);
                            let mut rest = Vec::new();
                            for (row, task) in tasks.into_iter().enumerate() {
                                match rejected.get(&row) {
                                    Some(cause) => self.end(&[task], Outcome::Rejected, cause),
                                    None => rest.push(task),
                                }
                            }
                            self.reported(rest, agree, unplaced.first()).await?;
                            continue;
                        }
                        Reading::Refused { named, cause } => (named, cause),
                    }
                }
                Sent::Refused(cause) => (BTreeMap::new(), cause),
                Sent::TooLarge(cause) if rows == 1 => {
                    self.end(&tasks, Outcome::Rejected, &cause);
                    continue;
                }
                Sent::TooLarge(_) => {
                    self.pace.failed(rows);
                    parts.extend(halves(tasks, attempts));
                    continue;
                }
                Sent::NoConnection(error) if attempts + 1 >= self.options.patience.attempts => return Err(error.into()),
                Sent::NoConnection(_) => {
                    self.wait(attempts).await;
                    parts.push(Part { tasks, attempts: attempts + 1 });
                    continue;
                }
                Sent::Lost(cause) => {
                    self.pace.failed(rows);
                    self.wait(attempts).await;
                    let rest = if self.options.dry_run { tasks } else { self.after_loss(tasks).await? };
                    if rest.is_empty() {
                        continue;
                    }
                    if attempts + 1 >= self.options.patience.attempts {
                        self.end(&rest, Outcome::NotSent, &cause);
                    } else if rest.len() < rows {
                        parts.push(Part { tasks: rest, attempts });
                    } else if attempts == 0 {
                        parts.push(Part { tasks: rest, attempts: 1 });
                    } else {
                        // Lost twice without a trace: it may be too much at once.
                        parts.extend(halves(rest, attempts + 1));
                    }
                    continue;
                }
            };
            // The server refused the request: without the rows at fault the others go in.
            if named.is_empty() && rows > 1 {
                parts.extend(halves(tasks, 0));
                continue;
            }
            self.refused_alone += usize::from(rows == 1);
            let mut rest = Vec::new();
            for (row, task) in tasks.into_iter().enumerate() {
                match named.get(&row) {
                    Some(cause) => self.end(&[task], Outcome::Rejected, cause),
                    None if rows == 1 => self.end(&[task], Outcome::Rejected, &cause),
                    None => rest.push(task),
                }
            }
            if !rest.is_empty() {
                parts.push(Part { tasks: rest, attempts: 0 });
            }
            if self.refused_alone >= REFUSED_ALONE {
                return Err(AggregateError::Hopeless { rows: REFUSED_ALONE, code: cause.code.into_owned() });
            }
        }
        Ok(())
    }

    /// What became of rows that the server did not reject. Where its counts are not as expected it is asked what it holds.
    async fn reported(
        &mut self,
        tasks: Vec<Task<'_>>,
        agree: bool,
        unplaced: Option<&Cause>,
    ) -> Result<(), AggregateError> {
        if tasks.is_empty() {
            return Ok(());
        }
        if agree || self.options.dry_run {
            if !agree {
                let message = "the server's counts of the dry run are not what follows from the values it holds: of some rows \
                               it may think otherwise than the report says";
                if !self.warnings.iter().any(|warning| warning == message) {
                    self.warnings.push(message.to_owned());
                }
            }
            for task in tasks {
                self.done(&task);
            }
            return Ok(());
        }
        let rows: Vec<&Row> = tasks.iter().map(|task| task.row).collect();
        let look = self.look_or_unknown(&rows).await?;
        for task in tasks {
            let now = match look.at(&task.row.key) {
                Ok(now) => now,
                Err(why) => {
                    self.end(&[task], Outcome::Unknown, &Cause::new("not_seen", why));
                    continue;
                }
            };
            let line = &mut self.lines[task.row.line];
            line.after = live(now).and_then(|held| held.value.clone());
            match compare(&task, now) {
                After::AsWished => self.done(&task),
                After::Unchanged => match unplaced {
                    Some(cause) => line.end(Outcome::Rejected, Some(cause.clone())),
                    None => line.end(Outcome::Ignored, Some(Cause::new("ignored", "the server left it as it was"))),
                },
                After::Other if live(now).is_none() => {
                    line.end(Outcome::Deleted, Some(Cause::new("deleted", "the server deleted it instead")));
                }
                After::Other => {
                    let message = "the server holds another value now: someone else may have stored it";
                    line.end(Outcome::Ignored, Some(Cause::new("ignored", message)));
                }
            }
        }
        Ok(())
    }

    /// Which rows still have to be sent after a loss: those that the server does not hold as they were sent.
    async fn after_loss<'r>(&mut self, tasks: Vec<Task<'r>>) -> Result<Vec<Task<'r>>, AggregateError> {
        let rows: Vec<&Row> = tasks.iter().map(|task| task.row).collect();
        let mut look = self.look_or_unknown(&rows).await?;
        let mut rest = Vec::new();
        for mut task in tasks {
            let now = match look.at(&task.row.key) {
                Ok(now) => now,
                Err(why) => {
                    self.end(&[task], Outcome::Unknown, &Cause::new("not_seen", why));
                    continue;
                }
            };
            if compare(&task, now) == After::AsWished {
                self.done(&task);
                continue;
            }
            match decide(self.options.strategy, now, task.value.as_deref()) {
                Decision::Send(outcome) => {
                    task.outcome = outcome;
                    task.held = look.take(&task.row.key);
                    rest.push(task);
                }
                Decision::Leave(cause) => {
                    let line = &mut self.lines[task.row.line];
                    line.after = live(now).and_then(|held| held.value.clone());
                    line.end(Outcome::Ignored, Some(cause));
                }
            }
        }
        Ok(rest)
    }

    /// Looks after rows that were sent already: where that fails, it is not known what became of them.
    async fn look_or_unknown(&mut self, rows: &[&Row]) -> Result<Look, AggregateError> {
        let looked = self.look(rows).await;
        if let Err(stop) = &looked {
            let cause =
                Cause::new("lost", format!("it was sent, and then the server could not be asked for it: {stop}"));
            for row in rows {
                self.lines[row.line].end(Outcome::Unknown, Some(cause.clone()));
            }
        }
        looked
    }

    /// A row went in as it was meant to.
    fn done(&mut self, task: &Task<'_>) {
        let line = &mut self.lines[task.row.line];
        line.after.clone_from(&task.value);
        line.end(task.outcome, None);
    }

    /// Rows that did not go in.
    fn end(&mut self, tasks: &[Task<'_>], outcome: Outcome, cause: &Cause) {
        for task in tasks {
            let line = &mut self.lines[task.row.line];
            if outcome != Outcome::Unknown {
                line.after.clone_from(&line.before);
            }
            line.end(outcome, Some(cause.clone()));
        }
    }

    async fn wait(&self, attempts: u32) {
        tokio::time::sleep(self.options.patience.wait.saturating_mul(2_u32.saturating_pow(attempts))).await;
    }
}

/// What the server holds after a row was sent.
#[derive(Debug, PartialEq, Eq)]
enum After {
    AsWished,
    Unchanged,
    Other,
}

fn compare(task: &Task<'_>, now: Option<&Held>) -> After {
    let was = live(task.held.as_ref()).map(|held| &held.value);
    let is = live(now).map(|held| &held.value);
    let wished = match task.outcome {
        Outcome::Deleted => is.is_none(),
        _ => is.is_some_and(|value| *value == task.value),
    };
    match wished {
        true => After::AsWished,
        false if was == is => After::Unchanged,
        false => After::Other,
    }
}

fn live(held: Option<&Held>) -> Option<&Held> {
    held.filter(|held| !held.deleted)
}

/// Two parts of one, the first on top; of a single row itself.
fn halves(mut tasks: Vec<Task<'_>>, attempts: u32) -> Vec<Part<'_>> {
    let second = tasks.split_off(tasks.len().div_ceil(2));
    let parts = [second, tasks].into_iter().filter(|tasks| !tasks.is_empty());
    parts.map(|tasks| Part { tasks, attempts }).collect()
}
