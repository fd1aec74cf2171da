//! The kinds of faults.

use std::time::Duration;

use serde::Deserialize;

use super::read;

/// Something that goes wrong.
///
/// | in a file | keys |
/// |---|---|
/// | `fault.latency` | `milliseconds`, `jitter_milliseconds` (0) |
/// | `fault.status` | `code`, `retry_after_seconds` (no such header) |
/// | `fault = "login_page"` | |
/// | `fault.redirect` | `to` |
/// | `fault.uri_too_long` | `over_bytes` |
/// | `fault.body_too_long` | `over_bytes` |
/// | `fault.reset` | `at` (`"before_answer"`, `"before_body"`, `"midway"`, `"after_body"`), `content_length` (false) |
/// | `fault = "truncated_gzip"` | |
/// | `fault.drip` | `piece_bytes`, `pause_milliseconds` |
/// | `fault.out_of_memory` | `over_rows` |
/// | `fault.gateway_timeout` | `over_rows`, `after_milliseconds` |
/// | `fault.cut_data_values` | `after_rows` |
/// | `fault = "broken_import"` | |
/// | `fault.slow_import` | `microseconds_per_row` |
///
/// In brackets what counts where a key is left out. Rows are those of one answer: data values, objects of a page, lines of
/// analytics.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The answer comes later.
    Latency {
        /// By so much, …
        #[serde(rename = "milliseconds", deserialize_with = "read::milliseconds")]
        fixed: Duration,
        /// … and up to so much more, drawn by chance.
        #[serde(default, rename = "jitter_milliseconds", deserialize_with = "read::milliseconds")]
        jitter: Duration,
    },
    /// A gateway's page with a status such as 429, 502, 503 or 504, before DHIS2 sees the request.
    Status {
        /// The status.
        #[serde(deserialize_with = "read::status")]
        code: u16,
        /// What `Retry-After` asks for, in seconds; no such header where there is none.
        #[serde(default)]
        retry_after_seconds: Option<u64>,
    },
    /// An HTML page that asks for a login, with status 200.
    LoginPage,
    /// 302, with `Location` as given.
    Redirect {
        /// The address, such as `https://login.example.org/sso`.
        to: String,
    },
    /// A gateway's 414 for requests whose first line is longer than this.
    UriTooLong {
        /// How long method, target and protocol may be together.
        over_bytes: usize,
    },
    /// A gateway's 413 for requests whose body is longer than this.
    BodyTooLong {
        /// How long it may be.
        over_bytes: usize,
    },
    /// The connection breaks. What a request was to do is done unless it breaks before the answer.
    Reset {
        /// Where.
        at: ResetAt,
        /// Whether the answer's head has told its length, so that missing bytes can be counted. Otherwise it comes in
        /// chunks, and the last one is missing. Without meaning before the answer.
        #[serde(default)]
        content_length: bool,
    },
    /// The answer is packed with gzip, as proxies do, and its packed bytes end too early, but the transfer itself ends as it
    /// should. Only requests that accept gzip have this.
    TruncatedGzip,
    /// The body comes in small pieces with pauses between them.
    Drip {
        /// How long a piece is.
        #[serde(deserialize_with = "read::piece")]
        piece_bytes: usize,
        /// The pause after each.
        #[serde(rename = "pause_milliseconds", deserialize_with = "read::milliseconds")]
        pause: Duration,
    },
    /// 500, as of a server whose memory is too small for so many rows. Not recorded: the form is that of DHIS2's other 500s,
    /// the message that which Spring makes of Java's error.
    OutOfMemory {
        /// How many rows it can hold.
        over_rows: usize,
    },
    /// A gateway's 504 after some time, as where a query for so many rows takes the server longer than the gateway waits.
    GatewayTimeout {
        /// How many rows are in time.
        over_rows: usize,
        /// How long the gateway waits.
        #[serde(rename = "after_milliseconds", deserialize_with = "read::milliseconds")]
        after: Duration,
    },
    /// Cuts exports of data values, as servers up to 2.42 do when their database fails in mid-stream: status 200, valid
    /// JSON, rows missing. Without effect on 2.43, which answers 500 then.
    CutDataValues {
        /// After how many rows: rounded down to whole thousands, as servers fetch a thousand rows at a time. Exports that
        /// have no more are not cut.
        after_rows: usize,
    },
    /// Breaks an import of data values off, drawn by chance: 500 or a closed connection; up to 2.42 with none, the first so
    /// many or all rows stored, on 2.43, where an import is one transaction, with none or all. Dry runs, which have nothing
    /// to lose, are neither counted nor broken.
    BrokenImport,
    /// Holds the answer to an import of data values back, as if every row took its time.
    SlowImport {
        /// How long a row takes. On 2.43, whose time grows with the square of the rows, this is a row of a request with a
        /// thousand: each takes twice as long in a request with two thousand.
        #[serde(rename = "microseconds_per_row", deserialize_with = "read::microseconds")]
        per_row: Duration,
    },
}

/// Where a connection breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetAt {
    /// When the request has come: DHIS2 does not see it, and nothing is answered.
    BeforeAnswer,
    /// Behind the head of the answer.
    BeforeBody,
    /// Somewhere in the body, drawn by chance.
    Midway,
    /// Behind the last byte of the body. In chunks the last, empty one is missing; where the length was told, the answer is
    /// whole, and the connection, which was to be kept, is dead.
    AfterBody,
}

impl Fault {
    /// Its name, as in a file: `latency`, `cut_data_values`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Latency { .. } => "latency",
            Self::Status { .. } => "status",
            Self::LoginPage => "login_page",
            Self::Redirect { .. } => "redirect",
            Self::UriTooLong { .. } => "uri_too_long",
            Self::BodyTooLong { .. } => "body_too_long",
            Self::Reset { .. } => "reset",
            Self::TruncatedGzip => "truncated_gzip",
            Self::Drip { .. } => "drip",
            Self::OutOfMemory { .. } => "out_of_memory",
            Self::GatewayTimeout { .. } => "gateway_timeout",
            Self::CutDataValues { .. } => "cut_data_values",
            Self::BrokenImport => "broken_import",
            Self::SlowImport { .. } => "slow_import",
        }
    }
}
