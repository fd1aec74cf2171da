//! Recordings of real servers.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::read::GzDecoder;
use serde_json::Value;

/// What was recorded of one server.
#[derive(Debug, Clone)]
pub(crate) struct Recordings {
    pub(crate) version: String,
    folder: PathBuf,
}

impl Recordings {
    /// Those of every server: all where the whole folder is there, else the fixtures of this crate.
    pub(crate) fn all() -> Vec<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let whole = here.join("../../../shared/recordings");
        let (folder, servers) = if whole.is_dir() { (whole, 6) } else { (here.join("tests/data/recordings"), 2) };
        let entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let versions = entries.filter(|name| name.starts_with("2."));
        let all: Vec<Self> = versions.map(|version| Self { folder: folder.join(&version), version }).collect();
        assert_eq!(all.len(), servers, "servers in {}", folder.display());
        all
    }

    /// Those of servers whose whole country was recorded, deleted objects included.
    pub(crate) fn with_world() -> Vec<Self> {
        let all: Vec<Self> = Self::all().into_iter().filter(|one| one.folder.join("world").is_dir()).collect();
        assert!(all.len() >= 2);
        all
    }

    /// The content of a file, which may be compressed.
    pub(crate) fn text(&self, path: &str) -> String {
        let plain = self.folder.join(path);
        if plain.exists() {
            return fs::read_to_string(plain).unwrap();
        }
        let packed = self.folder.join(format!("{path}.gz"));
        let file = fs::File::open(&packed).unwrap_or_else(|error| panic!("{}: {error}", packed.display()));
        let mut text = String::new();
        GzDecoder::new(file).read_to_string(&mut text).unwrap();
        text
    }

    /// The bodies of a recording, in the order asked for. All were answered with 200.
    pub(crate) fn bodies(&self, path: &str) -> Vec<String> {
        let har: Value = serde_json::from_str(&self.text(path)).unwrap();
        let entries = har["log"]["entries"].as_array().unwrap();
        let body = |entry: &Value| {
            assert_eq!(entry["response"]["status"], 200);
            entry["response"]["content"]["text"].as_str().unwrap().to_owned()
        };
        entries.iter().map(body).collect()
    }

    /// The name of the zone of the server's clock.
    pub(crate) fn zone_name(&self) -> String {
        let info: Value = serde_json::from_str(&self.bodies("system/info-superuser.har")[0]).unwrap();
        info["serverTimeZoneId"].as_str().unwrap().to_owned()
    }
}
