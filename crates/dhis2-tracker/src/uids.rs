//! Lists of uids in requests.

use std::fmt;

use dhis2_api::Uid;
use dhis2_extract::lookup::children;
use dhis2_http::{Client, HttpError};

/// Uids that a request names at most: 300 are 4,200 bytes, well below what a server takes (8,192 for the whole head).
const UIDS_A_REQUEST: usize = 300;

/// Uids in lists of which so many fit a request together; one empty list where there are none.
pub(crate) fn batches(uids: &[Uid], lists: usize) -> Vec<Vec<Uid>> {
    let fitting = UIDS_A_REQUEST / lists.max(1);
    if uids.is_empty() { vec![Vec::new()] } else { uids.chunks(fitting).map(<[Uid]>::to_vec).collect() }
}

/// The value of a parameter.
pub(crate) fn list(uids: &[Uid], separator: char) -> String {
    uids.iter().map(Uid::as_str).collect::<Vec<_>>().join(separator.encode_utf8(&mut [0; 4]))
}

/// In words, for a receipt.
pub(crate) fn named(uids: &[Uid]) -> String {
    match uids {
        [] => "none".to_owned(),
        [one] => one.to_string(),
        [first, .., last] => format!("{first} to {last} ({} of them)", uids.len()),
    }
}

/// Where to look: under a unit, at some uids, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// A unit.
    pub(crate) unit: Option<Uid>,
    /// The unit without those below it.
    pub(crate) alone: bool,
    /// Only these objects; all where there are none.
    pub(crate) uids: Vec<Uid>,
    /// Smaller pages than were asked for, where those were too much at once.
    pub(crate) page_size: Option<u32>,
}

/// Pages are made smaller down to this: a server that cannot bear so many is not helped by fewer.
const SMALLEST_PAGE: u32 = 20;

impl Place {
    /// Under a unit, or everywhere.
    pub(crate) fn of(unit: Option<Uid>) -> Self {
        Self { unit, alone: false, uids: Vec::new(), page_size: None }
    }

    /// In smaller pieces: fewer uids, else smaller pages (`usual` is their size), else the units below apart. `None` where
    /// there is nothing smaller.
    pub(crate) async fn split(&self, client: &Client, usual: u32) -> Result<Option<Vec<Self>>, HttpError> {
        if self.uids.len() > 1 {
            let (first, second) = self.uids.split_at(self.uids.len() / 2);
            let with = |uids: &[Uid]| Self { uids: uids.to_vec(), ..self.clone() };
            return Ok(Some(vec![with(first), with(second)]));
        }
        let smaller = self.page_size.unwrap_or(usual) / 4;
        if self.uids.is_empty() && smaller >= SMALLEST_PAGE {
            return Ok(Some(vec![Self { page_size: Some(smaller), ..self.clone() }]));
        }
        let Some(unit) = self.unit.filter(|_| !self.alone) else { return Ok(None) };
        let children = children(client, unit).await?;
        if children.is_empty() {
            return Ok(None);
        }
        let below = children.into_iter().map(|child| Self { unit: Some(child), ..self.clone() });
        Ok(Some(std::iter::once(Self { alone: true, ..self.clone() }).chain(below).collect()))
    }

    /// Every unit with every list of uids.
    pub(crate) fn all(units: &[Uid], uids: &[Uid]) -> Vec<Self> {
        Self::beside(units, uids, 1)
    }

    /// The same, where so many lists of uids stand in a request.
    pub(crate) fn beside(units: &[Uid], uids: &[Uid], lists: usize) -> Vec<Self> {
        let lists = batches(uids, lists);
        let under = |unit: Option<Uid>| lists.iter().map(move |uids| Self { uids: uids.clone(), ..Self::of(unit) });
        match units {
            [] => under(None).collect(),
            units => units.iter().flat_map(|unit| under(Some(*unit))).collect(),
        }
    }
}

/// As it follows what is asked for.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.uids.is_empty() {
            write!(f, ", {}", named(&self.uids))?;
        }
        if let Some(unit) = &self.unit {
            write!(f, " {} organisation unit {unit}", if self.alone { "of" } else { "under" })?;
        }
        match self.page_size {
            Some(size) => write!(f, ", {size} a page"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_uid_is_in_one_list_that_fits_a_request() {
        let uids: Vec<Uid> = (0..700).map(|n| Uid::parse(&format!("a{n:010}")).unwrap()).collect();
        let lists = batches(&uids, 1);
        assert_eq!(lists.concat(), uids);
        assert!(lists.iter().all(|one| list(one, ',').len() < 4_000));
        assert_eq!(batches(&[], 1), [Vec::new()]);
    }
}
