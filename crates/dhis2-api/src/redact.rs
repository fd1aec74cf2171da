//! Recordings without what they say: what was asked and answered, with the same shape and none of the data.
//!
//! What stays is a list; everything else is masked, so that a field which nobody has thought of is masked as well:
//!
//! - **stays**: ids and codes of metadata, periods, versions, paging, types, statuses, times, whether something is true or null, and
//!   the punctuation. Dates of visits and of changes are times: they stay.
//! - **other ids**: those of tracked entities, enrollments, events, relationships, notes and users become other ids of the same form,
//!   the same one each time. They are made with a random key that is kept nowhere.
//! - **masked**: everything else, values, names, comments, coordinates, logins, addresses among it. Digits become `1`, letters `x` and
//!   `X`, whatever is not ASCII becomes `é` (beyond U+FFFF `𐐨`); what stands between letters and digits stays. So a date in a value
//!   is a date still, and a number a number, but not the same.
//! - **messages** of the server keep the words that say what the matter is, and the ids that were asked for.
//!
//! ```
//! use dhis2_api::redact::Redaction;
//!
//! let redaction = Redaction::new();
//! let body = r#"{"trackedEntity":"LIKEMXhApLE","orgUnit":"KdK92fYEfTw","attributes":[{"attribute":"E1Yg8oxJLCA","value":"Zoë 7"}]}"#;
//! let redacted = redaction.json(&redaction.asked("tracker/trackedEntities", &[]), body);
//! assert!(redacted.contains(r#""orgUnit":"KdK92fYEfTw","attributes":[{"attribute":"E1Yg8oxJLCA","value":"Xxé 1"}]"#));
//! assert!(!redacted.contains("LIKEMXhApLE"));
//! ```

mod address;
mod json;
mod keys;
mod mask;
mod words;

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

use crate::uid::Uid;

pub use mask::mask;

/// What ids consist of; the first is a letter.
const SIGNS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// Makes other ids of ids, for one recording. Two redactions make different ones.
#[derive(Clone, Default)]
pub struct Redaction {
    /// Never written anywhere.
    key: RandomState,
}

/// A request as it may be written down, and what its answer may repeat of it.
#[derive(Clone, PartialEq, Eq)]
pub struct RedactedRequest {
    /// The path below `/api`.
    pub path: String,
    /// The parameters, not encoded.
    pub params: Vec<(String, String)>,
    /// What was asked of, as it was.
    kind: keys::Kind,
    /// The ids that were asked for, and what stands in their place.
    ids: HashMap<Uid, Uid>,
}

impl fmt::Debug for RedactedRequest {
    /// Without the ids that were asked for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedactedRequest")
            .field("path", &self.path)
            .field("params", &self.params)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redaction")
    }
}

impl Redaction {
    /// A redaction with a new random key.
    pub fn new() -> Self {
        Self::default()
    }

    /// The id that stands in place of this one: of the same form, and the same one whenever this one comes.
    ///
    /// ```
    /// # use dhis2_api::{Uid, redact::Redaction};
    /// let (redaction, event) = (Redaction::new(), "LKhLa69tjX3".parse::<Uid>()?);
    /// assert_eq!(redaction.other(event), redaction.other(event));
    /// assert_ne!(redaction.other(event), event);
    /// # Ok::<(), dhis2_api::ApiError>(())
    /// ```
    pub fn other(&self, uid: Uid) -> Uid {
        // 64 bits: among a billion ids two fall together with a chance of one in forty.
        let mut left = self.key.hash_one(uid.as_str());
        let mut take = |from: &[u8]| {
            let length = from.len() as u64;
            let place = usize::try_from(left % length).unwrap_or_default();
            left /= length;
            char::from(from[place])
        };
        let text: String =
            std::iter::once(take(&SIGNS[..52])).chain(std::iter::repeat_with(|| take(SIGNS)).take(10)).collect();
        // A letter and ten letters or digits are always an id.
        Uid::parse(&text).unwrap_or(uid)
    }

    /// A request as it may be written down: `path` is that below `/api`, the parameters are not encoded.
    ///
    /// ```
    /// # use dhis2_api::redact::Redaction;
    /// let params = [("page", "2"), ("filter", "w75KJ2mc4zz:eq:Anna 12")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    /// let asked = Redaction::new().asked("tracker/trackedEntities", &params);
    /// assert_eq!((&*asked.path, &*asked.params[0].1, &*asked.params[1].1), ("tracker/trackedEntities", "2", "w75KJ2mc4zz:eq:Xxxx 11"));
    /// ```
    pub fn asked(&self, path: &str, params: &[(String, String)]) -> RedactedRequest {
        address::asked(self, path, params)
    }

    /// The answer to a request as it may be written down: JSON, whole or broken off. Order, blanks, escapes and the place at which
    /// it breaks off stay.
    pub fn json(&self, asked: &RedactedRequest, body: &str) -> String {
        json::redacted(self, asked, body)
    }
}

#[cfg(test)]
mod tests;
