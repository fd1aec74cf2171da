//! Lists of uids in requests.

use std::fmt;

use dhis2_api::Uid;

/// Uids that a request names at most: 300 are 4,200 bytes, well below what a server takes (8,192 for the whole head).
const UIDS_A_REQUEST: usize = 300;

/// Uids in lists that fit a request; one empty list where there are none.
pub(crate) fn batches(uids: &[Uid]) -> Vec<Vec<Uid>> {
    if uids.is_empty() { vec![Vec::new()] } else { uids.chunks(UIDS_A_REQUEST).map(<[Uid]>::to_vec).collect() }
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
    /// A unit, with all below it.
    pub(crate) unit: Option<Uid>,
    /// Only these objects; all where there are none.
    pub(crate) uids: Vec<Uid>,
}

impl Place {
    /// Every unit with every list of uids.
    pub(crate) fn all(units: &[Uid], uids: &[Uid]) -> Vec<Self> {
        let lists = batches(uids);
        let under = |unit: Option<Uid>| lists.iter().map(move |uids| Self { unit, uids: uids.clone() });
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
            write!(f, " under organisation unit {unit}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_uid_is_in_one_list_that_fits_a_request() {
        let uids: Vec<Uid> = (0..700).map(|n| Uid::parse(&format!("a{n:010}")).unwrap()).collect();
        let lists = batches(&uids);
        assert_eq!(lists.concat(), uids);
        assert!(lists.iter().all(|one| list(one, ',').len() < 4_000));
        assert_eq!(batches(&[]), [Vec::new()]);
    }
}
