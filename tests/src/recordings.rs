//! Recordings of real servers: where they are and how to read them.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::{env, fs};

use dhis2::api::{dialect::Dialect, version::Version};
use flate2::read::GzDecoder;
use serde::Deserialize;
use url::Url;

/// The version whose country is in `data/`: it serves for the others.
pub const SHARED_WORLD: &str = "2.40.12";

/// What was recorded of one server.
#[derive(Debug, Clone)]
pub struct Recordings {
    /// The server's version, as its folder is called.
    pub version: String,
    folder: PathBuf,
}

/// One question and its answer.
#[derive(Debug)]
pub struct Recorded {
    /// What was asked.
    pub url: Url,
    /// The status of the answer.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl Recordings {
    /// Those of every server.
    pub fn all() -> Vec<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let whole = here.join("../../shared/recordings");
        let folder = if whole.is_dir() { whole } else { here.join("data/recordings") };
        let mut all: Vec<Self> = entries(&folder)
            .filter(|entry| entry.starts_with("2."))
            .map(|version| Self { folder: folder.join(&version), version })
            .collect();
        all.sort_by(|a, b| a.version.cmp(&b.version));
        assert_eq!(all.len(), 6, "recordings of six servers in {}", folder.display());
        all
    }

    /// Those of the server, or of the nearest one of which there is a whole country: `world/` and `truth/`.
    pub fn with_world(&self) -> Self {
        let own = self.folder.join("world").is_dir();
        let folder = if own { self.folder.clone() } else { self.folder.with_file_name(SHARED_WORLD) };
        Self { version: if own { self.version.clone() } else { SHARED_WORLD.to_owned() }, folder }
    }

    /// How to speak to the server.
    pub fn dialect(&self) -> Dialect {
        Dialect::of(&self.version.parse::<Version>().unwrap()).unwrap()
    }

    /// A folder of these recordings.
    pub fn folder(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// The names of the files in a folder, without what follows the first dot.
    pub fn names(&self, path: &str) -> Vec<String> {
        let mut names: Vec<String> =
            entries(&self.folder(path)).map(|name| name.split('.').next().unwrap_or_default().to_owned()).collect();
        names.sort();
        names.dedup();
        assert!(!names.is_empty(), "nothing in {path} of {}", self.version);
        names
    }

    /// The content of a file, which may be compressed.
    pub fn text(&self, path: &str) -> String {
        let plain = self.folder(path);
        if plain.exists() {
            return fs::read_to_string(plain).unwrap();
        }
        let packed = self.folder(&format!("{path}.gz"));
        let file = fs::File::open(&packed).unwrap_or_else(|error| panic!("{}: {error}", packed.display()));
        let mut text = String::new();
        GzDecoder::new(file).read_to_string(&mut text).unwrap();
        text
    }

    /// The rows of a table of the database, by the names of their columns.
    pub fn table(&self, name: &str) -> Vec<HashMap<String, String>> {
        let text = self.text(&format!("truth/{name}.csv"));
        csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
    }

    /// The files of the whole country: `world/`, and what exports of some versions leave out of it: relationships between
    /// tracked entities (2.40, 2.41), values of confidential attributes (2.43).
    pub fn world(&self) -> Vec<PathBuf> {
        let beside = match self.version.as_str() {
            "2.40.12" | "2.41.9.1" => Some("tracker/tracked-entities-with-relationships.har"),
            "2.43.1" => Some("tracker/tracked-entities-anc-program.har"),
            _ => None,
        };
        let beside = beside.map(|path| {
            let plain = self.folder(path);
            if plain.exists() { plain } else { self.folder(&format!("{path}.gz")) }
        });
        std::iter::once(self.folder("world")).chain(beside).collect()
    }

    /// The exchanges of a recording, in the order sent.
    pub fn exchanges(&self, path: &str) -> Vec<Recorded> {
        let har: Har = serde_json::from_str(&self.text(path)).unwrap();
        let entries = har.log.entries.into_iter();
        entries
            .map(|Entry { request, response }| {
                assert_eq!(response.content.encoding, None, "{path} is not text");
                Recorded { url: request.url.parse().unwrap(), status: response.status, body: response.content.text }
            })
            .collect()
    }
}

fn entries(folder: &Path) -> impl Iterator<Item = String> {
    let read = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    read.map(|entry| entry.unwrap().file_name().into_string().unwrap())
}

#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    request: Request,
    response: Response,
}

#[derive(Deserialize)]
struct Request {
    url: String,
}

#[derive(Deserialize)]
struct Response {
    status: u16,
    content: Content,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    text: String,
    encoding: Option<String>,
}
