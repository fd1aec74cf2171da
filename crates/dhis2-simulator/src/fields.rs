//! DHIS2's field filters: `a,b[c,d],!e,*,f~rename(g)`.

/// Which fields of an object are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields {
    all: bool,
    named: Vec<Field>,
    excluded: Vec<String>,
}

/// One field asked for by name.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    name: String,
    inner: Option<Fields>,
    transform: Transform,
}

/// What is done with a field before it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Transform {
    #[default]
    None,
    Rename(String),
    Size,
    IsEmpty,
    IsNotEmpty,
    Pluck(String),
}

/// A field that is to be written, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Selected<'a> {
    pub(crate) inner: Option<&'a Fields>,
    pub(crate) transform: &'a Transform,
}

impl Fields {
    /// Reads a field filter. There are no errors: a name that no object has selects nothing, a missing bracket is closed.
    pub(crate) fn parse(text: &str) -> Self {
        Parser { rest: text }.level()
    }

    /// Everything.
    pub(crate) fn everything() -> Self {
        Self { all: true, ..Self::default() }
    }

    /// How a key is to be written, if it is asked for. An exclusion beats a name, a name beats `*`.
    pub(crate) fn select(&self, key: &str) -> Option<Selected<'_>> {
        if self.excluded.iter().any(|excluded| excluded == key) {
            return None;
        }
        // A name given twice: the brackets of both count, of transformers the last.
        match self.named.iter().rfind(|field| field.name == key) {
            Some(field) => Some(Selected { inner: field.inner.as_ref(), transform: &field.transform }),
            None => self.all.then_some(Selected { inner: None, transform: &Transform::None }),
        }
    }

    /// Whether a key is asked for.
    pub(crate) fn wants(&self, key: &str) -> bool {
        self.select(key).is_some()
    }

    /// Whether a key is asked for by its name, not by `*` alone.
    pub(crate) fn names(&self, key: &str) -> bool {
        self.named.iter().any(|field| field.name == key) && self.wants(key)
    }

    fn add(&mut self, field: Field) {
        match self.named.iter_mut().find(|known| known.name == field.name) {
            Some(known) => {
                known.inner = match (known.inner.take(), field.inner) {
                    (Some(mut one), Some(two)) => {
                        one.unite(two);
                        Some(one)
                    }
                    (one, two) => one.or(two),
                };
                if field.transform != Transform::None {
                    known.transform = field.transform;
                }
            }
            None => self.named.push(field),
        }
    }

    fn unite(&mut self, other: Self) {
        self.all |= other.all;
        self.excluded.extend(other.excluded);
        for field in other.named {
            self.add(field);
        }
    }

    fn add_preset(&mut self, name: &str) {
        let names: &[&str] = match name {
            "id" => &["id"],
            "code" => &["code"],
            "idName" => &["id", "name"],
            "identifiable" => &["id", "name", "code", "created", "lastUpdated", "lastUpdatedBy"],
            "nameable" => &["id", "name", "shortName", "description", "code", "created", "lastUpdated"],
            "all" | "owner" | "persisted" | "simple" => {
                self.all = true;
                &[]
            }
            _ => &[],
        };
        for name in names {
            self.add(Field { name: (*name).to_owned(), inner: None, transform: Transform::None });
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    /// One level, up to its closing bracket or the end.
    fn level(&mut self) -> Fields {
        let mut fields = Fields::default();
        while let Some(next) = self.rest.chars().next() {
            match next {
                ']' | ')' => {
                    self.skip(1);
                    break;
                }
                ',' | ' ' | '[' | '(' => self.skip(1),
                _ => self.field(&mut fields),
            }
        }
        fields
    }

    fn field(&mut self, fields: &mut Fields) {
        let at = self.rest.find([',', '[', ']', '(', ')', '~', '|']).unwrap_or(self.rest.len());
        let (name, _) = self.rest.split_at(at);
        // `field::size` is the older spelling of `field~size`.
        let (name, old_transform) = name.split_once("::").unwrap_or((name, ""));
        let (name, old_transform) = (name.trim().to_owned(), old_transform.to_owned());
        self.skip(at);
        let mut transform = transform_named(&old_transform, "");
        let mut inner = None;
        loop {
            match self.rest.chars().next() {
                Some('[' | '(') => {
                    self.skip(1);
                    inner = Some(self.level());
                }
                Some('~' | '|') => {
                    self.skip(1);
                    let found = self.transform();
                    if found != Transform::None {
                        transform = found;
                    }
                }
                _ => break,
            }
        }
        if name == "*" {
            fields.all = true;
        } else if let Some(preset) = name.strip_prefix(':') {
            fields.add_preset(preset);
        } else if let Some(excluded) = name.strip_prefix('!') {
            fields.excluded.push(excluded.to_owned());
        } else if !name.is_empty() {
            fields.add(Field { name, inner, transform });
        }
    }

    fn transform(&mut self) -> Transform {
        let at = self.rest.find([',', '[', ']', '(', ')', '~', '|']).unwrap_or(self.rest.len());
        let name = self.rest[..at].to_owned();
        self.skip(at);
        let mut argument = String::new();
        if self.rest.starts_with('(') {
            self.skip(1);
            let end = self.rest.find(')').unwrap_or(self.rest.len());
            self.rest[..end].clone_into(&mut argument);
            self.skip((end + 1).min(self.rest.len()));
        }
        transform_named(&name, &argument)
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }
}

fn transform_named(name: &str, argument: &str) -> Transform {
    match name {
        "rename" => Transform::Rename(argument.to_owned()),
        "size" => Transform::Size,
        "isEmpty" => Transform::IsEmpty,
        "isNotEmpty" => Transform::IsNotEmpty,
        "pluck" => Transform::Pluck(if argument.is_empty() { "id".to_owned() } else { argument.to_owned() }),
        _ => Transform::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_brackets_and_exclusions() {
        let fields = Fields::parse("a,b[c,d[e]],!f,*");
        assert!(fields.wants("a") && fields.wants("z") && !fields.wants("f"));
        let inner = fields.select("b").unwrap().inner.unwrap();
        assert!(inner.wants("c") && !inner.wants("e"));
        assert!(inner.select("d").unwrap().inner.unwrap().wants("e"));
        assert!(fields.names("a") && !fields.names("z"));
    }

    #[test]
    fn exclusions_beat_everything() {
        assert!(!Fields::parse("a,!a").wants("a"));
        assert!(!Fields::parse(":all,!a").wants("a"));
    }

    #[test]
    fn transformers() {
        let transform = |text: &str, key: &str| Fields::parse(text).select(key).unwrap().transform.clone();
        assert_eq!(transform("a~rename(b)", "a"), Transform::Rename("b".into()));
        assert_eq!(transform("a~size,c", "a"), Transform::Size);
        assert_eq!(transform("a::size", "a"), Transform::Size);
        assert_eq!(transform("a~pluck(name)[id]", "a"), Transform::Pluck("name".into()));
        assert_eq!(transform("a[id]~isEmpty", "a"), Transform::IsEmpty);
    }

    /// wire document, section 1.7: "A typo in `fields` is not an error …, an unbalanced bracket is accepted"
    #[test]
    fn nothing_is_an_error() {
        assert!(Fields::parse("a[b,c").select("a").unwrap().inner.unwrap().wants("c"));
        assert!(Fields::parse("a]],b").wants("a"));
        assert_eq!(Fields::parse(""), Fields::default());
        assert!(!Fields::parse("~,::,[").wants("a"));
    }
}
