//! What of a job is done, line by line.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::SoFar;
use super::chunk_file::ChunkFile;
use crate::receipt::{ChunkReceipt, SplitReceipt};

/// One thing that happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Entry {
    /// Some rows of a chunk, or of a piece of one, are on disk: the pages so far, behind those before.
    Closed { chunk: usize, id: String, place: usize, file: ChunkFile, so_far: SoFar },
    /// All rows of a chunk, or of a piece of one, are on disk.
    Stored { chunk: usize, receipt: ChunkReceipt, files: Vec<ChunkFile> },
    /// A chunk, or a piece of one, was too much at once: its pieces are asked for instead.
    Split { chunk: usize, id: String, receipt: Option<SplitReceipt> },
    /// A chunk is over: what became of its pieces, in the order of their rows, and how often it had to be cut.
    Over {
        chunk: usize,
        pieces: Vec<ChunkReceipt>,
        #[serde(default)]
        needed: u32,
    },
}

/// A file that only grows.
#[derive(Debug)]
pub(crate) struct Journal(File);

impl Journal {
    /// Opens a journal, or begins one, and reads what it says. A last line without an end is what a process was writing when
    /// it was killed; it is taken back.
    pub(crate) fn open(path: &Path) -> io::Result<(Self, Vec<Entry>)> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        if whole < text.len() {
            file.set_len(whole as u64)?;
            file.seek(SeekFrom::End(0))?;
        }
        let lines = text[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let entries = lines.map(serde_json::from_slice).collect::<Result<_, _>>()?;
        Ok((Self(file), entries))
    }

    /// Adds what happened, and returns once it is on disk.
    pub(crate) fn add(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        let before = self.0.metadata()?.len();
        let written = self.0.write_all(&line).and_then(|()| self.0.sync_data());
        if written.is_err() {
            // Half a line must not stand before another. Where even that fails, the disk does, and reading will say so.
            let _ = self.0.set_len(before);
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_a_killed_process_was_writing_is_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let split = |id: &str| Entry::Split { chunk: 0, id: id.to_owned(), receipt: None };
        let (mut journal, entries) = Journal::open(&path).unwrap();
        assert!(entries.is_empty());
        journal.add(&split("a")).unwrap();
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"split\":{\"chu").unwrap();
        let (mut journal, entries) = Journal::open(&path).unwrap();
        assert_eq!(entries.len(), 1);
        journal.add(&split("b")).unwrap();
        let (_, entries) = Journal::open(&path).unwrap();
        let ids: Vec<_> = entries.iter().map(|entry| matches!(entry, Entry::Split { id, .. } if id == "b")).collect();
        assert_eq!(ids, [false, true]);
    }

    #[test]
    fn a_journal_that_was_changed_is_no_journal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        std::fs::write(&path, "{\"split\":{}}\n").unwrap();
        assert_eq!(Journal::open(&path).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
