//! What becomes a column, and how it is called.

use std::collections::HashMap;
use std::sync::Arc;

use dhis2_api::ValueType;

/// A data element or tracked entity attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its uid.
    pub id: String,
    /// Its code, where it has one.
    pub code: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// What its values are.
    pub value_type: ValueType,
    /// The labels of its options by their codes, where it has an option set. Shared by the items of one set.
    pub options: Option<Arc<HashMap<String, String>>>,
}

/// A stage of a program, with what is recorded in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Its uid.
    pub id: String,
    /// Its code, where it has one.
    pub code: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Whether an enrollment may have several events of it.
    pub repeatable: bool,
    /// Its data elements, in the order in which their columns are to stand.
    pub items: Vec<Item>,
}

/// What columns are named by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum NameBy {
    /// The uid.
    Id,
    /// The code; the uid where there is none.
    Code,
    /// The name; the uid where there is none.
    #[default]
    Name,
}

/// How the values of items with an option set are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OptionsAs {
    /// By code, as they are stored, in a column of the value type.
    #[default]
    Code,
    /// By label, in a column of text. The labels of several options (`MULTI_TEXT`) are joined by commas, as the codes are.
    Label,
}

/// How a wide frame is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct WideOptions {
    /// What columns are named by.
    pub name_by: NameBy,
    /// How options are shown.
    pub options_as: OptionsAs,
}

impl Item {
    /// An item that only its uid is known of: text, named by the uid.
    pub(super) fn unknown(id: &str) -> Self {
        Self { id: id.to_owned(), code: None, name: None, value_type: ValueType::Text, options: None }
    }

    /// What its columns should be called; `None` where it has no such code or name.
    pub(super) fn wanted(&self, name_by: NameBy) -> Option<&str> {
        wanted(name_by, &self.id, self.code.as_deref(), self.name.as_deref())
    }

    /// What its columns should be called, its uid for want of anything else.
    pub(super) fn label(&self, name_by: NameBy) -> &str {
        self.wanted(name_by).unwrap_or(&self.id)
    }

    /// What is added to its name, for each column that it needs.
    pub(super) fn parts(&self, options_as: OptionsAs) -> &'static [&'static str] {
        let labelled = options_as == OptionsAs::Label && self.options.is_some();
        if self.value_type == ValueType::Coordinate && !labelled { &["_longitude", "_latitude"] } else { &[""] }
    }
}

impl Stage {
    /// What its columns should be called; `None` where it has no such code or name.
    pub(super) fn wanted(&self, name_by: NameBy) -> Option<&str> {
        wanted(name_by, &self.id, self.code.as_deref(), self.name.as_deref())
    }
}

fn wanted<'a>(name_by: NameBy, id: &'a str, code: Option<&'a str>, name: Option<&'a str>) -> Option<&'a str> {
    let wanted = match name_by {
        NameBy::Id => Some(id),
        NameBy::Code => code,
        NameBy::Name => name,
    };
    wanted.filter(|text| !text.is_empty())
}
