use super::*;
use crate::events::columns::SCHEDULE;
use crate::events::flatten::Flatten;
use crate::events::options::EventColumns;
use crate::events::selection::Selection;
use dhis2_api::datetime::ServerZone;

fn plan_of(events: &[(&str, &str, &str)], as_of: &str) -> Vec<(String, String, Option<i64>)> {
    let event = |(uid, status, day): &(&str, &str, &str)| {
        let scheduled = if day.is_empty() { String::new() } else { format!(r#","scheduledAt":"{day}T00:00:00.000""#) };
        format!(
            r#"{{"event":"{uid}","status":"{status}","programStage":"Yl7DhNudbZY","orgUnit":"E7JGvseIzdW"{scheduled}}}"#
        )
    };
    let body = format!(r#"{{"events":[{}]}}"#, events.iter().map(event).collect::<Vec<_>>().join(","));
    let how = Flatten {
        items: "events",
        zone: ServerZone::UTC,
        in_utc: false,
        columns: EventColumns::Rich,
        selection: Selection::default(),
    };
    let today = Instant::parse(as_of).unwrap().0 / DAY_MS;
    let page = visits(how.body(body.as_bytes()).unwrap(), today).unwrap();
    assert_eq!(page.received, events.len() as u64);
    assert_eq!(page.starts.len(), page.updated.len());
    assert_eq!(page.starts.len(), page.frame.height());
    let frame = page.frame;
    SCHEDULE.check(&frame).unwrap();
    let text = |name: &str, row| frame.column(name).unwrap().str().unwrap().get(row).unwrap().to_owned();
    let days = frame.column("days_overdue").unwrap().i64().unwrap().clone();
    (0..frame.height()).map(|row| (text("event_id", row), text("state", row), days.get(row))).collect()
}

#[test]
fn a_visit_is_overdue_from_the_day_after_the_one_it_was_scheduled_for() {
    let visits = [
        ("A0000000001", "SCHEDULE", "2024-01-30"),
        ("A0000000002", "SCHEDULE", "2024-01-31"),
        ("A0000000003", "SCHEDULE", "2024-02-01"),
        ("A0000000004", "SKIPPED", "2024-01-02"),
        ("A0000000005", "COMPLETED", "2024-01-02"),
        ("A0000000006", "ACTIVE", "2024-03-02"),
        ("A0000000007", "SCHEDULE", ""),
    ];
    let row = |uid: &str, state: &str, days| (uid.to_owned(), state.to_owned(), days);
    assert_eq!(
        plan_of(&visits, "2024-01-31"),
        [
            row("A0000000001", "overdue", Some(1)),
            row("A0000000002", "scheduled", Some(0)),
            row("A0000000003", "scheduled", Some(0)),
            row("A0000000004", "missed", None),
            row("A0000000007", "scheduled", Some(0)),
        ]
    );
}

#[test]
fn nothing_to_do_is_an_empty_plan() {
    assert_eq!(plan_of(&[], "2024-01-31"), []);
}
