//! `POST /api/dataValueSets`.

use crate::version::Version;

/// How an import is checked and stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportRules {
    /// Each row for itself: a bad one is left out and reported, the strategy decides about the others. What the envelope
    /// names goes before what the rows name (≤ 2.42).
    RowByRow,
    /// The request as a whole: a key that does not fit its data set refuses every row; a bad value only its own. All that
    /// is left is written over what is there, whatever the strategy, unless it is a deletion. What the envelope names stands
    /// in where rows name nothing (2.43).
    WholeRequest,
}

/// What a body that cannot be read is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnreadableBody {
    /// The parser's own message, which names its source so: `(BufferedInputStream)` (≤ 2.40), or that the source is hidden
    /// (2.41).
    ParserMessage {
        /// What stands for the source.
        source: &'static str,
        /// The place of the end of an empty body.
        empty_place: &'static str,
    },
    /// "Post-condition was null", whatever was wrong (2.42).
    PostCondition,
    /// 400 with the place; a body that is cut after its first brace, or is no object, counts as an import of nothing
    /// (2.43).
    BadRequest,
}

/// How an import with `async=true` is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportJobs {
    /// At once (≤ 2.40).
    AtOnce,
    /// When the scheduler next looks for jobs, seconds later (2.41 and later).
    Scheduled,
}

/// What a version decides about the import of data values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // one flag a question: that is what the table is for
pub struct ImportBehaviour {
    /// How an import is checked and stored.
    pub rules: ImportRules,
    /// The summary lists `rejectedIndexes`; not on 2.38.
    pub rejected_indexes: bool,
    /// `responseType` is the first key of a response; from 2.42 on the last.
    pub response_type_first: bool,
    /// An asynchronous job's first answer carries `responseType` too, and its parameters.
    pub job_parameters: bool,
    /// `dataSet` is known as a parameter, and the three options `strictDataSet…` (2.39 and later).
    pub data_set_options: bool,
    /// E7619 is worded "Value must match data element's … type constraints" and E7641 names no data set (2.38).
    pub old_conflicts: bool,
    /// A bad enum is worded "Value x is not a valid importStrategy." (2.38, 2.39).
    pub old_enum_error: bool,
    /// A media type that is not read is worded "Content type '…' not supported" (≤ 2.41).
    pub old_media_type_error: bool,
    /// What an unreadable body is told.
    pub unreadable_body: UnreadableBody,
    /// A number where a text belongs is read as text; on 2.43 it is 500.
    pub numbers_are_texts: bool,
    /// Columns of CSV are known by a header, which has to be there; up to 2.42 by their place.
    pub csv_by_name: bool,
    /// The key of the follow-up flag in JSON.
    pub follow_up_key: &'static str,
    /// Values with conflicts among good ones are 409; on 2.43 they are 200.
    pub warnings_are_conflicts: bool,
    /// Times are stored in whole seconds; on 2.43 to the microsecond.
    pub whole_seconds: bool,
    /// How jobs are run.
    pub jobs: ImportJobs,
    /// Notifications of a job carry its id instead of ids of their own (2.38, 2.39).
    pub notes_share_id: bool,
    /// The time of a request grows with the square of its rows (2.43).
    pub slow_in_the_square: bool,
    /// Below `/api/37` and older the summary comes without the envelope around it (≤ 2.41).
    pub plain_below_38: bool,
}

impl ImportBehaviour {
    pub(super) fn of(version: &Version) -> Self {
        let feature = version.feature();
        let new = feature >= 43;
        Self {
            rules: if new { ImportRules::WholeRequest } else { ImportRules::RowByRow },
            rejected_indexes: feature >= 39,
            response_type_first: feature <= 41,
            job_parameters: feature >= 41,
            data_set_options: feature >= 39,
            old_conflicts: feature <= 38,
            old_enum_error: feature <= 39,
            old_media_type_error: feature <= 41,
            unreadable_body: match feature {
                ..=40 => {
                    UnreadableBody::ParserMessage { source: "(BufferedInputStream)", empty_place: "line: 1, column: 0" }
                }
                41 => UnreadableBody::ParserMessage {
                    source: "REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)",
                    empty_place: "line: 1",
                },
                42 => UnreadableBody::PostCondition,
                _ => UnreadableBody::BadRequest,
            },
            numbers_are_texts: !new,
            csv_by_name: new,
            follow_up_key: if new { "followUp" } else { "followup" },
            warnings_are_conflicts: !new,
            whole_seconds: !new,
            jobs: if feature >= 41 { ImportJobs::Scheduled } else { ImportJobs::AtOnce },
            notes_share_id: feature <= 39,
            slow_in_the_square: new,
            plain_below_38: feature <= 41,
        }
    }
}
