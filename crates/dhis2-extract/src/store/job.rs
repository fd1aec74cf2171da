//! The folder of a job: what was asked, what is there already, and the rows of it.

use std::collections::HashMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use dhis2_frame::write_text;
use polars::frame::DataFrame;
use serde::{Deserialize, Serialize};

use super::SoFar;
use super::aside::Aside;
use super::chunk_file::ChunkFile;
use super::journal::{Entry, Journal};
use crate::engine::Expected;
use crate::error::ExtractError;
use crate::protect::PRIVACY;
use crate::receipt::{ChunkReceipt, ChunkState, Receipt, ServerReceipt, SplitReceipt, Warning};

const HEAD: &str = "job.json";
const JOURNAL: &str = "journal.ndjson";
const LOCK: &str = "lock";
const CHUNKS: &str = "chunks";
const AGAIN: &str = "again";
const STEPS: &str = "steps";

/// What a job is about. Rows of two jobs with different heads must not be mixed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct JobHead {
    /// The program, with its version: another may read an answer otherwise.
    pub(crate) tool: String,
    pub(crate) extract: String,
    pub(crate) query: serde_json::Value,
    /// A digest of what the query does not show.
    pub(crate) hidden: Option<String>,
    pub(crate) server: ServerReceipt,
    /// The columns of the rows.
    pub(crate) columns: Vec<String>,
    /// The ids of all chunks of the plan, in their order.
    pub(crate) chunks: Vec<String>,
}

/// A folder in which a run keeps what it has fetched, so that a second run of the same question goes on where the first
/// stopped, however it stopped. Only one process at a time can have it. A job on which nobody has worked for twelve hours is begun
/// afresh: its rows are no longer what the server holds.
///
/// | file | what it is |
/// |---|---|
/// | `job.json` | what is asked, of which server, by whom |
/// | `journal.ndjson` | what is done, one line each, written after what it speaks of is on disk |
/// | `chunks/*.parquet` | the rows of finished chunks |
/// | `chunks/*.keys` | the keys of their objects: hashes, of which no id can be made |
/// | `again/` | what is asked for once more, to be compared, while that lasts |
/// | `steps/*/` | the same for each later step of the extract |
/// | `lock` | held while a process works on the job |
#[derive(Debug)]
pub struct Job {
    folder: PathBuf,
    // Held until the job is dropped or its process dies.
    _lock: File,
    began: String,
    server_began: Option<i64>,
    /// An older job stood in the folder, and was forgotten.
    afresh: bool,
    /// How often something was put aside.
    asides: AtomicUsize,
    state: Mutex<State>,
}

/// The pieces of a chunk, with what they hold.
pub(crate) type Pieces = Vec<(ChunkReceipt, Vec<ChunkFile>)>;

/// Why a chunk, or a piece of one, is asked for in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Split {
    /// It was asked for, and was too much.
    TooMuch,
    /// Others before it were too much.
    Beforehand,
}

#[derive(Debug)]
struct State {
    journal: Journal,
    closed: HashMap<(usize, String), Vec<(ChunkFile, SoFar)>>,
    stored: HashMap<(usize, String), (ChunkReceipt, Vec<ChunkFile>)>,
    split: HashMap<(usize, String), Split>,
    splits: Vec<SplitReceipt>,
    /// What became of the pieces, and how often the chunk had to be cut.
    over: HashMap<usize, (Vec<ChunkReceipt>, u32)>,
}

/// What stands in the folder of a job besides, for who reads it without asking the server.
#[derive(Serialize, Deserialize)]
struct Head {
    /// When the job was begun, by whichever process.
    began: String,
    /// What the server's clock showed then, in milliseconds since 1970, of an extract that looks for later changes.
    #[serde(default)]
    server_began: Option<i64>,
    warnings: Vec<Warning>,
    expected: Expected,
    #[serde(flatten)]
    about: JobHead,
}

/// A job that was begun before.
#[derive(Debug)]
pub(crate) struct Existing {
    pub(crate) job: Job,
    pub(crate) head: JobHead,
    pub(crate) began: String,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) expected: Expected,
    /// A frame with the columns of the rows, where there are any.
    pub(crate) columns: Option<DataFrame>,
}

