//! What the simulator holds is what stood in the database: else nothing here would prove anything.

use dhis2_tests::served::Served;
use std::collections::BTreeSet;

on_every_line!(the_served_country_is_that_of_the_database,);

fn the_served_country_is_that_of_the_database(served: &Served) {
    let stored: BTreeSet<_> = served
        .country
        .values
        .iter()
        .map(|v| {
            (
                v.element.as_str(),
                v.period.id(),
                v.unit.as_str(),
                v.category_option_combo.as_str(),
                v.attribute_option_combo.as_str(),
                v.value.as_deref(),
                v.deleted,
            )
        })
        .collect();
    let held: BTreeSet<_> = served
        .world
        .data_values()
        .map(|v| {
            (
                v.data_element,
                v.period.id(),
                v.organisation_unit,
                v.category_option_combo,
                v.attribute_option_combo,
                v.value,
                v.deleted,
            )
        })
        .collect();
    assert!(stored.len() > 17_000);
    assert_eq!(stored.len(), served.country.values.len());
    assert!(stored == held, "{} values differ", stored.symmetric_difference(&held).count());

    let stored: BTreeSet<_> = served
        .country
        .events
        .iter()
        .map(|e| (e.event.as_str(), e.unit.as_str(), e.occurred, e.values.len(), e.deleted))
        .collect();
    let held: BTreeSet<_> = served
        .world
        .events()
        .map(|e| (e.event, e.organisation_unit, e.occurred_at, e.values.len(), e.deleted))
        .collect();
    assert!(stored.len() > 3_000);
    assert!(stored == held, "{} events differ", stored.symmetric_difference(&held).count());
}
