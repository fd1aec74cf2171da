//! How much memory the program takes, and how long: the real program against a simulated server in another process. The bound
//! is that memory does not grow with the result. Linux only; `README.md` says how to read it.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)] // a program that prints figures

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use dhis2::{Credentials, Dhis2};
use dhis2_simulator::SUPERUSER_TOKEN;
use dhis2_tests::program::program;

/// Organisation units: the simulator holds 100 data values and 10 events for each.
const SCALES: [usize; 2] = [10_000, 100_000];

struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(scale: usize) -> Self {
        let scale = scale.to_string();
        let words = ["simulate", "--server-version", "2.42", "--port", "0", "--scale", &scale];
        let mut process =
            Command::new(program()).args(words).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut url).unwrap();
        Self { process, url: url.trim().to_owned() }
    }

    /// The data sets, the program with the most events (all have the same here), the root.
    fn ids(&self) -> (String, String, String) {
        let dhis2 = Dhis2::connect(&self.url, Credentials::token(SUPERUSER_TOKEN)).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let texts = |frame: &dhis2::polars::frame::DataFrame, column: &str| -> Vec<String> {
                frame.column(column).unwrap().str().unwrap().iter().flatten().map(str::to_owned).collect()
            };
            let sets = texts(&dhis2.get_datasets(&[]).await.unwrap(), "id");
            let programs = texts(&dhis2.get_programs(&[]).await.unwrap(), "id");
            let roots = texts(&dhis2.get_organisation_units(Some(1), &[]).await.unwrap(), "id");
            (sets.join(","), programs[0].clone(), roots[0].clone())
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The most memory a process has had, in MB, and how long it took.
fn measure(server: &Server, words: &[&str], folder: &Path) -> (u64, Duration) {
    let began = Instant::now();
    let mut child = Command::new(program())
        .current_dir(folder)
        .args(words)
        .env("DHIS2_URL", &server.url)
        .env("DHIS2_TOKEN", SUPERUSER_TOKEN)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        most = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(most);
        sleep(Duration::from_millis(20));
    }
    assert!(child.wait().unwrap().success());
    (most / 1024, began.elapsed())
}

fn main() {
    // `cargo bench` passes options that are criterion's.
    println!("| extract | rows | file | peak memory of the program | wall time |\n|---|---|---|---|---|");
    for scale in SCALES {
        let server = Server::start(scale);
        let (sets, of_program, root) = server.ids();
        let folder = std::env::temp_dir().join(format!("dhis2-memory-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let values = [
            "extract",
            "data-values",
            "--data-set",
            &sets,
            "--start-date",
            "2000-01-01",
            "--end-date",
            "2099-12-31",
            "--org-unit",
            &root,
            "--include-children",
            "-o",
            "out.parquet",
            "--receipt",
            "receipt.json",
        ];
        let events = [
            "extract",
            "events",
            "--program",
            &of_program,
            "--org-unit",
            &root,
            "-o",
            "out.parquet",
            "--receipt",
            "receipt.json",
        ];
        for (name, words) in [("data values", &values[..]), ("events", &events[..])] {
            let (memory, took) = measure(&server, words, &folder);
            let receipt = std::fs::read(folder.join("receipt.json")).unwrap();
            let receipt: dhis2::Receipt = serde_json::from_slice(&receipt).unwrap();
            let bytes = receipt.files[0].bytes / 1_000_000;
            println!("| {name} | {} | {bytes} MB | {memory} MB | {:.1} s |", receipt.rows, took.as_secs_f64());
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
