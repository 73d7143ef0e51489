//! Statements about kernel arguments that are written as words: `quiet`, `console=ttyS0`.

use super::declare::setting;
use super::list::{Change, Removal};
use crate::origin::{Diagnostic, Sourced};
use crate::setting::contract::kind::{Setting, each};

/// One thing that a list of words does.
#[derive(Clone, Debug)]
pub enum KargEdit {
    /// Takes `console=ttyS0` away, or with `console` whatever is given under that name.
    Remove(Sourced<String>),
    /// Puts words in the place of one; all have one name.
    Replace(Sourced<String>, Vec<Sourced<String>>),
}

/// Makes settings of words that are appended in their order, after some edits.
pub fn karg_words(
    edits: &[KargEdit],
    words: &[Sourced<String>],
    architectures: &[Sourced<String>],
) -> Result<Vec<Setting>, Vec<Diagnostic>> {
    let statement: Vec<(String, String)> = words
        .iter()
        .map(|word| (word.value.clone(), word.origin.to_string()))
        .collect();
    let edits = edits.iter().map(|edit| edited(edit, architectures));
    let words = words.iter().map(|word| {
        let (name, value) = parts(word);
        let change = Change {
            append: vec![value],
            statement: statement.clone(),
            ..Change::default()
        };
        setting(&name, &change.append, &change, architectures)
    });
    each(edits.chain(words))
}

fn edited(edit: &KargEdit, architectures: &[Sourced<String>]) -> Result<Setting, Diagnostic> {
    let (word, by) = match edit {
        KargEdit::Remove(word) => (word, [].as_slice()),
        KargEdit::Replace(word, by) => (word, by.as_slice()),
    };
    let (name, value) = parts(word);
    let mut append = Vec::new();
    for one in by {
        let (own, value) = parts(one);
        if own.value != name.value {
            let message = format!("`{one}` has another name than `{}`", name.value);
            return Err(Diagnostic::error(&one.origin, message).hint(format!(
                "an argument is replaced by one of the same name; else write it under `remove`, and `{one}` under `kargs`"
            )));
        }
        append.push(value);
    }
    let change = Change {
        remove: match value {
            Some(value) => Removal::Values(vec![Some(value)]),
            None => Removal::All,
        },
        append,
        statement: Vec::new(),
    };
    setting(&name, &change.append, &change, architectures)
}

fn parts(word: &Sourced<String>) -> (Sourced<String>, Option<String>) {
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (word.as_str(), None),
    };
    (Sourced::new(name.to_owned(), word.origin.clone()), value)
}
