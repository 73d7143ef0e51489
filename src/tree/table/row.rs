//! One row of a directory table, and the line that it is on disk.

use std::collections::BTreeMap;
use std::io::Write as _;

use crate::path::{MAX_PATH, TreePath};

use crate::tree::entry::{Entry, EntryKind};

/// Metadata of a directory or a symbolic link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Permission bits (0o7777).
    pub mode: u32,
    /// Number of the owner.
    pub uid: u32,
    /// Number of the group.
    pub gid: u32,
    /// What a link points at; none for a directory.
    pub link: Option<Vec<u8>>,
    /// Extended attributes by full name.
    pub xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Row {
    /// The row of a directory that no layer states: 0755, 0:0.
    #[must_use]
    pub fn implied() -> Self {
        Self {
            mode: 0o755,
            ..Self::default()
        }
    }
}

impl Row {
    /// An entry that says what the row says.
    #[must_use]
    pub fn entry(&self, path: &TreePath) -> Entry {
        let kind = match &self.link {
            None => EntryKind::Directory,
            Some(target) => EntryKind::Symlink {
                target: target.clone(),
            },
        };
        Entry {
            uid: self.uid,
            gid: self.gid,
            xattrs: self.xattrs.clone(),
            ..Entry::new(path.clone(), kind, self.mode)
        }
    }

    /// Writes the fields after the path, as a table has them.
    pub(in crate::tree) fn write(&self, out: &mut Vec<u8>) {
        write!(out, "{:o} {} {} ", self.mode, self.uid, self.gid)
            .expect("memory takes what is written");
        match &self.link {
            None => out.push(b'-'),
            Some(target) => {
                out.push(b'>');
                escape(out, target);
            }
        }
        out.push(b' ');
        if self.xattrs.is_empty() {
            out.push(b'-');
        }
        for (index, (name, value)) in self.xattrs.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            escape(out, name);
            out.push(b'=');
            escape(out, value);
        }
    }
}

/// Bytes that stand for themselves in a table.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'%' | b',' | b'=')
}

pub(super) fn escape(out: &mut Vec<u8>, bytes: &[u8]) {
    if bytes.iter().all(|byte| is_plain(*byte)) {
        return out.extend_from_slice(bytes);
    }
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in bytes {
        if is_plain(*byte) {
            out.push(*byte);
        } else {
            let digit = |value: u8| DIGITS[usize::from(value & 15)];
            out.extend_from_slice(&[b'%', digit(byte >> 4), digit(*byte)]);
        }
    }
}

fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    if text.iter().all(|byte| is_plain(*byte)) {
        return Some(text.to_vec());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        if *byte == b'%' {
            let mut digit = || match rest.next()? {
                digit @ b'0'..=b'9' => Some(digit - b'0'),
                digit @ b'A'..=b'F' => Some(digit - b'A' + 10),
                _ => None,
            };
            let byte = digit()? << 4 | digit()?;
            if is_plain(byte) {
                return None;
            }
            out.push(byte);
        } else if is_plain(*byte) {
            out.push(*byte);
        } else {
            return None;
        }
    }
    Some(out)
}

pub(super) fn parse_line(line: &[u8]) -> Option<(TreePath, Row)> {
    let mut fields = line.split(|byte| *byte == b' ');
    let mut field = || fields.next();
    let number = |text: &[u8], radix: u32| {
        let text = std::str::from_utf8(text).ok()?;
        let canonical = text == "0" || !text.starts_with(['0', '+']);
        canonical.then(|| u32::from_str_radix(text, radix).ok())?
    };
    let raw = unescape(field()?.strip_prefix(b"/")?)?;
    let path = TreePath::from_bytes(&raw).ok()?;
    let row = Row {
        mode: number(field()?, 8).filter(|mode| *mode <= 0o7777)?,
        uid: number(field()?, 10)?,
        gid: number(field()?, 10)?,
        link: match field()? {
            b"-" => None,
            link => Some(parse_link(link)?),
        },
        xattrs: parse_xattrs(field()?)?,
    };
    (path.as_bytes() == raw && fields.next().is_none()).then_some((path, row))
}

/// A link's target, which a kernel would have kept.
fn parse_link(field: &[u8]) -> Option<Vec<u8>> {
    unescape(field.strip_prefix(b">")?).filter(|target| target.len() <= MAX_PATH)
}

fn parse_xattrs(field: &[u8]) -> Option<BTreeMap<Vec<u8>, Vec<u8>>> {
    let mut xattrs = BTreeMap::new();
    if field == b"-" {
        return Some(xattrs);
    }
    for pair in field.split(|byte| *byte == b',') {
        let equals = pair.iter().position(|byte| *byte == b'=')?;
        let (name, value) = (unescape(&pair[..equals])?, unescape(&pair[equals + 1..])?);
        if name.is_empty() || xattrs.keys().next_back().is_some_and(|last| *last >= name) {
            return None;
        }
        xattrs.insert(name, value);
    }
    Some(xattrs)
}
