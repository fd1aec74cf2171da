//! Analytics: whatever a question is cut into, the figures are those of one answer to the whole question.
//!
//! The server is a small one of this test's own: it adds up the values of the country, refuses answers with too many rows as
//! DHIS2 does, and takes units only, so that a level or a group in a request is an error.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use dhis2::api::period::Period;
use dhis2::extract::receipt::ChunkState;
use dhis2::http::{MemoryTransport, Request, Response};
use dhis2::{AnalyticsQuery, AnalyticsQueryBuilder, Client, Credentials, Dhis2, Error, Extraction};
use dhis2_tests::country::Country;
use dhis2_tests::rows::{self, Row};
use dhis2_tests::served::{RUNTIME, Served};
use serde_json::{Value, json};

const ROOT: &str = "KdK92fYEfTw";
/// An indicator that is twice what [`CASES`] is, and the group that it is in.
const TWICE_THE_CASES: &str = "Indicator01";
const INDICATORS: &str = "Indicators1";
const CASES: &str = "iXdObmOdRJk";
/// An element of which there are no data values.
const OF_THE_TRACKER: &str = "TrackerDE01";

on_every_line!(
    figures_are_those_of_the_whole_question_however_it_is_cut,
    units_beside_levels_and_groups_are_their_limits,
    indicators_come_by_themselves_and_by_group,
    what_cannot_be_had_is_named,
    a_row_limit_below_one_row_is_an_error,
);

type Cell = (String, Option<String>, String, String);

/// Everything that a question names, added up.
fn sums(country: &Country, data: &[&str], combos: bool, periods: &[&str], units: &[&str]) -> BTreeMap<Cell, f64> {
    let mut sums = BTreeMap::new();
    let periods: Vec<Period> = periods.iter().map(|id| Period::parse(id).unwrap()).collect();
    for value in country.values.iter().filter(|value| !value.deleted) {
        let Some(number) = value.value.as_deref().and_then(|text| text.parse::<f64>().ok()) else { continue };
        for item in data {
            let (element, times) = if *item == TWICE_THE_CASES { (CASES, 2.0) } else { (*item, 1.0) };
            if value.element != element {
                continue;
            }
            let within =
                |period: &&Period| period.start() <= value.period.start() && value.period.end() <= period.end();
            for period in periods.iter().filter(within) {
                for unit in units.iter().filter(|unit| country.is_within(&value.unit, unit)) {
                    let combo = combos.then(|| value.category_option_combo.clone());
                    let cell = ((*item).to_owned(), combo, (*unit).to_owned(), period.id());
                    *sums.entry(cell).or_default() += number * times;
                }
            }
        }
    }
    sums
}

fn is_number(country: &Country, element: &str) -> bool {
    let mut values = country.values.iter().filter(|value| value.element == element).filter_map(|v| v.value.as_ref());
    values.all(|text| text.parse::<f64>().is_ok())
}

