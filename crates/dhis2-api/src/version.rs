//! The version a server says it is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// A DHIS2 version, as `/api/system/info` gives it: `2.41.3`, `2.38.4.3`, `2.43.2-SNAPSHOT`, `2.44-SNAPSHOT`.
///
/// Ordered by feature version, patch and hotfix. A version without a patch (a snapshot of a line) counts as the newest
/// of that line.
///
/// ```
/// use dhis2_api::Version;
///
/// let version: Version = "2.40.12".parse()?;
/// assert_eq!((version.feature(), version.patch(), version.hotfix()), (40, 12, 0));
/// assert!(version > "2.40.4".parse()?);
/// # Ok::<(), dhis2_api::ApiError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version {
    feature: u32,
    patch: u32,
    hotfix: u32,
    text: String,
}

impl Version {
    /// Reads a version in any of the forms that servers give.
    ///
    /// # Errors
    /// [`ApiError::Version`] where the text does not begin with `2.` and a number, or goes on with something that is
    /// neither a number nor a suffix.
    pub fn parse(text: &str) -> Result<Self, ApiError> {
        let wrong = || ApiError::Version { text: text.to_owned() };
        let text = text.trim();
        let (numbers, suffix) = text.split_once('-').map_or((text, None), |(n, s)| (n, Some(s)));
        let mut parts = numbers.split('.');
        if parts.next() != Some("2") {
            return Err(wrong());
        }
        let feature = parts.next().and_then(|n| n.parse().ok()).ok_or_else(wrong)?;
        // A vendor's suffix may follow a dot as well (`2.41.3.moh`): numbers count as far as they go.
        let mut number = || parts.next().and_then(|n| n.parse::<u32>().ok());
        let patch = number();
        let hotfix = patch.and_then(|_| number()).unwrap_or(0);
        if suffix.is_some_and(str::is_empty) || numbers.ends_with('.') {
            return Err(wrong());
        }
        Ok(Self { feature, patch: patch.unwrap_or(u32::MAX), hotfix, text: text.to_owned() })
    }

    /// The version made of these numbers, `2.feature.patch`.
    pub fn new(feature: u32, patch: u32, hotfix: u32) -> Self {
        let text = if hotfix == 0 { format!("2.{feature}.{patch}") } else { format!("2.{feature}.{patch}.{hotfix}") };
        Self { feature, patch, hotfix, text }
    }

    /// The second number, what DHIS2 calls the version: 38 to 43.
    pub fn feature(&self) -> u32 {
        self.feature
    }

    /// The third number; `u32::MAX` where the server gave none (a snapshot of the line).
    pub fn patch(&self) -> u32 {
        self.patch
    }

    /// The fourth number, 0 where there is none.
    pub fn hotfix(&self) -> u32 {
        self.hotfix
    }

    /// Whether this is `2.feature.patch` or later: of a later feature version, or of the same one with at least that patch.
    pub fn is_at_least(&self, feature: u32, patch: u32) -> bool {
        (self.feature, self.patch) >= (feature, patch)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.feature, self.patch, self.hotfix, &self.text).cmp(&(
            other.feature,
            other.patch,
            other.hotfix,
            &other.text,
        ))
    }
}

impl FromStr for Version {
    type Err = ApiError;

    fn from_str(text: &str) -> Result<Self, ApiError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Version {
    type Error = ApiError;

    fn try_from(text: String) -> Result<Self, ApiError> {
        Self::parse(&text)
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.text
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> (u32, u32, u32) {
        let v = Version::parse(text).unwrap();
        (v.feature(), v.patch(), v.hotfix())
    }

    #[test]
    fn every_form_that_servers_give_is_read() {
        assert_eq!(numbers("2.41.3"), (41, 3, 0));
        assert_eq!(numbers("2.38.4.3"), (38, 4, 3));
        assert_eq!(numbers("2.42.5.2"), (42, 5, 2));
        assert_eq!(numbers("2.43.0.1"), (43, 0, 1));
        assert_eq!(numbers("2.42.5-SNAPSHOT"), (42, 5, 0));
        assert_eq!(numbers("2.44-SNAPSHOT"), (44, u32::MAX, 0));
        assert_eq!(numbers("2.41.3-moh.7"), (41, 3, 0));
        assert_eq!(numbers("2.41.3.moh"), (41, 3, 0));
        assert_eq!(numbers("2.42"), (42, u32::MAX, 0));
    }

    #[test]
    fn nonsense_is_no_version() {
        for wrong in ["", "2", "2.", "3.41.1", "v2.41", "2.x", "2.41.", "2.41-"] {
            assert!(Version::parse(wrong).is_err(), "{wrong}");
        }
    }

    /// peer-bugs O18: "version compared as a string (`"2.5" >= "2.39"` is true, `"2.100" >= "2.39"` is false)".
    #[test]
    fn versions_compare_as_numbers() {
        assert!(Version::parse("2.5").unwrap() < Version::parse("2.39").unwrap());
        assert!(Version::parse("2.100").unwrap() > Version::parse("2.39").unwrap());
        assert!(Version::parse("2.40.12").unwrap() > Version::parse("2.40.9.1").unwrap());
        assert!(Version::parse("2.42-SNAPSHOT").unwrap() > Version::parse("2.42.5.2").unwrap());
    }
}
