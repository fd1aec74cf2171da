//! Every example of `--help` is run as it stands, against the country that `dhis2 simulate` plays.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use dhis2_simulator::{Faults, SUPERUSER_TOKEN, World, WorldSize};
use dhis2_tests::program::{command, program};
use dhis2_tests::served::serve;
use tempfile::TempDir;

/// What stands in the folder before the examples: files that a person brings along.
const FIRST_VISITS: &str = r#"program = "Gp5m6bXiKm3"
stages = ["OkcsvAzQluG"]
period_type = "Monthly"
level = 3
attribute_option_combo = "vWJbthRRF6p"

[[output]]
data_element = "QBD3OsM2SVZ"
compute = "persons"
combo = "vWJbthRRF6p"
"#;

/// A row that the server has not, with ids of somebody else's.
const THEIRS: &str = r#"{"dataValues":[{"dataElement":"CASES","period":"202412","orgUnit":"CLINIC","categoryOptionCombo":"vWJbthRRF6p",
"attributeOptionCombo":"vWJbthRRF6p","value":"7"}]}"#;

/// A command, and the examples at the end of its help.
struct Help {
    words: Vec<String>,
    text: String,
}

fn help(folder: &Path, words: &[String]) -> String {
    let arguments: Vec<&str> = words.iter().map(String::as_str).chain(["--help"]).collect();
    let output = command(folder, &[("COLUMNS", "400")], &arguments).output().unwrap();
    assert!(output.status.success(), "{words:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The help of all commands, each before those below it.
fn helps(folder: &Path, words: &[String], all: &mut Vec<Help>) {
    let text = help(folder, words);
    let below: Vec<String> = text
        .split_once("\nCommands:\n")
        .map(|(_, rest)| rest.lines().take_while(|line| line.starts_with("  ")))
        .into_iter()
        .flatten()
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty() && *name != "help")
        .map(str::to_owned)
        .collect();
    all.push(Help { words: words.to_owned(), text });
    for name in below {
        helps(folder, &[words, &[name]].concat(), all);
    }
}

impl Help {
    /// The lines of the examples, without their indent.
    fn examples(&self) -> Vec<&str> {
        let Some((_, after)) = self.text.split_once("\nExample:\n").or(self.text.split_once("\nExamples:\n")) else {
            return Vec::new();
        };
        after.lines().take_while(|line| line.starts_with("  ")).map(str::trim_start).collect()
    }

    fn is(&self, name: &str) -> bool {
        self.words == [name]
    }
}

#[test]
fn every_example_of_the_help_runs_as_it_stands() {
    let size = WorldSize { organisation_units: 200, data_values: 20_000, events: 2_000 };
    let world = Arc::new(World::generate(&size, 1));
    let server = serve("2.42.5.2", &world, Faults::default());
    let other = serve("2.42.5.2", &world, Faults::default());
    let folder = TempDir::new().unwrap();
    let mut all = Vec::new();
    helps(folder.path(), &[], &mut all);
    assert!(all.len() > 30, "all commands are there");

    prepare(folder.path(), &world);
    let (mut ran, mut simulated) = (0, 0);
    for help in &all {
        let examples = help.examples();
        assert!(!examples.is_empty(), "dhis2 {} has no example", help.words.join(" "));
        if help.is("simulate") {
            let rules: String =
                help.text.lines().filter_map(|line| line.strip_prefix("  ")).fold(String::new(), |all, line| {
                    if line.starts_with("[[rule]]") || all.starts_with("[[") { all + line + "\n" } else { all }
                });
            fs::write(folder.path().join("faults.toml"), rules).unwrap();
            for example in &examples {
                simulate(folder.path(), example);
            }
            simulated += examples.len();
            continue;
        }
        let script = examples.join("\n").replace("http://127.0.0.1:8085", &server.base_url());
        let script = script.replace("http://127.0.0.1:8086", &other.base_url());
        run(folder.path(), &server.base_url(), &script);
        ran += examples.iter().filter(|line| line.contains("dhis2 ")).count();
    }
    assert!(ran > 50 && simulated == 3, "{ran} and {simulated}");
}

fn run(folder: &Path, url: &str, script: &str) {
    let shell = "set -euo pipefail\ndhis2() { \"$PROGRAM\" \"$@\"; }\n".to_owned() + script;
    let token = ["DHIS2_TOKEN", "DHIS2_FROM_TOKEN", "DHIS2_TO_TOKEN"].map(|name| (name, SUPERUSER_TOKEN));
    let program = program().to_string_lossy();
    let environment = [&token[..], &[("DHIS2_URL", url), ("PROGRAM", &program)]].concat();
    // The environment is that of the program; bash stands before it.
    let prepared = command(folder, &environment, &[]);
    let mut bash = std::process::Command::new("bash");
    bash.args(["-c", &shell]).current_dir(folder).stdin(Stdio::null());
    for (name, value) in prepared.get_envs() {
        match value {
            Some(value) => bash.env(name, value),
            None => bash.env_remove(name),
        };
    }
    let output = bash.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?} of\n{script}\n{said}", output.status.code());
}

/// A server that runs until it is stopped: it is there, and answers, once its address is printed.
fn simulate(folder: &Path, example: &str) {
    // Any port will do, and the one of the example may be taken.
    let words: Vec<&str> = example.split(' ').skip(1).collect();
    let words: Vec<&str> = words.iter().map(|word| if *word == "8085" { "0" } else { *word }).collect();
    let port: &[&str] = if words.contains(&"--port") { &[] } else { &["--port", "0"] };
    let mut server = command(folder, &[], &[&words[..], port].concat());
    let mut server = server.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut address = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut address).unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(address.starts_with("http://127.0.0.1:"), "{example}: {address:?}");
}

fn prepare(folder: &Path, world: &World) {
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    write("first-visits.toml", FIRST_VISITS);
    write("theirs.json", THEIRS);
    write("their-elements.csv", "theirs,ours\nCASES,QBD3OsM2SVZ\n");
    // A unit that reports the set of that element, and, for copies, every unit as itself.
    let value =
        world.data_values().find(|value| value.data_element == "CqXHrnRletV" && value.period.id() == "202412").unwrap();
    let mut units = format!("theirs,ours\nCLINIC,{}\n", value.organisation_unit);
    for unit in world.organisation_units() {
        units.extend([unit.id, ",", unit.id, "\n"]);
    }
    write("their-units.csv", &units);
    let header =
        "data_element_id,period,organisation_unit_id,category_option_combo_id,attribute_option_combo_id,value\n";
    let (unit, combo) = (value.organisation_unit, value.category_option_combo);
    let row = [value.data_element, "202412", unit, combo, value.attribute_option_combo];
    write("corrected.csv", &format!("{header}{},77\n", row.join(",")));
    let recordings = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/recordings");
    std::os::unix::fs::symlink(recordings, folder.join("recordings")).unwrap();
}
