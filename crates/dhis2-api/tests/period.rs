//! Single periods, ids and messages: the lines of `peer-bugs.md` about periods, and the server's own examples.

#![expect(clippy::doc_markdown, reason = "lines are quoted as they stand")]

use chrono::NaiveDate;
use dhis2_api::period::{Period, PeriodError, PeriodType, straddling};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn period(id: &str) -> Period {
    Period::parse(id).unwrap()
}

/// The id is read as the type and the days, written back unchanged, and found from each of its end days.
#[track_caller]
fn agrees(id: &str, period_type: PeriodType, start: &str, end: &str) {
    let read = period(id);
    assert_eq!((read.period_type(), read.start(), read.end()), (period_type, day(start), day(end)), "{id}");
    assert_eq!(read.id(), id);
    assert_eq!(Period::containing(period_type, day(start)), Some(read), "{id}");
}

#[track_caller]
fn message(id: &str) -> String {
    Period::parse(id).unwrap_err().to_string()
}

/// "`200402B` ↔ Mar–Apr 2004"; O55: "BiMonth Mar–Apr is written `200403B` (the server reads May–Jun) and the
/// right id `200402B` is rejected".
#[test]
fn a_bimonthly_id_counts_blocks_of_two_months() {
    agrees("200402B", PeriodType::BiMonthly, "2004-03-01", "2004-04-30");
    agrees("200403B", PeriodType::BiMonthly, "2004-05-01", "2004-06-30");
    agrees("200406B", PeriodType::BiMonthly, "2004-11-01", "2004-12-31");
    assert_eq!(
        message("200407B"),
        "`200407B` is no BiMonthly period: expected `200401B` to `200406B`, where 01 is January and February, \
         02 March and April"
    );
    assert!(Period::parse("200400B").is_err());
}

/// "`2004Nov` ↔ Nov 2003–Oct 2004"; O56: "FinancialNov off by one year".
#[test]
fn november_types_are_named_after_the_year_they_end_in() {
    agrees("2004Nov", PeriodType::FinancialNov, "2003-11-01", "2004-10-31");
    agrees("2004NovQ1", PeriodType::QuarterlyNov, "2003-11-01", "2004-01-31");
    agrees("2004NovQ4", PeriodType::QuarterlyNov, "2004-08-01", "2004-10-31");
    agrees("2004NovS1", PeriodType::SixMonthlyNov, "2003-11-01", "2004-04-30");
    agrees("2004NovS2", PeriodType::SixMonthlyNov, "2004-05-01", "2004-10-31");
}

/// "`2023April` for 15 Jan 2024"; O57: "`Financial*.from_date` ignores the month: January 2024 → `2024April`
/// instead of `2023April`".
#[test]
fn a_financial_year_is_found_by_month() {
    let id = |period_type, date| Period::containing(period_type, day(date)).unwrap().id();
    assert_eq!(id(PeriodType::FinancialApril, "2024-01-15"), "2023April");
    assert_eq!(id(PeriodType::FinancialApril, "2024-04-01"), "2024April");
    assert_eq!(id(PeriodType::FinancialNov, "2024-10-31"), "2024Nov");
    assert_eq!(id(PeriodType::FinancialNov, "2024-11-01"), "2025Nov");
}

#[test]
fn other_financial_types_are_named_after_the_year_they_start_in() {
    agrees("2024Feb", PeriodType::FinancialFeb, "2024-02-01", "2025-01-31");
    agrees("2024April", PeriodType::FinancialApril, "2024-04-01", "2025-03-31");
    agrees("2024July", PeriodType::FinancialJuly, "2024-07-01", "2025-06-30");
    agrees("2024Aug", PeriodType::FinancialAug, "2024-08-01", "2025-07-31");
    agrees("2024Sep", PeriodType::FinancialSep, "2024-09-01", "2025-08-31");
    agrees("2024Oct", PeriodType::FinancialOct, "2024-10-01", "2025-09-30");
    agrees("2024AprilS1", PeriodType::SixMonthlyApril, "2024-04-01", "2024-09-30");
    agrees("2024AprilS2", PeriodType::SixMonthlyApril, "2024-10-01", "2025-03-31");
}

#[test]
fn calendar_types_begin_in_january() {
    agrees("20240229", PeriodType::Daily, "2024-02-29", "2024-02-29");
    agrees("202402", PeriodType::Monthly, "2024-02-01", "2024-02-29");
    agrees("2024Q4", PeriodType::Quarterly, "2024-10-01", "2024-12-31");
    agrees("2024S2", PeriodType::SixMonthly, "2024-07-01", "2024-12-31");
    agrees("2024", PeriodType::Yearly, "2024-01-01", "2024-12-31");
}

