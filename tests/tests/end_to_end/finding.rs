//! Ids by name, and what stands in the way of extracts.

use std::collections::BTreeSet;

use dhis2::doctor::{CheckState, Diagnosis};
use dhis2::metadata::MetadataError;
use dhis2::{Connection, Credentials, Error, ObjectKind};
use dhis2_simulator::{CLERK, CLERK_PASSWORD, Faults, SUPERUSER_TOKEN};
use dhis2_tests::served::{RUNTIME, Served};
use serde_json::Value;

on_every_line!(
    what_holds_a_text_is_found_in_name_and_code,
    a_name_or_code_gives_the_object_that_has_it,
    the_doctor_says_what_is_so,
    the_doctor_says_what_prevents_an_extract,
);

const COLLECTIONS: [(ObjectKind, &str); 4] = [
    (ObjectKind::Program, "programs"),
    (ObjectKind::DataSet, "dataSets"),
    (ObjectKind::DataElement, "dataElements"),
    (ObjectKind::OrganisationUnit, "organisationUnits"),
];

fn text_of<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object[key].as_str()
}

fn what_holds_a_text_is_found_in_name_and_code(served: &Served) {
    let element = text_of(&served.exported("dataElements")[0], "id").unwrap();
    for text in ["mal", "VISIT", "a, b", "(", "100%", "_", element] {
        let found = RUNTIME.block_on(served.client().search(text)).unwrap();
        let found: BTreeSet<(ObjectKind, &str)> =
            found.iter().map(|object| (object.kind, object.id.as_str())).collect();
        let holds = |own: Option<&str>| own.is_some_and(|own| own.to_lowercase().contains(&text.to_lowercase()));
        let expected: BTreeSet<(ObjectKind, &str)> = COLLECTIONS
            .iter()
            .flat_map(|(kind, plural)| served.exported(plural).iter().map(move |object| (*kind, object)))
            .filter(|(_, object)| {
                holds(text_of(object, "name")) || holds(text_of(object, "code")) || object["id"].as_str() == Some(text)
            })
            .map(|(kind, object)| (kind, text_of(object, "id").unwrap()))
            .collect();
        assert_eq!(found, expected, "{text} on {}", served.version);
    }
    let found = RUNTIME.block_on(served.client().search("mal")).unwrap();
    assert!(!found.is_empty(), "the text occurs");
    assert!(found.is_sorted_by_key(|object| object.kind));
    let nothing = RUNTIME.block_on(served.client().search(" ,")).unwrap_err();
    assert!(nothing.is_usage() && nothing.to_string().contains("nothing to look for"), "{nothing}");
}

fn a_name_or_code_gives_the_object_that_has_it(served: &Served) {
    let client = served.client();
    for (kind, plural) in COLLECTIONS {
        let objects = served.exported(plural);
        for object in objects.iter().step_by(objects.len().div_ceil(6)) {
            for text in [text_of(object, "name"), text_of(object, "code")].into_iter().flatten() {
                let has = |other: &&Value| text_of(other, "name") == Some(text) || text_of(other, "code") == Some(text);
                let ids: BTreeSet<&str> = objects.iter().filter(has).filter_map(|other| text_of(other, "id")).collect();
                match RUNTIME.block_on(client.find_object(kind, text)) {
                    Ok(found) => assert_eq!(ids, BTreeSet::from([found.id.as_str()]), "{text} on {}", served.version),
                    Err(Error::Metadata(error)) => {
                        let MetadataError::Ambiguous { found, .. } = *error else { panic!("{text}: {error}") };
                        assert!(ids.len() > 1 && found.len() == ids.len(), "{text}: {found:?}");
                    }
                    Err(error) => panic!("{text}: {error}"),
                }
            }
        }
        // A part of a name is not enough, but what is like it is named.
        let name = text_of(&objects[0], "name").unwrap();
        let part = name.strip_suffix(|_: char| true).unwrap();
        let error = RUNTIME.block_on(client.find_object(kind, part)).unwrap_err();
        assert!(error.is_usage() && error.to_string().contains(text_of(&objects[0], "id").unwrap()), "{error}");
    }
    let upper = text_of(&served.exported("programs")[0], "name").unwrap().to_uppercase();
    let found = RUNTIME.block_on(client.find_object(ObjectKind::Program, &upper)).unwrap();
    let stages = served.exported("programStages").iter().filter(|stage| stage["program"]["id"] == found.id.as_str());
    for stage in stages {
        let program = dhis2::api::Uid::parse(&found.id).unwrap();
        let name = text_of(stage, "name").unwrap();
        let found = RUNTIME.block_on(client.find_program_stage(&program, name)).unwrap();
        assert_eq!(Some(found.id.as_str()), text_of(stage, "id"));
    }
}

