//! The errors of this crate.

use dhis2_frame::FrameError;
use dhis2_http::HttpError;

use crate::find::{FoundObject, ObjectKind};

/// Why a metadata frame could not be made.
///
/// Holds no value that was filtered by, and of what a server sent only ids, codes and names of metadata that were looked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// The server could not be asked, or refused.
    #[error(transparent)]
    Http(#[from] HttpError),

    /// A filter that servers would misread; nothing was sent.
    #[error(transparent)]
    Filter(#[from] FilterError),

    /// The filters make a request that is longer than servers take, and no list in them can be cut.
    #[error(
        "the filters on {collection} make an address of {bytes} bytes, where servers and proxies take about 6,000; give \
         fewer filters, or put the many values into one `in:[…]`, which is sent in parts"
    )]
    TooLong {
        /// The collection that was to be asked.
        collection: &'static str,
        /// The length of the shortest address that could be made.
        bytes: usize,
    },

    /// A deepest level that is none.
    #[error(
        "max_level is {max_level}, but levels are counted from 1 at the root, and no hierarchy has more than {limit}"
    )]
    MaxLevel {
        /// The level given.
        max_level: u32,
        /// The deepest level that is believed.
        limit: u32,
    },

    /// The answer is not the list that was asked for.
    #[error("the answer to GET /api/{collection} of {server} cannot be read: {source}")]
    Answer {
        /// The collection that was asked.
        collection: &'static str,
        /// The server.
        server: String,
        /// What is wrong with the answer, and where.
        source: FrameError,
    },

    /// An object lacks what every such object has. Servers leave out, without a word, fields whose names they do not know.
    #[error(
        "GET /api/{collection} of {server} gave an object without `{field}` (number {row} of its list): the server does not \
         know the field, or something between it and here has changed the answer"
    )]
    MissingField {
        /// The collection that was asked.
        collection: &'static str,
        /// The server.
        server: String,
        /// The field.
        field: &'static str,
        /// Which object it was, from 1.
        row: usize,
    },

    /// Nothing has that name or code, as far as the account may see.
    #[error("{server} has no {kind} with the name or code `{text}` that this account may see{}", like(similar))]
    NotFound {
        /// What was looked for.
        kind: ObjectKind,
        /// The name or code as given.
        text: String,
        /// Objects whose names or codes hold the text, some of them.
        similar: Vec<FoundObject>,
        /// The server.
        server: String,
    },

    /// Several objects have that name or code.
    #[error(
        "`{text}` is the name or code of {count} {kind}s of {server}; say which one by its id:{}",
        listed(found), count = found.len()
    )]
    Ambiguous {
        /// What was looked for.
        kind: ObjectKind,
        /// The name or code as given.
        text: String,
        /// The objects that have it.
        found: Vec<FoundObject>,
        /// The server.
        server: String,
    },

    /// A text by which nothing can be looked for.
    #[error("`{text}` is nothing to look for: give a part of a name or code, or an id")]
    NothingToFind {
        /// The text as given.
        text: String,
    },

    /// There is nothing of that uid, as far as the account may see.
    #[error(
        "{server} has no {what} {id} that this account may see: check the uid, and what is shared with the account"
    )]
    NotThere {
        /// What was looked for, such as `program`.
        what: &'static str,
        /// Its uid, as given.
        id: String,
        /// The server.
        server: String,
    },

    /// The server counts more objects than it gave.
    #[error(
        "GET /api/{collection} of {server} gave {got} objects where its pager counts {total}: the list is not whole; ask \
         again, and if it stays so, look for a proxy that drops query parameters"
    )]
    Incomplete {
        /// The collection that was asked.
        collection: &'static str,
        /// The server.
        server: String,
        /// How many objects came.
        got: usize,
        /// How many there are.
        total: usize,
    },

    /// The frame could not be built.
    #[error(transparent)]
    Frame(#[from] FrameError),
}

/// A filter expression that servers refuse with a bare 500, or worse, misread without a word.
///
/// The message names the filter by its place, property and operator; never by its value, which may be personal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("filter {number}{}: {problem}", subject_text(subject.as_deref()))]
pub struct FilterError {
    /// Which filter it is, from 1.
    pub number: usize,
    /// Its property and operator, as far as they can be told: `name:eq`.
    pub subject: Option<String>,
    /// What is wrong with it.
    pub problem: FilterProblem,
}

/// What is wrong with a filter, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterProblem {
    /// It is not made of property, operator and value.
    #[error("it must be `property:operator:value`, such as `name:ilike:malaria`, or `property:null`")]
    Shape,
    /// The operator needs a value and has none: servers answer 500.
    #[error("the operator needs a value: `property:operator:value`")]
    NoValue,
    /// `in` without a list in brackets.
    #[error("the operator needs a list in brackets: `id:in:[…,…]`")]
    NoList,
    /// An empty item in the list of an `in`.
    #[error("the list has an empty item: write `[a,b]`, with one comma between two items")]
    EmptyItem,
    /// A blank beside a comma in the list of an `in`.
    #[error(
        "a blank stands beside a comma or bracket of the list. Servers cut such a list at every comma, also at those inside a \
         name, and keep the blanks: write `[a,b]`; where the comma belongs to a name, filter by `id` or `code`, by `like` \
         with a part of the name that has no comma, or filter the frame"
    )]
    BlankInList,
    /// A comma outside brackets, on a server that cuts filters there (2.42 and later).
    #[error(
        "it holds a comma outside brackets, at which this server (DHIS2 2.42 or later) cuts it without a word; send several \
         conditions as several filters; where the comma belongs to the value, filter by `id` or `code`, by `like` with a part \
         that has no comma, or filter the frame"
    )]
    Comma,
    /// Brackets that do not pair up, on a server that cuts filters at the commas outside of them (2.42 and later).
    #[error(
        "its brackets do not pair up, or stand inside each other: this server (DHIS2 2.42 or later) would take it and the \
         filters beside it for something else; filter by a part of the value that has no bracket, or filter the frame"
    )]
    Brackets,
    /// `!empty` on a server that does not know it (before 2.42).
    #[error(
        "this server (DHIS2 2.41 or earlier) has no operator `!empty`; leave the filter out and drop the rows with an empty \
         list from the frame"
    )]
    NoNotEmpty,
}

/// How many objects an error lists.
const LISTED: usize = 10;

fn listed(found: &[FoundObject]) -> String {
    let mut lines: Vec<String> = found.iter().take(LISTED).map(|object| format!("\n  {object}")).collect();
    if found.len() > LISTED {
        lines.push(format!("\n  and {} others", found.len() - LISTED));
    }
    lines.concat()
}

fn like(similar: &[FoundObject]) -> String {
    if similar.is_empty() { String::new() } else { format!("; these are like it:{}", listed(similar)) }
}

fn subject_text(subject: Option<&str>) -> String {
    subject.map_or_else(String::new, |subject| format!(" (`{subject}`)"))
}
