//! The `import` commands.

use std::collections::HashMap;
use std::path::Path;

use dhis2::aggregate::import::DataSetRule;
use dhis2::aggregate::read_data_values;
use dhis2::api::Uid;
use dhis2::frame::{FrameError, read_frame};
use dhis2::polars::frame::DataFrame;
use dhis2::{Format, Import, ImportOptions, ImportStrategy};
use serde_json::json;

use crate::args::{ImportDataValuesArguments, ImportingArguments, Mapped, StrategyArgument};
use crate::connect::connect;
use crate::exit::{Done, Failure};
use crate::extract::check_folders;
use crate::out;
use crate::progress::Watch;
use crate::table::table;

pub(crate) async fn data_values(wanted: &ImportDataValuesArguments) -> Result<Done, Failure> {
    let options = options(&wanted.importing)?;
    if wanted.importing.report.as_deref().is_some_and(|report| is_same(report, &wanted.file)) {
        return Err(Failure::usage(format!("the report would overwrite {}", wanted.file.display())));
    }
    let file = read_data_values(&wanted.file).map_err(Failure::usage)?;
    if file.deleted > 0 {
        eprintln!("warning: {} rows of the file are marked as deleted and are left out", file.deleted);
    }
    let (progress, ending) = Watch::start("import", wanted.server.log);
    let dhis2 = connect(&wanted.server)?.with_progress(progress);
    let result = dhis2.import_data_values(&file.rows, &options).await;
    drop(ending);
    let recorded = dhis2.finish_recording();
    let import = result?;
    recorded?;
    tell(&import);
    if wanted.json {
        out::line(as_json(&import))?;
    } else {
        show(&import, "Store it with --commit.")?;
    }
    Ok(if import.is_complete() { Done::Complete } else { Done::Partial })
}

/// Whether two paths lead to the same file.
fn is_same(one: &Path, other: &Path) -> bool {
    one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

/// What the command line says of an import.
pub(crate) fn options(wanted: &ImportingArguments) -> Result<ImportOptions, Failure> {
    wanted.report.as_deref().map(Format::from_path).transpose().map_err(Failure::usage)?;
    check_folders(&[wanted.report.as_ref()])?;
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
        report: wanted.report.clone(),
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
    read_frame(path, Format::from_path(path).map_err(Failure::usage)?).map_err(Failure::usage)
}

/// The first column to the second.
fn mapping(path: &Path) -> Result<HashMap<String, String>, Failure> {
    let frame = read(path)?;
    let [from, to] = frame.columns().get(..2).and_then(|two| <&[_; 2]>::try_from(two).ok()).ok_or_else(|| {
        Failure::usage(format!("{} needs two columns: ids as they stand in the rows, and uids", path.display()))
    })?;
    let (from, to) = (from.str().map_err(FrameError::from)?, to.str().map_err(FrameError::from)?);
    let mut map = HashMap::new();
    for (from, to) in from.iter().zip(to.iter()).filter_map(|(from, to)| from.zip(to)) {
        if map.insert(from.to_owned(), to.to_owned()).is_some_and(|before| before != to) {
            return Err(Failure::usage(format!("{} maps {from} to two ids", path.display())));
        }
    }
    Ok(map)
}

/// Says on standard error what does not concern single rows.
pub(crate) fn tell(import: &Import) {
    for warning in &import.warnings {
        eprintln!("warning: {warning}");
    }
    if let Some(why) = &import.stopped {
        eprintln!("stopped: {why}");
    }
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

/// The counts and the causes; after a dry run what to do about it.
pub(crate) fn show(import: &Import, hint: &str) -> Result<(), Failure> {
    let counts =
        ends(import).into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{count} {name}"));
    let counts = match counts.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => "no rows".to_owned(),
        counts => counts,
    };
    if import.dry_run {
        out::line(format_args!("dry run, nothing is stored; it would be: {counts}. {hint}"))?;
    } else {
        out::line(counts)?;
    }
    if !import.causes.is_empty() {
        let mut table = table(["rows", "outcome", "code", "for example"]);
        for cause in &import.causes {
            table.add_row([cause.rows.to_string().as_str(), cause.outcome.name(), &cause.code, &cause.example]);
        }
        out::line(table)?;
    }
    Ok(())
}

fn as_json(import: &Import) -> String {
    let causes = import.causes.iter();
    let causes: Vec<_> = causes
        .map(|cause| json!({ "outcome": cause.outcome.name(), "error_code": cause.code, "rows": cause.rows }))
        .collect();
    let mut all = json!({ "dry_run": import.dry_run, "stopped": import.stopped, "warnings": import.warnings });
    for (name, count) in ends(import) {
        all[name] = count.into();
    }
    all["causes"] = causes.into();
    all.to_string()
}
