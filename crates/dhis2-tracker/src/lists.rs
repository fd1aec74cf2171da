//! Methods of builders that take lists.

/// Writes a builder's method for each of its fields that hold uids: it adds to what is there.
macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident)*) => { $(
        $(#[$doc])*
        pub fn $name<I>(mut self, ids: I) -> Self
        where
            I: IntoIterator,
            I::Item: Into<String>,
        {
            self.$name.extend(ids.into_iter().map(Into::into));
            self
        }
    )* };
}

pub(crate) use lists;
