//! Names of systemd units (systemd.unit(5)).

use std::fmt;

/// Every unit type that systemd has.
const SUFFIXES: [&str; 11] = [
    "service",
    "socket",
    "target",
    "timer",
    "path",
    "mount",
    "automount",
    "swap",
    "slice",
    "scope",
    "device",
];

/// Longest name, in bytes.
const MAX_NAME: usize = 255;

/// The name of a unit, taken apart: `prefix`, `prefix@` or `prefix@instance`, then the suffix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnitName {
    prefix: String,
    /// None for a plain unit, an empty text for a template.
    instance: Option<String>,
    suffix: &'static str,
}

impl UnitName {
    /// Reads a name; none when systemd would refuse it.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b":-_.\\@".contains(&byte);
        if name.len() > MAX_NAME || !name.bytes().all(known) {
            return None;
        }
        let (stem, suffix) = name.rsplit_once('.')?;
        let suffix = SUFFIXES.into_iter().find(|known| *known == suffix)?;
        let (prefix, instance) = match stem.split_once('@') {
            Some((prefix, instance)) => (prefix, Some(instance.to_owned())),
            None => (stem, None),
        };
        (!prefix.is_empty()).then(|| Self {
            prefix: prefix.to_owned(),
            instance,
            suffix,
        })
    }

    /// The part after the last dot.
    #[must_use]
    pub fn suffix(&self) -> &'static str {
        self.suffix
    }

    /// Tells whether it is a template: `foo@.service`.
    #[must_use]
    pub fn is_template(&self) -> bool {
        self.instance.as_deref() == Some("")
    }

    /// The instance of `foo@bar.service`; none for a plain unit or a template.
    #[must_use]
    pub fn instance(&self) -> Option<&str> {
        self.instance.as_deref().filter(|text| !text.is_empty())
    }

    /// The template of an instance; none for anything else.
    #[must_use]
    pub fn template(&self) -> Option<Self> {
        self.instance().map(|_| self.with_instance(""))
    }

    /// The same name with another instance.
    #[must_use]
    pub fn with_instance(&self, instance: &str) -> Self {
        Self {
            instance: Some(instance.to_owned()),
            ..self.clone()
        }
    }

    /// Tells whether units of this type may have another name (systemd.unit(5), Alias=).
    #[must_use]
    pub fn may_alias(&self) -> bool {
        !matches!(
            self.suffix,
            "mount" | "automount" | "swap" | "slice" | "scope"
        )
    }

    /// Replaces the specifiers that systemd allows in `[Install]` and that depend on the name
    /// alone; the error is the one that is not among them.
    pub fn expand(&self, text: &str) -> Result<String, String> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text.chars();
        while let Some(character) = rest.next() {
            if character != '%' {
                out.push(character);
                continue;
            }
            match rest.next() {
                Some('i') => out.push_str(self.instance().unwrap_or_default()),
                Some('n') => out.push_str(&self.to_string()),
                Some('N') => out.push_str(&self.stem()),
                Some('p') => out.push_str(&self.prefix),
                Some('j') => out.push_str(self.prefix.rsplit('-').next().unwrap_or_default()),
                Some('%') => out.push('%'),
                Some(other) => return Err(format!("%{other}")),
                None => return Err("%".to_owned()),
            }
        }
        Ok(out)
    }

    fn stem(&self) -> String {
        match &self.instance {
            Some(instance) => format!("{}@{instance}", self.prefix),
            None => self.prefix.clone(),
        }
    }
}

impl fmt::Display for UnitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.stem(), self.suffix)
    }
}
