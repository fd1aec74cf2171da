//! The query string as the container hands it on.

use percent_encoding::percent_decode_str;

/// The parameters of a request, in the order sent.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Takes a query string apart; parameters after the `limit`-th vanish, as in Tomcat.
    pub(crate) fn parse(text: &str, limit: Option<usize>) -> Self {
        let decode = |s: &str| percent_decode_str(&s.replace('+', " ")).decode_utf8_lossy().into_owned();
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        });
        Self(pairs.take(limit.unwrap_or(usize::MAX)).collect())
    }

    /// The first value of a parameter: a single-valued one given twice counts once.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The first value, unless it is blank.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        self.first(name).filter(|value| !value.is_empty())
    }

    /// Every value of a parameter.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a parameter, cut at commas: how Spring reads a list.
    pub(crate) fn list<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.all(name).flat_map(|value| value.split(',')).filter(|value| !value.is_empty())
    }

    /// A switch that is off unless it says yes, in one of the words that Spring takes for it.
    pub(crate) fn switch(&self, name: &str) -> bool {
        self.first(name)
            .is_some_and(|value| ["true", "on", "yes", "1"].iter().any(|yes| value.eq_ignore_ascii_case(yes)))
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_parameters_and_comma_lists_are_read_together() {
        let query = Query::parse("a=1&b=x%2Cy&b=z&a=2&c=%C3%A9+e", None);
        assert_eq!(query.first("a"), Some("1"), "a single-valued parameter given twice: the first one counts");
        assert_eq!(query.list("b").collect::<Vec<_>>(), ["x", "y", "z"]);
        assert_eq!(query.first("c"), Some("é e"));
    }

    /// peer-bugs, section 4: "More than 1,000 query parameters: Tomcat drops the rest and answers 200."
    #[test]
    fn parameters_beyond_the_limit_vanish() {
        let text: Vec<_> = (0..1_500).map(|i| format!("orgUnit={i}")).collect();
        assert_eq!(Query::parse(&text.join("&"), Some(1_000)).all("orgUnit").count(), 1_000);
        assert_eq!(Query::parse(&text.join("&"), None).all("orgUnit").count(), 1_500);
    }
}
