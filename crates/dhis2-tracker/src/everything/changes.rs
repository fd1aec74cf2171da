//! What was changed on the server while it was read.

use std::collections::HashSet;

use dhis2_api::datetime::Instant;
use dhis2_extract::receipt::ChangedReceipt;
use dhis2_frame::FrameError;
use polars::frame::DataFrame;

use crate::tables::first_of_each;

/// The objects of one kind that were updated since the run began, deleted ones among them, sorted by what became of them.
/// `objects` has the column `key` and the times of creation and update.
pub(crate) fn of(
    what: &'static str,
    key: &str,
    objects: &DataFrame,
    begin: Instant,
) -> Result<Option<ChangedReceipt>, FrameError> {
    let objects = first_of_each(objects, key)?;
    let created = objects.column("created_at")?.to_physical_repr();
    let (uids, created, deleted) = (objects.column(key)?.str()?, created.i64()?, objects.column("deleted")?.bool()?);
    let mut changed =
        ChangedReceipt { what: what.to_owned(), inserted: Vec::new(), updated: Vec::new(), deleted: Vec::new() };
    for (row, uid) in uids.iter().enumerate() {
        let uid = uid.unwrap_or_default().to_owned();
        if deleted.get(row) == Some(true) {
            changed.deleted.push(uid);
        } else if created.get(row).is_some_and(|ms| ms >= begin.0) {
            changed.inserted.push(uid);
        } else {
            changed.updated.push(uid);
        }
    }
    Ok((objects.height() > 0).then_some(changed))
}

/// The uids of what was deleted.
pub(crate) fn deleted(changes: &[ChangedReceipt]) -> HashSet<&str> {
    changes.iter().flat_map(|change| &change.deleted).map(String::as_str).collect()
}

/// In words.
pub(crate) fn describe(changes: &[ChangedReceipt]) -> String {
    let one = |change: &ChangedReceipt| {
        let counts =
            [(change.inserted.len(), "inserted"), (change.updated.len(), "updated"), (change.deleted.len(), "deleted")];
        let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, how)| format!("{count} {how}"));
        format!("{} ({})", change.what, counts.collect::<Vec<_>>().join(", "))
    };
    let all: Vec<String> = changes.iter().map(one).collect();
    format!("changed on the server while it was read: {}; the receipt names them", all.join("; "))
}
