//! Specs: how they are written, built, refused and shown.

use super::*;

#[test]
fn a_spec_that_is_none_names_the_place() {
    let output = format!("[[output]]\ndata_element = '{RECEIVER}'\n");
    for (text, place, message) in [
        ("level = 'two'".to_owned(), "line 4, column 9", "invalid type"),
        ("levels = 2".to_owned(), "line 5, column 1", "unknown field `levels`"),
        ("period_type = 'Monthy'".to_owned(), "line 4, column 15", "Monthy"),
        ("when = { status = ['COMPLETE'] }".to_owned(), "line 5, column 20", "unknown variant `COMPLETE`"),
        ("when = { element = 'short', eq = 1 }".to_owned(), "line 5, column 20", "short"),
        (format!("when = {{ element = '{ELEMENT}' }}"), "line 5, column 8", "without a test"),
        ("when = { eq = 1 }".to_owned(), "line 5, column 8", "without the value"),
        (format!("when = {{ element = '{ELEMENT}', ge = 'x' }}"), "line 5, column 40", "YYYY-MM-DD"),
        ("when = { all = [] }".to_owned(), "line 5, column 8", "names nothing"),
        (format!("when = {{ status = ['ACTIVE'], stage = ['{STAGE}'] }}"), "line 5, column 8", "several"),
        (format!("{output}compute = 'median'\ncombo = '{COMBO}'"), "line 7, column 11", "median"),
        (format!("{output}compute = 'sum'\ncombo = '{COMBO}'"), "line 5, column 1", "`of`"),
        (format!("{output}compute = 'events'"), "line 5, column 1", "category option combo"),
        (
            format!(
                "{output}compute = 'events'\nby = {{ element = '{ELEMENT}', bands = [{{ from = 0, below = 5, combo = '{COMBO}' }}, {{ from = 4, combo = '{OTHER}' }}] }}"
            ),
            "line 5, column 1",
            "numbers in common",
        ),
    ] {
        let error = CountSpec::from_toml(&full(&text)).unwrap_err().to_string();
        assert!(error.contains(place) && error.contains(message), "{text}\n{error}");
    }
}

#[test]
fn a_spec_whose_whole_makes_no_sense_is_refused() {
    let refused = |text: &str| CountSpec::from_toml(&full(text)).unwrap_err();
    assert_eq!(refused(""), SpecError::NoOutput);
    let output = format!("[[output]]\ndata_element = '{RECEIVER}'\ncompute = 'events'\ncombo = '{COMBO}'\n");
    assert_eq!(refused(&format!("level = 0\n{output}")), SpecError::NoLevel);
    let target = SpecError::SameTarget { data_element: RECEIVER.parse().unwrap(), combo: COMBO.parse().unwrap() };
    assert_eq!(refused(&format!("{output}{output}")), target);
}

#[test]
fn a_built_spec_is_the_same_as_a_written_one() {
    let uid = |text: &str| text.parse::<Uid>().unwrap();
    let (element, sex) = (Item::Element(uid(ELEMENT)), Item::Attribute(uid(SEX)));
    let output = Output::new(uid(RECEIVER), Compute::Mean(element), uid(COMBO)).decimals(1).unwrap();
    let built = CountSpec::builder(uid(PROGRAM), dhis2_api::period::PeriodType::Weekly, 2, uid(COMBO))
        .stage(uid(STAGE))
        .date(CountDate::ScheduledAt)
        .when(Condition::compare(element, Comparison::AtLeast, CompareTo::Number(3.0)))
        .output(output.by_options(sex, [("F", uid(COMBO)), ("M", uid(OTHER))]).unwrap())
        .build()
        .unwrap();
    let written = spec_of(
        &format!(
            "period_type = 'Weekly'\ndate = 'scheduled_at'\nstages = ['{STAGE}']\nwhen = {{ element = '{ELEMENT}', ge = 3 }}"
        ),
        &format!(
            "compute = 'mean'\nof = {{ element = '{ELEMENT}' }}\ndecimals = 1\n\
             by = {{ attribute = '{SEX}', options = {{ F = '{COMBO}', M = '{OTHER}' }} }}"
        ),
    );
    assert_eq!(built.when, written.when);
    assert_eq!(built.outputs, written.outputs);
    assert_eq!((built.date, built.stages, built.period_type), (written.date, written.stages, written.period_type));
}

#[test]
fn a_receipt_names_what_is_looked_at_and_not_what_it_is_compared_with() {
    let spec = spec_of(
        &format!("when = {{ all = [{{ attribute = '{SEX}', eq = 'secret' }}, {{ status = ['ACTIVE'] }}] }}"),
        &format!(
            "compute = 'mean'\nof = {{ element = '{ELEMENT}' }}\nby = {{ element = '{ELEMENT}', bands = [{{ from = 77, combo = '{COMBO}' }}] }}"
        ),
    );
    let json = spec.to_json();
    assert_eq!(json["when"], format!("all(attribute {SEX} in …, status in ACTIVE)"));
    assert_eq!(json["outputs"][0]["of"], format!("element {ELEMENT}"));
    assert_eq!(json["outputs"][0]["cells"][0]["when"], format!("all(element {ELEMENT} ge …)"));
    assert!(!json.to_string().contains("secret") && !json.to_string().contains("77"));
}