fn diagnose(url: &str, credentials: Credentials) -> Diagnosis {
    RUNTIME.block_on(Connection::to(url).credentials(credentials).diagnose()).unwrap()
}

fn states(diagnosis: &Diagnosis, subject: &str) -> Vec<CheckState> {
    diagnosis.of(subject).map(|check| check.state).collect()
}

fn the_doctor_says_what_is_so(served: &Served) {
    let found = diagnose(&served.url(), Credentials::token(SUPERUSER_TOKEN));
    assert!(found.state() < CheckState::Problem, "{found:#?}");
    for subject in ["proxy", "tls", "reachable", "redirects", "login", "version", "account", "clock", "zone"] {
        assert_eq!(states(&found, subject), [CheckState::Ok], "{subject} of {}: {found:#?}", served.version);
    }
    assert!(found.of("version").next().unwrap().found.contains(&served.version));
    let defects: Vec<&str> = found.of("defect").filter_map(|check| check.found.split(':').next()).collect();
    let known: Vec<&str> = served.dialect().defects().iter().map(|defect| defect.name).collect();
    assert_eq!(defects, known);
    assert!(found.of("authorities").next().unwrap().found.starts_with("ALL"));

    let found = diagnose(&served.url(), Credentials::basic(CLERK, CLERK_PASSWORD));
    let region = served.country.region_of_the_clerk();
    assert!(found.of("units").all(|check| check.found.contains(region)), "{found:#?}");
    assert!(found.of("authorities").any(|check| check.found.starts_with("it may not")), "{found:#?}");

    // Through a gateway that fails now and then.
    let busy =
        Faults::from_toml("[[rule]]\ntimes = 1\nfault.status = { code = 503, retry_after_seconds = 0 }").unwrap();
    let busy = served.another(busy);
    let found = diagnose(&busy.base_url(), Credentials::token(SUPERUSER_TOKEN));
    assert_eq!(states(&found, "reachable"), [CheckState::Warning], "{found:#?}");
    assert!(found.state() == CheckState::Warning);
}

fn the_doctor_says_what_prevents_an_extract(served: &Served) {
    let problem = |found: &Diagnosis, subject: &str| {
        let problems: Vec<_> = found.checks.iter().filter(|check| check.state == CheckState::Problem).collect();
        assert!(matches!(problems[..], [only] if only.subject == subject && only.advice.is_some()), "{found:#?}");
        let text = serde_json::to_string(found).unwrap();
        assert!(!text.contains("Wr0ng") && !text.contains(SUPERUSER_TOKEN), "{text}");
    };
    problem(&diagnose(&served.url(), Credentials::basic("admin", "Wr0ng-secret")), "login");
    problem(&diagnose("http://127.0.0.1:9", Credentials::token(SUPERUSER_TOKEN)), "reachable");
    for (fault, subject) in [
        ("fault = \"login_page\"", "login"),
        ("fault.redirect = { to = \"https://elsewhere.example.org/api/system/info\" }", "redirects"),
        ("fault.status = { code = 502, retry_after_seconds = 0 }", "reachable"),
        ("fault.reset = { at = \"midway\" }", "reachable"),
    ] {
        let faulty = served.another(Faults::from_toml(&format!("[[rule]]\n{fault}")).unwrap());
        problem(&diagnose(&faulty.base_url(), Credentials::token(SUPERUSER_TOKEN)), subject);
    }
}
