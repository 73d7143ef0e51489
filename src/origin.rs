//! Where a value was written: origins, sourced values and located diagnostics.
//!
//! Every value that a person wrote keeps the file, line and column it came from, so that errors can
//! show the place and `terroir explain` can tell who decided.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeStruct as _, Serializer};

/// The name under which [`Sourced`] asks a deserializer for a value together with its origin.
///
/// A deserializer that knows origins answers `deserialize_newtype_struct` with this name by a map
/// of exactly two entries, `origin` and `value`; any other deserializer just gives the value.
pub const SOURCED_TOKEN: &str = "$terroir::Sourced";

/// The name under which a value asks a deserializer for the characters of a plain number.
///
/// A deserializer that knows them answers `deserialize_newtype_struct` with this name and a number
/// whose characters say more than its value (`1.10`, `0755`, `0o640`, `1e3`) by a map of one entry,
/// [`WRITTEN`], and anything else by the value itself.
pub const PLAIN_TOKEN: &str = "$terroir::Plain";

/// The key of the characters of a plain number.
pub const WRITTEN: &str = "$written";

/// A place in a file that a person wrote.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct Origin {
    /// Path relative to the repository root, or a name in angle brackets for what is not a file.
    pub file: Arc<str>,
    /// Line, counted from 1; 0 when unknown.
    pub line: u32,
    /// Column in characters, counted from 1; 0 when unknown.
    pub column: u32,
    /// Length of the marked text in characters, for the caret only.
    #[serde(default, skip_serializing)]
    pub length: u32,
}

impl Origin {
    /// The origin of a value that terroir itself decided.
    #[must_use]
    pub fn builtin() -> Self {
        Self::of_file("<terroir>")
    }

    /// An origin that names a file without a place in it.
    #[must_use]
    pub fn of_file(file: &str) -> Self {
        Self {
            file: Arc::from(file),
            line: 0,
            column: 0,
            length: 0,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{}", self.file)
        } else {
            write!(f, "{}:{}:{}", self.file, self.line, self.column)
        }
    }
}

/// The level of an organisation that a flavour speaks for; ordered from the top down.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    JsonSchema,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Valid everywhere: distribution base, hardening, kernel tuning.
    Universal,
    /// One organisation: its authorities, proxies and identity.
    Group,
    /// One country, site or branch office.
    Local,
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Universal => "universal",
            Self::Group => "group",
            Self::Local => "local",
        })
    }
}

/// A value together with the place that it was written at.
///
/// Compares, orders and serialises (in documents) as the value alone.
#[derive(Clone, Debug)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub origin: Origin,
}

impl<T> Sourced<T> {
    /// Joins a value and its origin.
    pub fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }

    /// Maps the value and keeps the origin.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Sourced<U> {
        Sourced {
            value: f(self.value),
            origin: self.origin,
        }
    }
}

impl<T> Deref for Sourced<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for Sourced<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Sourced<T> {}

impl<T: PartialOrd> PartialOrd for Sourced<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl<T: Ord> Ord for Sourced<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }
}

impl<T: fmt::Display> fmt::Display for Sourced<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<T: Serialize> Serialize for Sourced<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Sourced", 2)?;
        out.serialize_field("origin", &self.origin)?;
        out.serialize_field("value", &self.value)?;
        out.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Sourced<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_newtype_struct(SOURCED_TOKEN, SourcedVisitor(std::marker::PhantomData))
    }
}

struct SourcedVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for SourcedVisitor<T> {
    type Value = Sourced<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Self::Value, D::Error> {
        Ok(Sourced {
            value: T::deserialize(deserializer)?,
            origin: Origin::of_file("<input>"),
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let missing = || serde::de::Error::custom("a sourced value needs its origin and its value");
        let (_, origin) = map.next_entry::<String, Origin>()?.ok_or_else(missing)?;
        let (_, value) = map.next_entry::<String, T>()?.ok_or_else(missing)?;
        Ok(Sourced { value, origin })
    }
}

impl<T: JsonSchema> JsonSchema for Sourced<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }
    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}

/// A mapping that keeps the order and the origins of its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcedMap<T>(pub Vec<(Sourced<String>, T)>);

impl<T> Default for SourcedMap<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> SourcedMap<T> {
    /// Walks the entries in the order in which they were written.
    pub fn iter(&self) -> impl Iterator<Item = &(Sourced<String>, T)> {
        self.0.iter()
    }

    /// Finds the value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&T> {
        self.0
            .iter()
            .find(|(name, _)| name.value == key)
            .map(|(_, value)| value)
    }

    /// Tells whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for SourcedMap<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = SourcedMap<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(SourcedMap(entries))
            }
        }
        deserializer.deserialize_map(Entries(std::marker::PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for SourcedMap<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        std::collections::BTreeMap::<String, T>::schema_name()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        std::collections::BTreeMap::<String, T>::json_schema(generator)
    }
}

/// How bad a [`Diagnostic`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing can be built from it.
    Error,
    /// It can be built, but somebody should look.
    Warning,
}

/// One thing that is wrong with what a person wrote, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong, in the words of the file: a lowercase fragment without a full stop.
    pub message: String,
    /// The place that is wrong.
    pub origin: Origin,
    /// A few words to stand under the caret; may be empty.
    pub label: String,
    /// Other places that matter, each with what stands there ("first set here").
    pub related: Vec<(Origin, String)>,
    /// What to do about it.
    pub hint: Option<String>,
    /// Whether not the text is at fault but the world: a registry, an archive, a disk.
    pub outside: bool,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(origin: &Origin, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            origin: origin.clone(),
            label: String::new(),
            related: Vec::new(),
            hint: None,
            outside: false,
        }
    }

    /// A warning at a place.
    pub fn warning(origin: &Origin, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(origin, message)
        }
    }

    /// Adds the words under the caret.
    #[must_use]
    pub fn labelled(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Adds a second place.
    #[must_use]
    pub fn and(mut self, origin: &Origin, words: impl Into<String>) -> Self {
        self.related.push((origin.clone(), words.into()));
        self
    }

    /// Says that the world is at fault.
    #[must_use]
    pub fn from_outside(mut self, outside: bool) -> Self {
        self.outside = outside;
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.message)
    }
}

/// The valid name nearest to what was written, if any is near enough to be meant.
#[must_use]
pub fn did_you_mean<'a>(
    written: &str,
    valid: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let limit = (written.chars().count() / 3).max(1);
    valid
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(written, name), name))
        .filter(|(distance, name)| {
            *distance <= limit || (written.len() > 3 && name.starts_with(written))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}
