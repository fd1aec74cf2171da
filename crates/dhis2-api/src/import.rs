//! What a server answers to an import of data values, `POST /api/dataValueSets` (wire document, sections 3.3 and 3.7).

use std::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// The report on an import, wrapped in an envelope or bare (`ImportSummary`, all versions).
///
/// Up to 2.42 a bad row leaves the others alone, and the counts are by what happened to each row. From 2.43 on every row
/// that was taken counts as `updated`, and some mistakes make the server refuse the whole request: then the counts are all
/// zero and the conflicts' indexes name every row, or none.
///
/// `Debug` shows no text of a conflict: it may repeat values.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ImportSummary {
    /// How it went.
    pub status: ImportStatus,
    /// What the server has to say of the whole.
    #[serde(default)]
    pub description: Option<String>,
    /// How many rows met which end.
    pub import_count: ImportCount,
    /// Why rows were not taken, one entry for a cause.
    #[serde(default)]
    pub conflicts: Vec<Conflict>,
}

/// How an import went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ImportStatus {
    /// All rows were taken, or needed nothing.
    Success,
    /// Some rows were not taken; up to 2.42 also where none was.
    Warning,
    /// Nothing was taken.
    Error,
}

/// How many rows met which end, as the server counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct ImportCount {
    /// Stored where there was no value, or a deleted one. Always 0 from 2.43 on.
    #[serde(default)]
    pub imported: u64,
    /// Stored over another value; from 2.43 on everything that was stored.
    #[serde(default)]
    pub updated: u64,
    /// Not stored: rejected, equal, or not for this strategy.
    #[serde(default)]
    pub ignored: u64,
    /// Deleted.
    #[serde(default)]
    pub deleted: u64,
}

/// Why rows were not taken.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Conflict {
    /// The text for people. May repeat a row's value.
    #[serde(default, rename = "value")]
    pub message: String,
    /// The code, such as `E7619` (up to 2.42) or `E8122`.
    #[serde(default)]
    pub error_code: Option<String>,
    /// The rows, from 0, in the order sent. -1 stands for none that the server could name.
    #[serde(default)]
    pub indexes: Vec<i64>,
}

impl fmt::Debug for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conflict")
            .field("error_code", &self.error_code)
            .field("indexes", &self.indexes)
            .finish_non_exhaustive()
    }
}

impl ImportSummary {
    /// Reads a report; `None` where the body is none.
    ///
    /// ```
    /// use dhis2_api::import::{ImportStatus, ImportSummary};
    ///
    /// let bare = br#"{"status":"SUCCESS","importCount":{"imported":2,"updated":0,"ignored":0,"deleted":0}}"#;
    /// assert_eq!(ImportSummary::parse(bare).map(|summary| summary.status), Some(ImportStatus::Success));
    /// assert_eq!(ImportSummary::parse(b"[]"), None);
    /// ```
    pub fn parse(body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Envelope {
            response: ImportSummary,
        }
        let wrapped = serde_json::from_slice::<Envelope>(body).map(|envelope| envelope.response);
        wrapped.or_else(|_| serde_json::from_slice(body)).ok()
    }
}

/// The answer to an import with `async=true`: a job that goes on by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportJob {
    /// The job's id, for `/api/system/tasks/DATAVALUE_IMPORT/{id}` and `/api/system/taskSummaries/DATAVALUE_IMPORT/{id}`.
    pub id: String,
}

impl ImportJob {
    /// Reads the answer; `None` where the body is none of a job.
    pub fn parse(body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Envelope {
            response: Job,
        }
        #[derive(Deserialize)]
        struct Job {
            id: String,
            #[serde(rename = "jobType")]
            _job_type: IgnoredAny,
        }
        serde_json::from_slice::<Envelope>(body).ok().map(|envelope| Self { id: envelope.response.id })
    }
}

/// One notice of a job, `GET /api/system/tasks/DATAVALUE_IMPORT/{id}`: the newest comes first.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TaskNotice {
    /// Whether the job is done.
    #[serde(default)]
    pub completed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// peer-bugs section 3: "409 WARNING on 2.41 and 200 WARNING on 2.43 give the same report".
    #[test]
    fn both_shapes_of_a_report_are_read_alike() {
        let old = br#"{"httpStatus":"Conflict","httpStatusCode":409,"status":"WARNING","message":"One more conflicts encountered",
            "response":{"responseType":"ImportSummary","status":"WARNING","description":"Import process completed successfully",
            "importCount":{"imported":2,"updated":0,"ignored":1,"deleted":0},
            "conflicts":[{"object":"KcNX91wS0l9","objects":{"value":"x"},"value":"no number","errorCode":"E7619","property":"value","indexes":[1]}],
            "rejectedIndexes":[1],"dataSetComplete":"false"}}"#;
        let new = br#"{"httpStatus":"OK","httpStatusCode":200,"status":"WARNING","message":"Import completed with warnings",
            "response":{"status":"WARNING","importCount":{"imported":0,"updated":2,"ignored":1,"deleted":0},
            "conflicts":[{"objects":{"args":"1-x"},"value":"no number","errorCode":"E8122","indexes":[1]}],"rejectedIndexes":[1]}}"#;
        let (old, new) = (ImportSummary::parse(old).unwrap(), ImportSummary::parse(new).unwrap());
        assert_eq!(old.status, new.status);
        assert_eq!(old.conflicts[0].indexes, new.conflicts[0].indexes);
        assert_eq!((old.import_count.imported, new.import_count.updated), (2, 2));
    }

    #[test]
    fn a_conflict_is_shown_without_the_value_it_repeats() {
        let conflict = Conflict {
            message: "value `Anna` is no number".to_owned(),
            error_code: Some("E8122".to_owned()),
            indexes: vec![0],
        };
        assert!(!format!("{conflict:?}").contains("Anna"));
    }

    #[test]
    fn a_job_is_told_from_a_report() {
        let job = br#"{"httpStatus":"OK","httpStatusCode":200,"status":"OK","response":{"name":"x","id":"m2EbkL263Kn","jobType":"DATAVALUE_IMPORT"}}"#;
        assert_eq!(ImportJob::parse(job), Some(ImportJob { id: "m2EbkL263Kn".to_owned() }));
        assert_eq!(ImportSummary::parse(job), None);
        let report = br#"{"response":{"status":"SUCCESS","importCount":{}}}"#;
        assert_eq!(ImportJob::parse(report), None);
    }
}
