//! Pages of tracker lists: how to ask for one, and whether another follows.

use dhis2_api::dialect::{Dialect, PagesEnd};
use dhis2_api::model::Pager;
use dhis2_api::request::ApiRequest;
use dhis2_extract::{More, Spelling};

/// Adds the order that neither loses nor doubles a row, the page and its size.
pub(crate) fn page(
    request: ApiRequest,
    dialect: &Dialect,
    order: Option<&'static str>,
    page: u32,
    page_size: u32,
) -> ApiRequest {
    let mut request = ordered(request, order);
    request = request.param("page", page.to_string()).param("pageSize", page_size.to_string());
    if page == 1 && dialect.pages_end == PagesEnd::PageCount {
        request = request.param("totalPages", "true");
    }
    request
}

/// The request for a first page, which makes the server count all pages.
pub(crate) fn counting(first: ApiRequest, dialect: &Dialect) -> ApiRequest {
    match dialect.pages_end {
        PagesEnd::PageCount => first,
        PagesEnd::NextPage => first.param("totalPages", "true"),
    }
}

/// How pages are asked for, and why, where deleted objects are among them.
pub(crate) fn spellings(dialect: &Dialect, order: Option<&'static str>) -> Vec<Spelling> {
    let mut spellings = page_spellings(dialect, order);
    let why = "deleted objects are left out here: one that is deleted during the walk then shifts no page";
    spellings.push(Spelling::new("includeDeleted=true", why));
    spellings
}

/// How pages are asked for, and why.
pub(crate) fn page_spellings(dialect: &Dialect, order: Option<&'static str>) -> Vec<Spelling> {
    let mut spellings = Vec::new();
    if let Some(order) = order {
        let why = "the order in which the pages of this version neither lose nor double an object";
        spellings.push(Spelling::new(format!("order={order}"), why));
    }
    spellings.push(match dialect.pages_end {
        PagesEnd::NextPage => Spelling::new("page", "asked for until this version names no next page"),
        PagesEnd::PageCount => Spelling::new(
            "totalPages=true",
            "this version names no next page: all that it counts are asked for, and then until an empty one",
        ),
    });
    spellings
}

/// How a list of tracked entities or enrollments is asked for; `uids` is the parameter of theirs, where they are named.
pub(crate) fn list_spellings(
    dialect: &Dialect,
    order: Option<&'static str>,
    uids: Option<&'static str>,
) -> Vec<Spelling> {
    let mut all = unit_spellings(dialect);
    all.extend(spellings(dialect, order));
    all.extend(uids.map(|param| Spelling::new(param, "the name that this version reads")));
    all
}

/// How units are named to a list of tracked entities or enrollments, and how far they reach.
pub(crate) fn unit_spellings(dialect: &Dialect) -> Vec<Spelling> {
    let why = "the name that this version reads; the other is ignored";
    vec![Spelling::new(dialect.org_units_param, why), unit_spelling(dialect)]
}

/// How far units reach, as this version reads it.
pub(crate) fn unit_spelling(dialect: &Dialect) -> Spelling {
    Spelling::new(dialect.org_unit_mode_param, "the name that this version reads; the other is ignored")
}

/// Asks for everything in one answer.
pub(crate) fn whole(request: ApiRequest, dialect: &Dialect, order: Option<&'static str>) -> ApiRequest {
    let (name, value) = dialect.no_paging;
    ordered(request, order).param(name, value)
}

fn ordered(request: ApiRequest, order: Option<&'static str>) -> ApiRequest {
    match order {
        Some(order) => request.param("order", order),
        None => request,
    }
}

/// Whether more pages follow. How many rows a page holds says nothing.
pub(crate) fn more(dialect: &Dialect, page: u32, pager: &Pager) -> More {
    match dialect.pages_end {
        PagesEnd::NextPage if pager.has_next_page => More::Next,
        PagesEnd::NextPage => More::Last,
        PagesEnd::PageCount if page > 1 => More::UntilEmpty,
        PagesEnd::PageCount => pager.page_count.map_or(More::UntilEmpty, More::Count),
    }
}
