//! What came of a run.

use std::path::Path;

use dhis2_frame::wide::WideReport;
use dhis2_frame::{FrameError, WrittenFile, write_text};
use serde::{Deserialize, Serialize};

/// The receipt of an extract: what was asked, of whom, what came, and whether it is all.
///
/// As JSON it is what `--receipt` writes. It holds ids, counts and times, and nothing of what the rows say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The program that made it, with its version.
    pub tool: String,
    /// The kind of extract, such as `data_values`.
    pub extract: String,
    /// The query as it was understood.
    pub query: serde_json::Value,
    /// What was done to protect the persons in the rows, where something was: pseudonyms with the fingerprint of their key, what
    /// was left out, shifted or made coarser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy: Option<serde_json::Value>,
    /// The server that was asked.
    pub server: ServerReceipt,
    /// When the run began, UTC.
    pub started_at: String,
    /// When it ended, UTC.
    pub finished_at: String,
    /// Of a part of a plan, which chunks it is: `1-20 of 57`. Nothing else in the receipt speaks of the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// Whether everything asked for is there; of a part, whether that is.
    pub state: State,
    /// Rows of the result.
    pub rows: u64,
    /// Objects (data values, events) that came more than once and were kept once.
    pub duplicates_removed: u64,
    /// Requests sent, retries included.
    pub requests: u64,
    /// Requests that had to be sent again.
    pub retries: u64,
    /// Bytes of the answers' bodies.
    pub bytes: u64,
    /// Every chunk, in the order of the rows.
    pub chunks: Vec<ChunkReceipt>,
    /// What a reader should know.
    pub warnings: Vec<Warning>,
    /// Chunks that were too much at once, and were asked for in pieces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub splits: Vec<SplitReceipt>,
    /// What was changed on the server while it was read, as far as it was looked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<ChangedReceipt>,
    /// What did not go straight into wide tables, where they were made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wide: Vec<WideReport>,
    /// The files that were written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileReceipt>,
}

/// Whether a result is all of what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Everything is there.
    Complete,
    /// Something is missing; chunks and warnings say what.
    Partial,
}

/// The server, without credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerReceipt {
    /// The base URL.
    pub url: String,
    /// The version, as the server writes it.
    pub version: String,
    /// The zone of the server's clock, where it said so.
    pub time_zone: Option<String>,
    /// The account's login name, where the server said so.
    pub user: Option<String>,
}

/// One chunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkReceipt {
    /// Stable and derived from what the chunk asks for: the same query has the same ids.
    pub id: String,
    /// What it asks for.
    pub what: String,
    /// What became of it.
    pub state: ChunkState,
    /// Rows it gave, before duplicates across chunks were removed.
    pub rows: u64,
    /// Objects of it that were left out because they came more than once.
    #[serde(default)]
    pub duplicates: u64,
    /// Objects the server sent, before any were left out on the client.
    #[serde(default)]
    pub received: u64,
    /// Objects the server counted, where it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<u64>,
    /// Answers read.
    pub pages: u32,
    /// Requests sent, retries included.
    pub requests: u64,
    /// Requests that had to be sent again.
    pub retries: u64,
    /// Bytes of the answers' bodies.
    pub bytes: u64,
    /// How it was proved whole; nothing where it is not.
    pub proof: Option<Proof>,
    /// Whether it was asked for once more, in other pieces, with the same rows; nothing where that was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    /// Why it could not be asked for once more, where that was wanted: then nothing is known of whether it would come again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify_error: Option<String>,
    /// Whether an earlier run fetched it, which this one went on from.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_earlier_run: bool,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A chunk that was too much at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitReceipt {
    /// What it asked for.
    pub what: String,
    /// Into how many pieces it was cut.
    pub pieces: usize,
    /// What was too much.
    pub why: String,
}

/// What became of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChunkState {
    /// All its rows are there.
    Complete,
    /// The server does not let this account see it.
    Refused,
    /// It could not be fetched or read.
    Failed,
}

/// How a chunk was proved whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// One answer, from a server that does not cut answers without a sign, or with a count at which it never cuts.
    WholeAnswer,
    /// The answer had a count at which the server may have cut it; it was asked for again until two answers agreed.
    AskedAgain,
    /// The answer had a count at which the server may have cut it; it was asked for in parts, each proved whole.
    AskedInParts,
    /// Every page was read until the server named no next one.
    NoNextPage,
    /// Every page of the server's count was read, and the one after them was empty or the first held all.
    PageCount,
    /// Pages were read until an empty one.
    EmptyPage,
}

