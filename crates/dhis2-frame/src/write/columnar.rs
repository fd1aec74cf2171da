//! Parquet and Arrow, by Polars' own writers.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use polars::prelude::{CompatLevel, DataFrame, IpcWriter, ParquetCompression, ParquetWriter, PolarsResult, SerWriter};

use crate::FrameError;

pub(super) fn parquet(frame: &DataFrame, path: &Path, file: &mut impl Write) -> Result<(), FrameError> {
    buffered(path, file, |file| {
        ParquetWriter::new(file)
            .with_compression(ParquetCompression::Zstd(None))
            // The writer aligns chunks in place; the clone shares the columns' memory.
            .finish(&mut frame.clone())
            .map(drop)
    })
}

pub(super) fn arrow_ipc(frame: &DataFrame, path: &Path, file: &mut impl Write) -> Result<(), FrameError> {
    buffered(path, file, |file| {
        IpcWriter::new(file)
            // Text as Polars holds it (string views) is unknown to Arrow libraries before 2024.
            .with_compat_level(CompatLevel::oldest())
            .finish(&mut frame.clone())
    })
}

fn buffered<W: Write>(
    path: &Path,
    file: &mut W,
    write: impl FnOnce(&mut BufWriter<Watched<'_, W>>) -> PolarsResult<()>,
) -> Result<(), FrameError> {
    let mut file = BufWriter::new(Watched { file, failure: None });
    let outcome = write(&mut file);
    let flushed = file.flush();
    match (file.get_mut().failure.take(), outcome, flushed) {
        (Some(failure), _, _) | (None, Ok(()), Err(failure)) => Err(FrameError::io(path, failure)),
        (None, Err(e), _) => Err(e.into()),
        (None, Ok(()), Ok(())) => Ok(()),
    }
}

/// Keeps the first error of a file: Polars reports a full disk as a fault of the format.
struct Watched<'a, W> {
    file: &'a mut W,
    failure: Option<io::Error>,
}

impl<W> Watched<'_, W> {
    fn watch<T>(&mut self, outcome: io::Result<T>) -> io::Result<T> {
        outcome.map_err(|e| {
            let copy = io::Error::new(e.kind(), e.to_string());
            // An interrupted write is tried again by the caller.
            if e.kind() != io::ErrorKind::Interrupted {
                self.failure.get_or_insert(e);
            }
            copy
        })
    }
}

impl<W: Write> Write for Watched<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let outcome = self.file.write(bytes);
        self.watch(outcome)
    }

    fn flush(&mut self) -> io::Result<()> {
        let outcome = self.file.flush();
        self.watch(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StringColumn;

    /// A file on a disk that fills up.
    struct FullDisk;

    impl Write for FullDisk {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_is_an_error_of_the_file() {
        let mut text = StringColumn::default();
        text.push_repeat("x", 3);
        let frame = DataFrame::new(3, vec![text.finish("text")]).unwrap();
        let path = Path::new("out");
        for failed in [parquet(&frame, path, &mut FullDisk), arrow_ipc(&frame, path, &mut FullDisk)] {
            assert!(
                matches!(&failed, Err(FrameError::Io { source, .. }) if source.kind() == io::ErrorKind::StorageFull),
                "{failed:?}"
            );
        }
    }
}