/// The elements that can be added up.
fn numbers(served: &'static Served) -> Vec<&'static str> {
    served.country.elements().into_iter().filter(|element| is_number(&served.country, element)).collect()
}

struct Small {
    served: &'static Served,
    limit: usize,
    forbidden: Option<&'static str>,
    requests: Mutex<Vec<String>>,
}

impl Small {
    fn client(served: &'static Served, limit: usize, forbidden: Option<&'static str>) -> (Dhis2, Arc<Self>) {
        let small = Arc::new(Self { served, limit, forbidden, requests: Mutex::default() });
        let answering = Arc::clone(&small);
        let transport = MemoryTransport::new(move |request| Ok(answering.answer(request)));
        let client = Client::new("https://play.example.org", Credentials::None, transport).unwrap();
        (Dhis2::new(client), small)
    }

    fn answer(&self, request: &Request) -> Response {
        let path = request.url.path().trim_start_matches("/api/");
        let body = match path {
            "system/info" => json!({"version": self.served.version}),
            "me" => json!({"id": "M5zQapPyTZI", "username": "admin", "organisationUnits": [{"id": ROOT}]}),
            "analytics.json" => {
                self.requests.lock().unwrap().push(request.url.to_string());
                return self.analytics(request);
            }
            _ => json!({ path: self.objects(path, request) }),
        };
        Response::json(200, body.to_string())
    }

    fn objects(&self, collection: &str, request: &Request) -> Vec<Value> {
        let country = &self.served.country;
        let groups = |of: &BTreeMap<String, BTreeSet<String>>, members: &str| -> Vec<Value> {
            let ids = |ids: &BTreeSet<String>| ids.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>();
            of.iter().map(|(id, all)| json!({"id": id, members: ids(all)})).collect()
        };
        let all: Vec<Value> = match collection {
            "dataElements" => country
                .elements()
                .into_iter()
                .map(|id| json!({"id": id, "aggregationType": if is_number(country, id) { "SUM" } else { "NONE" }}))
                .chain([json!({"id": OF_THE_TRACKER, "aggregationType": "SUM", "domainType": "TRACKER"})])
                .collect(),
            "dataElementGroups" => groups(&country.element_groups, "dataElements"),
            "organisationUnitGroups" => groups(&country.unit_groups, "organisationUnits"),
            "indicators" => vec![json!({"id": TWICE_THE_CASES})],
            "indicatorGroups" => vec![json!({"id": INDICATORS, "indicators": [{"id": TWICE_THE_CASES}]})],
            "organisationUnits" => country
                .units
                .iter()
                .map(|(id, path)| json!({"id": id, "path": format!("/{}", path.join("/")), "level": path.len()}))
                .collect(),
            other => panic!("{other} is not asked for"),
        };
        let filter = request.url.query_pairs().find(|(name, _)| name == "filter").unwrap().1.into_owned();
        if let Some(level) = filter.strip_prefix("level:eq:") {
            return all.into_iter().filter(|unit| unit["level"].as_u64() == level.parse().ok()).collect();
        }
        let ids = filter.strip_prefix("id:in:[").unwrap().trim_end_matches(']').split(',').collect::<BTreeSet<_>>();
        all.into_iter().filter(|object| ids.contains(object["id"].as_str().unwrap())).collect()
    }

    fn analytics(&self, request: &Request) -> Response {
        let refuse = |code: &str, message: String| {
            let body = json!({
                "httpStatus": "Conflict", "httpStatusCode": 409, "status": "ERROR", "errorCode": code, "message": message,
            });
            Response::json(409, body.to_string())
        };
        let dimensions: Vec<String> = request
            .url
            .query_pairs()
            .filter(|(name, _)| name == "dimension")
            .map(|(_, value)| value.into_owned())
            .collect();
        let items = |name: &str| -> Vec<&str> {
            let found = dimensions.iter().find_map(|sent| sent.strip_prefix(name)).unwrap();
            found.split(';').collect()
        };
        let (data, periods, units) = (items("dx:"), items("pe:"), items("ou:"));
        let country = &self.served.country;
        if let Some(item) = data.iter().find(|id| **id == OF_THE_TRACKER || !is_number(country, id)) {
            return refuse("E7115", format!("Data elements must be of a type that allows aggregation: `{item}`"));
        }
        if let Some(unit) = units.iter().find(|unit| !country.units.contains_key(**unit)) {
            return refuse("E7124", format!("no unit: `{unit}`"));
        }
        if let Some(unit) = self.forbidden.filter(|unit| units.contains(unit)) {
            return refuse("E7120", format!("User: `admin` is not allowed to view org unit: `{unit}`"));
        }
        let combos = dimensions.iter().any(|sent| sent == "co");
        let rows = sums(country, &data, combos, &periods, &units);
        if rows.len() > self.limit {
            return refuse("E7128", format!("Query result set exceeded max limit: `{}`", self.limit));
        }
        let names = if combos { &["pe", "co", "dx", "ou", "value"][..] } else { &["pe", "dx", "ou", "value"] };
        let headers: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
        let rows: Vec<Vec<String>> = rows
            .into_iter()
            .rev()
            .map(|((item, combo, unit, period), sum)| {
                let mut row = vec![period];
                row.extend(combo);
                row.extend([item, unit, sum.to_string()]);
                row
            })
            .collect();
        Response::json(200, json!({"headers": headers, "metaData": {}, "rows": rows}).to_string())
    }
}

fn extract(client: &Dhis2, query: AnalyticsQueryBuilder) -> Extraction {
    RUNTIME.block_on(client.extract_analytics(&query.build().unwrap())).unwrap()
}

/// The rows of sums, in the order of a result.
fn expected(sums: BTreeMap<Cell, f64>) -> Vec<Row> {
    let row = |((item, combo, unit, period), sum): (Cell, f64)| {
        let mut row = vec![Some(item)];
        row.extend(combo.map(Some));
        row.extend([Some(unit), Some(period), Some(sum.to_string())]);
        row
    };
    sums.into_iter().map(row).collect()
}

fn at_level(country: &Country, level: usize) -> Vec<&str> {
    country.units.iter().filter(|(_, path)| path.len() == level).map(|(id, _)| id.as_str()).collect()
}

/// peer-bugs section 3: "Analytics: level and group items repeated in every OU chunk, or never mixed with chunked OUs; totals
/// equal the unchunked answer [O42]." The row limit is met by asking for less, never by leaving rows out.
fn figures_are_those_of_the_whole_question_however_it_is_cut(served: &'static Served) {
    let country = &served.country;
    let elements = numbers(served);
    let periods = ["2024", "2024Q1", "202401", "202403", "2024W5", "2023April"];
    let units: Vec<&str> = [at_level(country, 2), at_level(country, 3)].concat();
    for combos in [false, true] {
        let whole = expected(sums(country, &elements, combos, &periods, &units));
        assert!(whole.len() > 150, "{}", whole.len());
        for limit in [usize::MAX, 100, 7] {
            let (client, small) = Small::client(served, limit, None);
            let query = AnalyticsQuery::builder()
                .data_elements(elements.iter().copied())
                .periods(periods)
                .org_unit_levels([2, 3])
                .include_cocs(combos);
            let extraction = extract(&client, query);
            assert!(extraction.receipt.is_complete(), "{:?}", extraction.receipt.missing());
            assert_eq!(extraction.receipt.duplicates_removed, 0);
            let mut came = rows::of_frame(&extraction.frame);
            if limit < whole.len() {
                // Request by request.
                came.sort();
            }
            // The rows of a request are in this order, whatever the server's.
            assert_eq!(came, whole);
            let requests = small.requests.lock().unwrap();
            assert_eq!(requests.len() > 1, limit < whole.len(), "{} requests", requests.len());
            let mut columns = vec!["data_element_id", "organisation_unit_id", "period", "value"];
            if combos {
                columns.insert(1, "category_option_combo_id");
            }
            assert_eq!(extraction.frame.get_column_names(), columns);
        }
    }
}

/// peer-bugs O42: "analytics: `LEVEL-n`/`OU_GROUP-` items sit only in the first OU chunk; later chunks query the parents
/// themselves → wrong and double-counted totals".
fn units_beside_levels_and_groups_are_their_limits(served: &'static Served) {
    let country = &served.country;
    let region = country.region_of_the_clerk();
    let (group, members) = country.unit_groups.iter().next().unwrap();
    let level_3: BTreeSet<&str> = at_level(country, 3).into_iter().collect();
    let members: BTreeSet<&str> = members.iter().map(String::as_str).collect();
    let query = || AnalyticsQuery::builder().data_elements([CASES]).periods(["2024"]);
    let none = BTreeSet::new();
    for (query, units, within) in [
        (query().org_units([ROOT, region]), BTreeSet::from([ROOT, region]), ROOT),
        (query().org_units([region]).org_unit_levels([3]), level_3.clone(), region),
        (query().org_unit_levels([3]), level_3.clone(), ROOT),
        (query().org_units([region]).org_unit_groups([group]), members.clone(), region),
        (query().org_unit_groups([group]).org_unit_levels([3]), &level_3 | &members, ROOT),
        (query().org_units([region]).org_unit_levels([3]).org_unit_groups([group]), &level_3 | &members, region),
        (query().org_units([region]).org_unit_levels([1, 3]), &level_3 | &none, region),
    ] {
        let units: Vec<&str> = units.into_iter().filter(|unit| country.is_within(unit, within)).collect();
        let (client, small) = Small::client(served, usize::MAX, None);
        let extraction = extract(&client, query);
        assert_eq!(rows::of_frame(&extraction.frame), expected(sums(country, &[CASES], false, &["2024"], &units)));
        assert!(extraction.receipt.is_complete());
        assert!(extraction.frame.height() > 0);
        let requests = small.requests.lock().unwrap();
        assert!(requests.iter().all(|url| !url.contains("LEVEL") && !url.contains("GROUP")));
    }
}

fn indicators_come_by_themselves_and_by_group(served: &'static Served) {
    let units = at_level(&served.country, 2);
    let whole = expected(sums(&served.country, &[TWICE_THE_CASES], false, &["2024"], &units));
    assert!(!whole.is_empty());
    let query = || AnalyticsQuery::builder().periods(["2024"]).org_units(units.iter().copied());
    for query in [
        query().indicators([TWICE_THE_CASES]),
        query().indicator_groups([INDICATORS]),
        query().indicators([TWICE_THE_CASES]).indicator_groups([INDICATORS]),
    ] {
        let (client, _) = Small::client(served, usize::MAX, None);
        let extraction = extract(&client, query);
        assert_eq!(rows::of_frame(&extraction.frame), whole);
        assert_eq!(extraction.frame.get_column_names(), ["indicator_id", "organisation_unit_id", "period", "value"]);
    }
}

fn what_cannot_be_had_is_named(served: &'static Served) {
    let country = &served.country;
    let units = at_level(country, 2);
    let forbidden = units[1];
    let others: Vec<&str> = units.iter().copied().filter(|unit| *unit != forbidden).collect();
    let (client, _) = Small::client(served, usize::MAX, Some(forbidden));
    let query = || AnalyticsQuery::builder().periods(["2024"]);
    let extraction = extract(&client, query().data_elements([CASES]).org_units(units.iter().copied()));
    assert_eq!(rows::of_frame(&extraction.frame), expected(sums(country, &[CASES], false, &["2024"], &others)));
    assert!(extraction.receipt.chunks.iter().any(|chunk| chunk.state == ChunkState::Refused));
    assert!(extraction.receipt.missing().iter().any(|missing| missing.contains(forbidden)));

    // Unknown ids, and an element that is never added up, beside what there is; the elements by their groups too.
    let (client, _) = Small::client(served, usize::MAX, None);
    let whole = expected(sums(country, &[CASES], false, &["2024"], &[ROOT]));
    let text = country.elements().into_iter().find(|element| !is_number(country, element)).unwrap();
    let mixed = query().data_elements([CASES, "AAAAAAAAAAA", text, OF_THE_TRACKER]).org_units([ROOT, "BBBBBBBBBBB"]);
    let extraction = extract(&client, mixed);
    assert_eq!(rows::of_frame(&extraction.frame), whole);
    for id in ["AAAAAAAAAAA", "BBBBBBBBBBB"] {
        assert!(extraction.receipt.missing().iter().any(|missing| missing.contains(id)), "{id}");
    }
    for element in [text, OF_THE_TRACKER] {
        assert!(extraction.receipt.warnings.iter().any(|warning| warning.message.contains(element)));
    }

    // A period type that came with 2.42: older servers would leave it out without a word.
    let september = query().periods(["2023Sep"]).data_elements([CASES]).org_units([ROOT]);
    let extraction = extract(&client, september);
    let is_known = !served.dialect().unknown_period_types.contains(&Period::parse("2023Sep").unwrap().period_type());
    let asked: &[&str] = if is_known { &["2023Sep", "2024"] } else { &["2024"] };
    assert_eq!(rows::of_frame(&extraction.frame), expected(sums(country, &[CASES], false, asked, &[ROOT])));
    assert_eq!(extraction.receipt.is_complete(), is_known);
    assert_eq!(extraction.receipt.missing().iter().any(|missing| missing.contains("2023Sep")), !is_known);
    let groups: Vec<&String> = country.element_groups.keys().collect();
    let in_groups: BTreeSet<&str> = country.element_groups.values().flatten().map(String::as_str).collect();
    let in_groups: Vec<&str> = in_groups.into_iter().filter(|element| numbers(served).contains(element)).collect();
    let extraction = extract(&client, query().data_element_groups(groups).org_units([ROOT]));
    assert!(extraction.receipt.is_complete());
    assert_eq!(rows::of_frame(&extraction.frame), expected(sums(country, &in_groups, false, &["2024"], &[ROOT])));

    for (query, what) in [
        (query().data_elements(["AAAAAAAAAAA"]).org_units([ROOT]), "AAAAAAAAAAA"),
        (query().data_elements([text]).org_units([ROOT]), text),
        (query().data_elements([CASES]).org_units(["BBBBBBBBBBB"]), "BBBBBBBBBBB"),
        (query().data_elements([CASES]).org_unit_levels([99]), "level 99"),
        (query().data_elements([CASES]).org_unit_groups(["CCCCCCCCCCC"]), "CCCCCCCCCCC"),
    ] {
        let error = RUNTIME.block_on(client.extract_analytics(&query.build().unwrap())).unwrap_err();
        assert!(matches!(error, Error::Aggregate(_)) && error.to_string().contains(what), "{error}");
    }
}

fn a_row_limit_below_one_row_is_an_error(served: &'static Served) {
    let (client, _) = Small::client(served, 0, None);
    let query = AnalyticsQuery::builder().data_elements([CASES]).periods(["2024", "2023"]).org_units([ROOT]);
    let error = RUNTIME.block_on(client.extract_analytics(&query.build().unwrap())).unwrap_err();
    assert!(error.to_string().contains("E7128"), "{error}");
}
