//! Wide tables of a served country: nothing is lost on the way from rows of values to typed columns, and nothing silently.

use dhis2::polars::prelude::*;
use dhis2::{EventQuery, EventRows, NameBy, WideOptions};
use dhis2_simulator::Faults;
use dhis2_tests::served::{RUNTIME, Served, superuser};

const ROOT: &str = "KdK92fYEfTw";
const ANC: &str = "T4KUa2dgu2M";

fn of_anc() -> EventQuery {
    EventQuery::builder().program(ANC).org_unit_parents([ROOT]).build().unwrap()
}

/// Cells that are not null, of the columns behind the first ones.
fn filled(frame: &DataFrame, fixed: usize) -> usize {
    frame.columns()[fixed..].iter().map(|column| column.len() - column.null_count()).sum()
}

#[test]
fn every_value_has_a_cell_on_every_version() {
    for line in ["2.38", "2.39", "2.40", "2.41", "2.42", "2.43"] {
        let served = Served::of_line(line);
        let client = served.client();
        let long = RUNTIME.block_on(client.extract_events(&of_anc())).unwrap().frame;
        let values = long.height() - long.column("value").unwrap().null_count();
        let options = WideOptions { name_by: NameBy::Id, ..WideOptions::default() };
        let wide = RUNTIME.block_on(client.extract_wide_events(&of_anc(), EventRows::Event, options)).unwrap();
        assert!(wide.receipt.is_complete() && wide.receipt.wide.is_empty(), "{line}: {:?}", wide.receipt.warnings);
        // The columns of an event without element and value; a place takes two columns.
        let places = wide.frame.columns()[8..].iter().filter(|column| column.name().ends_with("_longitude"));
        let twice: usize = places.map(|column| column.len() - column.null_count()).sum();
        assert_eq!(filled(&wide.frame, 8) - twice, values, "{line}");
        let types: std::collections::HashSet<String> =
            wide.frame.columns()[8..].iter().map(|column| column.dtype().to_string()).collect();
        assert!(types.len() > 3, "{line}: {types:?}");
    }
}

#[test]
fn a_value_that_does_not_fit_is_null_counted_and_named() {
    let served = Served::of_line("2.42");
    let simulator = served.another(Faults::default());
    let client = superuser(&simulator);
    let options = WideOptions { name_by: NameBy::Id, ..WideOptions::default() };
    let before = RUNTIME.block_on(client.extract_wide_events(&of_anc(), EventRows::Event, options)).unwrap().frame;
    let number = before.columns().iter().find(|column| *column.dtype() == DataType::Float64).unwrap();
    let row = (0..before.height()).find(|row| number.f64().unwrap().get(*row).is_some()).unwrap();
    let event = before.column("event_id").unwrap().str().unwrap().get(row).unwrap().to_owned();
    simulator.change(|world| world.set_data_value(&event, number.name(), "as heavy as Fatou"));

    let after = RUNTIME.block_on(client.extract_wide_events(&of_anc(), EventRows::Event, options)).unwrap();
    assert!(after.receipt.is_complete(), "it fails no run");
    assert_eq!(after.frame.height(), before.height());
    let unfit = &after.receipt.wide[0].unfit;
    assert_eq!((unfit.len(), unfit[0].count, unfit[0].objects.as_slice()), (1, 1, &[event.clone()][..]));
    assert_eq!(unfit[0].item_id, number.name().as_str());
    let at = after.frame.column("event_id").unwrap().str().unwrap().iter().position(|uid| uid == Some(&event)).unwrap();
    assert_eq!(after.frame.column(number.name()).unwrap().f64().unwrap().get(at), None);
    assert_eq!(after.receipt.warnings.len(), 1);
    assert!(!after.receipt.to_json().contains("Fatou"), "no value stands in a receipt");
}