impl Job {
    /// Opens the folder of a job, or makes one. One that was begun too long ago is begun afresh; so is a later step of a run
    /// where the answers before it call for something else now, however old it is.
    pub(crate) fn open(
        folder: &Path,
        head: &JobHead,
        now: &str,
        warnings: &[Warning],
        expected: &Expected,
        server_began: Option<i64>,
        step: bool,
    ) -> Result<Self, ExtractError> {
        let failed = |source| ExtractError::JobFolder { folder: folder.to_owned(), source };
        fs::create_dir_all(folder.join(CHUNKS)).map_err(failed)?;
        let lock = lock(folder)?;
        let before: Option<Head> = match fs::read_to_string(folder.join(HEAD)) {
            Ok(text) => Some(serde_json::from_str(&text).map_err(|e| failed(e.into()))?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        let afresh = before.is_some() && !step;
        if let Some(before) = before {
            match before.about.difference(head) {
                Some((what, was, is)) if !step => {
                    return Err(ExtractError::OtherJob { folder: folder.to_owned(), what, was, is });
                }
                None if step || !is_too_old(folder) => {
                    return Self::read(folder, lock, before.began, before.server_began);
                }
                _ => {}
            }
        }
        clear(folder).map_err(failed)?;
        let began = now.to_owned();
        let (warnings, expected, about) = (warnings.to_vec(), expected.clone(), head.clone());
        let all = Head { began, server_began, warnings, expected, about };
        let text = serde_json::to_string_pretty(&all).map_err(|e| failed(e.into()))?;
        write_text(&(text + "\n"), &folder.join(HEAD))?;
        Ok(Self { afresh, ..Self::read(folder, lock, all.began, server_began)? })
    }

    /// Opens the folder of a job that is there, to read it.
    pub(crate) fn existing(folder: &Path) -> Result<Existing, ExtractError> {
        let failed = |source| ExtractError::JobFolder { folder: folder.to_owned(), source };
        let text = fs::read_to_string(folder.join(HEAD)).map_err(failed)?;
        let Head { began, server_began, warnings, expected, about: head } =
            serde_json::from_str(&text).map_err(|e| failed(e.into()))?;
        let job = Self::read(folder, lock(folder)?, began.clone(), server_began)?;
        let any = job.state().stored.values().find_map(|(_, files)| files.first()).map(ChunkFile::columns);
        let columns = any.transpose()?;
        Ok(Existing { job, head, began, warnings, expected, columns })
    }

    fn read(folder: &Path, lock: File, began: String, server_began: Option<i64>) -> Result<Self, ExtractError> {
        let failed = |source| ExtractError::JobFolder { folder: folder.to_owned(), source };
        remove_leftovers(folder).map_err(failed)?;
        Aside::remove_all(&folder.join(AGAIN)).map_err(failed)?;
        let (journal, entries) = Journal::open(&folder.join(JOURNAL)).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => ExtractError::DamagedJob { problem: "its journal cannot be read" },
            _ => failed(error),
        })?;
        let mut state = State {
            journal,
            closed: HashMap::new(),
            stored: HashMap::new(),
            split: HashMap::new(),
            splits: Vec::new(),
            over: HashMap::new(),
        };
        for entry in entries {
            match entry {
                // A file that is gone or damaged is fetched again, with all behind it.
                Entry::Closed { chunk, id, place, file, so_far } => {
                    let files = state.closed.entry((chunk, id.clone())).or_default();
                    files.truncate(place);
                    let found = file.found_at(chunk_path(folder, chunk, &id, place));
                    if let Some(file) = found.filter(|_| files.len() == place) {
                        files.push((file, so_far));
                    }
                }
                Entry::Stored { chunk, receipt, files } => {
                    let found = files.into_iter().enumerate();
                    let found = found.map(|(place, file)| file.found_at(chunk_path(folder, chunk, &receipt.id, place)));
                    if let Some(files) = found.collect() {
                        state.stored.insert((chunk, receipt.id.clone()), (receipt, files));
                    }
                }
                Entry::Split { chunk, id, receipt } => {
                    let why = if receipt.is_some() { Split::TooMuch } else { Split::Beforehand };
                    state.split.insert((chunk, id), why);
                    state.splits.extend(receipt);
                }
                Entry::Over { chunk, pieces, needed } => {
                    state.over.insert(chunk, (pieces, needed));
                }
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
            _lock: lock,
            began,
            server_began,
            afresh: false,
            asides: AtomicUsize::new(0),
            state: Mutex::new(state),
        })
    }

