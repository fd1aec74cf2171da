//! How the program ends.

use std::fmt::Display;
use std::process::ExitCode;

/// How a command ended that could be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    /// Everything is there.
    Complete,
    /// Something is missing.
    Partial,
}

/// Why a command could not be carried out.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    pub(crate) fn usage(message: impl Display) -> Self {
        Self { code: 2, message: message.to_string() }
    }

    /// The user stopped it.
    pub(crate) fn stopped(message: impl Display) -> Self {
        Self { code: 130, message: message.to_string() }
    }

    /// The reader of standard output has had enough: what a shell reports of other programs then, 128 and the signal's
    /// number, without a word.
    pub(crate) fn hung_up() -> Self {
        Self { code: 141, message: String::new() }
    }

    pub(crate) fn error(message: impl Display) -> Self {
        Self { code: 1, message: message.to_string() }
    }
}

impl<E: Into<dhis2::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        Self { code: if error.is_usage() { 2 } else { 1 }, message: error.to_string() }
    }
}

/// 0 complete, 1 error, 2 usage, 3 partial, 130 stopped, 141 the reader hung up.
pub(crate) fn of(result: Result<Done, Failure>) -> ExitCode {
    match result {
        Ok(Done::Complete) => ExitCode::SUCCESS,
        Ok(Done::Partial) => ExitCode::from(3),
        Err(failure) => {
            if !failure.message.is_empty() {
                eprintln!("error: {}", failure.message);
            }
            ExitCode::from(failure.code)
        }
    }
}
