//! Pages of the tracker's lists and the envelope around them.

use std::collections::HashSet;

use dhis2_api::dialect::behaviour::{TrackerEnvelope, TrackerErrors};

use super::params::{number, refused};
use crate::answer::Refusal;
use crate::json::{Json, Key};
use crate::server::Call;

/// Which part of the list is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Paging {
    Off,
    On { page: i64, size: i64, total: bool },
}

impl Paging {
    pub(crate) fn read(call: &Call<'_>) -> Result<Self, Refusal> {
        Self::read_with(call, false)
    }

    /// The same where a negative size can mean the default one.
    pub(crate) fn read_with(call: &Call<'_>, negative_is_default: bool) -> Result<Self, Refusal> {
        let behaviour = &call.server.behaviour.events;
        let checked = behaviour.errors == TrackerErrors::CheckedParameters;
        let page = number(call, "page")?;
        let size = number(call, "pageSize")?;
        let total = call.query.switch("totalPages");
        let skip = behaviour.params.old_names.then(|| call.query.filled("skipPaging")).flatten();
        let keep = behaviour.params.new_names.then(|| call.query.filled("paging")).flatten();
        let yes = |text: &str| text.eq_ignore_ascii_case("true");
        if let (Some(skip), Some(keep)) = (skip, keep)
            && yes(skip) == yes(keep)
        {
            let message = "Paging can either be enabled or disabled. Prefer 'paging' as 'skipPaging' will be removed.";
            return Err(refused(call, message));
        }
        let off = skip.is_some_and(yes) || keep.is_some_and(|keep| keep.eq_ignore_ascii_case("false"));
        if checked {
            for (name, value) in [("page", page), ("pageSize", size)] {
                if value.is_some_and(|value| value < 1) {
                    return Err(refused(call, format!("{name} must be greater than or equal to 1 if specified")));
                }
            }
            if off && (page.is_some() || size.is_some() || total) {
                let how = if behaviour.params.old_names { "isSkipPaging=true" } else { "paging=false" };
                let message = format!(
                    "Paging cannot be disabled with {how} while also requesting a paginated response with page, pageSize \
                     and/or totalPages"
                );
                return Err(refused(call, message));
            }
        }
        if off {
            return Ok(Self::Off);
        }
        let size = size.filter(|size| *size >= 0 || !negative_is_default).unwrap_or(50);
        if size < 0 {
            return Err(Refusal::new(400, format!("fromIndex(0) > toIndex({size})")));
        }
        Ok(Self::On { page: page.unwrap_or(1), size, total })
    }

    /// The number of the page, 0 where there are none.
    pub(crate) fn number(self) -> usize {
        match self {
            Self::Off => 0,
            Self::On { page, .. } => usize::try_from(page).unwrap_or(1).max(1),
        }
    }
}

/// What is shown of the list.
#[derive(Debug)]
pub(crate) struct Window {
    pub(crate) rows: Vec<u32>,
    /// What stands before the list.
    pub(crate) before: Vec<(Key, Json)>,
    pub(crate) item_key: &'static str,
}

impl Window {
    /// Cuts a page from rows that are in order; a row that a join repeats stands there as often.
    pub(crate) fn cut(call: &Call<'_>, rows: Vec<u32>, paging: Paging, collection: &'static str) -> Self {
        let behaviour = &call.server.behaviour.events;
        let item_key = if behaviour.envelope == TrackerEnvelope::Flat { "instances" } else { collection };
        let mut seen = HashSet::new();
        let Paging::On { page, size, total } = paging else {
            let rows: Vec<u32> = rows.into_iter().filter(|number| seen.insert(*number)).collect();
            call.effects.borrow_mut().rows = rows.len();
            return Self { rows, before: Vec::new(), item_key };
        };
        let number = paging.number();
        let size = usize::try_from(size).unwrap_or(50);
        let pages = rows.len().div_ceil(size.max(1)).max(usize::from(behaviour.at_least_one_page));
        let start = (number - 1).saturating_mul(size).min(rows.len());
        // Without a count one row more is fetched, to see whether there are more.
        let end = start.saturating_add(size + usize::from(!total)).min(rows.len());
        let more = start.saturating_add(size) < rows.len();
        // Repeats are taken out of a page after it was cut: that makes it short.
        let shown: Vec<u32> =
            rows[start..end].iter().copied().filter(|number| seen.insert(*number)).take(size).collect();
        call.effects.borrow_mut().rows = shown.len();
        let shown_page = match (total, behaviour.page_clamped) {
            // With a count the page is one that there is.
            (true, true) => i64::try_from(number.min(pages.max(1))).unwrap_or(page),
            _ => page,
        };
        // A count by pages of no rows is told as one by pages of one.
        let size = if total { size.max(1) } else { size };
        let counts = total.then_some((rows.len(), pages));
        let before = match behaviour.envelope {
            TrackerEnvelope::Flat => flat(shown_page, size, counts, true),
            TrackerEnvelope::PagerAndFlat => {
                let flat = flat(shown_page, size, counts, false);
                std::iter::once(("pager".into(), Json::Object(flat.clone()))).chain(flat).collect()
            }
            TrackerEnvelope::Pager => {
                let mut entries = flat(shown_page, size, counts, false);
                if page > 1 {
                    entries.push(("prevPage".into(), Json::text(&link(call, page - 1))));
                }
                if more {
                    entries.push(("nextPage".into(), Json::text(&link(call, page + 1))));
                }
                vec![("pager".into(), Json::Object(entries))]
            }
        };
        Self { rows: shown, before, item_key }
    }
}

/// `page`, `pageSize` and, if asked, the counts; up to 2.40 the size comes last.
fn flat(page: i64, size: usize, counts: Option<(usize, usize)>, size_last: bool) -> Vec<(Key, Json)> {
    let whole = |n: usize| Json::number(u64::try_from(n).unwrap_or(u64::MAX));
    let mut entries: Vec<(Key, Json)> = vec![("page".into(), Json::number(page))];
    if !size_last {
        entries.push(("pageSize".into(), whole(size)));
    }
    if let Some((total, pages)) = counts {
        entries.push(("total".into(), whole(total)));
        entries.push(("pageCount".into(), whole(pages)));
    }
    if size_last {
        entries.push(("pageSize".into(), whole(size)));
    }
    entries
}

/// The request's own address with another page, the query as it was read, `page` moved to the end.
fn link(call: &Call<'_>, page: i64) -> String {
    let mut parameters: Vec<String> =
        call.query.pairs().filter(|(name, _)| *name != "page").map(|(name, value)| format!("{name}={value}")).collect();
    parameters.push(format!("page={page}"));
    format!("{}/api{}?{}", call.base_url, call.path, parameters.join("&"))
}