    /// Removes the folder of a job, where there is one.
    ///
    /// # Errors
    /// [`ExtractError::JobFolder`] where it cannot be removed, or another process works on it.
    pub fn remove(folder: &Path) -> Result<(), ExtractError> {
        let failed = |source| ExtractError::JobFolder { folder: folder.to_owned(), source };
        if !folder.join(HEAD).exists() && !folder.join(LOCK).exists() {
            return Ok(());
        }
        let _lock = lock(folder)?;
        fs::remove_dir_all(folder).map_err(failed)
    }

    /// Removes the folder of a job whose rows are safe. It stays where something failed, or could not be verified, so that
    /// running again asks for that only; what was refused will be refused again.
    ///
    /// # Errors
    /// As of [`remove`](Self::remove).
    pub fn remove_unless_wanted(folder: &Path, receipt: &Receipt) -> Result<(), ExtractError> {
        let is_wanted = |chunk: &ChunkReceipt| chunk.state == ChunkState::Failed || chunk.verify_error.is_some();
        if receipt.chunks.iter().any(is_wanted) { Ok(()) } else { Self::remove(folder) }
    }

    /// Removes the folder of a job that holds no rows.
    ///
    /// # Errors
    /// As of [`remove`](Self::remove).
    pub fn remove_empty(folder: &Path) -> Result<(), ExtractError> {
        if holds_rows(folder) { Ok(()) } else { Self::remove(folder) }
    }

    /// That there is no job in a folder, for a run that keeps none there: rows of another would be taken for its own.
    ///
    /// # Errors
    /// [`ExtractError::OtherJob`] where there is one.
    pub fn none_in(folder: &Path) -> Result<(), ExtractError> {
        if !folder.join(HEAD).exists() {
            return Ok(());
        }
        let [was, is] = ["one that keeps rows on the disk", "one that keeps none"].map(str::to_owned);
        Err(ExtractError::OtherJob { folder: folder.to_owned(), what: "the run", was, is })
    }

    /// Where a later step keeps what it fetches.
    pub(crate) fn step(folder: &Path, name: &str) -> PathBuf {
        folder.join(STEPS).join(name)
    }

    /// Whether what stood in its folder was too old to go on with.
    pub(crate) fn is_afresh(&self) -> bool {
        self.afresh
    }

    /// When it was begun, by whichever process, UTC.
    pub(crate) fn began(&self) -> &str {
        &self.began
    }

    /// What the server's clock showed then, where that was noted.
    pub(crate) fn server_began(&self) -> Option<i64> {
        self.server_began
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, entry: &Entry) -> Result<(), ExtractError> {
        let written = self.state().journal.add(entry);
        written.map_err(|source| ExtractError::JobFolder { folder: self.folder.clone(), source })
    }

    /// The pieces of a chunk that is over, all whole, with what they hold, and how often it had to be cut. Nothing where one
    /// is missing.
    pub(crate) fn whole(&self, chunk: usize) -> Option<(Pieces, u32)> {
        let state = self.state();
        let (pieces, needed) = state.over.get(&chunk)?;
        let pieces = pieces.iter().map(|piece| state.stored.get(&(chunk, piece.id.clone())).cloned());
        Some((pieces.collect::<Option<Pieces>>()?, *needed))
    }

    /// A place for rows that are not to stay.
    pub(crate) fn aside(&self) -> Result<Aside, ExtractError> {
        let number = self.asides.fetch_add(1, Ordering::Relaxed);
        let failed = |source| ExtractError::JobFolder { folder: self.folder.clone(), source };
        Aside::make(self.folder.join(AGAIN).join(number.to_string())).map_err(failed)
    }

    /// What became of a chunk that is over, whole or not, with what there is of it.
    pub(crate) fn over(&self, chunk: usize) -> Option<Vec<(ChunkReceipt, Option<Vec<ChunkFile>>)>> {
        let state = self.state();
        let with_file = |piece: &ChunkReceipt| {
            let stored = state.stored.get(&(chunk, piece.id.clone()));
            (piece.clone(), stored.map(|(_, files)| files.clone()))
        };
        state.over.get(&chunk).map(|(pieces, _)| pieces.iter().map(with_file).collect())
    }

