//! What orders the rows of a list, and what decides between equal ones.

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};

use dhis2_api::dialect::behaviour::TieBreak;

/// By what rows are ordered: fields, each with whether it is descending.
#[derive(Debug)]
pub(crate) struct Order<F> {
    pub(crate) keys: Vec<(F, bool)>,
    pub(crate) ties: Ties,
}

/// What decides between equal rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ties {
    /// Nothing: another order on every page.
    Anything,
    IdAscending,
    IdDescending,
}

impl Ties {
    /// What follows an explicit order whose first field is descending or not.
    pub(crate) fn after(tie_break: TieBreak, first_descending: bool) -> Self {
        match tie_break {
            TieBreak::None => Self::Anything,
            TieBreak::IdDescending => Self::IdDescending,
            TieBreak::IdLikeFirst if first_descending => Self::IdDescending,
            TieBreak::IdLikeFirst => Self::IdAscending,
        }
    }
}

impl<F: Copy + PartialEq> Order<F> {
    /// Orders the numbers of rows where their uids decide before anything else: as nothing is left to decide then, each uid
    /// is looked up once only. Whether that was so.
    pub(crate) fn sort_by_uid<'a>(&self, field: F, rows: &mut [u32], uid: impl Fn(u32) -> &'a str) -> bool {
        let Some((_, descending)) = self.keys.first().filter(|(first, _)| *first == field) else { return false };
        rows.sort_by_cached_key(|number| uid(*number));
        if *descending {
            rows.reverse();
        }
        true
    }

    /// Orders the numbers of rows, which come in the order of their ids. `page` stirs what nothing decides.
    pub(crate) fn sort(&self, rows: &mut [u32], page: usize, compare: impl Fn(F, u32, u32) -> Ordering) {
        match self.ties {
            Ties::IdAscending => {}
            Ties::IdDescending => rows.reverse(),
            Ties::Anything => rows.sort_by_cached_key(|number| {
                let mut hasher = DefaultHasher::new();
                (number, page).hash(&mut hasher);
                hasher.finish()
            }),
        }
        if self.keys.is_empty() {
            return;
        }
        rows.sort_by(|&a, &b| {
            let mut ordering = Ordering::Equal;
            for (field, descending) in &self.keys {
                ordering = ordering.then_with(|| {
                    let ordering = compare(*field, a, b);
                    if *descending { ordering.reverse() } else { ordering }
                });
            }
            ordering
        });
    }
}
