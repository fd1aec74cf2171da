//! What the book shows of a terminal is what the program prints.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dhis2_simulator::{CLERK_TOKEN, Fault, Faults, Rule, SUPERUSER_TOKEN, World, WorldSize};
use dhis2_tests::program::command;
use dhis2_tests::served::serve;
use tempfile::TempDir;

/// A terminal: a folder to work in, and what was typed and printed.
struct Screen {
    folder: TempDir,
    shown: String,
}

impl Screen {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), shown: String::new() }
    }

    /// Types a command, and then asks for its exit code where that is not 0.
    fn run(&mut self, environment: &[(&str, &str)], line: &str) {
        let one_line = line.replace("\\\n", " ");
        let words: Vec<&str> = one_line.split_whitespace().collect();
        let output = command(self.folder.path(), environment, &words[1..]).output().unwrap();
        self.shown.extend(["$ ", line, "\n"]);
        // None of the commands here prints on both.
        for bytes in [output.stdout, output.stderr] {
            let text = String::from_utf8(bytes).unwrap();
            // How far a run has come after five seconds depends on the machine.
            let lines = text.lines().filter(|line| !line.contains(" chunks, "));
            self.shown.extend(lines.flat_map(|line| [line.trim_end(), "\n"]));
        }
        match output.status.code() {
            Some(0) => {}
            code => self.shown.extend(["$ echo $?\n", &code.unwrap().to_string(), "\n"]),
        }
        self.shown.push('\n');
    }

    /// Compares with the file of the book, without what differs from run to run.
    fn compare(self, name: &str) {
        let mut shown = without_ports(&self.shown.replace(&*self.folder.path().to_string_lossy(), "."));
        shown.truncate(shown.trim_end().len());
        shown.push('\n');
        let path = file(name);
        if fs::read_to_string(&path).is_ok_and(|text| text == shown) {
            return;
        }
        fs::write(&path, shown).unwrap();
        panic!("docs/screens/{name}.txt was not what the program prints; it has been written anew");
    }
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/screens").join(name).with_extension("txt")
}

/// The text with the same port everywhere.
fn without_ports(text: &str) -> String {
    const HOST: &str = "127.0.0.1:";
    let mut parts = text.split(HOST);
    let mut shown = parts.next().unwrap().to_owned();
    for part in parts {
        shown.extend([HOST, "8085", part.trim_start_matches(|sign: char| sign.is_ascii_digit())]);
    }
    shown
}

#[test]
fn the_demo_prints_what_the_book_shows() {
    let mut screen = Screen::new();
    screen.run(&[], "dhis2 demo");
    screen.compare("demo");
}

/// The clerk may see one of the two regions; then a login page stands in the way of a page of events, until the next day.
#[test]
fn extracts_with_failures_print_what_the_book_shows() {
    let world = Arc::new(World::generate(&WorldSize::default(), 1));
    let good = serve("2.42.5.2", &world, Faults::default());
    let (url, mut screen) = (good.base_url(), Screen::new());
    let clerk = [("DHIS2_URL", &*url), ("DHIS2_TOKEN", CLERK_TOKEN)];
    screen.run(
        &clerk,
        "dhis2 extract data-values --data-set Ug0xqMoBMNK --period 202401 --org-unit eoCGLzxQiqk,BEVP9ZTmIsr --include-children \\\n    -o values.csv --receipt values.receipt.json",
    );
    screen.run(&clerk, "dhis2 verify values.receipt.json values.csv");

    let login_page = Rule { target: "page=3&".to_owned(), times: Some(1), ..Rule::of(Fault::LoginPage) };
    let bad = serve("2.42.5.2", &world, Faults::of([login_page]));
    let url = bad.base_url();
    let admin = [("DHIS2_URL", &*url), ("DHIS2_TOKEN", SUPERUSER_TOKEN)];
    let events = "dhis2 extract events --program Gp5m6bXiKm3 --org-unit tXypXgXhWmb --page-size 200 \\\n    -o events.csv --receipt events.receipt.json";
    screen.run(&admin, events);
    screen.run(&admin, events);
    screen.run(&admin, "dhis2 verify events.receipt.json events.csv");
    screen.compare("failures");
}
