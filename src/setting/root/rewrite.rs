//! Text files of the root that settings change line by line and write whole.

use crate::action::{Action, Content, Id, Owner};
use crate::path::TreePath;
use crate::setting::contract::ground::Ground;
use crate::setting::contract::refusal::Refusal;

/// Most links that are followed to the file that an edited path stands for.
const MAX_LINKS: usize = 40;

/// A text file of the root, as it is before a setting is rendered.
#[derive(Clone, Debug)]
pub(in crate::setting) struct Held {
    /// Where it lies, links followed.
    path: TreePath,
    /// What it holds; none when it is not there.
    pub text: Option<String>,
    mode: u32,
    owner: Owner,
}

impl Held {
    /// Reads a file; `mode` is what a file gets that is not there yet.
    ///
    /// # Errors
    /// It cannot be read, or is not text.
    pub(in crate::setting) fn read(
        setting: &str,
        path: &str,
        mode: u32,
        ground: &mut dyn Ground,
    ) -> Result<Self, Refusal> {
        let unreadable = |reason: String| Refusal::Unreadable {
            setting: setting.to_owned(),
            path: path.to_owned(),
            reason,
        };
        let place = TreePath::parse(path).map_err(|error| unreadable(error.to_string()))?;
        let place = followed(place, ground);
        let text = ground.text(&place).map_err(unreadable)?;
        if text.as_ref().is_some_and(|text| text.contains('\u{fffd}')) {
            return Err(unreadable("it holds bytes that are not UTF-8".to_owned()));
        }
        let bits = match text {
            Some(_) => ground.bits(&place).map_err(unreadable)?,
            None => None,
        };
        let owner = bits.map_or_else(Owner::default, |bits| Owner {
            user: Id::Number(bits.uid),
            group: Id::Number(bits.gid),
        });
        Ok(Self {
            path: place,
            text,
            mode: bits.map_or(mode, |bits| bits.mode),
            owner,
        })
    }

    /// A text of which nothing else is known.
    pub(in crate::setting) fn of_text(text: Option<String>) -> Self {
        Self {
            path: TreePath::root(),
            text,
            mode: 0,
            owner: Owner::default(),
        }
    }

    /// What the file holds; nothing when it is not there.
    pub(in crate::setting) fn content(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }

    /// The action that gives it another text, its mode and owner kept; none when it has it.
    pub(in crate::setting) fn with(&self, text: &str) -> Option<Action> {
        (self.text.as_deref() != Some(text)).then(|| Action::Write {
            path: self.path.clone(),
            content: Content::Text(text.into()),
            mode: self.mode,
            owner: self.owner.clone(),
        })
    }
}

/// Lines as a file holds them, each ended.
pub(in crate::setting) fn joined<T: AsRef<str>>(lines: impl IntoIterator<Item = T>) -> String {
    let mut text = String::new();
    for line in lines {
        text.push_str(line.as_ref());
        text.push('\n');
    }
    text
}

/// The file that a path stands for, so that an edit keeps a link such as `/etc/os-release`.
pub(in crate::setting) fn followed(mut path: TreePath, ground: &mut dyn Ground) -> TreePath {
    for _ in 0..MAX_LINKS {
        let Some(target) = ground.link(&path) else {
            break;
        };
        path = path.led_to(&target);
    }
    path
}

/// The action that writes a text file of ours, readable by all and owned by root.
pub(in crate::setting) fn written(path: &str, text: &str) -> Action {
    Action::Write {
        path: TreePath::parse(path).expect("a constant path is valid"),
        content: Content::Text(text.into()),
        mode: 0o644,
        owner: Owner::default(),
    }
}
