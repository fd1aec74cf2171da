//! A simulated server with a small country, and rows for it.

use std::collections::{BTreeMap, HashMap};

use dhis2_aggregate::{Import, ImportOptions, import_data_values};
use dhis2_api::request::ApiRequest;
use dhis2_extract::Engine;
use dhis2_http::{Client, Credentials, ReqwestTransport, Transport};
use dhis2_simulator::{
    CLERK, CLERK_PASSWORD, Faults, RunningSimulator, SUPERUSER, SUPERUSER_PASSWORD, Simulator, World, WorldSize,
};
use polars::df;
use polars::prelude::DataFrame;
use serde_json::Value;

pub(crate) const VERSIONS: [&str; 6] = ["2.38.7", "2.39.10.1", "2.40.12", "2.41.9.1", "2.42.5.2", "2.43.1"];

/// A row to import.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) element: String,
    pub(crate) period: String,
    pub(crate) unit: String,
    pub(crate) combo: String,
    pub(crate) attribute: String,
    pub(crate) value: Option<String>,
}

impl Row {
    /// What tells it from other rows, as in [`Place::holds`].
    pub(crate) fn key(&self) -> [String; 5] {
        [&self.element, &self.period, &self.unit, &self.combo, &self.attribute].map(String::clone)
    }
}

/// A server, and what can be reported there.
pub(crate) struct Place {
    pub(crate) engine: Engine,
    pub(crate) client: Client,
    simulator: RunningSimulator,
    /// Units that report.
    pub(crate) units: Vec<String>,
    /// The root, which reports nothing.
    pub(crate) root: String,
    /// Elements of whole numbers of the monthly report, without a breakdown.
    pub(crate) counts: Vec<String>,
    /// An element of the monthly report that is broken down.
    pub(crate) broken_down: String,
    /// A combo of the breakdown.
    pub(crate) other_combo: String,
    /// An element of persons' records, which is in no data set.
    pub(crate) in_no_set: String,
    pub(crate) combo: String,
    sets: Vec<String>,
}

impl Place {
    pub(crate) async fn of(version: &str) -> Self {
        Self::through(version, |transport| transport).await
    }

    /// A server that does things wrong.
    pub(crate) async fn faulty(version: &str, faults: Faults) -> Self {
        Self::made(version, 60, faults, |transport| transport).await
    }

