//! The `doctor` command.

use dhis2::doctor::CheckState;
use serde_json::json;

use crate::args::DoctorArguments;
use crate::connect::connection;
use crate::exit::{Done, Failure};
use crate::out;
use crate::table::table;

pub(crate) async fn run(wanted: &DoctorArguments) -> Result<Done, Failure> {
    let diagnosis = connection(&wanted.server)?.diagnose().await?;
    let state = diagnosis.state();
    if wanted.json {
        out::line(json!({ "state": state, "server": diagnosis.server, "checks": diagnosis.checks }))?;
    } else {
        out::line(format_args!("{}\n", diagnosis.server))?;
        let mut shown = table(["", "what", "found"]);
        for check in &diagnosis.checks {
            let word = match check.state {
                CheckState::Ok => "ok",
                CheckState::Warning => "warning",
                _ => "PROBLEM",
            };
            let advice = check.advice.as_ref().map(|advice| format!("\n→ {advice}")).unwrap_or_default();
            shown.add_row([word, check.subject, &format!("{}{advice}", check.found)]);
        }
        out::line(shown)?;
    }
    Ok(if state == CheckState::Problem { Done::Partial } else { Done::Complete })
}
