//! Sections: structs of settings, declared with their defaults in one place.

use std::ops::{Deref, DerefMut};

use toml_edit::{Item, Table, TableLike};

use super::{Given, KeyAbout, Mistakes, Place, Setting};
use crate::experiment::Diagnostic;

/// A struct whose fields are the keys of a section.
pub trait Section: Sized {
    /// The keys that there are, in the order of the fields.
    fn keys() -> Vec<&'static str>;

    /// The keys without which there is no such section.
    fn needed() -> Vec<&'static str>;

    /// What is known of every key.
    fn about() -> Vec<KeyAbout>;

    /// Reads every key, whatever is wrong with the others.
    fn read_keys(opened: &Opened<'_>, mistakes: &mut Mistakes) -> Option<Self>;

    /// Writes every key.
    fn write_keys(&self, into: &mut Table);

    /// Reads a table that may hold nothing but these keys; `place` is that of its head.
    fn read_table(table: &dyn TableLike, place: Place, mistakes: &mut Mistakes) -> Option<Self> {
        let opened = Opened::new(table, place);
        opened.refuse_others(&Self::keys(), mistakes);
        Self::read_keys(&opened, mistakes)
    }

    /// The section that nobody has written, if every key has a default.
    fn unwritten() -> Option<Self> {
        Self::read_table(&Table::new(), Place::NOWHERE, &mut Mistakes::default())
    }
}

/// A section that is being read.
#[derive(Clone, Copy)]
pub struct Opened<'a> {
    table: &'a dyn TableLike,
    place: Place,
}

impl<'a> Opened<'a> {
    /// The keys of `table`; what is missing is missing at `place`.
    #[must_use]
    pub fn new(table: &'a dyn TableLike, place: Place) -> Self {
        Self { table, place }
    }

    /// Every key that is not allowed here is a mistake.
    pub fn refuse_others(&self, allowed: &[&str], mistakes: &mut Mistakes) {
        for (key, _) in self.table.iter().filter(|(key, _)| !allowed.contains(key)) {
            let place = Place::from(self.table.key(key).and_then(toml_edit::Key::span));
            mistakes.add(Diagnostic::unknown("key", key, place.bytes(), allowed));
        }
    }

