//! Parquet and Arrow, by Polars' own writers.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use polars::prelude::{CompatLevel, DataFrame, IpcWriter, ParquetCompression, ParquetWriter, PolarsError, SerWriter};

use crate::FrameError;

pub(super) fn parquet(frame: &DataFrame, path: &Path, file: &mut impl Write) -> Result<(), FrameError> {
    let mut file = BufWriter::new(file);
    ParquetWriter::new(&mut file)
        .with_compression(ParquetCompression::Zstd(None))
        // The writer aligns chunks in place; the clone shares the columns' memory.
        .finish(&mut frame.clone())
        .map_err(|e| write_error(path, e))?;
    file.flush().map_err(|e| FrameError::io(path, e))
}

pub(super) fn arrow_ipc(frame: &DataFrame, path: &Path, file: &mut impl Write) -> Result<(), FrameError> {
    let mut file = BufWriter::new(file);
    IpcWriter::new(&mut file)
        // Text as Polars holds it (string views) is unknown to Arrow libraries before 2024.
        .with_compat_level(CompatLevel::oldest())
        .finish(&mut frame.clone())
        .map_err(|e| write_error(path, e))?;
    file.flush().map_err(|e| FrameError::io(path, e))
}

/// A full disk is the file's trouble, not Polars'.
fn write_error(path: &Path, e: PolarsError) -> FrameError {
    match e {
        PolarsError::IO { error, .. } => FrameError::io(path, io::Error::new(error.kind(), error.to_string())),
        e => FrameError::Polars(e),
    }
}