/// Something a reader should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// The kind, for programs.
    pub kind: WarningKind,
    /// The text, for people.
    pub message: String,
}

/// The kinds of [`Warning`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WarningKind {
    /// An id that was asked for does not exist, or the account may not see it: its rows, if any, are missing.
    UnknownId,
    /// The account may not see a part of what was asked for: its rows are missing.
    Refused,
    /// The server is newer than any this program knows.
    NewServer,
    /// The server did not name the zone of its clock, or named an unknown one.
    TimeZone,
    /// Objects were changed on the server while it was read; the receipt names them.
    ChangedMeanwhile,
    /// Some rows were fetched by an earlier run, which this one went on from: they are as old as that.
    FromEarlierRun,
    /// The server counted more objects than it sent.
    CountDiffers,
    /// Asked for once more, in other pieces, the server sent other rows: rows are missing, or were changed in between.
    VerifyDiffers,
    /// It could not be asked for once more, though that was wanted: it is not verified.
    NotVerified,
    /// A value does not fit its column of a wide table, or a column is not called what it should be.
    WideTable,
    /// The server shows attributes that belong to a program only to a question that names the program.
    ProgramAttributes,
    /// Objects have no code or name to stand for their uid, or the account may not see it.
    IdScheme,
    /// Something asked for has no rows of the kind asked for.
    NothingToAddUp,
    /// The server chooses rows by the organisation unit that owns a person: those of persons who are owned elsewhere are missing.
    OwnedElsewhere,
    /// Something about the protection of persons: what it left out beyond what was asked, or does not cover.
    Privacy,
}

impl WarningKind {
    /// Whether rows may be missing because of it.
    pub fn means_missing(self) -> bool {
        match self {
            Self::UnknownId | Self::Refused | Self::OwnedElsewhere | Self::VerifyDiffers | Self::NotVerified => true,
            Self::NewServer
            | Self::TimeZone
            | Self::ChangedMeanwhile
            | Self::CountDiffers
            | Self::FromEarlierRun
            | Self::WideTable
            | Self::ProgramAttributes
            | Self::IdScheme
            | Self::NothingToAddUp
            | Self::Privacy => false,
        }
    }
}

/// Objects of one kind that were changed on the server while it was read, by uid. What the rows say of them is how they were
/// when they were read, before or after the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedReceipt {
    /// The kind, such as `events`.
    pub what: String,
    /// New ones, which may be among the rows or not.
    pub inserted: Vec<String>,
    /// Updated ones.
    pub updated: Vec<String>,
    /// Deleted ones, which may be among the rows or not.
    pub deleted: Vec<String>,
}

/// A file that holds rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReceipt {
    /// Where it is.
    pub path: String,
    /// Its rows.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// The SHA-256 digest of its bytes, 64 hexadecimal digits.
    #[serde(default)]
    pub sha256: String,
}

impl FileReceipt {
    /// Of a file that was written.
    pub fn of(written: &WrittenFile) -> Self {
        Self {
            path: written.path.display().to_string(),
            rows: written.rows as u64,
            bytes: written.bytes,
            sha256: written.sha256.clone(),
        }
    }
}

impl Receipt {
    /// Notes what did not go straight into a wide table: each thing a warning, and the whole report.
    pub fn note_wide(&mut self, report: WideReport) {
        let messages = report.messages().into_iter();
        self.warnings.extend(messages.map(|message| Warning { kind: WarningKind::WideTable, message }));
        if !report.is_empty() {
            self.wide.push(report);
        }
    }

    /// Whether everything asked for is there.
    pub fn is_complete(&self) -> bool {
        self.state == State::Complete
    }

    /// The receipt as JSON, for people as well as programs.
    pub fn to_json(&self) -> String {
        // A struct of texts, numbers and JSON values always has a JSON form.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Writes the receipt as JSON, whole or not at all.
    ///
    /// # Errors
    /// [`FrameError`] where the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), FrameError> {
        write_text(&(self.to_json() + "\n"), path)
    }

    /// What is missing, in words: refused and failed chunks, and warnings that mean missing rows.
    pub fn missing(&self) -> Vec<String> {
        let chunks = self.chunks.iter().filter(|chunk| chunk.state != ChunkState::Complete);
        let chunks = chunks.map(|chunk| match &chunk.error {
            Some(error) => format!("{}: {error}", chunk.what),
            None => chunk.what.clone(),
        });
        let warnings = self.warnings.iter().filter(|warning| warning.kind.means_missing());
        chunks.chain(warnings.map(|warning| warning.message.clone())).collect()
    }
}
