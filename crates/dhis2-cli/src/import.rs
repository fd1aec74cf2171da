//! The `import` commands.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use comfy_table::{Table, presets};
use dhis2::aggregate::import::DataSetRule;
use dhis2::aggregate::read_data_values;
use dhis2::api::Uid;
use dhis2::frame::{FrameError, read_frame, write_frame};
use dhis2::polars::frame::DataFrame;
use dhis2::{Format, Import, ImportOptions, ImportStrategy};
use serde_json::json;

use crate::args::{ImportDataValuesArguments, Mapped, StrategyArgument};
use crate::connect::connect;
use crate::exit::{Done, Failure};
use crate::progress::Watch;

pub(crate) async fn data_values(wanted: &ImportDataValuesArguments) -> Result<Done, Failure> {
    let report_format = wanted.report.as_deref().map(Format::from_path).transpose().map_err(Failure::usage)?;
    let options = options(wanted)?;
    let file = read_data_values(&wanted.file)?;
    if file.deleted > 0 {
        eprintln!("warning: {} rows of the file are marked as deleted and are left out", file.deleted);
    }
    let (progress, ending) = Watch::start("import", wanted.server.log);
    let dhis2 = connect(&wanted.server)?.with_progress(progress);
    let result = dhis2.import_data_values(&file.rows, &options).await;
    drop(ending);
    let recorded = dhis2.finish_recording();
    let import = result?;
    if let (Some(path), Some(format)) = (&wanted.report, report_format) {
        write_frame(&import.report, path, format)?;
    }
    recorded?;
    for warning in &import.warnings {
        eprintln!("warning: {warning}");
    }
    if let Some(why) = &import.stopped {
        eprintln!("stopped: {why}");
    }
    let causes = causes(&import.report)?;
    if wanted.json {
        println!("{}", as_json(&import, &causes));
    } else {
        show(&import, &causes);
    }
    Ok(if import.is_complete() { Done::Complete } else { Done::Partial })
}

fn options(wanted: &ImportDataValuesArguments) -> Result<ImportOptions, Failure> {
    let mut options = ImportOptions {
        strategy: match wanted.strategy {
            StrategyArgument::Create => ImportStrategy::Create,
            StrategyArgument::Update => ImportStrategy::Update,
            StrategyArgument::CreateAndUpdate => ImportStrategy::CreateAndUpdate,
            StrategyArgument::Delete => ImportStrategy::Delete,
        },
        dry_run: !wanted.commit,
        check_values: wanted.check,
        asynchronous: wanted.asynchronous,
        resume: wanted.resume.as_deref().map(read).transpose()?,
        ..ImportOptions::default()
    };
    if !wanted.prefer_data_sets.is_empty() {
        let uids = wanted.prefer_data_sets.iter().map(|id| Uid::parse(id)).collect::<Result<_, _>>();
        options.data_set_rule = DataSetRule::Prefer(uids.map_err(Failure::usage)?);
    }
    for (kind, path) in &wanted.maps {
        let map = match kind {
            Mapped::DataElements => &mut options.data_elements,
            Mapped::OrgUnits => &mut options.org_units,
            Mapped::CategoryOptionCombos => &mut options.category_option_combos,
            Mapped::AttributeOptionCombos => &mut options.attribute_option_combos,
        };
        *map = Some(mapping(path)?);
    }
    Ok(options)
}

fn read(path: &Path) -> Result<DataFrame, Failure> {
    Ok(read_frame(path, Format::from_path(path).map_err(Failure::usage)?)?)
}

/// The first column to the second.
fn mapping(path: &Path) -> Result<HashMap<String, String>, Failure> {
    let frame = read(path)?;
    let [from, to] = frame.columns().get(..2).and_then(|two| <&[_; 2]>::try_from(two).ok()).ok_or_else(|| {
        Failure::usage(format!("{} needs two columns: ids as they stand in the rows, and uids", path.display()))
    })?;
    let (from, to) = (from.str().map_err(FrameError::from)?, to.str().map_err(FrameError::from)?);
    Ok(from.iter().zip(to.iter()).filter_map(|(from, to)| Some((from?.to_owned(), to?.to_owned()))).collect())
}

/// Why rows were not taken.
#[derive(Debug)]
struct Cause {
    outcome: String,
    code: String,
    /// What was said of the first row: one code has many texts, which name ids.
    example: String,
    rows: usize,
}

/// The causes, with most rows first.
fn causes(report: &DataFrame) -> Result<Vec<Cause>, FrameError> {
    let text = |name| report.column(name).and_then(|column| column.str());
    let (outcome, code, message) = (text("outcome")?, text("error_code")?, text("message")?);
    let mut causes: BTreeMap<(&str, &str), (&str, usize)> = BTreeMap::new();
    for row in 0..report.height() {
        let outcome = outcome.get(row).unwrap_or_default();
        if matches!(outcome, "rejected" | "not_sent" | "unknown") {
            let key = (outcome, code.get(row).unwrap_or_default());
            causes.entry(key).or_insert((message.get(row).unwrap_or_default(), 0)).1 += 1;
        }
    }
    let cause = |((outcome, code), (example, rows)): ((&str, &str), (&str, usize))| Cause {
        outcome: outcome.to_owned(),
        code: code.to_owned(),
        example: example.to_owned(),
        rows,
    };
    let mut causes: Vec<Cause> = causes.into_iter().map(cause).collect();
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.rows));
    Ok(causes)
}

fn ends(import: &Import) -> [(&'static str, usize); 7] {
    let counts = &import.counts;
    [
        ("imported", counts.imported),
        ("updated", counts.updated),
        ("ignored", counts.ignored),
        ("deleted", counts.deleted),
        ("rejected", counts.rejected),
        ("not_sent", counts.not_sent),
        ("unknown", counts.unknown),
    ]
}

fn show(import: &Import, causes: &[Cause]) {
    let counts =
        ends(import).into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{count} {name}"));
    let counts = counts.collect::<Vec<_>>().join(", ");
    if import.dry_run {
        println!("dry run, nothing is stored; it would be: {counts}. Store it with --commit.");
    } else {
        println!("{counts}");
    }
    if !causes.is_empty() {
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).set_header(["rows", "outcome", "code", "for example"]);
        for cause in causes {
            table.add_row([cause.rows.to_string().as_str(), &cause.outcome, &cause.code, &cause.example]);
        }
        println!("{table}");
    }
}

fn as_json(import: &Import, causes: &[Cause]) -> String {
    let causes: Vec<_> = causes
        .iter()
        .map(|cause| json!({ "outcome": cause.outcome, "error_code": cause.code, "rows": cause.rows }))
        .collect();
    let mut all = json!({ "dry_run": import.dry_run, "stopped": import.stopped, "warnings": import.warnings });
    for (name, count) in ends(import) {
        all[name] = count.into();
    }
    all["causes"] = causes.into();
    all.to_string()
}
