//! DHIS2's identifiers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::ApiError;

/// A DHIS2 uid: eleven characters, a letter and ten letters or digits. Cheap to copy; ordered by its text.
///
/// ```
/// use dhis2_api::Uid;
///
/// let unit: Uid = "KdK92fYEfTw".parse()?;
/// assert_eq!(unit.as_str(), "KdK92fYEfTw");
/// assert!("Ngelehun".parse::<Uid>().is_err());
/// # Ok::<(), dhis2_api::ApiError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid([u8; 11]);

impl Uid {
    /// The number of characters of every uid.
    pub const LEN: usize = 11;

    /// Reads a uid.
    ///
    /// # Errors
    /// [`ApiError::Uid`] where the text is anything but a letter and ten letters or digits (ASCII).
    pub fn parse(text: &str) -> Result<Self, ApiError> {
        let wrong = || ApiError::Uid { text: text.to_owned() };
        let bytes: [u8; Self::LEN] = text.as_bytes().try_into().map_err(|_| wrong())?;
        if bytes[0].is_ascii_alphabetic() && bytes.iter().all(u8::is_ascii_alphanumeric) {
            Ok(Self(bytes))
        } else {
            Err(wrong())
        }
    }

    /// The uid's text.
    pub fn as_str(&self) -> &str {
        // Only ASCII gets past `parse`, so the fallback is never taken.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// All uids that a text holds as whole words, in order: how a server's message names them.
    ///
    /// ```
    /// # use dhis2_api::Uid;
    /// let named = Uid::find_in("User is not allowed to view org unit(s): `[KdK92fYEfTw, fdiB65j1eR5]`");
    /// assert_eq!(named.len(), 2);
    /// ```
    pub fn find_in(text: &str) -> Vec<Self> {
        text.split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| word.bytes().any(|b| b.is_ascii_digit() || b.is_ascii_uppercase()))
            .filter_map(|word| Self::parse(word).ok())
            .collect()
    }
}

impl FromStr for Uid {
    type Err = ApiError;

    fn from_str(text: &str) -> Result<Self, ApiError> {
        Self::parse(text)
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uid({})", self.as_str())
    }
}

impl AsRef<str> for Uid {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Serialize for Uid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Uid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Uid;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a DHIS2 uid")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Uid, E> {
                Uid::parse(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uid_is_a_letter_and_ten_letters_or_digits() {
        assert!(Uid::parse("KdK92fYEfTw").is_ok());
        for wrong in ["", "KdK92fYEfT", "KdK92fYEfTwx", "9dK92fYEfTw", "KdK92fYEf-w", "KdK92fYEfé"] {
            assert!(Uid::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_uid_survives_json() {
        let uid = Uid::parse("KdK92fYEfTw").unwrap();
        let json = serde_json::to_string(&uid).unwrap();
        assert_eq!(json, "\"KdK92fYEfTw\"");
        assert_eq!(serde_json::from_str::<Uid>(&json).unwrap(), uid);
        assert!(serde_json::from_str::<Uid>("\"x\"").is_err());
    }

    #[test]
    fn uids_are_found_in_a_message_but_plain_words_are_not() {
        let found = Uid::find_in("User is not allowed to view org unit: `KdK92fYEfTw` information");
        assert_eq!(found, [Uid::parse("KdK92fYEfTw").unwrap()]);
    }
}
