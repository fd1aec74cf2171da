//! What is counted.

pub(crate) mod events;
pub(crate) mod layout;
pub(crate) mod map;
pub(crate) mod numbers;
pub(crate) mod people;
pub(crate) mod relationships;
pub(crate) mod reporting;
pub(crate) mod spread;
pub(crate) mod time;
pub(crate) mod top;
pub(crate) mod values;