    /// A chunk, or a piece of one, that is there already.
    pub(crate) fn stored(&self, chunk: usize, id: &str) -> Option<(ChunkReceipt, Vec<ChunkFile>)> {
        self.state().stored.get(&(chunk, id.to_owned())).cloned()
    }

    /// Whether and why it was cut before.
    pub(crate) fn was_split(&self, chunk: usize, id: &str) -> Option<Split> {
        self.state().split.get(&(chunk, id.to_owned())).copied()
    }

    /// What there is of the pages of a chunk, or of a piece of one, whose end was not reached.
    pub(crate) fn closed(&self, chunk: usize, id: &str) -> Option<(Vec<ChunkFile>, SoFar)> {
        let state = self.state();
        let files = state.closed.get(&(chunk, id.to_owned()))?;
        let (_, so_far) = files.last()?;
        Some((files.iter().map(|(file, _)| file.clone()).collect(), *so_far))
    }

    /// Where rows of a chunk, or of a piece of one, are to be.
    pub(crate) fn path(&self, chunk: usize, id: &str, place: usize) -> PathBuf {
        chunk_path(&self.folder, chunk, id, place)
    }

    pub(crate) fn note_closed(
        &self,
        chunk: usize,
        id: &str,
        place: usize,
        file: &ChunkFile,
        so_far: SoFar,
    ) -> Result<(), ExtractError> {
        self.note(&Entry::Closed { chunk, id: id.to_owned(), place, file: file.clone(), so_far })?;
        let mut state = self.state();
        let files = state.closed.entry((chunk, id.to_owned())).or_default();
        files.truncate(place);
        files.push((file.clone(), so_far));
        Ok(())
    }

    pub(crate) fn note_stored(
        &self,
        chunk: usize,
        receipt: &ChunkReceipt,
        files: &[ChunkFile],
    ) -> Result<(), ExtractError> {
        self.note(&Entry::Stored { chunk, receipt: receipt.clone(), files: files.to_vec() })
    }

    /// Notes that a chunk, or a piece of one, is asked for in pieces; with a receipt where that was found out by asking.
    pub(crate) fn note_split(&self, chunk: usize, id: &str, receipt: Option<SplitReceipt>) -> Result<(), ExtractError> {
        self.note(&Entry::Split { chunk, id: id.to_owned(), receipt })
    }

    /// What earlier runs found to be too much.
    pub(crate) fn splits(&self) -> Vec<SplitReceipt> {
        self.state().splits.clone()
    }

    pub(crate) fn note_over(&self, chunk: usize, pieces: Vec<ChunkReceipt>, needed: u32) -> Result<(), ExtractError> {
        self.note(&Entry::Over { chunk, pieces, needed })
    }
}

/// A job on which nobody has worked for so long is not gone on with: who asks every night wants the rows of this night.
const OLDEST: Duration = Duration::from_secs(12 * 3_600);

fn is_too_old(folder: &Path) -> bool {
    // A clock that was put back tells nothing.
    !last_work(folder).is_some_and(|last| last.elapsed().is_ok_and(|age| age < OLDEST))
}

/// When something was last added to the job or to one of its steps.
fn last_work(folder: &Path) -> Option<SystemTime> {
    let last = fs::metadata(folder.join(JOURNAL)).or_else(|_| fs::metadata(folder.join(HEAD)));
    let own = last.and_then(|last| last.modified()).ok();
    own.into_iter().chain(steps(folder).filter_map(|step| last_work(&step))).max()
}

/// Whether a job or one of its steps has fetched anything; where that cannot be seen, it may have.
fn holds_rows(folder: &Path) -> bool {
    let empty = fs::read_dir(folder.join(CHUNKS)).is_ok_and(|mut chunks| chunks.next().is_none());
    !empty || steps(folder).any(|step| holds_rows(&step))
}

fn steps(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder.join(STEPS)).into_iter().flatten().flatten().map(|entry| entry.path())
}