/// "`2010WedW1` starts 2009-12-30; `2026SunW1` and `2015SunW1` one week later than shifted-ISO"; O58:
/// "Wed/Thu/Sat/Sun weeks are ISO weeks shifted by days, not `WeekFields(day,4)`".
#[test]
fn week_1_is_the_first_with_four_days_in_the_year() {
    agrees("2010WedW1", PeriodType::WeeklyWednesday, "2009-12-30", "2010-01-05");
    // Shifted ISO has 2025-12-28 and 2014-12-28.
    agrees("2026SunW1", PeriodType::WeeklySunday, "2026-01-04", "2026-01-10");
    agrees("2015SunW1", PeriodType::WeeklySunday, "2015-01-04", "2015-01-10");
    agrees("2024W1", PeriodType::Weekly, "2024-01-01", "2024-01-07");
    agrees("2024ThuW1", PeriodType::WeeklyThursday, "2024-01-04", "2024-01-10");
    agrees("2024FriW1", PeriodType::WeeklyFriday, "2023-12-29", "2024-01-04");
    agrees("2024SatW1", PeriodType::WeeklySaturday, "2023-12-30", "2024-01-05");
}

/// O58: "Between 2010 and 2030 week 1 differs from the server in 7 (Wed), 10 (Thu), 5 (Sat), 2 (Sun: 2015, 2026)
/// years; Monday weeks agree". The peer shifts the Monday of ISO week 1 by +2, +3, −2 and −1 days.
#[test]
fn week_1_differs_from_shifted_iso_in_as_many_years_as_counted_against_the_server() {
    let differing = |period_type: PeriodType, infix: &str, shift: i64| {
        (2010..=2030)
            .filter(|year| {
                let monday = period(&format!("{year}W1")).start();
                let own = period(&format!("{year}{infix}1"));
                assert_eq!(own.period_type(), period_type);
                own.start() != monday + chrono::TimeDelta::days(shift)
            })
            .collect::<Vec<i32>>()
    };
    assert_eq!(differing(PeriodType::WeeklyWednesday, "WedW", 2).len(), 7);
    assert_eq!(differing(PeriodType::WeeklyThursday, "ThuW", 3).len(), 10);
    assert_eq!(differing(PeriodType::WeeklySaturday, "SatW", -2).len(), 5);
    assert_eq!(differing(PeriodType::WeeklySunday, "SunW", -1), [2015, 2026]);
}

/// "`2024W5` not `2024W05`".
#[test]
fn numbers_are_not_zero_padded() {
    agrees("2024W5", PeriodType::Weekly, "2024-01-29", "2024-02-04");
    assert_eq!(message("2024W05"), "`2024W05` is no period id: the number is not zero-padded, write `2024W5`");
    assert!(message("2024BiW03").ends_with("write `2024BiW3`"));
    assert!(message("2024Q01").ends_with("write `2024Q1`"));
}

/// "W53 only in 53-week years"; O59: "Quarter 5 accepted by the regex then ValueError; week 53 of a 52-week year
/// ValueError".
#[test]
fn a_number_the_year_lacks_is_an_error_that_says_which_there_are() {
    agrees("2020W53", PeriodType::Weekly, "2020-12-28", "2021-01-03");
    agrees("2026W53", PeriodType::Weekly, "2026-12-28", "2027-01-03");
    assert_eq!(message("2023W53"), "`2023W53` is no Weekly period: expected `2023W1` to `2023W52`");
    assert_eq!(message("2024Q5"), "`2024Q5` is no Quarterly period: expected `2024Q1` to `2024Q4`");
    assert_eq!(
        message("20230229"),
        "`20230229` is no Daily period: expected `20230101` to `20231231`, a day of the calendar"
    );
    for id in [
        "2020W54",
        "2024W0",
        "2024W00",
        "2024Q0",
        "2024S3",
        "2024NovQ5",
        "2024NovS0",
        "2024AprilS3",
        "202300",
        "202313",
        "20230100",
        "20231301",
        "2024BiW0",
        "2024BiW27",
        "2020BiW28",
        "2024SunW53",
    ] {
        assert!(matches!(Period::parse(id), Err(PeriodError::NoSuchPeriod { .. })), "{id}: {:?}", Period::parse(id));
    }
}