    /// A server whose import is reached through a transport of the test's own.
    pub(crate) async fn through<T: Transport + 'static>(
        version: &str,
        wrap: impl FnOnce(ReqwestTransport) -> T,
    ) -> Self {
        Self::made(version, 60, Faults::default(), wrap).await
    }

    /// The same with so many units.
    pub(crate) async fn large<T: Transport + 'static>(
        version: &str,
        organisation_units: usize,
        wrap: impl FnOnce(ReqwestTransport) -> T,
    ) -> Self {
        Self::made(version, organisation_units, Faults::default(), wrap).await
    }

    async fn made<T: Transport + 'static>(
        version: &str,
        organisation_units: usize,
        faults: Faults,
        wrap: impl FnOnce(ReqwestTransport) -> T,
    ) -> Self {
        let size = WorldSize { organisation_units, data_values: 100, events: 10 };
        let builder = Simulator::builder().version(version).unwrap().world(World::generate(&size, 7)).faults(faults);
        let simulator = builder.start().await.unwrap();
        let connect = |transport: Box<dyn Transport>| {
            Client::new(&simulator.base_url(), Credentials::basic(SUPERUSER, SUPERUSER_PASSWORD), transport).unwrap()
        };
        // What the tests ask themselves goes straight to the server.
        let client = connect(Box::new(ReqwestTransport::new().unwrap()));
        let engine = Engine::new(connect(Box::new(wrap(ReqwestTransport::new().unwrap()))));
        let sets = list(&client, "dataSets", "id,name,organisationUnits[id],dataSetElements[dataElement[id]]").await;
        let monthly = sets.iter().find(|set| set["name"] == "Monthly report").unwrap();
        let ids = |list: &Value| -> Vec<String> {
            list.as_array().unwrap().iter().map(|object| text(&object["id"])).collect()
        };
        let members: Vec<String> = monthly["dataSetElements"]
            .as_array()
            .unwrap()
            .iter()
            .map(|link| text(&link["dataElement"]["id"]))
            .collect();
        let elements = list(&client, "dataElements", "id,valueType,domainType,categoryCombo[id],dataSetElements").await;
        let combos = list(&client, "categoryOptionCombos", "id,name,categoryCombo[id]").await;
        let default = combos.iter().find(|combo| combo["name"] == "default").unwrap();
        let of_report = |element: &&Value| members.contains(&text(&element["id"]));
        let plain = |element: &&Value| element["categoryCombo"]["id"] == default["categoryCombo"]["id"];
        let count = |element: &&Value| element["valueType"] == "INTEGER_ZERO_OR_POSITIVE";
        let broken_down = elements.iter().filter(of_report).find(|element| !plain(element)).unwrap();
        let other = combos.iter().find(|c| c["categoryCombo"]["id"] == broken_down["categoryCombo"]["id"]).unwrap();
        let nowhere = elements.iter().find(|element| element["dataSetElements"] == serde_json::json!([])).unwrap();
        let root = list(&client, "organisationUnits", "id,level").await;
        let place = Self {
            units: ids(&monthly["organisationUnits"]),
            root: root.iter().find(|unit| unit["level"] == 1).map(|unit| text(&unit["id"])).unwrap(),
            counts: elements.iter().filter(of_report).filter(plain).filter(count).map(|e| text(&e["id"])).collect(),
            broken_down: text(&broken_down["id"]),
            other_combo: text(&other["id"]),
            in_no_set: text(&nowhere["id"]),
            combo: text(&default["id"]),
            sets: sets.iter().map(|set| text(&set["id"])).collect(),
            engine,
            client,
            simulator,
        };
        assert!(!place.counts.is_empty() && place.units.len() > 20);
        place
    }

    /// The place, reached without accidents.
    pub(crate) fn directly(self) -> Self {
        Self { engine: self.engine_without_accidents(), ..self }
    }

    /// The same server, reached without accidents.
    pub(crate) fn engine_without_accidents(&self) -> Engine {
        Engine::new(self.client.clone())
    }

    /// The same server for the account that has one region only.
    pub(crate) fn as_clerk(&self) -> Engine {
        let credentials = Credentials::basic(CLERK, CLERK_PASSWORD);
        let transport = ReqwestTransport::new().unwrap();
        Engine::new(Client::new(&self.simulator.base_url(), credentials, transport).unwrap())
    }

    /// A row of the first count, which is in two data sets.
    pub(crate) fn row(&self, unit: usize, period: &str, value: &str) -> Row {
        Row {
            element: self.counts[0].clone(),
            period: period.to_owned(),
            unit: self.units[unit].clone(),
            combo: self.combo.clone(),
            attribute: self.combo.clone(),
            value: Some(value.to_owned()),
        }
    }

    pub(crate) async fn import(&self, rows: &[Row], options: &ImportOptions) -> Import {
        import_data_values(&self.engine, &frame(rows), options).await.unwrap()
    }

    /// A data set that holds the first count.
    pub(crate) async fn monthly_report(&self) -> String {
        let sets = list(&self.client, "dataSets", "id,name").await;
        sets.iter().find(|set| set["name"] == "Monthly report").map(|set| text(&set["id"])).unwrap()
    }

    /// An element of the monthly report of this value type.
    pub(crate) async fn element_of(&self, value_type: &str) -> String {
        let elements = list(&self.client, "dataElements", "id,name,valueType").await;
        let of_type = |e: &&Value| e["valueType"] == value_type && text(&e["name"]).starts_with("Monthly report");
        elements.iter().find(of_type).map(|element| text(&element["id"])).unwrap()
    }

    /// The values in the server's store, by what tells them apart; deleted ones are none.
    pub(crate) fn stored(&self) -> HashMap<[String; 5], String> {
        let values = self.simulator.data_values();
        let stored = values.iter().filter(|row| !row.deleted).map(|row| {
            let period = row.period.id();
            let combos = [row.category_option_combo, row.attribute_option_combo];
            let key = [row.data_element, &period, row.organisation_unit, combos[0], combos[1]].map(str::to_owned);
            (key, row.value.unwrap_or_default().to_owned())
        });
        stored.collect()
    }

    /// Everything that the server holds of these months, deleted values with a mark.
    pub(crate) async fn holds(&self, periods: &[&str]) -> BTreeMap<[String; 5], Value> {
        let request = ApiRequest::get("dataValueSets.json")
            .params_each("dataSet", &self.sets)
            .params_each("period", periods)
            .param("orgUnit", &self.root)
            .param("children", "true")
            .param("includeDeleted", "true");
        let answer: Value = self.client.get_json(&request).await.unwrap();
        let rows = answer["dataValues"].as_array().cloned().unwrap_or_default();
        let rows = rows.into_iter().map(|row| {
            let of = |name: &str| text(if row[name].is_null() { &answer[name] } else { &row[name] });
            let key = ["dataElement", "period", "orgUnit", "categoryOptionCombo", "attributeOptionCombo"].map(of);
            let flag = row["followup"] == true || row["followUp"] == true;
            let held = serde_json::json!({"value": row["value"], "comment": row["comment"], "flag": flag, "deleted": row["deleted"] == true});
            (key, held)
        });
        rows.collect()
    }
}

pub(crate) fn frame(rows: &[Row]) -> DataFrame {
    let column = |of: fn(&Row) -> &str| rows.iter().map(of).collect::<Vec<_>>();
    df!(
        "data_element_id" => column(|row| &row.element),
        "period" => column(|row| &row.period),
        "organisation_unit_id" => column(|row| &row.unit),
        "category_option_combo_id" => column(|row| &row.combo),
        "attribute_option_combo_id" => column(|row| &row.attribute),
        "value" => rows.iter().map(|row| row.value.as_deref()).collect::<Vec<_>>(),
    )
    .unwrap()
}

/// A column of a report.
pub(crate) fn column(import: &Import, name: &str) -> Vec<Option<String>> {
    import.report.column(name).unwrap().str().unwrap().iter().map(|cell| cell.map(str::to_owned)).collect()
}

pub(crate) fn outcomes(import: &Import) -> Vec<String> {
    column(import, "outcome").into_iter().flatten().collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

async fn list(client: &Client, collection: &str, fields: &str) -> Vec<Value> {
    let request = ApiRequest::get(collection).param("fields", fields).param("paging", "false");
    let mut answer: Value = client.get_json(&request).await.unwrap();
    match answer[collection].take() {
        Value::Array(list) => list,
        _ => panic!("no {collection}"),
    }
}
