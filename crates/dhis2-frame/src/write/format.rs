//! The file formats, and how a file name chooses one.

use std::fmt;
use std::path::Path;

use crate::FrameError;

/// A file format frames can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Apache Parquet, `.parquet`.
    Parquet,
    /// Comma-separated values, `.csv`.
    Csv,
    /// Apache Arrow IPC file, `.arrow`, `.ipc` or `.feather`.
    ArrowIpc,
    /// Newline-delimited JSON, `.ndjson` or `.jsonl`.
    NdJson,
}

impl Format {
    /// The extensions that are understood, for messages.
    pub(crate) const EXTENSIONS: &str = ".parquet, .csv, .arrow, .ipc, .feather, .ndjson or .jsonl";

    /// The format a file's extension stands for, in upper or lower case.
    ///
    /// # Errors
    ///
    /// [`FrameError::UnknownFormat`] for any other extension, or none.
    ///
    /// ```
    /// use std::path::Path;
    /// use dhis2_frame::Format;
    ///
    /// assert_eq!(Format::from_path(Path::new("out/events.parquet"))?, Format::Parquet);
    /// let refused = Format::from_path(Path::new("events.xlsx")).unwrap_err();
    /// assert!(refused.to_string().starts_with("no file format is known for `.xlsx`; use one of .parquet, .csv"));
    /// # Ok::<(), dhis2_frame::FrameError>(())
    /// ```
    pub fn from_path(path: &Path) -> Result<Self, FrameError> {
        let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned()).unwrap_or_default();
        match extension.to_ascii_lowercase().as_str() {
            "parquet" => Ok(Self::Parquet),
            "csv" => Ok(Self::Csv),
            "arrow" | "ipc" | "feather" => Ok(Self::ArrowIpc),
            "ndjson" | "jsonl" => Ok(Self::NdJson),
            _ => Err(FrameError::UnknownFormat(extension)),
        }
    }

    /// The usual extension, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
            Self::ArrowIpc => "arrow",
            Self::NdJson => "ndjson",
        }
    }
}

/// The format's name in prose.
impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Parquet => "Parquet",
            Self::Csv => "CSV",
            Self::ArrowIpc => "Arrow IPC",
            Self::NdJson => "NDJSON",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Format::{ArrowIpc, Csv, NdJson, Parquet};
    use super::*;

    #[test]
    fn every_extension_named_in_the_message_is_understood() {
        let named: Vec<&str> = Format::EXTENSIONS.split([',', ' ']).filter(|word| word.starts_with('.')).collect();
        let formats: Vec<Format> =
            named.iter().map(|extension| Format::from_path(Path::new(&format!("a{extension}"))).unwrap()).collect();
        assert!(formats.iter().all(|format| Format::from_path(&Path::new("a").with_extension(format.extension())).unwrap() == *format));
        assert_eq!(formats, [Parquet, Csv, ArrowIpc, ArrowIpc, ArrowIpc, NdJson, NdJson]);
    }

    #[test]
    fn case_does_not_matter_and_only_the_last_extension_counts() {
        assert_eq!(Format::from_path(Path::new("A.json.CSV")).unwrap(), Format::Csv);
        for (name, extension) in [("a.csv.gz", "gz"), ("csv", ""), (".csv", ""), ("a.", "")] {
            assert!(
                matches!(Format::from_path(Path::new(name)), Err(FrameError::UnknownFormat(e)) if e == extension),
                "{name}"
            );
        }
    }
}
