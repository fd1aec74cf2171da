//! What the tests over recordings share.

pub(crate) mod compare;
pub(crate) mod har;
pub(crate) mod http;
pub(crate) mod ordered;
pub(crate) mod report;
