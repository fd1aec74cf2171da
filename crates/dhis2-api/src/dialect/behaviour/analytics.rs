//! `GET /api/analytics`.

use crate::version::Version;

/// What a version decides about aggregate analytics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnalyticsBehaviour {
    /// A query without any dimension is E7101, one without a period E7104; from 2.41 on both are E7146.
    pub dimensions_checked_first: bool,
    /// The order of the keys behind `rowContext`.
    pub last_keys: [&'static str; 4],
}

impl AnalyticsBehaviour {
    pub(super) fn of(version: &Version) -> Self {
        let feature = version.feature();
        Self {
            dimensions_checked_first: feature <= 40,
            last_keys: match feature {
                ..=40 => ["headerWidth", "rows", "height", "width"],
                41 => ["rows", "height", "width", "headerWidth"],
                42 => ["width", "rows", "headerWidth", "height"],
                _ => ["width", "rows", "height", "headerWidth"],
            },
        }
    }
}
