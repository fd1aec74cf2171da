//! Categories, data sets and programmes.

use dhis2_api::period::PeriodType;

use super::people::People;
use super::units::Country;
use super::{named, reference, references};
use crate::json::{Json, object};
use crate::random::Random;
use crate::world::builder::WorldBuilder;

/// The option combos that data are broken down by.
#[derive(Debug)]
pub(super) struct Combos {
    pub(super) default_combo: String,
    pub(super) default: String,
    /// The category option of the default combo.
    pub(super) default_option: String,
    pub(super) age_sex_combo: String,
    pub(super) age_sex: Vec<String>,
    pub(super) funder_combo: String,
    pub(super) funder: Vec<String>,
}

pub(super) fn add_categories(builder: &mut WorldBuilder, random: &mut Random) -> Combos {
    let mut make = CategoryMaker { builder, random };
    let (default_combo, default, default_option) =
        make.combo("default", "DISAGGREGATION", &[("default", &["default"])]);
    let (age_sex_combo, age_sex, _) = make.combo(
        "AgeSex",
        "DISAGGREGATION",
        &[("Age", &["0-4y", "5-14y", "15y+"]), ("Sex", &["Sex: Female", "Sex: Male"])],
    );
    let (funder_combo, funder, _) =
        make.combo("FunderCombo", "ATTRIBUTE", &[("Funder", &["State", "Global Fund", "NGO, others"])]);
    Combos {
        default_combo,
        default: default.into_iter().next().unwrap_or_default(),
        default_option,
        age_sex_combo,
        age_sex,
        funder_combo,
        funder,
    }
}

struct CategoryMaker<'a> {
    builder: &'a mut WorldBuilder,
    random: &'a mut Random,
}

impl CategoryMaker<'_> {
    /// A combo of categories with their options; its uid, those of its option combos, and that of its first option.
    fn combo(&mut self, name: &str, kind: &str, categories: &[(&str, &[&str])]) -> (String, Vec<String>, String) {
        let mut category_uids = Vec::new();
        let mut combos: Vec<(Vec<String>, Vec<&str>)> = vec![(Vec::new(), Vec::new())];
        let mut first_option = None;
        for (category, options) in categories {
            let uid = self.random.uid();
            let mut option_uids = Vec::new();
            for option in *options {
                let option_uid = self.random.uid();
                let code = option.to_uppercase();
                self.builder.add_metadata("categoryOptions", named(&option_uid, &code, option, Vec::new()));
                option_uids.push(option_uid);
            }
            first_option.get_or_insert_with(|| option_uids[0].clone());
            let rest = vec![("categoryOptions", references(&option_uids)), ("dataDimensionType", Json::text(kind))];
            self.builder.add_metadata("categories", named(&uid, &category.to_uppercase(), category, rest));
            category_uids.push(uid);
            combos = combos
                .iter()
                .flat_map(|(uids, names)| {
                    option_uids.iter().zip(*options).map(|(uid, option)| {
                        let uids = uids.iter().cloned().chain([uid.clone()]).collect();
                        (uids, names.iter().copied().chain([*option]).collect())
                    })
                })
                .collect();
        }
        let uid = self.random.uid();
        let rest = vec![("categories", references(&category_uids)), ("dataDimensionType", Json::text(kind))];
        self.builder.add_metadata("categoryCombos", named(&uid, &name.to_uppercase(), name, rest));
        let mut combo_uids = Vec::new();
        for (options, names) in combos {
            let combo_uid = self.random.uid();
            let rest = vec![("categoryCombo", reference(&uid)), ("categoryOptions", references(&options))];
            let combo_name = names.join(", ");
            self.builder
                .add_metadata("categoryOptionCombos", named(&combo_uid, &combo_name.to_uppercase(), &combo_name, rest));
            combo_uids.push(combo_uid);
        }
        (uid, combo_uids, first_option.unwrap_or_default())
    }
}

/// A data set whose values are made up.
#[derive(Debug)]
pub(super) struct DataSet {
    pub(super) period_type: PeriodType,
    /// Its elements and what each holds.
    pub(super) elements: Vec<Element>,
    /// Whether it is broken down by funder.
    pub(super) by_funder: bool,
    /// Which part of all values is its own, in thousandths.
    pub(super) share: usize,
}

/// A data element of a data set.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) uid: String,
    pub(super) value_type: &'static str,
    pub(super) by_age_and_sex: bool,
}

