//! What is looked at in a row, in this order; the first fault is told.

use std::collections::HashMap;
use std::rc::Rc;

use chrono::NaiveDate;
use dhis2_api::period::Period;

use super::Envelope;
use super::conflicts::{conflict, worded};
use crate::accounts::Account;
use crate::json::Json;
use crate::routes::imports::ids::{Element, Ids, reference};
use crate::routes::imports::open_periods;
use crate::routes::imports::options::{Options, Strategy};
use crate::routes::imports::request::Row;
use crate::routes::imports::summary::Conflict;
use crate::routes::imports::value_types::{self, LONGEST_COMMENT};
use crate::server::Server;
use crate::world::metadata::Metadata;
use crate::world::units::UnitIndex;

/// What a row that has no fault names.
pub(super) struct Found<'a> {
    pub(super) element: Rc<Element<'a>>,
    pub(super) period: Period,
    pub(super) unit: UnitIndex,
    pub(super) category_combo: &'a str,
    pub(super) attribute_combo: &'a str,
    category_combo_sent: bool,
    attribute_combo_sent: bool,
    /// The value, a flag in its usual spelling.
    pub(super) value: Option<String>,
}

/// Looks at rows.
pub(super) struct Checks<'a> {
    server: &'a Server,
    account: &'a Account,
    options: &'a Options,
    ids: Ids<'a>,
    default_combo: &'a str,
    today: NaiveDate,
    /// The last open period of each data set met.
    latest: HashMap<&'a str, Option<Period>>,
}

impl<'a> Checks<'a> {
    pub(super) fn new(server: &'a Server, account: &'a Account, options: &'a Options, ids: Ids<'a>) -> Self {
        let (default_combo, today) = (ids.default_combo(), open_periods::today(server));
        Self { server, account, options, ids, default_combo, today, latest: HashMap::new() }
    }

