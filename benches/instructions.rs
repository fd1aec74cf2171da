//! How many instructions it takes to make columns of an answer: a number that is the same on a busy machine. It is compared with
//! the one that `instructions.txt` holds, and may be a twentieth greater. Needs valgrind. What cargo keeps to build faster makes
//! other numbers, so it must not (`CARGO_INCREMENTAL=0`).
//!
//!     cargo bench --workspace --locked --profile dev --bench instructions             # compare
//!     cargo bench --workspace --locked --profile dev --bench instructions -- --bless  # keep the numbers of now
#![allow(missing_docs)] // no library

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, ExitCode};

use dhis2_benches::{
    DATA_VALUES, ENROLLMENTS, EVENTS, HOISTED, Order, Read, TRACKED_ENTITIES, data_values, data_values_full,
    data_values_hoisted, enrollments, events, one_core, serde_json_only, tracked_entities,
};
use dhis2_frame::ReadOptions;

/// Enough that what does not depend on the rows is nothing beside them.
const ROWS: usize = 2_000;

struct Case {
    name: &'static str,
    body: fn() -> String,
    read: Read,
    options: fn() -> ReadOptions,
}

const CASES: [Case; 8] = [
    Case { name: "data_values_2.42", body: || data_values_full(ROWS), read: DATA_VALUES, options: one_core },
    Case {
        name: "data_values_2.42_serde_json",
        body: || data_values_full(ROWS),
        read: DATA_VALUES,
        options: serde_json_only,
    },
    Case {
        name: "data_values_2.42_shuffled",
        body: || data_values(ROWS, Order::Shuffled),
        read: DATA_VALUES,
        options: one_core,
    },
    Case { name: "data_values_2.43", body: || data_values_hoisted(ROWS), read: HOISTED, options: one_core },
    Case { name: "events", body: || events(ROWS / 10, 10, Order::Servers), read: EVENTS, options: one_core },
    Case { name: "events_shuffled", body: || events(ROWS / 10, 10, Order::Shuffled), read: EVENTS, options: one_core },
    Case { name: "tracked_entities", body: || tracked_entities(ROWS / 5), read: TRACKED_ENTITIES, options: one_core },
    Case { name: "enrollments", body: || enrollments(ROWS / 2), read: ENROLLMENTS, options: one_core },
];

/// What valgrind counts: it knows this function by its name.
#[inline(never)]
fn counted_by_valgrind(case: &Case, body: &[u8]) -> usize {
    (case.read)(black_box(body), (case.options)())
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(name) = arguments.iter().position(|argument| argument == "--case").and_then(|at| arguments.get(at + 1))
    {
        let case = CASES.iter().find(|case| case.name == name).ok_or("no such case")?;
        let body = (case.body)();
        // The first time, what is made once is made.
        (case.read)(body.as_bytes(), (case.options)());
        println!("{} rows", counted_by_valgrind(case, body.as_bytes()));
        return Ok(ExitCode::SUCCESS);
    }
    let mut now = BTreeMap::new();
    for case in &CASES {
        now.insert(case.name, instructions_of(case.name)?);
    }
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.txt");
    if arguments.iter().any(|argument| argument == "--bless") {
        let mut text = String::new();
        for (name, count) in &now {
            writeln!(text, "{name} {count}")?;
        }
        std::fs::write(&kept, text)?;
        return Ok(ExitCode::SUCCESS);
    }
    let kept = std::fs::read_to_string(&kept)?;
    let kept: BTreeMap<&str, u64> = kept
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(name, n)| Some((name, n.parse().ok()?)))
        .collect();
    let mut worse = false;
    for (name, count) in &now {
        let before = *kept.get(name).ok_or_else(|| format!("instructions.txt has no {name}: run with --bless"))?;
        let more = *count > before + before / 20;
        worse |= more;
        println!("{name}: {count} instructions, {before} kept{}", if more { ", TOO MANY" } else { "" });
    }
    Ok(if worse { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Counts those of one case, in a process of its own.
fn instructions_of(name: &str) -> Result<u64, Box<dyn Error>> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*counted_by_valgrind*"])
        .arg(std::env::current_exe()?)
        .args(["--case", name])
        .output()
        .map_err(|error| format!("valgrind cannot be run ({error}); it is a package of that name"))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let counted = said.lines().find_map(|line| line.split_once("Collected : "));
    match counted {
        Some((_, count)) if output.status.success() => Ok(count.trim().parse()?),
        _ => Err(format!("valgrind counted nothing for {name}: {said}").into()),
    }
}
