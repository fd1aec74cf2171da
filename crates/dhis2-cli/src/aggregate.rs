//! The `aggregate` commands.

use dhis2::Extraction;
use dhis2::aggregate::counts::{CountReport, CountScope, CountSpec};
use dhis2::api::Uid;
use dhis2::api::period::Period;

use crate::args::AggregateEventsArguments;
use crate::exit::{Done, Failure};
use crate::extract::run;

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
    let mut report = None;
    let done = run("events", &wanted.server, &wanted.output, async |dhis2| {
        let counted = dhis2.aggregate_events(&spec, &scope).await?;
        report = Some(counted.report);
        Ok(Extraction { frame: counted.frame, receipt: counted.receipt })
    })
    .await?;
    if let Some(report) = report {
        tell(&report);
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
