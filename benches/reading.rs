//! How much memory reading an answer takes beside the answer and its columns: whole, on all cores, and in pieces. Linux only;
//! `README.md` says how to read it.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss)] // a program that prints figures

use std::fs;
use std::process::Command;

use dhis2_aggregate::flatten::Flatten;
use dhis2_api::datetime::ServerZone;
use dhis2_benches::{Order, data_values_full, events, one_core};
use dhis2_frame::ReadOptions;
use dhis2_tracker::EventColumns;
use polars::prelude::{Column, DataFrame};

const CASES: [&str; 6] = [
    "data values, one core",
    "data values, all cores",
    "data values, in pieces",
    "data values, in pieces, rows taken out",
    "events, one core",
    "events, in pieces",
];
/// What the network brings at once.
const PIECE: usize = 64 << 10;

/// Memory of this process in bytes: what it has had at most since the last look, or now.
fn resident(what: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}

/// What the columns of a frame take. (Polars' own estimate counts a text's bytes, not the sixteen of its cell.)
fn size(frame: &DataFrame) -> usize {
    let column = |column: &Column| match column.str() {
        Ok(texts) => texts.downcast_iter().map(|texts| 16 * texts.len() + texts.total_buffer_len()).sum(),
        Err(_) => column.as_materialized_series().estimated_size(),
    };
    frame.columns().iter().map(column).sum()
}

/// The bytes of the answer, of the columns that are there in the end (of the largest frame where rows are taken out), and of what was needed besides at most.
fn measure(case: &str) -> (usize, usize, usize) {
    let is_values = case.starts_with("data values");
    let body = if is_values { data_values_full(1_000_000) } else { events(100_000, 10, Order::Servers) };
    let options = if case.ends_with("one core") { one_core() } else { ReadOptions::default() };
    let before = resident("VmRSS:");
    // From here on the most is counted anew.
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let bytes = body.as_bytes();
    let event_pages = dhis2_tracker::events::Flatten {
        items: "events",
        zone: ServerZone::UTC,
        in_utc: false,
        columns: EventColumns::Plain,
        selection: dhis2_tracker::events::Selection::default(),
    };
    let columns = match case {
        "data values, one core" | "data values, all cores" => {
            size(&Flatten::default().body_by(bytes, options).unwrap().0)
        }
        "data values, in pieces" => {
            let mut pieces = Flatten::default().pieces();
            bytes.chunks(PIECE).for_each(|piece| pieces.piece(piece).unwrap());
            size(&pieces.finish().unwrap().0)
        }
        "data values, in pieces, rows taken out" => {
            let (mut pieces, mut most) = (Flatten::default().pieces(), 0);
            for piece in bytes.chunks(PIECE) {
                pieces.piece(piece).unwrap();
                most = pieces.rows().unwrap().map_or(most, |rows| size(&rows).max(most));
            }
            pieces.finish().unwrap();
            most
        }
        "events, one core" => size(&event_pages.body_by(bytes, options).unwrap().frame),
        _ => {
            let mut pieces = event_pages.pieces();
            bytes.chunks(PIECE).for_each(|piece| pieces.piece(piece).unwrap());
            size(&pieces.finish().unwrap().frame)
        }
    };
    (bytes.len(), columns, (resident("VmHWM:") - before).saturating_sub(columns))
}

fn main() {
    // Each case is measured in a process of its own.
    if let Ok(case) = std::env::var("CASE") {
        let (body, columns, besides) = measure(&case);
        println!("| {case} | {} | {} | {:.1} |", body >> 20, columns >> 20, besides as f64 / f64::from(1 << 20));
        return;
    }
    println!("| reading | answer, MiB | columns, MiB | besides, MiB |\n|---|---:|---:|---:|");
    for case in CASES {
        let this = std::env::current_exe().unwrap();
        assert!(Command::new(this).env("CASE", case).status().unwrap().success());
    }
}