/// Name, period type, elements without a breakdown, elements by age and sex, by funder, share.
type Plan = (&'static str, PeriodType, usize, usize, bool, usize);

const PLANS: [Plan; 7] = [
    ("Monthly report", PeriodType::Monthly, 5, 5, false, 500),
    ("Weekly notifications", PeriodType::Weekly, 4, 0, false, 200),
    ("Quarterly finances", PeriodType::Quarterly, 3, 0, true, 80),
    ("Yearly population", PeriodType::Yearly, 2, 1, false, 50),
    ("Daily admissions", PeriodType::Daily, 1, 0, false, 100),
    ("Financial year budget", PeriodType::FinancialApril, 2, 0, false, 30),
    ("Bimonthly outreach", PeriodType::BiMonthly, 2, 0, false, 40),
];

const VALUE_TYPES: [&str; 5] = ["INTEGER_ZERO_OR_POSITIVE", "NUMBER", "TEXT", "BOOLEAN", "TRUE_ONLY"];

pub(super) fn add_data_sets(
    builder: &mut WorldBuilder,
    random: &mut Random,
    country: &Country,
    combos: &Combos,
) -> Vec<DataSet> {
    let mut sets = Vec::new();
    for (name, period_type, plain, by_age_and_sex, by_funder, share) in PLANS {
        let mut elements = Vec::new();
        for i in 0..plain + by_age_and_sex {
            let broken_down = i >= plain;
            let value_type = if broken_down { VALUE_TYPES[0] } else { VALUE_TYPES[i % VALUE_TYPES.len()] };
            let combo = if broken_down { &combos.age_sex_combo } else { &combos.default_combo };
            let uid = random.uid();
            let title = format!("{name} {}", i + 1);
            let rest = vec![
                ("aggregationType", Json::text(if value_type == "TEXT" { "NONE" } else { "SUM" })),
                ("valueType", Json::text(value_type)),
                ("domainType", Json::text("AGGREGATE")),
                ("zeroIsSignificant", Json::Bool(true)),
                ("categoryCombo", reference(combo)),
            ];
            let code = format!("DE_{}", title.to_uppercase().replace(' ', "_"));
            builder.add_metadata("dataElements", named(&uid, &code, &title, rest));
            elements.push(Element { uid, value_type, by_age_and_sex: broken_down });
        }
        let combo = if by_funder { &combos.funder_combo } else { &combos.default_combo };
        let uids: Vec<_> = elements.iter().map(|element| element.uid.clone()).collect();
        add_data_set(builder, random, name, period_type, &uids, combo, country);
        sets.push(DataSet { period_type, elements, by_funder, share });
    }
    // A set that shares its elements with another, as sets of real countries do.
    let shared: Vec<_> = sets[0].elements.iter().take(2).map(|element| element.uid.clone()).collect();
    add_data_set(builder, random, "Immunisation", PeriodType::Monthly, &shared, &combos.default_combo, country);
    let overlapping: Vec<_> = sets.iter().take(3).map(|set| set.elements[0].uid.clone()).collect();
    for (name, members) in [("Core indicators", &overlapping), ("Immunisation", &shared)] {
        let uid = random.uid();
        let rest = vec![("dataElements", references(members))];
        builder.add_metadata("dataElementGroups", named(&uid, &name.to_uppercase(), name, rest));
    }
    sets
}

fn add_data_set(
    builder: &mut WorldBuilder,
    random: &mut Random,
    name: &str,
    period_type: PeriodType,
    elements: &[String],
    combo: &str,
    country: &Country,
) {
    let uid = random.uid();
    let links = elements
        .iter()
        .map(|element| object([("dataElement", reference(element)), ("dataSet", reference(&uid))]))
        .collect();
    let rest = vec![
        ("periodType", Json::text(period_type.name())),
        ("formType", Json::text("DEFAULT")),
        ("dataSetElements", Json::List(links)),
        ("indicators", Json::List(Vec::new())),
        ("categoryCombo", reference(combo)),
        ("openFuturePeriods", Json::number(12)),
        ("organisationUnits", references(&country.facilities)),
    ];
    builder.add_metadata("dataSets", named(&uid, &format!("DS_{}", name.to_uppercase()), name, rest));
}

/// A programme.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) uid: String,
    pub(super) with_registration: bool,
    pub(super) stages: Vec<Stage>,
    /// Which part of all events is its own, in thousandths.
    pub(super) share: usize,
}

/// A stage of a programme.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) uid: String,
    /// Its elements and what each holds: a value type, or the codes of its options.
    pub(super) elements: Vec<(String, Answers)>,
}

