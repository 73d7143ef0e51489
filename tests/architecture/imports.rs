//! Which file of `src` imports which, read from the text of the files.
//!
//! A `mod.rs` is transparent: a name that it exports counts as an import of the file that defines
//! it. Files that only tests compile import what they like and are imported by none.

use std::collections::{BTreeMap, BTreeSet};

use crate::sources::{below, name, text};

/// The path of a Rust module: `["engine", "run", "inside"]`; of `lib.rs` the empty one.
pub(crate) type ModulePath = Vec<String>;

/// What a program text is made of, without comments, strings, characters and white space.
#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Colons,
    Sign(char),
}

impl Token {
    fn is(&self, sign: char) -> bool {
        *self == Self::Sign(sign)
    }

    fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// How many characters a string literal takes that begins here, `None` where none does.
fn string_length(rest: &[char]) -> Option<usize> {
    let prefix = rest.iter().take_while(|c| "br".contains(**c)).count();
    if prefix > 2 {
        return None;
    }
    let raw = rest.get(..prefix)?.contains(&'r');
    let hashes = rest
        .get(prefix..)?
        .iter()
        .take_while(|c| **c == '#')
        .count();
    if rest.get(prefix + hashes) != Some(&'"') || (hashes > 0 && !raw) {
        return None;
    }
    let mut at = prefix + hashes + 1;
    while let Some(c) = rest.get(at) {
        at += 1;
        if *c == '\\' && !raw {
            at += 1;
        } else if *c == '"' && (0..hashes).all(|more| rest.get(at + more) == Some(&'#')) {
            return Some(at + hashes);
        }
    }
    Some(rest.len())
}

/// How many characters a comment takes that begins here, `None` where none does.
fn comment_length(rest: &[char]) -> Option<usize> {
    let pair =
        |at: usize, a: char, b: char| rest.get(at) == Some(&a) && rest.get(at + 1) == Some(&b);
    if pair(0, '/', '/') {
        return Some(rest.iter().take_while(|c| **c != '\n').count());
    }
    if !pair(0, '/', '*') {
        return None;
    }
    let (mut depth, mut at) = (1, 2);
    while depth > 0 && at < rest.len() {
        if pair(at, '/', '*') {
            (depth, at) = (depth + 1, at + 2);
        } else if pair(at, '*', '/') {
            (depth, at) = (depth - 1, at + 2);
        } else {
            at += 1;
        }
    }
    Some(at)
}

/// How many characters a character literal takes that begins here; a lifetime is none.
fn character_length(rest: &[char]) -> Option<usize> {
    match rest {
        ['\'', '\\', _, after @ ..] => Some(4 + after.iter().take_while(|c| **c != '\'').count()),
        ['\'', _, '\'', ..] => Some(3),
        _ => None,
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let characters: Vec<char> = text.chars().collect();
    let mut rest = characters.as_slice();
    let mut tokens = Vec::new();
    while let Some(first) = rest.first() {
        let left_out = comment_length(rest)
            .or_else(|| string_length(rest))
            .or_else(|| character_length(rest));
        let length = if let Some(length) = left_out {
            length
        } else if is_of_word(*first) {
            let word: String = rest.iter().take_while(|c| is_of_word(**c)).collect();
            let length = word.chars().count();
            tokens.push(Token::Word(word));
            length
        } else if rest.starts_with(&[':', ':']) {
            tokens.push(Token::Colons);
            2
        } else {
            if !first.is_whitespace() {
                tokens.push(Token::Sign(*first));
            }
            1
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    tokens
}

/// A name that a `use` brings in, and the path that it stands for as it is written.
struct Use {
    name: String,
    path: Vec<String>,
}

/// Reads one tree of a `use` after the path `before`; gives how many tokens it took.
fn read_use(tokens: &[Token], before: &[String], found: &mut Vec<Use>) -> usize {
    let mut path = before.to_vec();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token {
            Token::Sign('{') => {
                while let Some(token) = tokens.get(at) {
                    if token.is('}') {
                        return at + 1;
                    }
                    at += if token.is(',') {
                        1
                    } else {
                        read_use(tokens.get(at..).unwrap_or_default(), &path, found).max(1)
                    };
                }
                return at;
            }
            Token::Word(word) if word == "self" && !path.is_empty() => {}
            Token::Word(word) => path.push(word.clone()),
            _ => return at,
        }
        match tokens.get(at) {
            Some(Token::Colons) => at += 1,
            Some(Token::Word(word)) if word == "as" => {
                let name = tokens
                    .get(at + 1)
                    .and_then(Token::word)
                    .unwrap_or("_")
                    .to_owned();
                found.push(Use { name, path });
                return at + 2;
            }
            _ => break,
        }
    }
    if let Some(name) = path.last().cloned() {
        found.push(Use { name, path });
    }
    at
}

/// What a file names: its `use` lines, and the paths in its code.
fn read_names(tokens: &[Token]) -> (Vec<Use>, Vec<Vec<String>>) {
    let (mut uses, mut paths) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let rest = tokens.get(at + 1..).unwrap_or_default();
        at += 1;
        match token {
            Token::Word(word) if word == "use" => at += read_use(rest, &[], &mut uses),
            Token::Word(word) => {
                let mut path = vec![word.clone()];
                while tokens.get(at) == Some(&Token::Colons) {
                    let Some(word) = tokens.get(at + 1).and_then(Token::word) else {
                        break;
                    };
                    path.push(word.to_owned());
                    at += 2;
                }
                if path.len() > 1 {
                    paths.push(path);
                }
            }
            _ => {}
        }
    }
    (uses, paths)
}

/// A file of `src`.
pub(crate) struct File {
    /// Its path in the repository.
    name: String,
    /// The first sentence of what it says about itself, without its full stop.
    pub(crate) about: String,
    /// Whether only tests compile it.
    pub(crate) is_test: bool,
    /// Whether it is a `mod.rs` or `lib.rs`.
    pub(crate) is_face: bool,
    names: BTreeMap<String, ModulePath>,
    paths: Vec<ModulePath>,
}

/// The files of `src` with what they name.
pub(crate) struct Imports {
    files: BTreeMap<ModulePath, File>,
}

/// The first sentence of a file about itself.
fn about(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix("//! "));
    let paragraph = lines.collect::<Vec<_>>().join(" ");
    let sentence = paragraph.split(". ").next().unwrap_or_default();
    sentence.trim_end_matches('.').to_owned()
}

fn module_path(name: &str) -> ModulePath {
    let inside = name.trim_start_matches("src/").trim_end_matches(".rs");
    let mut path: ModulePath = inside.split('/').map(str::to_owned).collect();
    if path
        .last()
        .is_some_and(|last| ["mod", "lib"].contains(&last.as_str()))
    {
        path.pop();
    }
    path
}

impl Imports {
    /// Reads every file of `src` but `main.rs`.
    pub(crate) fn read() -> Self {
        let texts = below("src", ".rs")
            .into_iter()
            .map(|path| (name(&path), text(&path)));
        Self::of(texts.filter(|(name, _)| name != "src/main.rs"))
    }

