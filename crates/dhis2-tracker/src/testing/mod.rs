//! What the tests of several modules share.

pub(crate) mod recordings;
pub(crate) mod rows;
pub(crate) mod served;

use dhis2_api::dialect::Dialect;
use dhis2_api::request::ApiRequest;

/// The versions whose requests the tests spell out.
pub(crate) const VERSIONS: [&str; 7] = ["2.38.7", "2.39.10.1", "2.40.12", "2.41.2", "2.41.9.1", "2.42.5.2", "2.43.1"];

/// How to speak to a server of this version.
pub(crate) fn dialect(version: &str) -> Dialect {
    Dialect::of(&version.parse().unwrap()).unwrap()
}

/// The parameters of a request but `fields`, as a person would write them.
pub(crate) fn spelled(request: &ApiRequest) -> String {
    let named = request.params().iter().filter(|(name, _)| name != "fields");
    named.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// The `fields` of a request.
pub(crate) fn fields(request: &ApiRequest) -> &str {
    let all: Vec<_> = request.params().iter().filter(|(name, _)| name == "fields").collect();
    assert_eq!(all.len(), 1);
    &all[0].1
}
