//! Standard output: what programs read. A reader may have had enough, as `head` in `dhis2 … | head`; that ends the program
//! quietly, as it ends every other one.
//!
//! Not by the signal: that would end the program as well where a server closes a connection.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use dhis2::frame::{FrameError, write_csv, write_ndjson};
use dhis2::polars::frame::DataFrame;

use crate::exit::Failure;

/// Whether a person reads it.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// A text, and the end of the line.
pub(crate) fn line(text: impl Display) -> Result<(), Failure> {
    writeln!(io::stdout().lock(), "{text}").map_err(|error| failed(&error))
}

/// A text as it is.
pub(crate) fn bytes(text: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text).and_then(|()| out.flush()).map_err(|error| failed(&error))
}

/// All rows, with a header.
pub(crate) fn csv(frame: &DataFrame) -> Result<(), Failure> {
    rows(|out| write_csv(frame, out))
}

/// All rows, a line of JSON each.
pub(crate) fn ndjson(frame: &DataFrame) -> Result<(), Failure> {
    rows(|out| write_ndjson(frame, out))
}

fn rows(write: impl FnOnce(&mut Watched) -> Result<(), FrameError>) -> Result<(), Failure> {
    let mut out = Watched { hung_up: false };
    match write(&mut out) {
        Err(_) if out.hung_up => Err(Failure::hung_up()),
        result => Ok(result?),
    }
}

fn failed(error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::BrokenPipe {
        Failure::hung_up()
    } else {
        Failure::error(format!("cannot write to standard output: {error}"))
    }
}

/// Standard output, of which one knows afterwards whether the reader hung up.
struct Watched {
    hung_up: bool,
}

impl Watched {
    fn watch<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        self.hung_up |= result.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
        result
    }
}

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = io::stdout().lock().write(bytes);
        self.watch(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = io::stdout().lock().flush();
        self.watch(result)
    }
}
