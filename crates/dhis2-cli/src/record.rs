//! `dhis2 record`: a command, with all that it asks and is answered kept in a file.

use clap::Parser;

use crate::args::{Arguments, RecordArguments};

/// The command with the options that record it. Where its words are wrong, or ask for help, that is said and the program ends, as
/// it does without `record`.
pub(crate) fn recorded(wanted: RecordArguments) -> Arguments {
    let options = ["--record".to_owned(), wanted.file].into_iter().chain(wanted.redact.then(|| "--redact".to_owned()));
    Arguments::parse_from(std::iter::once("dhis2".to_owned()).chain(wanted.command).chain(options))
}
