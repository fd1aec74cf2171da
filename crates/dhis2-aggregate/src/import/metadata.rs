//! What the server knows of the elements, units, combos and data sets that the rows name.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use dhis2_api::Uid;
use dhis2_api::period::PeriodType;
use dhis2_extract::lookup::{IdOnly, find};
use dhis2_http::{Client, HttpError};
use serde::Deserialize;

use super::options::DataSetRule;
use super::row::Row;

/// What the account can see of what the rows name.
#[derive(Debug, Default)]
pub(crate) struct Metadata {
    pub(crate) elements: HashMap<Uid, Element>,
    pub(crate) data_sets: HashMap<Uid, DataSet>,
    pub(crate) units: HashMap<Uid, Unit>,
    /// Option combos with their category combos.
    pub(crate) combos: HashMap<Uid, Option<Uid>>,
    /// Option sets with their codes.
    pub(crate) options: HashMap<Uid, HashSet<String>>,
}

#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) value_type: String,
    pub(crate) category_combo: Option<Uid>,
    pub(crate) option_set: Option<Uid>,
    /// The data sets that hold it, those to prefer first, each with the category combo that the element has there.
    pub(crate) data_sets: Vec<(Uid, Option<Uid>)>,
    pub(crate) groups: Vec<Uid>,
}

#[derive(Debug, Default)]
pub(crate) struct DataSet {
    /// `None` for a type that this program does not know.
    pub(crate) period_type: Option<PeriodType>,
    pub(crate) category_combo: Option<Uid>,
    pub(crate) units: HashSet<Uid>,
}

#[derive(Debug, Default)]
pub(crate) struct Unit {
    pub(crate) opening: Option<NaiveDate>,
    pub(crate) closed: Option<NaiveDate>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ElementAnswer {
    id: Uid,
    #[serde(default)]
    value_type: String,
    category_combo: Option<IdOnly>,
    option_set: Option<IdOnly>,
    #[serde(default)]
    data_set_elements: Vec<DataSetElement>,
    #[serde(default)]
    data_element_groups: Vec<IdOnly>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DataSetElement {
    data_set: Option<IdOnly>,
    category_combo: Option<IdOnly>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DataSetAnswer {
    id: Uid,
    #[serde(default)]
    period_type: String,
    category_combo: Option<IdOnly>,
    #[serde(default)]
    organisation_units: Vec<IdOnly>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UnitAnswer {
    id: Uid,
    opening_date: Option<String>,
    closed_date: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ComboAnswer {
    id: Uid,
    category_combo: Option<IdOnly>,
}

#[derive(Deserialize)]
struct OptionSetAnswer {
    id: Uid,
    #[serde(default)]
    options: Vec<OptionAnswer>,
}

#[derive(Deserialize)]
struct OptionAnswer {
    #[serde(default)]
    code: String,
}

impl Metadata {
    /// Asks for what the rows name, 300 ids a request.
    pub(crate) async fn fetch(client: &Client, rows: &[Row], rule: &DataSetRule) -> Result<Self, HttpError> {
        let of = |id: fn(&Row) -> Uid| rows.iter().map(id).collect::<BTreeSet<Uid>>().into_iter().collect::<Vec<_>>();
        let elements: Vec<ElementAnswer> = find(
            client,
            "dataElements",
            &of(|row| row.key.element),
            "id,valueType,categoryCombo[id],optionSet[id],dataSetElements[dataSet[id],categoryCombo[id]],dataElementGroups[id]",
        )
        .await?;
        let units: Vec<UnitAnswer> =
            find(client, "organisationUnits", &of(|row| row.key.unit), "id,openingDate,closedDate").await?;
        let mut combos: BTreeSet<Uid> = rows.iter().map(|row| row.key.combo).collect();
        combos.extend(rows.iter().map(|row| row.key.attribute));
        let combos: Vec<Uid> = combos.into_iter().collect();
        let combos: Vec<ComboAnswer> = find(client, "categoryOptionCombos", &combos, "id,categoryCombo[id]").await?;

        let elements: HashMap<Uid, Element> =
            elements.into_iter().map(|answer| (answer.id, element(answer, rule))).collect();
        let data_sets: BTreeSet<Uid> =
            elements.values().flat_map(|element| element.data_sets.iter().map(|(set, _)| *set)).collect();
        let data_sets: Vec<Uid> = data_sets.into_iter().collect();
        let fields = "id,periodType,categoryCombo[id],organisationUnits[id]";
        let data_sets: Vec<DataSetAnswer> = find(client, "dataSets", &data_sets, fields).await?;
        let option_sets: BTreeSet<Uid> = elements.values().filter_map(|element| element.option_set).collect();
        let option_sets: Vec<Uid> = option_sets.into_iter().collect();
        let options: Vec<OptionSetAnswer> = find(client, "optionSets", &option_sets, "id,options[code]").await?;

        Ok(Self {
            elements,
            data_sets: data_sets.into_iter().map(data_set).collect(),
            units: units.into_iter().map(unit).collect(),
            combos: combos.into_iter().map(|combo| (combo.id, combo.category_combo.map(|combo| combo.id))).collect(),
            options: options
                .into_iter()
                .map(|set| (set.id, set.options.into_iter().map(|option| option.code).collect()))
                .collect(),
        })
    }

    /// The value type of an element; none of one that the server does not show.
    pub(crate) fn value_type(&self, element: Uid) -> &str {
        self.elements.get(&element).map_or("", |element| &element.value_type)
    }
}

fn element(answer: ElementAnswer, rule: &DataSetRule) -> Element {
    let links = answer.data_set_elements.into_iter();
    let mut data_sets: Vec<(Uid, Option<Uid>)> =
        links.filter_map(|link| Some((link.data_set?.id, link.category_combo.map(|combo| combo.id)))).collect();
    let preferred = match rule {
        DataSetRule::Prefer(sets) => &sets[..],
        DataSetRule::FirstFitting | DataSetRule::Refuse => &[],
    };
    let rank = |set: Uid| preferred.iter().position(|other| *other == set).unwrap_or(usize::MAX);
    data_sets.sort_unstable_by_key(|(set, _)| (rank(*set), *set));
    Element {
        value_type: answer.value_type,
        category_combo: answer.category_combo.map(|combo| combo.id),
        option_set: answer.option_set.map(|set| set.id),
        data_sets,
        groups: answer.data_element_groups.into_iter().map(|group| group.id).collect(),
    }
}

fn data_set(answer: DataSetAnswer) -> (Uid, DataSet) {
    let set = DataSet {
        period_type: answer.period_type.parse().ok(),
        category_combo: answer.category_combo.map(|combo| combo.id),
        units: answer.organisation_units.into_iter().map(|unit| unit.id).collect(),
    };
    (answer.id, set)
}

fn unit(answer: UnitAnswer) -> (Uid, Unit) {
    // `2010-01-01T00:00:00.000`: the date as the server shows it.
    let date = |text: Option<String>| text.as_deref().and_then(|text| text.get(..10)?.parse().ok());
    (answer.id, Unit { opening: date(answer.opening_date), closed: date(answer.closed_date) })
}
