//! A file written piece by piece.

use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use polars::io::{SerWriter, ipc, parquet};
use polars::prelude::{
    CompatLevel, DataFrame, DataType, IpcWriter, ParquetCompression, ParquetWriter, Schema, SchemaExt,
};
use polars_arrow::io::ipc::write::default_ipc_fields;
use polars_parquet::write::ZstdLevel;

use super::atomic::Replacement;
use super::fields::Rows;
use super::watched::Watched;
use super::{Format, WrittenFile, csv, ndjson};
use crate::FrameError;

/// How many rows a row group of Parquet and a record batch of Arrow IPC hold, but for the last: readers skip and read them as
/// a whole, and this many are some megabytes of any extract.
pub const ROWS_AT_ONCE: usize = 1 << 17;

type Out<W> = BufWriter<Watched<W>>;

fn buffered<W: Write>(file: &Watched<W>) -> Out<W> {
    BufWriter::with_capacity(1 << 16, file.clone())
}

/// A file that takes frames one after the other, so that all rows need never be in memory at once. The bytes depend on the
/// rows alone, not on how they are cut into frames.
///
/// As [`write_frame`](crate::write_frame) does, it replaces what stood at the path whole, with
/// [`finish`](Self::finish), or not at all, when it is dropped before.
///
/// ```
/// use dhis2_frame::{Format, FrameWriter, StringColumn};
/// use polars::prelude::DataFrame;
///
/// let page = |text| {
///     let mut value = StringColumn::default();
///     value.push(text);
///     DataFrame::new(1, vec![value.finish("value")])
/// };
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("values.csv");
/// let mut file = FrameWriter::create(&path, Format::Csv, page("7")?.schema())?;
/// file.push(&page("7")?)?;
/// file.push(&page("8")?)?;
/// let written = file.finish()?;
/// assert_eq!((written.rows, written.bytes), (2, 10));
/// assert_eq!(std::fs::read_to_string(&path)?, "value\n7\n8\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FrameWriter {
    path: PathBuf,
    replacement: Replacement,
    watched: Watched,
    out: Encoder<File>,
    /// Rows that are too few for a row group yet.
    waiting: Option<DataFrame>,
    rows: usize,
}

enum Encoder<W: Write> {
    Parquet(Box<parquet::write::BatchedWriter<Out<W>>>),
    ArrowIpc(Box<ipc::BatchedWriter<Out<W>>>),
    Text(Out<W>, Format),
}

impl FrameWriter {
    /// Begins a file for frames with these columns.
    ///
    /// # Errors
    /// [`FrameError::Io`] when the folder is missing or the file cannot be written.
    pub fn create(path: &Path, format: Format, schema: &Schema) -> Result<Self, FrameError> {
        Self::create_by_way_of(None, path, format, schema)
    }

    /// The same, with the unfinished file in another folder of the same file system, where somebody removes what a killed
    /// process leaves behind.
    ///
    /// # Errors
    /// As of [`create`](Self::create).
    pub fn create_by_way_of(
        folder: Option<&Path>,
        path: &Path,
        format: Format,
        schema: &Schema,
    ) -> Result<Self, FrameError> {
        Self::begin(path, folder, |file| Encoder::begin(format, schema, file))
    }

    /// Begins a Parquet file that is not compressed: some times as large, and written in two thirds of the time. For rows that
    /// are soon read again, and no longer needed then.
    ///
    /// # Errors
    /// As of [`create`](Self::create).
    pub fn create_uncompressed(path: &Path, schema: &Schema) -> Result<Self, FrameError> {
        Self::begin(path, None, |file| Encoder::parquet(ParquetCompression::Uncompressed, schema, file))
    }

    fn begin(
        path: &Path,
        folder: Option<&Path>,
        encoder: impl FnOnce(&Watched) -> Result<Encoder<File>, FrameError>,
    ) -> Result<Self, FrameError> {
        let failed = |e| FrameError::io(path, e);
        let replacement = Replacement::begin(path, folder).map_err(failed)?;
        let watched = Watched::new(replacement.file().try_clone().map_err(failed)?);
        let out = watch(path, &watched, encoder(&watched))?;
        Ok(Self { path: path.to_owned(), replacement, watched, out, waiting: None, rows: 0 })
    }

