//! What the collections of the tracker have in common: parameters, units, spans of time, order, pages and JSON.

pub(crate) mod bounds;
pub(crate) mod json;
pub(crate) mod order;
pub(crate) mod page;
pub(crate) mod params;
pub(crate) mod units;
pub(crate) mod value_filter;

use crate::server::Call;

/// Whether JSON is asked for, or at least accepted.
pub(crate) fn wants_json(call: &Call<'_>, suffix: &str) -> bool {
    match suffix {
        "json" => true,
        "" => call.accept.split(',').any(|accepted| {
            let accepted = accepted.split(';').next().unwrap_or_default().trim();
            matches!(accepted, "application/json" | "*/*" | "application/*" | "text/html" | "")
        }),
        _ => false,
    }
}