    pub(super) fn check(&mut self, envelope: &Envelope<'a>, row: &Row) -> Result<Found<'a>, Vec<Conflict>> {
        let mut found = self.find(envelope, row).map_err(|conflict| vec![conflict])?;
        self.value(row, &mut found).map_err(|conflict| vec![conflict])?;
        self.combos_sent(&found).map_err(|conflict| vec![conflict])?;
        self.strict(envelope, row, &found).map_err(|conflict| vec![conflict])?;
        self.attribute_combo_fits(row, &found).map_err(|conflict| vec![conflict])?;
        self.open(envelope, row, &found)?;
        Ok(found)
    }

    /// Whether everything that the row names is there.
    fn find(&mut self, envelope: &Envelope<'a>, row: &Row) -> Result<Found<'a>, Conflict> {
        let given = |text: &Option<String>| text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
        let element = given(&row.element).and_then(|element| self.ids.element(&element));
        let element = element
            .ok_or_else(|| conflict("E7610", Some("dataElement"), &["dataElement"], &[row.element.as_deref()]))?;
        let period = envelope.period.or_else(|| Period::parse(&given(&row.period)?).ok());
        let period = period.ok_or_else(|| conflict("E7611", Some("period"), &["period"], &[row.period.as_deref()]))?;
        let unit = envelope.unit.or_else(|| self.ids.unit(&given(&row.unit)?));
        let unit =
            unit.ok_or_else(|| conflict("E7612", Some("orgUnit"), &["organisationUnit"], &[row.unit.as_deref()]))?;
        let kinds = ["categoryOptionCombo"];
        let category_combo = match given(&row.category_combo) {
            None => None,
            Some(combo) => Some(self.ids.category_combo(&combo).ok_or_else(|| {
                conflict("E7613", Some("categoryOptionCombo"), &kinds, &[row.category_combo.as_deref()])
            })?),
        };
        let attribute_combo = match (envelope.attribute_combo, given(&row.attribute_combo)) {
            (Some(combo), _) => Some(combo),
            (None, None) => None,
            (None, Some(combo)) => Some(self.ids.attribute_combo(&combo).ok_or_else(|| {
                conflict("E7615", Some("attributeOptionCombo"), &kinds, &[row.attribute_combo.as_deref()])
            })?),
        };
        if !self.account.reaches(&self.server.world.units, unit) {
            let arguments = [row.unit.as_deref(), Some(self.account.uid)];
            return Err(conflict("E7617", Some("orgUnit"), &["organisationUnit", "user"], &arguments));
        }
        Ok(Found {
            element,
            period,
            unit,
            category_combo: category_combo.unwrap_or(self.default_combo),
            attribute_combo: attribute_combo.unwrap_or(self.default_combo),
            category_combo_sent: category_combo.is_some(),
            attribute_combo_sent: attribute_combo.is_some(),
            value: row.value.clone(),
        })
    }

    /// Whether the combos that have to be sent were.
    fn combos_sent(&self, found: &Found<'a>) -> Result<(), Conflict> {
        if self.options.require_category_combo && !found.category_combo_sent {
            return Err(conflict("E7630", Some("categoryOptionCombo"), &[], &[]));
        }
        if self.options.require_attribute_combo && !found.attribute_combo_sent {
            return Err(conflict("E7631", Some("attributeOptionCombo"), &[], &[]));
        }
        Ok(())
    }

    /// Whether the element takes the value.
    fn value(&self, row: &Row, found: &mut Found<'a>) -> Result<(), Conflict> {
        let element = &found.element;
        let deletes = self.options.strategy == Strategy::Delete;
        if row.is_null() && row.deleted != Some(true) && !deletes {
            return Err(conflict("E7618", Some("value"), &["dataElement"], &[row.element.as_deref()]));
        }
        found.value = row.value.as_deref().map(|value| usual_flag(value, element.value_type).to_owned());
        let fault = found.value.as_deref().and_then(|value| value_types::fault(value, element.value_type));
        if let Some(fault) = fault {
            let arguments = [row.element.as_deref(), Some(fault)];
            let words = [row.element.as_deref(), Some(value_types::fault_text(fault))];
            let wording = if self.server.behaviour.imports.old_conflicts {
                "Value must match data element's `{0}` type constraints: {1}"
            } else {
                "Value must match value type of data element `{0}`: `{1}`"
            };
            return Err(worded("E7619", Some("value"), &["dataElement", "value"], &arguments, wording, &words));
        }
        if row.comment.as_deref().is_some_and(|comment| comment.chars().count() > LONGEST_COMMENT) {
            let arguments = [Some("comment_length_greater_than_max_length")];
            return Err(conflict("E7620", Some("comment"), &["value"], &arguments));
        }
        if let Some(options) = &element.options {
            let value = found.value.as_deref().unwrap_or_default();
            let known = if element.value_type == "MULTI_TEXT" {
                value.split(',').all(|code| options.contains(code))
            } else {
                options.contains(value)
            };
            if !known {
                return Err(conflict("E7621", Some("value"), &["dataElement"], &[row.element.as_deref()]));
            }
        }
        Ok(())
    }

    /// What the options named `strict…` ask for.
    fn strict(&self, envelope: &Envelope<'a>, row: &Row, found: &Found<'a>) -> Result<(), Conflict> {
        let element = &found.element;
        let named = row.element.as_deref();
        let types = || element.sets.iter().filter_map(|set| open_periods::period_type(set));
        if self.options.strict_periods && !types().any(|kind| kind == found.period.period_type()) {
            let arguments = [row.period.as_deref(), named];
            return Err(conflict("E7632", None, &["period", "dataElement"], &arguments));
        }
        if self.options.strict_elements
            && let Some(set) = envelope.set
            && !Metadata::elements_of_set(set).any(|uid| uid == element.uid)
        {
            let arguments = [named, set.text_of("id")];
            return Err(conflict("E7633", Some("dataElement"), &["dataElement", "dataSet"], &arguments));
        }
        let own_combo = self.ids.combo_of(found.category_combo);
        if self.options.strict_category_combos && own_combo != Some(element.category_combo) {
            let arguments = [row.category_combo.as_deref(), named];
            let kinds = ["categoryOptionCombo", "dataElement"];
            return Err(conflict("E7634", Some("categoryOptionCombo"), &kinds, &arguments));
        }
        let attribute_combo = self.ids.combo_of(found.attribute_combo);
        let of_sets = || element.sets.iter().filter_map(|set| reference(set, "categoryCombo"));
        if self.options.strict_attribute_combos && !of_sets().any(|combo| Some(combo) == attribute_combo) {
            let arguments = [row.attribute_combo.as_deref(), named];
            let kinds = ["categoryOptionCombo", "dataElement"];
            return Err(conflict("E7635", Some("attributeOptionCombo"), &kinds, &arguments));
        }
        if self.options.strict_units {
            let unit = self.server.world.unit_uid(found.unit);
            let assigned = |set: &&Json| Metadata::ids(set, "organisationUnits").any(|id| id == unit);
            if !element.sets.iter().any(assigned) {
                let arguments = [row.unit.as_deref(), named];
                return Err(conflict("E7636", Some("orgUnit"), &["organisationUnit", "dataElement"], &arguments));
            }
        }
        if row.stored_by.as_deref().is_some_and(|name| name.chars().count() > 255) {
            let arguments = [Some("stored_by_length_greater_than_max_length")];
            return Err(conflict("E7637", Some("storedBy"), &["value"], &arguments));
        }
        Ok(())
    }

    /// Whether the options of the attribute option combo are in force for period and unit.
    fn attribute_combo_fits(&self, row: &Row, found: &Found<'a>) -> Result<(), Conflict> {
        if found.attribute_combo == self.default_combo {
            return Ok(());
        }
        let options = self.ids.category_options(found.attribute_combo);
        let out_of_range = |option: &&Json| {
            let (start, end) = open_periods::span(option, "startDate", "endDate");
            start.is_some_and(|start| start > found.period.end()) || end.is_some_and(|end| end < found.period.start())
        };
        if options.iter().any(out_of_range) {
            let arguments = [row.period.as_deref(), row.attribute_combo.as_deref()];
            return Err(conflict("E7638", Some("period"), &["period", "categoryOptionCombo"], &arguments));
        }
        let units = &self.server.world.units;
        let elsewhere = |option: &&Json| {
            let mut own = Metadata::ids(option, "organisationUnits").peekable();
            own.peek().is_some()
                && !own.any(|uid| self.server.world.find_unit(uid).is_some_and(|own| units.is_within(found.unit, own)))
        };
        if options.iter().any(elsewhere) {
            let arguments = [row.unit.as_deref(), row.attribute_combo.as_deref()];
            return Err(conflict("E7639", Some("orgUnit"), &["organisationUnit", "categoryOptionCombo"], &arguments));
        }
        Ok(())
    }

    /// Whether data of the period may be entered now.
    fn open(&mut self, envelope: &Envelope<'a>, row: &Row, found: &Found<'a>) -> Result<(), Vec<Conflict>> {
        if self.options.force && self.account.superuser {
            return Ok(());
        }
        let sets: Vec<&Json> = match envelope.set {
            Some(set) => vec![set],
            None => found.element.sets.clone(),
        };
        let period = row.period.as_deref();
        let told = |code: &'static str, set: &Json| {
            conflict(code, Some("period"), &["period", "dataSet"], &[period, set.text_of("id")])
        };
        // Who may enter expired data may always; the superuser may everything.
        let expired: Vec<_> = sets
            .iter()
            .filter(|set| !self.account.superuser && open_periods::is_expired(set, &found.period, self.today))
            .collect();
        refuse_unless_one_is_open(
            expired.iter().map(|set| told("E7640", set)).collect(),
            sets.len(),
            self.options.strict_locking,
        )?;
        self.not_too_early(&sets, row, found)?;
        let now = self.server.now();
        let closed: Vec<_> =
            sets.iter().filter(|set| !open_periods::is_input_period(set, &found.period, now)).collect();
        refuse_unless_one_is_open(
            closed.iter().map(|set| told("E7643", set)).collect(),
            sets.len(),
            self.options.strict_input_periods,
        )?;
        let of_element = &found.element.sets;
        if !of_element.is_empty()
            && !of_element.iter().any(|set| open_periods::is_input_period(set, &found.period, now))
        {
            return Err(vec![conflict("E7644", Some("period"), &["period"], &[period])]);
        }
        Ok(())
    }

    /// Whether the period is not after the last one that any of the data sets takes.
    fn not_too_early(&mut self, sets: &[&'a Json], row: &Row, found: &Found<'a>) -> Result<(), Vec<Conflict>> {
        let (period, element) = (row.period.as_deref(), row.element.as_deref());
        if self.server.behaviour.imports.old_conflicts {
            // The latest of all data sets of the element counts.
            let latest = found.element.sets.iter().filter_map(|set| self.latest_open(set)).max();
            return match latest.filter(|latest| found.period.start() > latest.end()) {
                Some(latest) if !sets.is_empty() => {
                    let wording = "Period: `{0}` is after latest open future period: `{2}` for data element: `{1}`";
                    let words = [period, element, Some(&*latest.id())];
                    let kinds = ["period", "dataElement"];
                    Err(vec![worded("E7641", Some("period"), &kinds, &[period, element], wording, &words)])
                }
                _ => Ok(()),
            };
        }
        let mut conflicts = Vec::new();
        for set in sets {
            let Some(latest) = self.latest_open(set).filter(|latest| found.period.start() > latest.end()) else {
                continue;
            };
            let id = latest.id();
            let arguments = [period, element, set.text_of("id"), Some(&*id)];
            conflicts.push(conflict("E7641", Some("period"), &["period", "dataElement", "dataSet"], &arguments));
        }
        if conflicts.is_empty() { Ok(()) } else { Err(conflicts) }
    }

    fn latest_open(&mut self, set: &'a Json) -> Option<Period> {
        let today = self.today;
        *self.latest.entry(set.text_of("id").unwrap_or_default()).or_insert_with(|| {
            let open = open_periods::number_of(set, "openFuturePeriods");
            open_periods::latest_open(open_periods::period_type(set)?, open, today)
        })
    }
}

/// Some data set that is open is enough, unless every one has to be.
fn refuse_unless_one_is_open(conflicts: Vec<Conflict>, sets: usize, strict: bool) -> Result<(), Vec<Conflict>> {
    if conflicts.is_empty() || (!strict && conflicts.len() < sets) { Ok(()) } else { Err(conflicts) }
}

/// A flag as it is stored, whatever it was sent as.
fn usual_flag<'a>(value: &'a str, value_type: &str) -> &'a str {
    match (value_type, value) {
        ("BOOLEAN", "false" | "False" | "f" | "F" | "0") => "false",
        ("BOOLEAN" | "TRUE_ONLY", "true" | "True" | "t" | "T" | "1") => "true",
        _ => value,
    }
}
