//! How servers up to 2.42 import: each row for itself.

mod checks;
mod conflicts;

use std::collections::HashSet;
use std::sync::Arc;

use dhis2_api::period::Period;

use self::checks::{Checks, Found};
use self::conflicts::conflict;
use super::ids::Ids;
use super::options::{IdSchemes, Options, Strategy, find_scheme};
use super::request::{Request, Row};
use super::summary::{Status, Summary};
use super::value_types::number;
use crate::accounts::Account;
use crate::json::Json;
use crate::server::Server;
use crate::store::Changing;
use crate::world::texts::Text;
use crate::world::units::UnitIndex;
use crate::world::values::{DataValue, ValueKey};

/// New rows are sent to the database in parts of about so many; before that a look for them finds nothing.
const ROWS_AT_A_TIME: usize = 1_400;

/// What the envelope says for all rows.
#[derive(Debug, Default)]
struct Envelope<'a> {
    set: Option<&'a Json>,
    period: Option<Period>,
    unit: Option<UnitIndex>,
    attribute_combo: Option<&'a str>,
}

/// Imports what was sent; of `most` rows at most the result is stored.
pub(super) fn import(
    server: &Arc<Server>,
    account: &Account,
    options: &Options,
    request: &Request,
    dry_run: bool,
    most: usize,
) -> Summary {
    let mut summary = Summary::of(&options.echo, request.rows.len());
    let schemes = match IdSchemes::read(|name| find_scheme(&request.schemes, name)) {
        Ok(schemes) => schemes,
        Err(refusal) => return aborted(summary, Some(format!("The import process failed: {}", refusal.message))),
    };
    let mut ids = Ids::new(&server.world, schemes);
    let envelope = envelope(&mut ids, options, request, &mut summary);
    if summary.has_conflicts() {
        return aborted(summary, Some("Import process was aborted".to_owned()));
    }
    let mut store = server.values.change();
    let mut checks = Checks::new(server, account, options, ids);
    let mut writer = Writer { store: &mut store, options, dry_run, pending: HashSet::new(), summary: &mut summary };
    for (index, row) in request.rows.iter().enumerate().take(most) {
        match checks.check(&envelope, row) {
            Ok(found) => {
                let value = value(server, account, writer.store, row, &found);
                writer.write(index, row, &found, value);
            }
            Err(conflicts) => {
                for mut conflict in conflicts {
                    conflict.indexes = vec![i64::try_from(index).unwrap_or(i64::MAX)];
                    writer.summary.add(conflict);
                }
                writer.summary.counts.ignored += 1;
                writer.summary.rejected.insert(index);
            }
        }
    }
    summary.status = if summary.has_conflicts() { Status::Warning } else { Status::Success };
    summary.description = Some("Import process completed successfully".to_owned());
    summary
}

fn aborted(summary: Summary, description: Option<String>) -> Summary {
    Summary { status: Status::Error, description, complete: None, ..summary }
}

/// What the envelope names; whatever it names wrongly is a conflict.
fn envelope<'a>(ids: &mut Ids<'a>, options: &Options, request: &Request, summary: &mut Summary) -> Envelope<'a> {
    let set = request.data_set.as_deref().and_then(|given| ids.set(given));
    if let (None, Some(given)) = (set, request.data_set.as_deref()) {
        summary.add(conflict("E7600", Some("dataSet"), &["dataSet"], &[Some(given)]));
    } else if set.is_none() && options.strict_elements {
        summary.add(conflict("E7602", None, &[], &[]));
    }
    let unit = request.unit.as_deref().and_then(|given| ids.unit(given));
    if let (None, Some(given)) = (unit, request.unit.as_deref()) {
        summary.add(conflict("E7603", Some("orgUnit"), &["organisationUnit"], &[Some(given)]));
    }
    let attribute_combo = request.attribute_combo.as_deref().and_then(|given| ids.attribute_combo(given));
    if let (None, Some(given)) = (attribute_combo, request.attribute_combo.as_deref()) {
        let kinds = ["categoryOptionCombo"];
        summary.add(conflict("E7604", Some("attributeOptionCombo"), &kinds, &[Some(given)]));
    }
    let period = request.period.as_deref().and_then(|id| Period::parse(id.trim()).ok());
    Envelope { set, period, unit, attribute_combo }
}

