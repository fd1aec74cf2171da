//! The keys of a chunk's objects on disk: records of one length, of which two passes are made to find what came more than once.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3;

use crate::error::ExtractError;
use crate::keys::Object;

/// Key, time, rows.
const RECORD: usize = 16 + 8 + 4;
/// So many records are read at once.
const AT_ONCE: usize = 1 << 12;

fn failed(path: &Path) -> impl Fn(io::Error) -> ExtractError {
    move |source| ExtractError::JobFolder { folder: path.to_owned(), source }
}

/// A file of keys on its way to disk. Dropped before it is finished, it leaves no trace.
pub(super) struct KeyWriter {
    path: PathBuf,
    out: BufWriter<File>,
    digest: Xxh3,
    finished: bool,
}

impl KeyWriter {
    pub(super) fn create(path: PathBuf) -> Result<Self, ExtractError> {
        let file = File::create(&path).map_err(failed(&path))?;
        Ok(Self { path, out: BufWriter::with_capacity(1 << 16, file), digest: Xxh3::new(), finished: false })
    }

    pub(super) fn push(&mut self, objects: impl IntoIterator<Item = Object>) -> Result<(), ExtractError> {
        for object in objects {
            let record = record(object);
            self.digest.update(&record);
            self.out.write_all(&record).map_err(|error| failed(&self.path)(error))?;
        }
        Ok(())
    }

    /// The digest of the file. Whether it reached the disk shows where it is compared.
    pub(super) fn finish(mut self) -> Result<String, ExtractError> {
        self.out.flush().map_err(failed(&self.path))?;
        self.finished = true;
        Ok(shown(&self.digest))
    }
}

impl std::fmt::Debug for KeyWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyWriter").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Drop for KeyWriter {
    fn drop(&mut self) {
        if !self.finished {
            // What stays behind is in no journal, and goes with the folder.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn shown(digest: &Xxh3) -> String {
    format!("{:032x}", digest.digest128())
}

/// The digest of a file, as [`KeyWriter::finish`] gave it.
pub(super) fn digest_of(path: &Path) -> io::Result<String> {
    let (mut file, mut digest, mut piece) = (File::open(path)?, Xxh3::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(shown(&digest)),
            read => digest.update(&piece[..read]),
        }
    }
}

/// The objects of a file, in order, some at a time.
pub(super) struct KeyReader {
    path: PathBuf,
    file: File,
    bytes: Vec<u8>,
}

impl KeyReader {
    pub(super) fn open(path: PathBuf) -> Result<Self, ExtractError> {
        let file = File::open(&path).map_err(failed(&path))?;
        Ok(Self { path, file, bytes: Vec::with_capacity(RECORD * AT_ONCE) })
    }
}

impl Iterator for KeyReader {
    type Item = Result<Vec<Object>, ExtractError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.bytes.clear();
        let some = (&mut self.file).take((RECORD * AT_ONCE) as u64).read_to_end(&mut self.bytes);
        if let Err(error) = some {
            return Some(Err(failed(&self.path)(error)));
        }
        let (records, rest) = self.bytes.as_chunks::<RECORD>();
        if !rest.is_empty() {
            return Some(Err(ExtractError::DamagedJob { problem: "a list of keys is not as it was written" }));
        }
        (!records.is_empty()).then(|| Ok(records.iter().map(object).collect()))
    }
}

fn record(Object { key, updated, rows }: Object) -> [u8; RECORD] {
    let mut record = [0; RECORD];
    record[..16].copy_from_slice(&key.to_le_bytes());
    record[16..24].copy_from_slice(&updated.to_le_bytes());
    record[24..].copy_from_slice(&rows.to_le_bytes());
    record
}

fn object(record: &[u8; RECORD]) -> Object {
    let (mut key, mut updated, mut rows) = ([0; 16], [0; 8], [0; 4]);
    key.copy_from_slice(&record[..16]);
    updated.copy_from_slice(&record[16..24]);
    rows.copy_from_slice(&record[24..]);
    Object { key: u128::from_le_bytes(key), updated: i64::from_le_bytes(updated), rows: u32::from_le_bytes(rows) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects() -> Vec<Object> {
        let object = |n: u32| Object { key: u128::from(n) << 90 | 7, updated: -i64::from(n), rows: n };
        (0..10_000).map(object).collect()
    }

    #[test]
    fn what_was_written_is_read_again_and_known_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let mut file = KeyWriter::create(path.clone()).unwrap();
        for some in objects().chunks(3_000) {
            file.push(some.iter().copied()).unwrap();
        }
        let digest = file.finish().unwrap();
        assert_eq!(digest_of(&path).unwrap(), digest);
        let read: Vec<Object> = KeyReader::open(path.clone()).unwrap().flat_map(Result::unwrap).collect();
        assert_eq!(read, objects());
        let mut bytes = fs::read(&path).unwrap();
        bytes[5_000] ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert_ne!(digest_of(&path).unwrap(), digest);
    }

    #[test]
    fn a_file_that_was_cut_is_no_shorter_list() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let mut file = KeyWriter::create(path.clone()).unwrap();
        file.push(objects()).unwrap();
        file.finish().unwrap();
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..RECORD * (AT_ONCE + 9) + 20]).unwrap();
        let read: Vec<_> = KeyReader::open(path).unwrap().take(2).collect();
        assert!(read[0].as_ref().is_ok_and(|objects| *objects == self::objects()[..AT_ONCE]));
        assert!(matches!(read[1], Err(ExtractError::DamagedJob { .. })), "{:?}", read[1]);
    }

    #[test]
    fn what_is_not_finished_leaves_no_trace() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = KeyWriter::create(folder.path().join("keys")).unwrap();
        file.push(objects()).unwrap();
        drop(file);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
