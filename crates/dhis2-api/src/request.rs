//! Requests to a server's web API, before anything knows how they travel.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays as it is in a query. Servers answer 400 to raw `[ ] { } | \ " < ^` and to raw non-ASCII, and read `+` as a
/// blank; `, : ;` are legal and unambiguous, and uid lists are a third shorter with them.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b',')
    .remove(b':')
    .remove(b';')
    .remove(b'*')
    .remove(b'!');

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// It reads.
    Get,
    /// It writes: sending it twice may do its work twice.
    Post,
}

impl Method {
    /// The method as HTTP writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A request below `/api` of a server, with its query in the order it is sent. The body of a POST travels beside it.
///
/// ```
/// use dhis2_api::request::ApiRequest;
///
/// let request = ApiRequest::get("organisationUnits").param("fields", "id,parent[id]").param("paging", "false");
/// assert_eq!(request.path_and_query(), "/api/organisationUnits?fields=id,parent%5Bid%5D&paging=false");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ApiRequest {
    method: Method,
    path: String,
    params: Vec<(String, String)>,
}

impl ApiRequest {
    /// A GET of `path`, relative to `/api` (a leading slash does not matter).
    pub fn get(path: impl AsRef<str>) -> Self {
        Self::new(Method::Get, path.as_ref())
    }

    /// A POST to `path`, relative to `/api` (a leading slash does not matter).
    ///
    /// ```
    /// use dhis2_api::request::ApiRequest;
    ///
    /// let request = ApiRequest::post("dataValueSets").param("dryRun", "true");
    /// assert_eq!(request.to_string(), "POST /api/dataValueSets?dryRun=true");
    /// ```
    pub fn post(path: impl AsRef<str>) -> Self {
        Self::new(Method::Post, path.as_ref())
    }

    fn new(method: Method, path: &str) -> Self {
        Self { method, path: path.trim_start_matches('/').to_owned(), params: Vec::new() }
    }

    /// What it does.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The same request with one more parameter; a name may come several times.
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.params.push((name.into(), value.into()));
        self
    }

    /// The same request with the parameter once for each value.
    pub fn params_each<I>(mut self, name: &str, values: I) -> Self
    where
        I: IntoIterator,
        I::Item: ToString,
    {
        self.params.extend(values.into_iter().map(|value| (name.to_owned(), value.to_string())));
        self
    }

    /// The path below `/api`, without a leading slash.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The parameters, not encoded, in order.
    pub fn params(&self) -> &[(String, String)] {
        &self.params
    }

    /// The query, percent-encoded, without the question mark; empty where there are no parameters.
    pub fn query_string(&self) -> String {
        let mut query = String::new();
        for (name, value) in &self.params {
            if !query.is_empty() {
                query.push('&');
            }
            query.extend(utf8_percent_encode(name, QUERY));
            query.push('=');
            query.extend(utf8_percent_encode(value, QUERY));
        }
        query
    }

    /// `/api/<path>?<query>`: what follows the base URL of the server.
    pub fn path_and_query(&self) -> String {
        let query = self.query_string();
        let separator = if query.is_empty() { "" } else { "?" };
        format!("/api/{}{separator}{query}", self.path)
    }
}

impl std::fmt::Display for ApiRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method.name(), self.path_and_query())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wire document, general rule 4: percent-encode everything; `+` in a zone offset must be `%2B`.
    #[test]
    fn what_servers_refuse_raw_is_encoded() {
        let query = ApiRequest::get("x").param("a", "[]{}|\\\"<^+ é&=").query_string();
        assert_eq!(query, "a=%5B%5D%7B%7D%7C%5C%22%3C%5E%2B%20%C3%A9%26%3D");
    }

    #[test]
    fn repeated_parameters_keep_their_order() {
        let request =
            ApiRequest::get("/dataValueSets.json").params_each("orgUnit", ["a", "b"]).param("children", "true");
        assert_eq!(request.path_and_query(), "/api/dataValueSets.json?orgUnit=a&orgUnit=b&children=true");
    }
}
