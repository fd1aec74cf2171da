//! Reading a collection of metadata to its end.

use std::collections::HashSet;

use dhis2_api::request::ApiRequest;
use dhis2_frame::{Cell, ReadObject, json_error, read_object, text};
use dhis2_http::Client;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Error, IgnoredAny, MapAccess};

use crate::error::MetadataError;
use crate::filter;
use crate::object::{IdOnly, Object};

/// Objects on a page, where pages are asked for (wire document, section 8).
const PAGE_SIZE: usize = 5_000;

/// The longest address that is sent, leaving room for the number of a page: the wire document's 6 kB, of the 8,192 bytes
/// that servers and proxies take with headers.
const MAX_URL_BYTES: usize = 5_950;

/// Ids that a request names at most: 12 bytes each.
const IDS_A_REQUEST: usize = 300;

/// A collection below `/api`, and what of its objects is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Collection {
    pub(crate) name: &'static str,
    pub(crate) fields: &'static str,
    /// Asked for in pages: for objects that come by the hundred thousand, with outlines of districts in them.
    pub(crate) paged: bool,
    /// One filter that holds is enough.
    pub(crate) any: bool,
}

impl Collection {
    pub(crate) const fn whole(name: &'static str, fields: &'static str) -> Self {
        Self { name, fields, paged: false, any: false }
    }

    pub(crate) const fn paged(name: &'static str, fields: &'static str) -> Self {
        Self { name, fields, paged: true, any: false }
    }

    /// The same, of which those objects are wanted that meet one of the filters, where others want all to be met.
    pub(crate) const fn any(self) -> Self {
        Self { any: true, ..self }
    }

    /// In the order of ids, as every server from 2.38 on sorts: by something unique, so that pages fit together.
    fn request(&self, fields: &str, filters: &[String]) -> ApiRequest {
        let request = ApiRequest::get(self.name).param("fields", fields).param("order", "id:asc");
        let request = if self.any { request.param("rootJunction", "OR") } else { request };
        request.params_each("filter", filters)
    }
}

/// All objects of a collection that the account may see and that match all filters, each once.
pub(crate) async fn read<T: Object>(
    client: &Client,
    collection: &Collection,
    filters: &[&str],
) -> Result<Vec<T>, MetadataError> {
    if !filters.is_empty() {
        filter::check(filters, &client.server().await?.dialect)?;
    }
    let mut objects: Vec<T> = Vec::new();
    let filters = filters.iter().map(|filter| (*filter).to_owned()).collect();
    for filters in parts(client, collection, filters)? {
        if collection.paged {
            objects.extend(walk(client, collection, &filters).await?);
        } else {
            objects.extend(whole(client, collection, collection.fields, &filters).await?);
        }
    }
    // A filter on a list of the objects (`dataSets.id:in:[…]`) may find an object as often as its list matches.
    let mut seen = HashSet::new();
    objects.retain(|object| seen.insert(object.id().to_owned()));
    Ok(objects)
}

/// The objects with these ids, as far as the account may see them.
pub(crate) async fn by_ids<T: Object>(
    client: &Client,
    collection: &Collection,
    ids: &[&str],
) -> Result<Vec<T>, MetadataError> {
    let mut objects = Vec::with_capacity(ids.len());
    for batch in ids.chunks(IDS_A_REQUEST) {
        let filter = format!("id:in:[{}]", batch.join(","));
        objects.extend(whole(client, collection, collection.fields, &[filter]).await?);
    }
    Ok(objects)
}

/// The filters as they are; where that makes too long an address, several sets of filters that together let through the
/// same: an `in:[…]` is halved until each half fits.
fn parts(client: &Client, collection: &Collection, filters: Vec<String>) -> Result<Vec<Vec<String>>, MetadataError> {
    let request = collection.request(collection.fields, &filters).param("paging", "false");
    let bytes = client.server_url().len() + request.path_and_query().len();
    if bytes <= MAX_URL_BYTES {
        return Ok(vec![filters]);
    }
    let longest = filters
        .iter()
        .enumerate()
        .filter_map(|(place, filter)| Some((filter.len(), place, filter::halves(filter)?)))
        .max_by_key(|(bytes, ..)| *bytes);
    let Some((_, place, (left, right))) = longest else {
        return Err(MetadataError::TooLong { collection: collection.name, bytes });
    };
    let mut parted = Vec::new();
    for half in [left, right] {
        let mut filters = filters.clone();
        filters[place] = half;
        parted.extend(parts(client, collection, filters)?);
    }
    Ok(parted)
}

