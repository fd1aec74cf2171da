//! Answers that are there as a whole: read on as many cores as are worth it.

use std::num::NonZeroUsize;
use std::sync::OnceLock;
use std::thread;

use super::list::{ListWalk, ReadList};
use crate::{FrameError, text};

/// Less than this is not worth a thread: one core reads it in a few milliseconds.
const BYTES_OF_A_PART: usize = 2 << 20;

/// How to read an answer. The rows are the same either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadOptions {
    /// On up to so many cores; an answer of less than 4 MiB is read on one.
    pub cores: NonZeroUsize,
    /// By the reader that is made for what servers send, where it can; else by `serde_json` alone.
    pub quick: bool,
}

impl Default for ReadOptions {
    /// On all cores, by the quick reader.
    fn default() -> Self {
        // Asking takes the system longer than a small answer takes us.
        static CORES: OnceLock<NonZeroUsize> = OnceLock::new();
        let cores = *CORES.get_or_init(|| thread::available_parallelism().unwrap_or(NonZeroUsize::MIN));
        Self { cores, quick: true }
    }
}

/// Reads an answer. `reader` makes a reader for so many bytes; those that come back have read one
/// part of the list each, in its order, and each what stands before the list; the last also what stands behind it.
///
/// # Errors
/// [`FrameError`] with the place of what is not as it must be.
pub fn read_list<R: ReadList + Send>(
    body: &[u8],
    options: ReadOptions,
    reader: impl Fn(usize) -> R + Sync,
) -> Result<Vec<R>, FrameError> {
    let text = text(body)?;
    let parts = options.cores.get().min(text.len() / BYTES_OF_A_PART);
    if parts > 1
        && let Some(readers) = in_parts(text, parts, options.quick, &reader)
    {
        return Ok(readers);
    }
    ListWalk::new(reader(text.len()), options.quick).read_to_end(text, 0).map(|reader| vec![reader])
}

/// Nothing where the list cannot be parted, or something is wrong with the answer: then one reader reads it all, and says what.
pub(super) fn in_parts<R: ReadList + Send>(
    text: &str,
    parts: usize,
    quick: bool,
    reader: &(impl Fn(usize) -> R + Sync),
) -> Option<Vec<R>> {
    let begin = || {
        let mut walk = ListWalk::new(reader(text.len() / parts), quick);
        walk.read_to_list(text).ok().map(|start| (walk, start))
    };
    let (first, start) = begin()?;
    let starts = starts(text, start, parts)?;
    thread::scope(|scope| {
        let others = starts.iter().enumerate().map(|(part, from)| {
            let until = starts.get(part + 1).copied();
            thread::Builder::new().spawn_scoped(scope, move || {
                // What stands before the list is for each reader.
                let walk = begin()?.0.inside();
                match until {
                    Some(until) => walk.up_to(text, *from, until).ok()?,
                    None => walk.read_to_end(text, *from).ok(),
                }
            })
        });
        let others: Vec<_> = others.collect::<Result<_, _>>().ok()?;
        let mut readers = vec![first.up_to(text, start, *starts.first()?).ok()??];
        for other in others {
            readers.push(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Some(readers)
    })
}

/// Where objects of the list begin that part it: near the parts' ends, where what begins the first object stands again behind
/// a comma. Inside a text the quote would have a backslash before it, so it is the beginning of some object; whether of one of
/// the list is seen when the reader of the part before comes there.
fn starts(text: &str, first: usize, parts: usize) -> Option<Vec<usize>> {
    let list = &text.as_bytes()[first..];
    let opening = &list[..=list.iter().position(|byte| *byte == b':')?];
    if !opening.starts_with(b"{\"") || opening.len() > 64 {
        return None;
    }
    let opening = [b",", opening].concat();
    let finder = memchr::memmem::Finder::new(&opening);
    let mut starts = Vec::new();
    for part in 1..parts {
        let near = list.len() / parts * part;
        let start = first + near + finder.find(&list[near..])? + 1;
        if starts.last().is_some_and(|last| start <= *last) {
            return None;
        }
        starts.push(start);
    }
    Some(starts)
}