    /// The same of other texts, each with its name.
    pub(crate) fn of(texts: impl Iterator<Item = (String, String)>) -> Self {
        let read: Vec<(String, String)> = texts.collect();
        let modules: BTreeSet<ModulePath> =
            read.iter().map(|(name, _)| module_path(name)).collect();
        let mut files = BTreeMap::new();
        for (name, text) in read {
            let path = module_path(&name);
            let (uses, paths) = read_names(&tokens(&text));
            let absolute = |written: &[String]| absolute(&path, written, &modules);
            let names: BTreeMap<String, ModulePath> = uses
                .iter()
                .filter_map(|one| Some((one.name.clone(), absolute(&one.path)?)))
                .collect();
            let inline = paths.iter().filter_map(|written| {
                absolute(written).or_else(|| {
                    let (first, rest) = written.split_first()?;
                    Some([names.get(first)?.as_slice(), rest].concat())
                })
            });
            let file = File {
                about: about(&text),
                is_test: name.contains("/tests/") || name.ends_with("tests.rs"),
                is_face: name.ends_with("/mod.rs") || name.ends_with("/lib.rs"),
                paths: inline.collect(),
                names,
                name,
            };
            files.insert(path, file);
        }
        Self { files }
    }

    /// The files that are no tests.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&ModulePath, &File)> {
        self.files.iter().filter(|(_, file)| !file.is_test)
    }