/// Forgets what a job has fetched. Rows without a head belong to nobody knows what; the head goes last.
fn clear(folder: &Path) -> io::Result<()> {
    let gone = |outcome: io::Result<()>| match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    };
    gone(fs::remove_file(folder.join(JOURNAL)))?;
    gone(fs::remove_dir_all(folder.join(CHUNKS)))?;
    gone(fs::remove_dir_all(folder.join(STEPS)))?;
    fs::create_dir_all(folder.join(CHUNKS))?;
    gone(fs::remove_file(folder.join(HEAD)))
}

/// Removes what a killed process was writing.
fn remove_leftovers(folder: &Path) -> io::Result<()> {
    for folder in [folder.to_owned(), folder.join(CHUNKS)] {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "tmp") {
                fs::remove_file(path)?;
            }
        }
    }
    Ok(())
}

fn chunk_path(folder: &Path, chunk: usize, id: &str, place: usize) -> PathBuf {
    folder.join(CHUNKS).join(format!("{chunk:06}-{id}-{place}.parquet"))
}

fn lock(folder: &Path) -> Result<File, ExtractError> {
    let failed = |source| ExtractError::JobFolder { folder: folder.to_owned(), source };
    let file = File::options().create(true).truncate(false).write(true).open(folder.join(LOCK)).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ExtractError::JobTaken { folder: folder.to_owned() }),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

impl JobHead {
    /// The first thing in which it differs from what it is now: what, how it was, how it is.
    pub(crate) fn difference(&self, now: &Self) -> Option<(&'static str, String, String)> {
        let user = |head: &Self| head.server.user.clone().unwrap_or_else(|| "unknown".to_owned());
        let privacy = |head: &Self| head.query.get(PRIVACY).map_or_else(|| "none".to_owned(), ToString::to_string);
        let texts = [
            ("the server", self.server.url.clone(), now.server.url.clone()),
            ("the server's version", self.server.version.clone(), now.server.version.clone()),
            ("the account", user(self), user(now)),
            ("this program", self.tool.clone(), now.tool.clone()),
            ("the extract", self.extract.clone(), now.extract.clone()),
            // Before the query: one that is not protected may name persons, and is not to be shown where they are.
            ("the protection of persons", privacy(self), privacy(now)),
            ("the query", self.query.to_string(), now.query.to_string()),
            ("the columns", self.columns.join(", "), now.columns.join(", ")),
            ("the plan", self.chunks.join(", "), now.chunks.join(", ")),
        ];
        let hidden = (self.hidden != now.hidden).then_some(("what is filtered by", "other values", "these"));
        let hidden = hidden.map(|(what, was, is)| (what, was.to_owned(), is.to_owned()));
        texts.into_iter().find(|(_, was, is)| was != is).or(hidden)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_of_last_night_is_not_gone_on_with_tonight() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(HEAD), "").unwrap();
        let journal = File::create(folder.path().join(JOURNAL)).unwrap();
        let hours = |hours: u64| SystemTime::now() - Duration::from_secs(hours * 3_600);
        for (last, old) in [(hours(0), false), (hours(11), false), (hours(13), true), (hours(24), true)] {
            journal.set_modified(last).unwrap();
            assert_eq!(is_too_old(folder.path()), old);
        }
        journal.set_modified(SystemTime::now() + Duration::from_secs(7_200)).unwrap();
        assert!(is_too_old(folder.path()));
    }

    #[test]
    fn a_protected_run_does_not_tell_whom_one_before_it_asked_for() {
        let about = |query: serde_json::Value| JobHead {
            tool: String::new(),
            extract: "tracked entities".to_owned(),
            query,
            hidden: None,
            server: ServerReceipt { url: String::new(), version: String::new(), time_zone: None, user: None },
            columns: Vec::new(),
            chunks: Vec::new(),
        };
        let before = about(serde_json::json!({"tracked_entity": ["Kj6vYde4LHh"]}));
        let now = about(serde_json::json!({"tracked_entity": ["pseudonym"], "privacy": {"pseudonymised": true}}));
        let (what, was, is) = before.difference(&now).unwrap();
        assert_eq!((what, was.as_str()), ("the protection of persons", "none"));
        assert!(!is.contains("Kj6vYde4LHh"));
    }
}
