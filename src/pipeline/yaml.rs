//! YAML for GitLab: blocks, keys in the order in which they were put, scalars plain where they may be.

use std::fmt;

/// A value of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Yaml {
    /// A text.
    Text(String),
    /// A number.
    Number(usize),
    /// True or false.
    Flag(bool),
    /// A list.
    List(Vec<Self>),
    /// Keys with values, each with a comment if it needs one.
    Map(Vec<Field>),
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    comment: Option<String>,
    key: String,
    value: Yaml,
}

/// A text.
pub(super) fn text(value: impl Into<String>) -> Yaml {
    Yaml::Text(value.into())
}

/// A list of texts.
pub(super) fn texts<S: Into<String>>(values: impl IntoIterator<Item = S>) -> Yaml {
    Yaml::List(values.into_iter().map(text).collect())
}

/// Keys with values.
pub(super) fn map<const N: usize>(fields: [(&str, Yaml); N]) -> Yaml {
    Yaml::Map(
        fields
            .into_iter()
            .map(|(key, value)| field(key, value))
            .collect(),
    )
}

/// A key with its value.
pub(super) fn field(key: impl Into<String>, value: Yaml) -> Field {
    Field {
        comment: None,
        key: key.into(),
        value,
    }
}

impl Field {
    /// The same with a comment above it.
    pub(super) fn about(mut self, comment: impl Into<String>) -> Self {
        self.comment = Some(comment.into());
        self
    }
}

impl fmt::Display for Yaml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Map(fields) => write_fields(f, fields, 0),
            other => write_value(f, other, 0),
        }
    }
}

fn write_fields(f: &mut fmt::Formatter<'_>, fields: &[Field], depth: usize) -> fmt::Result {
    for (number, field) in fields.iter().enumerate() {
        let indent = depth * 2;
        if depth == 0 && number > 0 {
            writeln!(f)?;
        }
        for line in field.comment.iter().flat_map(|comment| comment.lines()) {
            writeln!(f, "{:indent$}# {line}", "")?;
        }
        write!(f, "{:indent$}{}:", "", scalar(&field.key, true))?;
        write_value(f, &field.value, depth)?;
    }
    Ok(())
}

fn write_value(f: &mut fmt::Formatter<'_>, value: &Yaml, depth: usize) -> fmt::Result {
    match value {
        Yaml::Text(value) => writeln!(f, " {}", scalar(value, false)),
        Yaml::Number(value) => writeln!(f, " {value}"),
        Yaml::Flag(value) => writeln!(f, " {value}"),
        Yaml::List(values) if values.is_empty() => writeln!(f, " []"),
        Yaml::Map(fields) if fields.is_empty() => writeln!(f, " {{}}"),
        Yaml::Map(fields) => {
            writeln!(f)?;
            write_fields(f, fields, depth + 1)
        }
        Yaml::List(values) => {
            writeln!(f)?;
            values
                .iter()
                .try_for_each(|value| write_item(f, value, depth + 1))
        }
    }
}

fn write_item(f: &mut fmt::Formatter<'_>, value: &Yaml, depth: usize) -> fmt::Result {
    write!(f, "{:indent$}-", "", indent = depth * 2)?;
    let Yaml::Map(fields) = value else {
        return write_value(f, value, depth);
    };
    for (number, field) in fields.iter().enumerate() {
        let indent = if number == 0 { 1 } else { depth * 2 + 2 };
        write!(f, "{:indent$}{}:", "", scalar(&field.key, true))?;
        write_value(f, &field.value, depth + 1)?;
    }
    Ok(())
}

/// A text as a scalar: plain if every reader of YAML 1.1 and 1.2 takes it for the same text.
fn scalar(value: &str, is_key: bool) -> String {
    let starts = |c: char| c.is_ascii_alphabetic() || "./$".contains(c);
    let fits = |c: char| c == ' ' || c.is_ascii_graphic();
    let is_word = matches!(
        value.to_ascii_lowercase().as_str(),
        "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null" | ".inf" | ".nan"
    );
    let number = value
        .trim_start_matches('.')
        .starts_with(|c: char| c.is_ascii_digit());
    let breaks =
        [": ", " #"].iter().any(|sign| value.contains(sign)) || value.ends_with([':', ' ']);
    let plain = value.starts_with(starts)
        && value.chars().all(fits)
        && !(is_word || number || breaks || (is_key && value.contains(':')));
    match plain {
        true => value.to_owned(),
        // A text of JSON is one of YAML.
        false => serde_json::Value::String(value.to_owned()).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_back_as_it_was_put() {
        let texts_of_old = [
            "yes",
            "12",
            "1.10",
            "a: b",
            "a #b",
            "- x",
            "",
            "echo \"$A\" && b",
            "é",
            "~",
            ".5",
        ];
        let document = Yaml::Map(vec![
            field("texts", texts(texts_of_old)).about("two\nlines"),
            field(
                "a:b",
                map([("count", Yaml::Number(3)), ("yes", Yaml::Flag(true))]),
            ),
            field("nothing", Yaml::List(Vec::new())),
            field(
                "items",
                Yaml::List(vec![map([("one", text("1")), ("two", texts(["x"]))])]),
            ),
        ]);
        let written = document.to_string();
        let node = crate::yaml::parse("pipeline.yml", &written).expect("it is YAML");
        let read: Vec<&str> = node
            .get("texts")
            .expect("the key")
            .items()
            .iter()
            .filter_map(crate::yaml::Node::as_text)
            .collect();
        assert_eq!(read, texts_of_old, "{written}");
        assert!(
            node.get("a:b").and_then(|inner| inner.get("yes")).is_some(),
            "{written}"
        );
        let item = &node.get("items").expect("the key").items()[0];
        assert_eq!(
            item.get("one").and_then(crate::yaml::Node::as_text),
            Some("1")
        );
        assert_eq!(item.get("two").expect("the key").items().len(), 1);
    }
}
