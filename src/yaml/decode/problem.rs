//! Problems of nodes that do not fit their type.

use std::fmt;

use serde::de;

/// Why a node could not be decoded, before the place is known.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) kind: Kind,
    pub(super) hint: Option<String>,
    /// Address of the node that is at fault, once known.
    pub(super) at: Option<usize>,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// The node is of another type.
    Type { expected: String, found: String },
    /// The value is of the right type, but not acceptable.
    Value { message: String },
    /// A check by whoever reads the value.
    Custom(String),
    /// A required key is absent.
    Missing(&'static str),
    /// Something follows from a problem that is known already.
    Quiet,
}

impl Problem {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            hint: None,
            at: None,
        }
    }

    pub(super) fn quiet() -> Self {
        Self::new(Kind::Quiet)
    }

    pub(super) fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hint.get_or_insert(hint.into());
        self
    }

    /// Sets the place, unless something deeper has set it.
    pub(super) fn at(mut self, address: usize) -> Self {
        self.at.get_or_insert(address);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Type { expected, found } => write!(f, "expected {expected}, found {found}"),
            Kind::Value { message } | Kind::Custom(message) => f.write_str(message),
            Kind::Missing(field) => write!(f, "the key `{field}` is missing"),
            Kind::Quiet => f.write_str("a part of this is wrong"),
        }
    }
}

impl std::error::Error for Problem {}

impl de::Error for Problem {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Kind::Custom(message.to_string()))
    }

    fn invalid_type(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(Kind::Type {
            expected: expectation(&expected.to_string()),
            found: found(unexpected),
        })
    }

    fn invalid_value(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let expected = expectation(&expected.to_string());
        let message = match unexpected {
            de::Unexpected::Unsigned(number) => format!("{number} is out of range"),
            de::Unexpected::Signed(number) => format!("{number} is out of range"),
            de::Unexpected::Float(number) => format!("{number} is out of range"),
            de::Unexpected::Str(text) => format!("`{text}` is not valid here"),
            other => format!("{} is not valid here", found(other)),
        };
        Self::new(Kind::Value { message }).hinted(format!("expected {expected}"))
    }

    fn invalid_length(length: usize, expected: &dyn de::Expected) -> Self {
        let message = format!(
            "expected {}, found {length}",
            expectation(&expected.to_string())
        );
        Self::new(Kind::Custom(message))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        unknown(
            match variant {
                "" => "an empty text is not valid here".to_owned(),
                variant => format!("`{variant}` is not valid here"),
            },
            variant,
            "values",
            expected,
        )
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        unknown(format!("unknown key `{field}`"), field, "keys", expected)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Kind::Missing(field))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(Kind::Custom(format!("the key `{field}` is set twice")))
    }
}

fn unknown(message: String, written: &str, what: &str, valid: &[&str]) -> Problem {
    Problem::new(Kind::Value { message }).hinted(suggestion(written, what, valid))
}

/// "did you mean …?" when something valid is near, else the list of what is valid.
pub(super) fn suggestion(written: &str, what: &str, valid: &[&str]) -> String {
    match crate::origin::did_you_mean(written, valid.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if valid.is_empty() => format!("no {what} are possible here"),
        None => format!("valid {what}: {}", valid.join(", ")),
    }
}

fn found(unexpected: de::Unexpected<'_>) -> String {
    use de::Unexpected as U;
    match unexpected {
        U::Bool(_) => "true or false",
        U::Float(_) => "a number with a fraction",
        U::Unsigned(_) | U::Signed(_) => "a number",
        U::Char(_) | U::Str(_) | U::Bytes(_) => "text",
        U::Unit | U::Option => "nothing",
        U::Seq => "a list",
        U::Map | U::NewtypeStruct => "a mapping",
        other => return other.to_string(),
    }
    .to_owned()
}

/// serde's words for what it expects, in words for people.
fn expectation(words: &str) -> String {
    let people = match words {
        "a string" | "str" | "string" | "path string" | "a character" => "text",
        "a boolean" | "bool" => "true or false",
        "a sequence" => "a list",
        "a map" => "a mapping",
        "unit" | "unit value" => "nothing",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "u128" | "usize" => "a whole number from 0 up",
        "i8" => "a whole number from -128 to 127",
        "i16" => "a whole number from -32768 to 32767",
        "i32" | "i64" | "i128" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "variant identifier" | "field identifier" => "a name",
        other if other.starts_with("struct ") => "a mapping",
        other if other.starts_with("enum ") => "a name, or a mapping with one key",
        other => other,
    };
    people.to_owned()
}
