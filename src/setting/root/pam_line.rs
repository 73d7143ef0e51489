//! Lines of the stacks of PAM (pam.d(5)).

/// A line of a file below `/etc/pam.d`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setting) struct Line<'a> {
    /// `auth`, `account`, `password` or `session`.
    pub facility: &'a str,
    /// `required`, `[success=1 default=ignore]` …
    pub control: &'a str,
    /// The module without its folder.
    pub module: &'a str,
    /// What is said to the module.
    pub options: Vec<&'a str>,
}

impl<'a> Line<'a> {
    /// Reads a line; none for a comment, an include or anything else.
    pub(in crate::setting) fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let text = text
            .split_once('#')
            .map_or(text, |(text, _)| text.trim_end());
        let (facility, rest) = text.split_once(char::is_whitespace)?;
        let facility = facility.trim_start_matches('-');
        if !["auth", "account", "password", "session"].contains(&facility) {
            return None;
        }
        let rest = rest.trim_start();
        let (control, rest) = match rest.starts_with('[') {
            true => {
                let end = rest.find(']')? + 1;
                rest.split_at_checked(end)?
            }
            false => rest.split_once(char::is_whitespace)?,
        };
        let mut words = rest.split_whitespace();
        let module = words.next()?;
        Some(Self {
            facility,
            control,
            module: module.rsplit('/').next().unwrap_or(module),
            options: words.collect(),
        })
    }

    /// The value of an option `name=value`.
    pub(in crate::setting) fn value(&self, name: &str) -> Option<&'a str> {
        let mut values = self
            .options
            .iter()
            .filter_map(|option| option.split_once('='));
        values.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// Whether an option stands alone in it.
    pub(in crate::setting) fn has(&self, option: &str) -> bool {
        self.options.contains(&option)
    }

    /// Whether a failure of the module makes the stack fail.
    pub(in crate::setting) fn is_needed(&self) -> bool {
        ["required", "requisite"].contains(&self.control)
    }
}