/// All objects in one answer.
async fn whole<T: Object>(
    client: &Client,
    collection: &Collection,
    fields: &str,
    filters: &[String],
) -> Result<Vec<T>, MetadataError> {
    let request = collection.request(fields, filters).param("paging", "false");
    let page: Page<T> = ask(client, collection, &request).await?;
    page.check_total(client, collection)?;
    Ok(page.objects)
}

/// All objects, page by page. What is inserted or deleted meanwhile shifts the pages, so that objects are missed or come
/// twice: after more than one page the ids of all, in one answer, say what there is.
async fn walk<T: Object>(
    client: &Client,
    collection: &Collection,
    filters: &[String],
) -> Result<Vec<T>, MetadataError> {
    let request = |page: usize| {
        collection
            .request(collection.fields, filters)
            .param("page", page.to_string())
            .param("pageSize", PAGE_SIZE.to_string())
    };
    let first: Page<T> = ask(client, collection, &request(1)).await?;
    if !first.has_next() {
        first.check_total(client, collection)?;
        return Ok(first.objects);
    }
    let mut objects = first.objects;
    for number in 2.. {
        // The pager's own number is that of the last page once one is past it: only `nextPage` tells.
        let page: Page<T> = ask(client, collection, &request(number)).await?;
        let more = page.has_next() && !page.objects.is_empty();
        objects.extend(page.objects);
        if !more {
            break;
        }
    }
    let there: Vec<IdOnly> = whole(client, collection, "id", filters).await?;
    let there: HashSet<&str> = there.iter().map(Object::id).collect();
    objects.retain(|object| there.contains(object.id()));
    let have: HashSet<&str> = objects.iter().map(Object::id).collect();
    let mut missed: Vec<&str> = there.difference(&have).copied().collect();
    missed.sort_unstable();
    let found: Vec<T> = by_ids(client, collection, &missed).await?;
    objects.extend(found);
    Ok(objects)
}

async fn ask<T: Object>(
    client: &Client,
    collection: &Collection,
    request: &ApiRequest,
) -> Result<Page<T>, MetadataError> {
    let answer = client.get(request).await?;
    let wrong = |source| MetadataError::Answer { collection: collection.name, server: client.server_url(), source };
    let body = text(&answer.body).map_err(wrong)?;
    let mut page = Page::<T> { collection: collection.name, objects: Vec::new(), pager: None };
    read_object(body, &mut page).map_err(|error| wrong(json_error(body, &error)))?;
    if let Some((place, field)) = page.objects.iter().enumerate().find_map(|(place, o)| Some((place, o.missing()?))) {
        let server = client.server_url();
        return Err(MetadataError::MissingField { collection: collection.name, server, field, row: place + 1 });
    }
    Ok(page)
}

/// An answer of `GET /api/{collection}`.
struct Page<T> {
    collection: &'static str,
    objects: Vec<T>,
    /// Only where pages were asked for, or where something on the way made pages of it.
    pager: Option<Pager>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pager {
    total: Option<usize>,
    next_page: Option<IgnoredAny>,
}

impl<T> Page<T> {
    fn has_next(&self) -> bool {
        self.pager.as_ref().is_some_and(|pager| pager.next_page.is_some())
    }

    /// For an answer that should hold everything.
    fn check_total(&self, client: &Client, collection: &Collection) -> Result<(), MetadataError> {
        let got = self.objects.len();
        match self.pager.as_ref().and_then(|pager| pager.total) {
            Some(total) if total > got => {
                Err(MetadataError::Incomplete { collection: collection.name, server: client.server_url(), got, total })
            }
            _ => Ok(()),
        }
    }
}

impl<T: DeserializeOwned> ReadObject for Page<T> {
    const EXPECTED: &'static str = "an object with a list of metadata objects";

    fn read<'de, A: MapAccess<'de>>(&mut self, mut answer: A) -> Result<(), A::Error> {
        let mut listed = false;
        while let Some(key) = answer.next_key::<Cell<'de>>()? {
            match key.text().unwrap_or_default() {
                "pager" => self.pager = answer.next_value()?,
                key if key == self.collection => {
                    self.objects = answer.next_value()?;
                    listed = true;
                }
                _ => drop(answer.next_value::<IgnoredAny>()?),
            }
        }
        // An answer without the list is not an empty list.
        if listed { Ok(()) } else { Err(A::Error::missing_field(self.collection)) }
    }
}
