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
    usage: bool,
    message: String,
}

impl Failure {
    pub(crate) fn usage(message: impl Display) -> Self {
        Self { usage: true, message: message.to_string() }
    }

    pub(crate) fn error(message: impl Display) -> Self {
        Self { usage: false, message: message.to_string() }
    }
}

impl<E: Into<dhis2::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        Self { usage: error.is_usage(), message: error.to_string() }
    }
}

/// 0 complete, 1 error, 2 usage, 3 partial.
pub(crate) fn of(result: Result<Done, Failure>) -> ExitCode {
    match result {
        Ok(Done::Complete) => ExitCode::SUCCESS,
        Ok(Done::Partial) => ExitCode::from(3),
        Err(failure) => {
            eprintln!("error: {}", failure.message);
            ExitCode::from(if failure.usage { 2 } else { 1 })
        }
    }
}
