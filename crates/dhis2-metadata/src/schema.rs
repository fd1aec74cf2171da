//! Column specifications that most frames share.

use dhis2_frame::{ColumnSpec, ColumnType};

pub(crate) const fn text(name: &'static str, doc: &'static str) -> ColumnSpec {
    ColumnSpec { name, dtype: ColumnType::String, doc }
}

pub(crate) const fn list(name: &'static str, doc: &'static str) -> ColumnSpec {
    ColumnSpec { name, dtype: ColumnType::StringList, doc }
}

pub(crate) const fn whole(name: &'static str, doc: &'static str) -> ColumnSpec {
    ColumnSpec { name, dtype: ColumnType::Int64, doc }
}

pub(crate) const fn flag(name: &'static str, doc: &'static str) -> ColumnSpec {
    ColumnSpec { name, dtype: ColumnType::Boolean, doc }
}

pub(crate) const fn wall_clock(name: &'static str, doc: &'static str) -> ColumnSpec {
    ColumnSpec { name, dtype: ColumnType::Datetime, doc }
}

pub(crate) const ID: ColumnSpec = text("id", "uid");
pub(crate) const NAME: ColumnSpec = text("name", "name, whatever the account's language");