/// O59: "BiWeek after W53 → 54". The server's own tests: 1–14 January 2018, 18–31 December 2017, `2009BiW27`,
/// and `2020BiW1` for 1 January 2020.
#[test]
fn a_biweekly_period_is_two_iso_weeks_also_when_the_second_is_of_the_next_year() {
    agrees("2018BiW1", PeriodType::BiWeekly, "2018-01-01", "2018-01-14");
    agrees("2017BiW26", PeriodType::BiWeekly, "2017-12-18", "2017-12-31");
    agrees("2009BiW27", PeriodType::BiWeekly, "2009-12-28", "2010-01-10");
    agrees("2020BiW27", PeriodType::BiWeekly, "2020-12-28", "2021-01-10");
    agrees("2021BiW1", PeriodType::BiWeekly, "2021-01-04", "2021-01-17");
    assert_eq!(period("2020BiW27").next(), Some(period("2021BiW1")));
    assert_eq!(period("2021BiW1").previous(), Some(period("2020BiW27")));
    let common = Period::containing(PeriodType::BiWeekly, day("2021-01-06"));
    assert_eq!(common, Some(period("2021BiW1")));
}

/// O59: "`range()` of one period raises"; section 3: "range of one".
#[test]
fn a_range_of_one_is_that_period() {
    let one = period("2024Nov");
    assert_eq!(Period::range(one, one), Ok(vec![one]));
}

#[test]
fn a_range_runs_over_the_end_of_the_year() {
    let ids = |first, last| -> Vec<String> {
        let all = Period::range(period(first), period(last)).unwrap();
        all.iter().map(Period::id).collect()
    };
    assert_eq!(ids("2020W52", "2021W1"), ["2020W52", "2020W53", "2021W1"]);
    assert_eq!(ids("2020BiW26", "2021BiW1"), ["2020BiW26", "2020BiW27", "2021BiW1"]);
    assert_eq!(ids("2023NovQ4", "2024NovQ1"), ["2023NovQ4", "2024NovQ1"]);
}

#[test]
fn a_reversed_or_mixed_range_is_an_error() {
    let wrong = Period::range(period("202402"), period("202401")).unwrap_err();
    assert_eq!(wrong.to_string(), "no range from `202402` to `202401`: the last begins before the first, swap them");
    let wrong = Period::range(period("202401"), period("2024Q1")).unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "no range from `202401` to `2024Q1`: the first is a Monthly and the last a Quarterly period, expected two \
         of one type"
    );
}

/// Wire document 2.2: "`2023-01` = `202301` (R 40–43)"; 2.7: "period `2015-02` read as 201502".
#[test]
fn dashes_are_read_and_not_written() {
    assert_eq!(period("2015-02").id(), "201502");
    assert_eq!(period("2023-01-05").id(), "20230105");
}

#[test]
fn a_text_of_another_form_is_an_error() {
    for id in [
        "",
        "2",
        "202",
        "20240",
        "2024-1",
        "2024-1-1",
        "2024-01-1",
        "2024-0101",
        "202401-01",
        "+024",
        "-024",
        "2024+1",
        "2024W",
        "2024W+1",
        "2024W-1",
        "2024W005",
        "2024w5",
        "2024B",
        "2024B1",
        "202401b",
        "2024q1",
        "2024nov",
        "2024April1",
        "2024Nov1",
        "2024NovQ",
        "2024Mar",
        "2024MonW1",
        "LAST_MONTH",
        " 2024",
        "2024 ",
        "２０２４",
        "2024é",
        "202é",
        "2024W５",
        "99999",
    ] {
        assert!(matches!(Period::parse(id), Err(PeriodError::UnknownForm { .. })), "{id}: {:?}", Period::parse(id));
    }
}

#[test]
fn a_long_or_unprintable_text_does_not_fill_the_message() {
    assert!(message(&"x".repeat(1_000_000)).len() < 400);
    assert!(message("2024\u{1b}[31m\n").starts_with("`2024\\u{1b}[31m\\n` is no period id"));
}