    fn get(&self, key: &'a str) -> Option<Given<'a>> {
        self.table.get(key).map(|item| Given::new(key, item))
    }
}

/// What can be a field of a [`Section`]: a key, or the keys of another section in its midst.
pub trait Field: Sized {
    /// Its keys.
    fn keys(name: &'static str) -> Vec<&'static str>;

    /// Its keys that must be given.
    fn needed(name: &'static str, has_default: bool) -> Vec<&'static str>;

    /// What is known of them; `lines` are the words of its declaration.
    fn about(name: &'static str, lines: &[&str], default: Option<Self>) -> Vec<KeyAbout>;

    /// Reads it; `default` is what an absent key means.
    fn take(
        from: &Opened<'_>,
        name: &'static str,
        default: Option<Self>,
        mistakes: &mut Mistakes,
    ) -> Option<Self>;

    /// Writes it.
    fn put(&self, name: &'static str, into: &mut Table);
}

impl<T: Setting> Field for T {
    fn keys(name: &'static str) -> Vec<&'static str> {
        vec![name]
    }

    fn needed(name: &'static str, has_default: bool) -> Vec<&'static str> {
        let needed = !has_default && T::absent().is_none();
        needed.then_some(name).into_iter().collect()
    }

    fn about(name: &'static str, lines: &[&str], default: Option<Self>) -> Vec<KeyAbout> {
        vec![KeyAbout::of(name, lines, default)]
    }

    fn take(
        from: &Opened<'_>,
        name: &'static str,
        default: Option<Self>,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        if let Some(given) = from.get(name) {
            return T::read(&given, mistakes);
        }
        let found = default.or_else(T::absent);
        if found.is_none() && !mistakes.suggest(name) {
            mistakes.add(missing(name, &T::expected(), from.place));
        }
        found
    }

    fn put(&self, name: &'static str, into: &mut Table) {
        let item = self.write();
        if !item.is_none() {
            into.insert(name, item);
        }
    }
}

fn missing(name: &str, expected: &str, place: Place) -> Diagnostic {
    let at = |message: String| {
        Diagnostic::new(message)
            .at(place.bytes())
            .label(format!("needs `{name}`"))
    };
    match expected.strip_prefix("a section") {
        Some(with) => at(format!("the section `{name}` is missing"))
            .help(format!("add a section `[{name}]`{with}")),
        None => at(format!("the key `{name}` is missing"))
            .help(format!("add `{name} = ...` to this section: {expected}")),
    }
}

/// The keys of a section in the midst of another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Flat<S>(pub S);

impl<S> Deref for Flat<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}

impl<S> DerefMut for Flat<S> {
    fn deref_mut(&mut self) -> &mut S {
        &mut self.0
    }
}

impl<S: Section> Field for Flat<S> {
    fn keys(_name: &'static str) -> Vec<&'static str> {
        S::keys()
    }

    fn needed(_name: &'static str, _has_default: bool) -> Vec<&'static str> {
        S::needed()
    }

    fn about(_name: &'static str, _lines: &[&str], _default: Option<Self>) -> Vec<KeyAbout> {
        S::about()
    }

    fn take(
        from: &Opened<'_>,
        _name: &'static str,
        _default: Option<Self>,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        S::read_keys(from, mistakes).map(Self)
    }

    fn put(&self, _name: &'static str, into: &mut Table) {
        self.0.write_keys(into);
    }
}

/// What every section does as a setting; [`settings!`] forwards to it.
pub fn expected<S: Section>() -> String {
    with_keys(&S::needed())
}

fn with_keys(needed: &[&str]) -> String {
    if needed.is_empty() {
        return "a section".into();
    }
    let needed: Vec<String> = needed.iter().map(|key| format!("`{key}`")).collect();
    format!("a section with {}", needed.join(", "))
}

/// Reads a section that stands under a key.
pub fn read<S: Section>(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<S> {
    let table = given.expect(given.section(), "a section", mistakes)?;
    S::read_table(table, given.place(), mistakes)
}

pub use super::about::schema;

/// Writes a section.
pub fn write<S: Section>(section: &S) -> Item {
    let mut table = Table::new();
    section.write_keys(&mut table);
    Item::Table(table)
}

/// Declares sections of a model file: `key: Type` for a key that must be given, `key: Type = default`
/// for one that need not. A section whose keys all have defaults may be left out itself.
///
/// ```text
/// settings! {
///     /// Section `[descent]`.
///     pub struct DescentSettings {
///         /// Time of the flow, in units of `2 / sharpness` at the start.
///         pub t_end: Positive,
///         /// Looks at every course.
///         pub looks: Count<2> = 60,
///     }
/// }
/// ```
macro_rules! settings {
    ($(
        $(#[doc = $meta:literal])*
        $visible:vis struct $name:ident {
            $( $(#[doc = $about:literal])* $seen:vis $key:ident : $type:ty $(= $default:expr)? ),* $(,)?
        }
    )*) => {$(
        $(#[doc = $meta])*
        #[derive(Debug, Clone)]
        $visible struct $name {
            $( $(#[doc = $about])* $seen $key: $type ),*
        }

        impl $crate::experiment::settings::Section for $name {
            fn keys() -> Vec<&'static str> {
                let keys = [$( <$type as $crate::experiment::settings::Field>::keys(stringify!($key)) ),*];
                keys.concat()
            }

            fn needed() -> Vec<&'static str> {
                let keys = [$(
                    <$type as $crate::experiment::settings::Field>::needed(
                        stringify!($key),
                        $crate::experiment::settings::settings!(@given $($default)?),
                    )
                ),*];
                keys.concat()
            }

            fn about() -> Vec<$crate::experiment::settings::KeyAbout> {
                let keys = [$(
                    <$type as $crate::experiment::settings::Field>::about(
                        stringify!($key),
                        &[$($about),*],
                        $crate::experiment::settings::settings!(@default $($default)?),
                    )
                ),*];
                keys.concat()
            }

            fn read_keys(
                opened: &$crate::experiment::settings::Opened<'_>,
                mistakes: &mut $crate::experiment::settings::Mistakes,
            ) -> Option<Self> {
                $(
                    let $key: Option<$type> = $crate::experiment::settings::Field::take(
                        opened,
                        stringify!($key),
                        $crate::experiment::settings::settings!(@default $($default)?),
                        mistakes,
                    );
                )*
                Some(Self { $($key: $key?),* })
            }

            fn write_keys(&self, into: &mut toml_edit::Table) {
                $( $crate::experiment::settings::Field::put(&self.$key, stringify!($key), into); )*
            }
        }

        impl $crate::experiment::settings::Setting for $name {
            fn expected() -> String {
                $crate::experiment::settings::section::expected::<Self>()
            }

            fn read(
                given: &$crate::experiment::settings::Given<'_>,
                mistakes: &mut $crate::experiment::settings::Mistakes,
            ) -> Option<Self> {
                $crate::experiment::settings::section::read(given, mistakes)
            }

            fn write(&self) -> toml_edit::Item {
                $crate::experiment::settings::section::write(self)
            }

            fn schema() -> serde_json::Value {
                $crate::experiment::settings::section::schema::<Self>()
            }

            fn inner() -> Vec<$crate::experiment::settings::KeyAbout> {
                <Self as $crate::experiment::settings::Section>::about()
            }

            fn absent() -> Option<Self> {
                <Self as $crate::experiment::settings::Section>::unwritten()
            }
        }
    )*};
    (@given) => { false };
    (@given $default:expr) => { true };
    (@default) => { None };
    (@default $default:expr) => { Some($default.into()) };
}
pub(crate) use settings;