/// What an element of an event can hold.
#[derive(Debug, Clone)]
pub(super) enum Answers {
    Of(&'static str),
    Codes(Vec<String>),
}

type Options = (&'static str, &'static [(&'static str, &'static str)]);

const OPTION_SETS: [Options; 2] = [
    ("Diagnosis", &[("B50", "Malaria, P. falciparum"), ("A00", "Cholera"), ("J18", "Pneumonia: unspecified")]),
    ("Outcome", &[("RECOVERED", "Recovered"), ("DIED", "Died"), ("TRANSFER", "Transferred, other site")]),
];

pub(super) fn add_programs(
    builder: &mut WorldBuilder,
    random: &mut Random,
    country: &Country,
    people: &People,
) -> Vec<Program> {
    let mut elements: Vec<(String, Answers)> = Vec::new();
    for (name, options) in OPTION_SETS {
        let set = random.uid();
        let mut option_uids = Vec::new();
        for (order, (code, option)) in (0u32..).zip(options) {
            let uid = random.uid();
            let rest = vec![("sortOrder", Json::number(order)), ("optionSet", reference(&set))];
            builder.add_metadata("options", named(&uid, code, option, rest));
            option_uids.push(uid);
        }
        let rest = vec![
            ("options", references(&option_uids)),
            ("valueType", Json::text("TEXT")),
            ("version", Json::number(1)),
        ];
        builder.add_metadata("optionSets", named(&set, &name.to_uppercase(), name, rest));
        let uid = add_tracker_element(builder, random, name, "TEXT", Some(&set));
        elements.push((uid, Answers::Codes(options.iter().map(|(code, _)| (*code).to_owned()).collect())));
    }
    for (name, value_type) in [
        ("Weight kg", "NUMBER"),
        ("Age in years", "INTEGER_ZERO_OR_POSITIVE"),
        ("Danger sign", "BOOLEAN"),
        ("Seen on", "DATE"),
        ("Remarks", "LONG_TEXT"),
    ] {
        let uid = add_tracker_element(builder, random, name, value_type, None);
        elements.push((uid, Answers::Of(value_type)));
    }
    let mut programs = Vec::new();
    for (name, with_registration, stage_names, share) in [
        ("Antenatal care", true, ["First visit", "Follow-up visit", "Delivery"].as_slice(), 500),
        ("TB treatment", true, &["Diagnosis", "Monitoring"], 200),
        ("Case report", false, &["Report"], 300),
    ] {
        let uid = random.uid();
        let mut stages = Vec::new();
        for (order, stage_name) in (0u32..).zip(stage_names) {
            let stage = random.uid();
            let own: Vec<_> = elements.iter().skip(order as usize).cloned().collect();
            let links = (0u32..)
                .zip(&own)
                .map(|(sort, (element, _))| {
                    object([
                        ("dataElement", reference(element)),
                        ("compulsory", Json::Bool(sort == 0)),
                        ("sortOrder", Json::number(sort)),
                    ])
                })
                .collect();
            let rest = vec![
                ("program", reference(&uid)),
                ("programStageDataElements", Json::List(links)),
                ("sortOrder", Json::number(order)),
                ("repeatable", Json::Bool(order == 1)),
            ];
            let code = format!("{}_{order}", name.to_uppercase());
            builder.add_metadata("programStages", named(&stage, &code, stage_name, rest));
            stages.push(Stage { uid: stage, elements: own });
        }
        let kind = if with_registration { "WITH_REGISTRATION" } else { "WITHOUT_REGISTRATION" };
        let stage_uids: Vec<_> = stages.iter().map(|stage| stage.uid.clone()).collect();
        let mut rest = vec![
            ("programType", Json::text(kind)),
            ("accessLevel", Json::text("OPEN")),
            ("programStages", references(&stage_uids)),
            ("organisationUnits", references(&country.facilities)),
        ];
        if with_registration {
            rest.push(("trackedEntityType", reference(&people.kind)));
            // Every programme shows what the type has; the first one its own attributes as well.
            let own = people.attributes.iter().filter(|a| a.of_type || programs.is_empty());
            let links = own.map(|a| object([("trackedEntityAttribute", reference(&a.uid))])).collect();
            rest.push(("programTrackedEntityAttributes", Json::List(links)));
        }
        builder.add_metadata("programs", named(&uid, &name.to_uppercase(), name, rest));
        programs.push(Program { uid, with_registration, stages, share });
    }
    programs
}

fn add_tracker_element(
    builder: &mut WorldBuilder,
    random: &mut Random,
    name: &str,
    value_type: &str,
    option_set: Option<&str>,
) -> String {
    let uid = random.uid();
    let mut rest = vec![
        ("aggregationType", Json::text("NONE")),
        ("valueType", Json::text(value_type)),
        ("domainType", Json::text("TRACKER")),
        ("zeroIsSignificant", Json::Bool(true)),
    ];
    if let Some(set) = option_set {
        rest.push(("optionSet", reference(set)));
    }
    let code = format!("TDE_{}", name.to_uppercase().replace(' ', "_"));
    builder.add_metadata("dataElements", named(&uid, &code, name, rest));
    uid
}
