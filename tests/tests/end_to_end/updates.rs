//! Only what was stored since a moment.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use dhis2_tests::country::instant;
use dhis2_tests::question::{Question, Times};
use dhis2_tests::served::{Served, data_values, superuser};

const ROOT: &str = "KdK92fYEfTw";

on_every_line!(values_since_a_moment_are_exactly_those, wherever_the_server_stands);

/// peer-bugs section 4: "`lastUpdated`: 2.43 cuts it to the day (14,681 rows for 9,685): filter again on the client; 2.41 with
/// its server west of UTC applies it hours too late and **loses rows**; on 2.43 it cannot stand alone (409 E2002)."
fn values_since_a_moment_are_exactly_those(served: &Served) {
    let sets: Vec<&str> = served.country.data_sets.keys().map(String::as_str).collect();
    let moments: BTreeSet<_> = served.country.values.iter().map(|value| instant(&value.last_updated)).collect();
    let (first, last) = (*moments.first().unwrap(), *moments.last().unwrap());
    let middle = *moments.iter().nth(moments.len() / 2).unwrap();
    let millisecond = TimeDelta::milliseconds(1);
    let all = Times::dates("2022-01-01", "2024-12-31");
    let mut sizes = BTreeSet::new();
    for since in [
        first - TimeDelta::days(400),
        first,
        first + millisecond,
        middle - millisecond,
        middle,
        middle + millisecond,
        middle - TimeDelta::hours(5),
        middle + TimeDelta::hours(5),
        last,
        last + millisecond,
        last + TimeDelta::days(400),
    ] {
        for times in [Times::Any, all.clone(), Times::periods(&["202401", "2024W3"])] {
            let mut question = Question::of_sets(&sets, times, &[ROOT]);
            question.last_updated = Some(since);
            sizes.insert(served.check(&question).frame.height());
        }
    }
    assert!(sizes.contains(&0) && sizes.len() > 4, "{sizes:?}");
}

/// Zones as far from UTC as there are, and one of half an hour.
fn wherever_the_server_stands(served: &Served) {
    let sets: Vec<&str> = served.country.data_sets.keys().map(String::as_str).collect();
    let moments: BTreeSet<_> = served.country.values.iter().map(|value| instant(&value.last_updated)).collect();
    let middle = *moments.iter().nth(moments.len() / 2).unwrap();
    for zone in ["Pacific/Kiritimati", "Pacific/Niue", "Etc/GMT+12", "America/St_Johns"] {
        let own = served.in_zone(zone);
        for times in [Times::Any, Times::dates("2022-01-01", "2024-12-31")] {
            let mut question = Question::of_sets(&sets, times, &[ROOT]);
            question.last_updated = Some(middle);
            let extraction = data_values(&superuser(&own), &question.query());
            served.compare(zone, &extraction, served.country.data_values(&question));
            assert!(extraction.frame.height() > 0);
        }
    }
}
