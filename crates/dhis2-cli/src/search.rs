//! The `search` command.

use dhis2::FoundObject;
use dhis2::polars::df;
use dhis2::polars::error::PolarsError;
use dhis2::polars::frame::DataFrame;
use serde_json::json;

use crate::args::SearchArguments;
use crate::connect::connect;
use crate::exit::{Done, Failure};
use crate::names::learn;
use crate::out;
use crate::table::table;

pub(crate) async fn run(wanted: &SearchArguments) -> Result<Done, Failure> {
    let dhis2 = connect(&wanted.server)?;
    let result = dhis2.search(&wanted.text).await;
    let recorded = dhis2.finish_recording();
    let found = result?;
    recorded?;
    learn(&wanted.server, &found);
    if wanted.json {
        out::line(json!(found))?;
    } else if out::is_terminal() {
        let mut shown = table(["what", "id", "code", "name", "in"]);
        for object in &found {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            let name = object.name.clone();
            shown.add_row([object.kind.to_string(), object.id.clone(), text(&object.code), name, text(&object.within)]);
        }
        out::line(shown)?;
    } else {
        out::csv(&frame(&found).map_err(Failure::error)?)?;
    }
    if found.is_empty() {
        eprintln!("nothing that this account may see has `{}` in its name or code", wanted.text);
    }
    Ok(Done::Complete)
}

fn frame(found: &[FoundObject]) -> Result<DataFrame, PolarsError> {
    let column = |of: fn(&FoundObject) -> Option<&str>| found.iter().map(of).collect::<Vec<_>>();
    df![
        "kind" => column(|object| Some(object.kind.name())),
        "id" => column(|object| Some(&object.id)),
        "code" => column(|object| object.code.as_deref()),
        "name" => column(|object| Some(&object.name)),
        "within" => column(|object| object.within.as_deref()),
    ]
}
