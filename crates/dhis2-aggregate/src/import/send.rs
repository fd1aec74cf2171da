//! One request, and what it came to.

use std::time::{Duration, Instant};

use dhis2_api::import::{ImportJob, ImportSummary, TaskNotice};
use dhis2_api::message::WebMessage;
use dhis2_api::request::ApiRequest;
use dhis2_http::{Client, HttpError, TransportErrorKind};

use super::body::Body;
use super::options::ImportOptions;
use super::report::Cause;

/// The longest time between two questions whether a job is done.
const LONGEST_POLL: Duration = Duration::from_secs(10);

/// What a request came to.
#[derive(Debug)]
pub(crate) enum Sent {
    /// The server reports.
    Report(ImportSummary),
    /// The server refuses the request without a report; nothing was stored.
    Refused(Cause),
    /// It is not known what the server did: the connection was lost, or the server failed.
    Lost(Cause),
    /// There was no connection; nothing was sent.
    NoConnection(HttpError),
    /// A proxy does not take so much; nothing was stored.
    TooLarge(Cause),
}

/// Sends rows.
///
/// # Errors
/// [`HttpError`] where no other rows would fare better: the account is not known or may not import, the address is wrong.
pub(crate) async fn send(client: &Client, options: &ImportOptions, body: &Body<'_, '_>) -> Result<Sent, HttpError> {
    let request = ApiRequest::post("dataValueSets")
        .param("importStrategy", options.strategy.name())
        .param("dryRun", if options.dry_run { "true" } else { "false" });
    let request = if options.asynchronous { request.param("async", "true") } else { request };
    // Texts and flags always have a JSON form.
    let body = serde_json::to_vec(body).unwrap_or_default();
    let answer = match client.post(&request, body).await {
        Ok(answer) => answer,
        Err(error) => return classify(error),
    };
    if let Some(summary) = ImportSummary::parse(&answer.body) {
        return Ok(Sent::Report(summary));
    }
    if let Some(job) = ImportJob::parse(&answer.body) {
        return wait_for(client, &job, options).await;
    }
    Ok(match WebMessage::parse(&answer.body) {
        Some(message) if answer.status == http_conflict() => {
            let code = message.error_code.unwrap_or_else(|| "refused".to_owned());
            Sent::Refused(Cause::new(code, message.message))
        }
        _ => lost("the server's answer is no report on an import"),
    })
}

fn lost(why: &str) -> Sent {
    Sent::Lost(Cause::new("lost", why))
}

const fn http_conflict() -> u16 {
    409
}

fn classify(error: HttpError) -> Result<Sent, HttpError> {
    if let HttpError::Transport { source, .. } = &error {
        return match source.kind() {
            TransportErrorKind::Connect => Ok(Sent::NoConnection(error)),
            TransportErrorKind::Tls | TransportErrorKind::RequestTooLarge | TransportErrorKind::NotRecorded => {
                Err(error)
            }
            _ => Ok(lost(&error.to_string())),
        };
    }
    if error.is_authentication() || error.is_refused() {
        return Err(error);
    }
    match error.status().map(|status| status.as_u16()) {
        Some(413) => Ok(Sent::TooLarge(Cause::new("too_large", error.to_string()))),
        Some(400 | 409 | 422) if error.web_message().is_some() => {
            let code = error.error_code().unwrap_or("refused").to_owned();
            Ok(Sent::Refused(Cause::new(code, error.to_string())))
        }
        // With a success there was an answer that is none of DHIS2's: a proxy's page, or nothing at all.
        Some(200..300 | 429 | 500..) => Ok(lost(&error.to_string())),
        _ => Err(error),
    }
}

/// Asks now and then whether a job is done, and then for its report.
async fn wait_for(client: &Client, job: &ImportJob, options: &ImportOptions) -> Result<Sent, HttpError> {
    let notices = ApiRequest::get(format!("system/tasks/DATAVALUE_IMPORT/{}", job.id));
    let summary = ApiRequest::get(format!("system/taskSummaries/DATAVALUE_IMPORT/{}", job.id));
    let began = Instant::now();
    let mut wait = options.patience.wait.min(LONGEST_POLL);
    while began.elapsed() < options.patience.job {
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_POLL);
        let notices: Vec<TaskNotice> = match client.get_json(&notices).await {
            Ok(notices) => notices,
            Err(error) => return classify(error),
        };
        if !notices.first().is_some_and(|newest| newest.completed) {
            continue;
        }
        match client.get(&summary).await {
            Ok(answer) => {
                let report = ImportSummary::parse(&answer.body).map(Sent::Report);
                return Ok(report.unwrap_or_else(|| lost("the job left no report")));
            }
            // The report comes a moment after the job is done.
            Err(HttpError::EmptyAnswer { .. }) => {}
            Err(error) => return classify(error),
        }
    }
    Ok(lost("the job did not end in time"))
}