/// The row as it would be stored.
fn value(server: &Server, account: &Account, store: &mut Changing, row: &Row, found: &Found<'_>) -> DataValue {
    let now = server.now().timestamp_millis();
    let now = if server.behaviour.imports.whole_seconds { now - now.rem_euclid(1000) } else { now };
    let filled = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let value = filled(found.value.as_deref());
    let comment = filled(row.comment.as_deref());
    let stored_by = filled(row.stored_by.as_deref()).unwrap_or_else(|| account.username.to_owned());
    DataValue {
        element: store.intern(found.element.uid),
        period: store.period(found.period),
        unit: found.unit,
        category_combo: store.intern(found.category_combo),
        attribute_combo: store.intern(found.attribute_combo),
        value: store.intern_option(value.as_deref()),
        stored_by: store.intern(&stored_by),
        comment: store.intern_option(comment.as_deref()),
        created: now,
        updated: now,
        followup: row.followup.unwrap_or(false),
        deleted: row.deleted.unwrap_or(false),
    }
}

/// Stores rows, or only counts them.
struct Writer<'a> {
    store: &'a mut Changing,
    options: &'a Options,
    dry_run: bool,
    /// New rows that the database has not been sent yet.
    pending: HashSet<ValueKey>,
    summary: &'a mut Summary,
}

impl Writer<'_> {
    fn write(&mut self, index: usize, row: &Row, found: &Found<'_>, mut value: DataValue) {
        let strategy = self.options.strategy;
        let key = value.key();
        let existing = if self.pending.contains(&key) { None } else { self.store.find(&key).cloned() };
        if let Some(existing) = &existing {
            value.created = existing.created;
        }
        let is_zero = row.value.as_deref().and_then(|text| number(text.trim())) == Some(0.0);
        let dropped = is_zero && found.element.drops_zeros;
        if dropped && (existing.is_none() || strategy == Strategy::Create) {
            self.summary.counts.ignored += 1;
            return;
        }
        match (existing.filter(|existing| !existing.deleted), strategy) {
            (Some(existing), Strategy::CreateAndUpdate | Strategy::Update) => {
                if row.is_null() || value.deleted || dropped {
                    self.delete(value);
                } else if (existing.value, existing.comment, existing.followup)
                    == (value.value, value.comment, value.followup)
                {
                    self.summary.counts.ignored += 1;
                } else {
                    self.summary.counts.updated += 1;
                    self.put(value);
                }
            }
            (Some(_), Strategy::Delete) => self.delete(value),
            (None, Strategy::CreateAndUpdate | Strategy::Create) => self.create(value),
            (Some(_), Strategy::Create | Strategy::Sync) | (None, _) => {
                self.summary.counts.ignored += 1;
                self.summary.rejected.insert(index);
            }
        }
    }

    fn delete(&mut self, mut value: DataValue) {
        self.summary.counts.deleted += 1;
        value.deleted = true;
        self.put(value);
    }

    fn create(&mut self, value: DataValue) {
        if value.value == Text::NONE && value.comment == Text::NONE {
            self.summary.counts.ignored += 1;
            return;
        }
        let key = value.key();
        // The same key twice among new rows: the second is dropped without a word. A dry run does not notice.
        if !self.dry_run && self.pending.contains(&key) {
            return;
        }
        self.summary.counts.imported += 1;
        if self.dry_run {
            return;
        }
        // A deleted row is updated at once, so that it is seen again.
        if self.store.find(&key).is_none() {
            self.pending.insert(key);
        }
        self.store.put(value);
        if self.pending.len() >= ROWS_AT_A_TIME {
            self.pending.clear();
        }
    }

    fn put(&mut self, value: DataValue) {
        if !self.dry_run {
            self.store.put(value);
        }
    }
}
