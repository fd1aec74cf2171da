//! How 2.43 imports: keys and times of the request as a whole, values one by one, and what is left is written over what is
//! there. Whether a strategy creates or updates is not looked at.

mod conflicts;
mod decode;
mod keys;
mod times;
mod values;

use std::sync::Arc;

use self::conflicts::{Refused, conflict};
use self::decode::Entry;
use super::Outcome;
use super::ids::Ids;
use super::options::{IdSchemes, Options, Strategy, find_scheme};
use super::request::Request;
use super::summary::{Status, Summary};
use crate::accounts::Account;
use crate::answer::Refusal;
use crate::json::Json;
use crate::server::Server;
use crate::store::Changing;
use crate::world::values::DataValue;

/// Who imports what into which server.
struct Task<'a> {
    server: &'a Server,
    account: &'a Account,
    options: &'a Options,
}

/// Imports what was sent; what is left of it is stored if `stores`.
pub(super) fn import(
    server: &Arc<Server>,
    account: &Account,
    options: &Options,
    request: &Request,
    stores: bool,
) -> Outcome {
    let schemes = match IdSchemes::read(|name| find_scheme(&request.schemes, name)) {
        Ok(schemes) => schemes,
        Err(refusal) => return Outcome::Refused(refusal),
    };
    let mut summary = Summary::of(&options.echo, request.rows.len());
    let mut ids = Ids::new(&server.world, schemes);
    let decoded = decode::set(&ids, request).and_then(|set| Ok((set, decode::entries(&mut ids, request)?)));
    let (set, entries) = match decoded {
        Ok(decoded) => decoded,
        Err(Refused::Period(message)) => return Outcome::Refused(Refusal::new(400, message)),
        Err(Refused::Group { code, arguments }) => {
            summary.add(conflict(code, &arguments, vec![-1]));
            return Outcome::Done(Summary { status: Status::Error, complete: None, ..summary });
        }
    };
    if entries.is_empty() {
        return Outcome::Done(summary);
    }
    let task = Task { server, account, options };
    match task.upsert(&mut ids, set.as_deref(), entries, &mut summary, stores) {
        Ok(()) => {}
        Err(Refused::Period(message)) => return Outcome::Refused(Refusal::new(400, message)),
        Err(Refused::Group { code, arguments }) => {
            // What was found out about single values is not told.
            summary = Summary::of(&options.echo, request.rows.len());
            let rows = 0..request.rows.len();
            summary.rejected = rows.clone().collect();
            let indexes = rows.map(|index| i64::try_from(index).unwrap_or(i64::MAX)).collect();
            summary.add(conflict(code, &arguments, indexes));
            summary.status = Status::Error;
        }
    }
    Outcome::Done(summary)
}

impl<'a> Task<'a> {
    /// Checks the group, then its values, and stores those that are left.
    fn upsert(
        &self,
        ids: &mut Ids<'a>,
        set: Option<&str>,
        mut entries: Vec<Entry>,
        summary: &mut Summary,
        stores: bool,
    ) -> Result<(), Refused> {
        let deletes = self.options.strategy == Strategy::Delete;
        for entry in entries.iter_mut().filter(|_| deletes) {
            entry.deleted = true;
        }
        let set = match set {
            // A set that is not there has no elements.
            Some(uid) => ids.world().metadata.find_of("dataSets", uid).ok_or_else(|| {
                let elements = distinct(entries.iter().map(|entry| entry.element.as_str()));
                Refused::group("E8020", [uid.to_owned(), listed(elements)])
            })?,
            None => keys::target(ids, &entries)?,
        };
        keys::check(self, ids, set, &entries)?;
        times::check(self, set, &entries)?;
        let rows = entries.len();
        let left = values::check(ids, set, entries, summary);
        if self.options.atomic && left.len() < rows {
            let arguments = [left.len().to_string(), rows.to_string()];
            return Err(Refused::group("E8000", arguments));
        }
        let taken = u64::try_from(left.len()).unwrap_or(u64::MAX);
        summary.counts.ignored = u64::try_from(rows).unwrap_or(u64::MAX) - taken;
        *(if deletes { &mut summary.counts.deleted } else { &mut summary.counts.updated }) = taken;
        summary.status = match (summary.has_conflicts(), taken) {
            (false, _) => Status::Success,
            (true, 0) => Status::Error,
            (true, _) => Status::Warning,
        };
        if stores {
            let mut store = self.server.values.change();
            let default = ids.default_combo();
            for entry in &left {
                self.store(&mut store, default, entry);
            }
        }
        Ok(())
    }

    /// Writes a value over what is there. What is deleted keeps the comment that it had.
    fn store(&self, store: &mut Changing, default: &str, entry: &Entry) {
        // Units that are not there are in no data set, so none is left by now.
        let Some(unit) = self.server.world.find_unit(&entry.unit) else { return };
        let now = self.server.now().timestamp_millis();
        let value = DataValue {
            element: store.intern(&entry.element),
            period: store.period(entry.period),
            unit,
            category_combo: store.intern(entry.category_combo.as_deref().unwrap_or(default)),
            attribute_combo: store.intern(entry.attribute_combo.as_deref().unwrap_or(default)),
            value: store.intern_option(entry.value.as_deref()),
            stored_by: store.intern(self.account.username),
            comment: store.intern_option(entry.comment.as_deref()),
            created: now,
            updated: now,
            followup: entry.followup,
            deleted: entry.deleted,
        };
        let existing = store.find(&value.key()).cloned();
        let comment = match &existing {
            Some(existing) if value.deleted && !existing.deleted => existing.comment,
            _ => value.comment,
        };
        let created = existing.map_or(now, |existing| existing.created);
        store.put(DataValue { comment, created, ..value });
    }
}

/// The uid of an object.
fn uid(json: &Json) -> &str {
    json.text_of("id").unwrap_or_default()
}

/// The list as Java writes it.
fn listed<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| item.as_ref().to_owned()).collect();
    format!("[{}]", items.join(", "))
}

/// Each item once, in the order of its first.
fn distinct<'a>(items: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = std::collections::HashSet::new();
    items.into_iter().filter(|item| seen.insert(*item)).collect()
}