    /// The path of a file in the repository.
    pub(crate) fn name_of(&self, path: &ModulePath) -> &str {
        &self.files[path].name
    }

    /// The file that defines what a path means.
    fn defined_in(&self, path: &[String], depth: usize) -> Option<&ModulePath> {
        let known = (1..=path.len()).rev().find(|length| {
            path.get(..*length)
                .is_some_and(|module| self.files.contains_key(module))
        })?;
        let (module, rest) = path.split_at(known);
        let (module, file) = self.files.get_key_value(module)?;
        let Some(name) = rest.first() else {
            return Some(module);
        };
        match file.names.get(name) {
            Some(meant) if depth < 20 && meant != path => {
                let rest = rest.get(1..).unwrap_or_default();
                self.defined_in(&[meant.as_slice(), rest].concat(), depth + 1)
            }
            _ => Some(module),
        }
    }

    /// The files that a file imports, tests and every `mod.rs` left out.
    pub(crate) fn imports_of(&self, path: &ModulePath) -> BTreeSet<&ModulePath> {
        let file = &self.files[path];
        let named = file.names.values().chain(&file.paths);
        named
            .filter_map(|meant| self.defined_in(meant, 0))
            .filter(|target| *target != path && !self.files[*target].is_face)
            .filter(|target| !self.files[*target].is_test)
            .collect()
    }
}

/// A written path from the root of the crate; `None` where it begins elsewhere.
fn absolute(
    module: &ModulePath,
    written: &[String],
    modules: &BTreeSet<ModulePath>,
) -> Option<ModulePath> {
    let (first, rest) = written.split_first()?;
    match first.as_str() {
        "crate" => Some(rest.to_vec()),
        "self" => Some([module.as_slice(), rest].concat()),
        "super" => {
            let parent = module.get(..module.len().checked_sub(1)?)?.to_vec();
            match rest.first().map(String::as_str) {
                Some("super") => absolute(&parent, rest, modules),
                _ => Some([parent.as_slice(), rest].concat()),
            }
        }
        _ => {
            let child = [module.as_slice(), std::slice::from_ref(first)].concat();
            modules
                .contains(&child)
                .then(|| [module.as_slice(), written].concat())
        }
    }
}

/// The rings of a graph: sets of nodes that reach each other, each with more than one node.
pub(crate) fn rings<T: Ord + Clone>(graph: &BTreeMap<T, BTreeSet<T>>) -> Vec<Vec<T>> {
    let reach = |from: &T| {
        let mut seen: BTreeSet<T> = BTreeSet::new();
        let mut open: Vec<T> = graph[from].iter().cloned().collect();
        while let Some(node) = open.pop() {
            if seen.insert(node.clone()) {
                open.extend(graph.get(&node).into_iter().flatten().cloned());
            }
        }
        seen
    };
    let reached: BTreeMap<&T, BTreeSet<T>> = graph.keys().map(|node| (node, reach(node))).collect();
    let mut found: BTreeSet<Vec<T>> = BTreeSet::new();
    for (node, others) in &reached {
        if others.contains(*node) {
            let ring = others
                .iter()
                .filter(|other| reached.get(other).is_some_and(|back| back.contains(*node)));
            found.insert(ring.cloned().collect());
        }
    }
    found.into_iter().collect()
}