    /// Adds the rows of a frame.
    ///
    /// # Errors
    /// [`FrameError::Io`] when the disk is full or fails, [`FrameError::UnsupportedColumn`] for a column type with no text
    /// form in CSV or NDJSON, [`FrameError::Polars`] when Polars fails, as it does where the columns are others than before.
    pub fn push(&mut self, frame: &DataFrame) -> Result<(), FrameError> {
        self.rows += frame.height();
        if let Encoder::Text(..) = self.out {
            // Lines need not be gathered.
            return self.write(frame);
        }
        let mut all = match self.waiting.take() {
            Some(mut waiting) => {
                waiting.vstack_mut(frame)?;
                waiting
            }
            None => frame.clone(),
        };
        while all.height() >= ROWS_AT_ONCE {
            let (first, rest) = all.split_at(i64::try_from(ROWS_AT_ONCE).unwrap_or(i64::MAX));
            self.write(&first)?;
            all = rest;
        }
        self.waiting = (all.height() > 0).then_some(all);
        Ok(())
    }

    /// Completes the file, puts it on disk and in its place.
    ///
    /// # Errors
    /// As of [`push`](Self::push).
    pub fn finish(mut self) -> Result<WrittenFile, FrameError> {
        if let Some(last) = self.waiting.take() {
            self.write(&last)?;
        }
        watch(&self.path, &self.watched, self.out.finish())?;
        let sha256 = self.watched.sha256();
        let bytes = self.replacement.finish().map_err(|e| FrameError::io(&self.path, e))?;
        Ok(WrittenFile { path: self.path, rows: self.rows, bytes, sha256 })
    }

    fn write(&mut self, frame: &DataFrame) -> Result<(), FrameError> {
        let outcome = self.out.write(frame);
        watch(&self.path, &self.watched, outcome)
    }
}

impl fmt::Debug for FrameWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameWriter").field("path", &self.path).field("rows", &self.rows).finish_non_exhaustive()
    }
}

/// Texts where categories are: a file of Arrow's has its categories before the first row, and those of later rows are not known
/// then.
fn without_categories(frame: &DataFrame) -> Result<DataFrame, FrameError> {
    let mut frame = frame.clone();
    let categories = frame.columns().iter().filter(|column| column.dtype().is_categorical());
    let texts = categories.map(|column| column.cast(&DataType::String)).collect::<Result<Vec<_>, _>>()?;
    for column in texts {
        frame.with_column(column)?;
    }
    Ok(frame)
}

/// An error of the file counts before what it makes of the format.
fn watch<T, W: Write>(path: &Path, file: &Watched<W>, outcome: Result<T, FrameError>) -> Result<T, FrameError> {
    match file.take_failure() {
        Some(failure) => Err(FrameError::io(path, failure)),
        None => outcome,
    }
}

impl<W: Write> Encoder<W> {
    fn begin(format: Format, schema: &Schema, file: &Watched<W>) -> Result<Self, FrameError> {
        match format {
            // Level 3 takes half as long again, for files that are as large (data values) or a tenth smaller (events).
            Format::Parquet => Self::parquet(ParquetCompression::Zstd(ZstdLevel::try_new(1).ok()), schema, file),
            Format::ArrowIpc => {
                // Text as Polars holds it (string views) is unknown to Arrow libraries before 2024.
                let level = CompatLevel::oldest();
                let schema = without_categories(&DataFrame::empty_with_schema(schema))?.schema().clone();
                let fields = default_ipc_fields(schema.to_arrow(level).iter_values());
                let writer = IpcWriter::new(buffered(file)).with_compat_level(level);
                Ok(Self::ArrowIpc(Box::new(writer.batched(&schema, fields)?)))
            }
            Format::Csv => {
                let mut file = buffered(file);
                // What goes wrong is kept by the file.
                let _ = csv::header(schema, &mut file);
                Ok(Self::Text(file, format))
            }
            Format::NdJson => Ok(Self::Text(buffered(file), format)),
        }
    }

