//! The error of protecting persons.

use std::path::PathBuf;

use dhis2_api::ValueType;

/// Why persons cannot be protected as was asked. Nothing was extracted. Holds no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrivacyError {
    /// The file of the key cannot be read.
    #[error("the key in {} cannot be read: {problem}", path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A key that can be guessed.
    #[error(
        "the key has {bytes} bytes, and can be guessed: it must have at least 32; make one with `head -c 32 /dev/urandom > keyfile`"
    )]
    ShortKey {
        /// How many bytes it has.
        bytes: usize,
    },
    /// What was given as a key is no key.
    #[error("what was given as a key has more than {most} bytes; make one with `head -c 32 /dev/urandom > keyfile`")]
    LongKey {
        /// How many it may have.
        most: usize,
    },
    /// There is no value type of this name.
    #[error("there is no value type `{name}`; there are {}", names())]
    NoSuchType {
        /// The name.
        name: String,
    },
    /// Dates are shifted by what the key makes of a person.
    #[error("dates are shifted by a secret of each person, which takes the key of pseudonyms: pseudonymise as well")]
    ShiftWithoutKey,
    /// A shift by no days, or by more than dates bear.
    #[error("dates are shifted by 1 to {most} days, not by {days}")]
    Shift {
        /// The days.
        days: u32,
        /// How many there may be.
        most: u32,
    },
    /// Rows without a person.
    #[error(
        "these rows do not say which person they are about, so that their dates cannot be shifted as those of the same person \
         elsewhere: ask for rich events (`--rich`), or do not shift; notes cannot be had with shifted dates"
    )]
    NoPerson,
    /// The hierarchy has no such level.
    #[error("there is no level {level} of organisation units: this account sees levels 1 to {deepest}")]
    NoSuchLevel {
        /// The level.
        level: u32,
        /// The deepest.
        deepest: u32,
    },
}

fn names() -> String {
    ValueType::ALL.iter().map(ValueType::as_str).collect::<Vec<_>>().join(", ")
}
