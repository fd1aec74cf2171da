//! How conflicts of servers up to 2.42 are worded. Those that were not recorded follow the server's source in their code
//! and what they name; their wording may differ.

use crate::routes::imports::summary::Conflict;

/// The wording of a code, with places for what it names.
fn wording(code: &str) -> &'static str {
    match code {
        "E7600" => "Data set not found or not accessible: `{0}`",
        "E7602" => "A valid dataset is required",
        "E7603" => "Org unit not found or not accessible: `{0}`",
        "E7604" => "Attribute option combo not found or not accessible: `{0}`",
        "E7610" => "Data element not found or not accessible: `{0}`",
        "E7611" => "Period not valid: `{0}`",
        "E7612" => "Organisation unit not found or not accessible: `{0}`",
        "E7613" => "Category option combo not found or not accessible for writing data: `{0}`",
        "E7615" => "Attribute option combo not found or not accessible for writing data: `{0}`",
        "E7617" => "Organisation unit: `{0}` not in hierarchy of current user: `{1}`",
        "E7618" => "Data value or comment not specified for data element: `{0}`",
        "E7619" => "Value must match value type of data element `{0}`: `{1}`",
        "E7620" => "Invalid comment: {0}",
        "E7621" => "Data value is not a valid option of the data element option set: `{0}`",
        "E7630" => "Category option combo is required but is not specified",
        "E7631" => "Attribute option combo is required but is not specified",
        "E7632" => "Period type of period: `{0}` not valid for data element: `{1}`",
        "E7633" => "Data element: `{0}` is not part of dataset: `{1}`",
        "E7634" => "Category option combo: `{0}` must be part of category combo of data element: `{1}`",
        "E7635" => "Attribute option combo: `{0}` must be part of category combo of data sets of data element: `{1}`",
        "E7636" => "Data element: `{1}` must be assigned through data sets to organisation unit: `{0}`",
        "E7637" => "Invalid storedBy: {0}",
        "E7638" => "Period: `{0}` is not within date range of attribute option combo: `{1}`",
        "E7639" => "Organisation unit: `{0}` is not valid for attribute option combo: `{1}`",
        "E7640" => "Current date is past expiry days for period: `{0}` and data set: `{1}`",
        "E7641" => {
            "Period: `{0}` is after latest open future period: `{3}` for data element: `{1}` and data set: `{2}`"
        }
        "E7643" => "Period: `{0}` is not open for this data set at this time: `{1}`",
        "E7644" => "Period: `{0}` does not conform to the open periods of associated data sets",
        _ => "",
    }
}

/// A conflict about what its arguments name; of these, `kinds` are told one by one as well.
pub(super) fn conflict(
    code: &'static str,
    property: Option<&'static str>,
    kinds: &[&'static str],
    arguments: &[Option<&str>],
) -> Conflict {
    worded(code, property, kinds, arguments, wording(code), arguments)
}

/// The same in other words, or with other words for what is named.
pub(super) fn worded(
    code: &'static str,
    property: Option<&'static str>,
    kinds: &[&'static str],
    arguments: &[Option<&str>],
    wording: &str,
    words: &[Option<&str>],
) -> Conflict {
    let mut message = wording.to_owned();
    for (place, word) in words.iter().enumerate() {
        message = message.replace(&format!("{{{place}}}"), word.unwrap_or("null"));
    }
    let objects = kinds.iter().zip(arguments).filter_map(|(&kind, name)| Some((kind, (*name)?.to_owned()))).collect();
    Conflict { code, objects, property, message, indexes: Vec::new() }
}
