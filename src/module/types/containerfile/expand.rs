//! Variables in words: `$X`, `${X}`, `${X:-default}`, `${X:+other}`, `${X#pattern}`, quotes and escapes.

use std::iter::Peekable;
use std::str::Chars;

use super::trim::{Trim, replaced};

/// Replaces variables in a word and takes its quotes away, as Docker's builder does.
///
/// A variable that is not known is empty.
///
/// # Errors
/// A sentence on what cannot be read, or what `${X:?words}` says.
pub fn expand(
    word: &str,
    escape: char,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<String, String> {
    let mut reader = Reader {
        chars: word.chars().peekable(),
        escape,
        lookup,
        quotes: true,
        pattern: false,
    };
    reader.until(None)
}

/// Replaces variables in a text whose quotes are its own: a heredoc.
///
/// # Errors
/// As [`expand`].
pub(super) fn expand_text(
    text: &str,
    escape: char,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<String, String> {
    let mut reader = Reader {
        chars: text.chars().peekable(),
        escape,
        lookup,
        quotes: false,
        pattern: false,
    };
    reader.until(None)
}

struct Reader<'a> {
    chars: Peekable<Chars<'a>>,
    escape: char,
    lookup: &'a dyn Fn(&str) -> Option<String>,
    quotes: bool,
    /// Whether a pattern is read, in which an escaped character stays escaped.
    pattern: bool,
}

impl Reader<'_> {
    /// Reads up to a closing character, which is taken too.
    fn until(&mut self, end: Option<char>) -> Result<String, String> {
        let mut out = String::new();
        while let Some(c) = self.chars.next() {
            match c {
                _ if Some(c) == end => return Ok(out),
                '\'' if self.quotes => self.single(&mut out)?,
                '"' if self.quotes => self.double(&mut out)?,
                '$' => self.variable(&mut out)?,
                _ if c == self.escape => match self.chars.next() {
                    Some(next) if self.pattern => out.extend(['\\', next]),
                    Some(next) if self.quotes || next == '$' || next == self.escape => {
                        out.push(next);
                    }
                    Some(next) => out.extend([c, next]),
                    None => out.push(c),
                },
                _ => out.push(c),
            }
        }
        match end {
            Some(end) => Err(format!("a `${{` has no `{end}`")),
            None => Ok(out),
        }
    }

    fn single(&mut self, out: &mut String) -> Result<(), String> {
        loop {
            match self.chars.next() {
                Some('\'') => return Ok(()),
                Some(c) => out.push(c),
                None => return Err("a single quote is not closed".to_owned()),
            }
        }
    }

    fn double(&mut self, out: &mut String) -> Result<(), String> {
        loop {
            match self.chars.next() {
                Some('"') => return Ok(()),
                Some('$') => self.variable(out)?,
                Some(c) if c == self.escape => match self.chars.next() {
                    Some(next) if next == '"' || next == '$' || next == self.escape => {
                        out.push(next);
                    }
                    Some(next) => out.extend([c, next]),
                    None => out.push(c),
                },
                Some(c) => out.push(c),
                None => return Err("a double quote is not closed".to_owned()),
            }
        }
    }

    fn variable(&mut self, out: &mut String) -> Result<(), String> {
        if self.chars.peek() != Some(&'{') {
            let name = self.name();
            match name.is_empty() {
                true => out.push('$'),
                false => out.push_str(&(self.lookup)(&name).unwrap_or_default()),
            }
            return Ok(());
        }
        self.chars.next();
        let name = self.name();
        if name.is_empty() {
            return Err("`${` is not followed by a name".to_owned());
        }
        let known = (self.lookup)(&name);
        let mut operator = self.chars.next();
        let colon = operator == Some(':');
        if colon {
            operator = self.chars.next();
        }
        let is_set = known
            .as_ref()
            .is_some_and(|value| !colon || !value.is_empty());
        let value = match operator {
            Some('}') if !colon => known.unwrap_or_default(),
            Some('-') => match (self.until(Some('}'))?, is_set) {
                (_, true) => known.unwrap_or_default(),
                (default, false) => default,
            },
            Some('+') => match (self.until(Some('}'))?, is_set) {
                (other, true) => other,
                (_, false) => String::new(),
            },
            Some('?') => match (self.until(Some('}'))?, is_set) {
                (_, true) => known.unwrap_or_default(),
                (words, false) => return Err(format!("`{name}` is not set: {words}")),
            },
            Some(operator @ ('#' | '%' | '/')) if !colon => {
                self.fitted(operator, &known.unwrap_or_default())?
            }
            Some(other) => {
                return Err(format!(
                    "`${{{name}{other}…}}` is not known: only :- - :+ + :? ? # ## % %% / //"
                ));
            }
            None => return Err("a `${` has no `}`".to_owned()),
        };
        out.push_str(&value);
        Ok(())
    }

    /// A value of which a pattern takes or replaces a part.
    fn fitted(&mut self, operator: char, value: &str) -> Result<String, String> {
        let twice = self.chars.next_if_eq(&operator).is_some();
        let end = if operator == '/' { '/' } else { '}' };
        let outer = std::mem::replace(&mut self.pattern, true);
        let pattern = self.until(Some(end));
        self.pattern = outer;
        let pattern = pattern?;
        Ok(match operator {
            '#' => Trim::Beginning { longest: twice }.of(value, &pattern),
            '%' => Trim::End { longest: twice }.of(value, &pattern),
            _ => replaced(value, (&pattern, &self.until(Some('}'))?), twice),
        })
    }

    /// A name; a number, or one of the characters that are names in shells, which nobody sets.
    fn name(&mut self) -> String {
        let mut name = String::new();
        if let Some(special) = self.chars.next_if(|c| "@*#?-$!".contains(*c)) {
            return special.to_string();
        }
        while let Some(digit) = self.chars.next_if(char::is_ascii_digit) {
            name.push(digit);
        }
        if !name.is_empty() {
            return name;
        }
        while let Some(c) = self.chars.peek() {
            let fits =
                c.is_ascii_alphabetic() || *c == '_' || (c.is_ascii_digit() && !name.is_empty());
            if !fits {
                break;
            }
            name.push(*c);
            self.chars.next();
        }
        name
    }
}
