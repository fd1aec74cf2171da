//! Pages of metadata lists.

use crate::answer::Refusal;
use crate::json::{Json, Key};
use crate::query::Query;

/// Which part of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) number: usize,
    pub(crate) size: usize,
}

impl Page {
    /// The page asked for; none where paging is off. Page 1 of 50 without parameters.
    pub(crate) fn read(query: &Query) -> Result<Option<Self>, Refusal> {
        if query.first("paging").is_some_and(|paging| paging.eq_ignore_ascii_case("false")) {
            return Ok(None);
        }
        let number = |name: &'static str, default: i64| match query.filled(name) {
            Some(text) => text
                .parse::<i64>()
                .map_err(|_| Refusal::new(400, format!("Value '{text}' is not valid for parameter {name}."))),
            None => Ok(default),
        };
        let (page, size) = (number("page", 1)?, number("pageSize", 50)?);
        let size = usize::try_from(size).map_err(|_| Refusal::new(400, "pageSize must not be negative"))?;
        Ok(Some(Self { number: usize::try_from(page).unwrap_or(1).max(1), size }))
    }

    /// The part of the items on this page; nothing past the end.
    pub(crate) fn of<'a, T>(&self, items: &'a [T]) -> &'a [T] {
        let start = (self.number - 1).saturating_mul(self.size).min(items.len());
        let end = start.saturating_add(self.size).min(items.len());
        &items[start..end]
    }

    /// The number that a pager shows, which is none past the last page, and how many pages there are.
    pub(crate) fn clamped(&self, total: usize, at_least_one_page: bool) -> (usize, usize) {
        let count = total.div_ceil(self.size.max(1)).max(usize::from(at_least_one_page));
        (self.number.min(count.max(1)), count)
    }

    /// The pager of a metadata list. Its page is clamped to the last one.
    pub(crate) fn pager(&self, total: usize, url: &str, query: &Query, at_least_one_page: bool) -> Json {
        let (page, count) = self.clamped(total, at_least_one_page);
        let whole = |n: usize| Json::number(u64::try_from(n).unwrap_or(u64::MAX));
        let mut entries: Vec<(Key, Json)> =
            vec![("page".into(), whole(page)), ("total".into(), whole(total)), ("pageSize".into(), whole(self.size))];
        // Past the end there is no next page and the page before is that of the last.
        if page < count {
            entries.push(("nextPage".into(), Json::text(&self.link(page + 1, url, query))));
        }
        if page > 1 {
            entries.push(("prevPage".into(), Json::text(&self.link(page - 1, url, query))));
        }
        entries.push(("pageCount".into(), whole(count)));
        Json::Object(entries)
    }

    fn link(&self, page: usize, url: &str, query: &Query) -> String {
        let mut parameters = Vec::new();
        if page > 1 {
            parameters.push(format!("page={page}"));
        }
        if self.size != 50 {
            parameters.push(format!("pageSize={}", self.size));
        }
        for (name, value) in query.pairs().filter(|(name, _)| !matches!(*name, "page" | "pageSize")) {
            parameters.push(format!("{name}={}", encode(value)));
        }
        if parameters.is_empty() { url.to_owned() } else { format!("{url}?{}", parameters.join("&")) }
    }
}

fn encode(value: &str) -> String {
    percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_past_the_end_is_empty_and_its_number_clamped() {
        let page = Page { number: 99, size: 10 };
        assert!(page.of(&[1, 2, 3]).is_empty());
        let pager = page.pager(3, "http://x/api/programs", &Query::default(), false);
        assert_eq!(pager.get("page"), Some(&Json::number(1)));
        assert_eq!(pager.get("nextPage"), None);
    }

    #[test]
    fn an_empty_list_has_no_page_or_one() {
        let page = Page { number: 1, size: 50 };
        assert_eq!(page.pager(0, "", &Query::default(), false).get("pageCount"), Some(&Json::number(0)));
        assert_eq!(page.pager(0, "", &Query::default(), true).get("pageCount"), Some(&Json::number(1)));
    }
}
