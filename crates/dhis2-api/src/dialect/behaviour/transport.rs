//! The container in front, versioned paths and logins.

use std::ops::RangeInclusive;

use crate::version::Version;

/// The servlet container the server runs in. Not decided by the version alone: `TransportBehaviour::of` gives the one
/// that the recorded server of that line ran in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// Errors of its own are JSON where JSON is accepted; a URI beyond 8 KiB is 414.
    Jetty,
    /// Errors of its own are always HTML; a head beyond 8,192 bytes is 400; parameters after the 1,000th are dropped.
    Tomcat,
}

/// What a request without credentials gets when it does not carry `X-Requested-With: XMLHttpRequest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginDemand {
    /// 401 with JSON and `WWW-Authenticate: Basic`, as with the header (2.38, 2.39).
    Unauthorized,
    /// 302 to the login page at this path.
    Redirect(&'static str),
}

/// The answer to a personal access token that is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidToken {
    /// 401 "The API token does not exists." whatever is wrong with it (2.38, 2.40).
    Unknown,
    /// 401 without a body (2.39).
    EmptyBody,
    /// 400 "Checksum validation failed" for a malformed one, 401 for a well-formed one (2.41 and later).
    ChecksumFirst,
}

/// What a version decides about paths, logins and headers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // one flag a question: that is what the table is for
pub struct TransportBehaviour {
    /// The container of the recorded server of this line.
    pub container: Container,
    /// The numbers `n` for which `/api/n/…` is routed.
    pub path_versions: RangeInclusive<u32>,
    /// `Content-Type` of JSON answers other than errors carries `;charset=UTF-8`.
    pub json_charset: bool,
    /// What a request without credentials gets.
    pub login_demand: LoginDemand,
    /// Where `/` leads: 404 of the container or a redirect to this path.
    pub root: Option<&'static str>,
    /// 401 answers carry `WWW-Authenticate: Basic realm="DHIS2_API"`.
    pub basic_challenge: bool,
    /// The answer to a token that is not one.
    pub invalid_token: InvalidToken,
    /// A bearer token that is none is 401 by OAuth 2 (2.40, whose built-in server is on); elsewhere it is no login at all.
    pub bearer_refused: bool,
    /// `/api/ping` wants a login.
    pub ping_needs_login: bool,
    /// Answers carry the cookie `SESSION_EXPIRE` beside the session's.
    pub session_expiry_cookie: bool,
    /// 404 of a missing object carries the code E1005.
    pub not_found_code: bool,
    /// `databaseInfo` of `/api/system/info` tells the time, `lastAnalyticsTableSuccess` and others are always there.
    pub info_database_time: bool,
    /// `/api/system/info` tells the times of the last analytics run even if there was none.
    pub info_analytics_times: bool,
    /// `/api/system/info` tells the session's time-out.
    pub info_session_timeout: bool,
    /// The zone of the recorded server of this line, an IANA name: the default of a simulated one.
    pub recorded_time_zone: &'static str,
}

impl TransportBehaviour {
    pub(super) fn of(version: &Version) -> Self {
        let feature = version.feature();
        Self {
            container: if feature >= 42 { Container::Tomcat } else { Container::Jetty },
            path_versions: match feature {
                ..=39 => 28..=39,
                40..=42 => 28..=42,
                _ => 28..=43,
            },
            json_charset: feature >= 42,
            login_demand: match feature {
                ..=39 => LoginDemand::Unauthorized,
                40 | 41 => LoginDemand::Redirect("/index.html"),
                42 => LoginDemand::Redirect("/dhis-web-login/"),
                _ => LoginDemand::Redirect("/login/"),
            },
            root: match feature {
                ..=39 => None,
                40 => Some("/index.html"),
                41 => Some("/dhis-web-login"),
                42 => Some("/dhis-web-login/"),
                _ => Some("/login/"),
            },
            basic_challenge: feature <= 39,
            invalid_token: match feature {
                39 => InvalidToken::EmptyBody,
                ..=40 => InvalidToken::Unknown,
                _ => InvalidToken::ChecksumFirst,
            },
            bearer_refused: feature == 40,
            ping_needs_login: feature <= 41,
            session_expiry_cookie: feature >= 43,
            not_found_code: feature >= 40,
            info_database_time: feature >= 41,
            info_analytics_times: feature >= 42,
            info_session_timeout: feature >= 43,
            recorded_time_zone: match feature {
                39 | 40 => "Africa/Lagos",
                41 => "America/Bogota",
                42 => "UTC",
                _ => "Asia/Kathmandu",
            },
        }
    }
}