#[test]
fn days_outside_the_years_1_to_9999_are_outside() {
    for id in ["0000", "0000W1", "000012", "0001Nov", "0001NovS1", "9999April", "9999AprilS2", "9999W52"] {
        assert_eq!(
            message(id),
            format!("`{id}` is out of range: all days of a period must lie in the years 1 to 9999")
        );
    }
    agrees("9999Nov", PeriodType::FinancialNov, "9998-11-01", "9999-10-31");
    assert_eq!(period("0001").previous(), None);
    assert_eq!(period("9999").next(), None);
    assert_eq!(period("99991231").next(), None);
    for &period_type in PeriodType::ALL {
        for date in [NaiveDate::MIN, NaiveDate::MAX, day("0000-06-01"), day("+10000-06-01")] {
            assert_eq!(Period::containing(period_type, date), None);
        }
        let all_months = period_type.periods_within(NaiveDate::MIN, day("0003-12-31"));
        assert!(all_months.first().is_some_and(|first| first.previous().is_none()));
        assert_eq!(period_type.periods_within(NaiveDate::MAX, NaiveDate::MAX), []);
    }
    assert_eq!(straddling(NaiveDate::MAX, NaiveDate::MIN, NaiveDate::MAX), []);
}

/// 1.3: "`startDate/endDate` keep only periods **entirely inside** the window".
#[test]
fn a_range_of_days_selects_the_periods_wholly_inside() {
    let ids = |period_type: PeriodType, start, end| -> Vec<String> {
        let all = period_type.periods_within(day(start), day(end));
        all.iter().map(Period::id).collect()
    };
    assert_eq!(ids(PeriodType::Monthly, "2024-01-01", "2024-02-29"), ["202401", "202402"]);
    assert_eq!(ids(PeriodType::Monthly, "2024-01-02", "2024-02-29"), ["202402"]);
    assert_eq!(ids(PeriodType::Monthly, "2024-01-01", "2024-02-28"), ["202401"]);
    assert!(ids(PeriodType::Yearly, "2024-01-01", "2024-06-30").is_empty());
    assert!(ids(PeriodType::Daily, "2024-01-02", "2024-01-01").is_empty());
    assert_eq!(ids(PeriodType::Daily, "2024-01-01", "2024-01-01"), ["20240101"]);
    assert_eq!(ids(PeriodType::BiWeekly, "2020-12-28", "2021-01-17"), ["2020BiW27", "2021BiW1"]);
}

/// O24: "a slice boundary inside a period drops that period (weeks, financial years, any start not on 1 Jan)".
#[test]
fn a_cut_in_the_common_week_of_two_biweekly_periods_loses_both() {
    let lost = straddling(day("2021-01-06"), day("2020-12-28"), day("2021-01-17"));
    let ids: Vec<String> = lost.iter().map(Period::id).collect();
    assert!(ids.contains(&"2020BiW27".to_owned()) && ids.contains(&"2021BiW1".to_owned()), "{ids:?}");
}

/// O60: "no QuarterlyNov, SixMonthlyApril/Nov, Financial Feb/Aug/Sep, […] WeeklyFriday […]".
#[test]
fn every_type_has_the_servers_name() {
    let names: Vec<&str> = PeriodType::ALL.iter().map(|t| t.name()).collect();
    assert_eq!(
        names.join(" "),
        "Daily Weekly WeeklyWednesday WeeklyThursday WeeklyFriday WeeklySaturday WeeklySunday BiWeekly Monthly \
         BiMonthly Quarterly QuarterlyNov SixMonthly SixMonthlyApril SixMonthlyNov Yearly FinancialFeb FinancialApril \
         FinancialJuly FinancialAug FinancialSep FinancialOct FinancialNov"
    );
    for &period_type in PeriodType::ALL {
        assert_eq!(period_type.to_string().parse(), Ok(period_type));
        let json = serde_json::to_string(&period_type).unwrap();
        assert_eq!(json, format!("\"{}\"", period_type.name()));
        assert_eq!(serde_json::from_str::<PeriodType>(&json).unwrap(), period_type);
    }
    assert_eq!(
        "monthly".parse::<PeriodType>().unwrap_err().to_string(),
        "`monthly` is no period type: expected a name as the server spells it, such as `Monthly` or `FinancialApril`"
    );
}

#[test]
fn json_has_the_id() {
    let read: Vec<Period> = serde_json::from_str(r#"["2024W5","2023-01"]"#).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), r#"["2024W5","202301"]"#);
    let wrong = serde_json::from_str::<Period>("\"2024W05\"").unwrap_err();
    assert!(wrong.to_string().contains("write `2024W5`"), "{wrong}");
    assert!(serde_json::from_str::<Period>("2024").is_err());
}

#[test]
fn periods_are_ordered_by_their_days() {
    let mut ids = ["2024Q1", "202312", "20240101", "202401", "2024"].map(period);
    ids.sort_unstable();
    assert_eq!(ids.map(|p| p.id()), ["202312", "20240101", "202401", "2024Q1", "2024"]);
}
