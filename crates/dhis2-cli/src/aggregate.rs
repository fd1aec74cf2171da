//! The `aggregate` commands.

use std::sync::{Arc, Mutex, PoisonError};

use dhis2::aggregate::counts::{CountReport, CountScope, CountSpec};
use dhis2::api::Uid;
use dhis2::api::period::Period;

use crate::args::AggregateEventsArguments;
use crate::exit::{Done, Failure};
use crate::extract::prepared::run_prepared;
use crate::extract::work::Counts;

pub(crate) async fn events(wanted: &AggregateEventsArguments) -> Result<Done, Failure> {
    let text = std::fs::read_to_string(&wanted.spec)
        .map_err(|error| Failure::usage(format!("{} cannot be read: {error}", wanted.spec.display())))?;
    let spec = CountSpec::from_toml(&text).map_err(Failure::usage)?;
    let units = wanted.org_units.iter().map(|unit| Uid::parse(unit)).collect::<Result<_, _>>();
    let period = |text: &String| Period::parse(text).map_err(Failure::usage);
    let scope = CountScope {
        organisation_units: units.map_err(Failure::usage)?,
        periods: wanted.from.as_ref().map(period).transpose()?.zip(wanted.to.as_ref().map(period).transpose()?),
    };
    let report = Arc::new(Mutex::new(None));
    let done = run_prepared("events", &wanted.server, &wanted.output, async |dhis2| {
        let prepared = dhis2.prepare_counts(&spec, &scope).await?;
        Ok(Counts { prepared, report: Arc::clone(&report) })
    })
    .await?;
    if let Some(report) = report.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
        tell(report);
    }
    Ok(done)
}

/// What was left out, which nobody sees in the values.
fn tell(report: &CountReport) {
    for output in &report.outputs {
        for (why, events) in output.left_out() {
            eprintln!("{}: {events} of {} events left out: {why}", output.data_element, output.matched);
        }
    }
}