    fn parquet(compression: ParquetCompression, schema: &Schema, file: &Watched<W>) -> Result<Self, FrameError> {
        let writer = ParquetWriter::new(buffered(file)).with_compression(compression);
        Ok(Self::Parquet(Box::new(writer.batched(schema)?)))
    }

    fn write(&mut self, frame: &DataFrame) -> Result<(), FrameError> {
        let in_one_piece = || {
            let mut frame = frame.clone();
            frame.rechunk_mut();
            frame
        };
        match self {
            Self::Parquet(writer) => Ok(writer.write_batch(&in_one_piece())?),
            Self::ArrowIpc(writer) => Ok(writer.write_batch(&without_categories(&in_one_piece())?)?),
            Self::Text(file, format) => {
                let rows = Rows::of(frame, *format)?;
                // What goes wrong is kept by the file.
                let _ = if *format == Format::Csv { csv::rows(rows, file) } else { ndjson::rows(rows, file) };
                Ok(())
            }
        }
    }

    /// Writes what is left. Dropping the buffer writes it out; what goes wrong is kept by the file.
    fn finish(self) -> Result<(), FrameError> {
        match self {
            Self::Parquet(writer) => writer.finish().map(drop)?,
            Self::ArrowIpc(mut writer) => writer.finish()?,
            Self::Text(mut file, _) => drop(file.flush()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::StringColumn;

    /// A file on a disk that fills up.
    #[derive(Clone)]
    struct FullDisk;

    impl Write for FullDisk {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn frame(rows: usize) -> DataFrame {
        let mut text = StringColumn::default();
        (0..rows).for_each(|row| text.push(&row.to_string()));
        DataFrame::new(rows, vec![text.finish("text")]).unwrap()
    }

    #[test]
    fn a_full_disk_is_an_error_of_the_file() {
        for format in [Format::Parquet, Format::ArrowIpc, Format::Csv, Format::NdJson] {
            let file = Watched::new(FullDisk);
            let outcome = Encoder::begin(format, frame(3).schema(), &file).and_then(|mut out| {
                out.write(&frame(3))?;
                out.finish()
            });
            let failed = watch(Path::new("out"), &file, outcome);
            assert!(
                matches!(&failed, Err(FrameError::Io { source, .. }) if source.kind() == io::ErrorKind::StorageFull),
                "{format}: {failed:?}"
            );
        }
    }

    #[test]
    fn the_bytes_depend_on_the_rows_and_not_on_the_frames() {
        let folder = tempfile::tempdir().unwrap();
        let all = frame(ROWS_AT_ONCE + 1_000);
        for format in [Format::Parquet, Format::ArrowIpc, Format::Csv, Format::NdJson] {
            let write = |name: &str, cuts: &[usize]| {
                let path = folder.path().join(name);
                let mut file = FrameWriter::create(&path, format, all.schema()).unwrap();
                let mut from = 0;
                for cut in cuts.iter().chain([&all.height()]) {
                    file.push(&all.slice(i64::try_from(from).unwrap(), cut - from)).unwrap();
                    from = *cut;
                }
                let written = file.finish().unwrap();
                assert_eq!((written.rows, written.bytes), (all.height(), path.metadata().unwrap().len()));
                (std::fs::read(path).unwrap(), written.sha256)
            };
            assert!(write("once", &[]) == write("often", &[1, 1, 70_000, ROWS_AT_ONCE]), "{format}");
        }
    }

    #[test]
    fn a_file_that_is_not_finished_leaves_what_stood_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        std::fs::write(&path, "before").unwrap();
        let mut file = FrameWriter::create(&path, Format::Csv, frame(1).schema()).unwrap();
        file.push(&frame(1)).unwrap();
        drop(file);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "before");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
