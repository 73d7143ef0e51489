//! What a Debian archive has now: the versions in the indexes that a release file lists.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use super::release::{ReleaseError, fetch_file};
use super::version::compare_versions;
use crate::oci::Digest;

/// Largest index that is read, unpacked; that of Debian's main has about 60 MB.
const MAX_INDEX: u64 = 512 << 20;

/// The newest version of each package by `name:architecture`, or by `name` where it fits all.
pub type Newest = BTreeMap<String, String>;

/// Tells whether a release file is that of an archive's security suite.
#[must_use]
pub fn is_security(url: &str) -> bool {
    url.contains("-security")
}

/// Reads the indexes of an archive for an architecture, by its release file, which was fetched.
///
/// Archives whose packages nobody gets unasked (`NotAutomatic`, such as backports) have none.
pub fn newest(
    (url, release): (&str, &str),
    architecture: &str,
    folder: &Path,
) -> Result<Newest, ReleaseError> {
    let mut found = Newest::new();
    if field(release, "NotAutomatic") == Some("yes") {
        return Ok(found);
    }
    let place = url.strip_suffix("InRelease").unwrap_or(url);
    for (path, digest) in indexes(release, architecture) {
        let file = folder.join("index");
        fetch_file(&format!("{place}{path}"), &file, Some(&digest))?;
        let failed = |source| ReleaseError::Read {
            file: format!("{place}{path}"),
            source,
        };
        let packed = std::fs::File::open(&file).map_err(failed)?;
        let reader: Box<dyn Read> = match path.rsplit('.').next() {
            Some("xz") => Box::new(lzma_rust2::XzReader::new(packed, true)),
            Some("gz") => Box::new(flate2::read::MultiGzDecoder::new(packed)),
            _ => Box::new(packed),
        };
        let mut text = Vec::new();
        reader
            .take(MAX_INDEX)
            .read_to_end(&mut text)
            .map_err(failed)?;
        read(&String::from_utf8_lossy(&text), &mut found);
    }
    Ok(found)
}

/// A field of a release file.
fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut lines = text.lines();
    lines.find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim()))
}

/// The indexes of an architecture, each in its smallest form, with their digests.
fn indexes(release: &str, architecture: &str) -> Vec<(String, Digest)> {
    let lines = release
        .lines()
        .skip_while(|line| *line != "SHA256:")
        .skip(1);
    let mut forms: BTreeMap<String, BTreeMap<u8, (String, Digest)>> = BTreeMap::new();
    for line in lines.take_while(|line| line.starts_with(' ')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [digest, _, path] = words.as_slice() else {
            continue;
        };
        let (stem, rank) = match path.rsplit_once('.') {
            Some((stem, "xz")) => (stem, 0),
            Some((stem, "gz")) => (stem, 1),
            _ => (*path, 2),
        };
        // Flat archives list `Packages` beside the release file.
        let own = format!("/binary-{architecture}/Packages");
        let is_own = stem.ends_with(&own) && !stem.contains("debian-installer");
        if (is_own || stem == "Packages")
            && let Ok(digest) = format!("sha256:{digest}").parse()
        {
            let held = forms.entry(stem.to_owned()).or_default();
            held.insert(rank, ((*path).to_owned(), digest));
        }
    }
    let smallest = forms.into_values().filter_map(|mut all| all.pop_first());
    smallest.map(|(_, one)| one).collect()
}

/// Takes the packages of an index in (deb822(5)).
fn read(text: &str, found: &mut Newest) {
    for stanza in text.split("\n\n") {
        let (Some(name), Some(version)) = (field(stanza, "Package"), field(stanza, "Version"))
        else {
            continue;
        };
        let name = match field(stanza, "Architecture") {
            None | Some("all") => name.to_owned(),
            Some(architecture) => format!("{name}:{architecture}"),
        };
        let newer = |held: &String| compare_versions(held, version) == Ordering::Less;
        if found.get(&name).is_none_or(newer) {
            found.insert(name, version.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_are_those_of_the_architecture_in_their_smallest_form() {
        let sum = "0".repeat(64);
        let paths = [
            "main/binary-amd64/Packages",
            "main/binary-amd64/Packages.gz",
            "main/binary-amd64/Packages.xz",
            "main/binary-arm64/Packages.xz",
            "main/debian-installer/binary-amd64/Packages.xz",
            "contrib/binary-amd64/Packages.gz",
            "main/source/Sources.xz",
        ];
        let lines: String = paths
            .iter()
            .map(|path| format!(" {sum} 12 {path}\n"))
            .collect();
        let release = format!("MD5Sum:\n 00 1 main/binary-amd64/Packages.xz\nSHA256:\n{lines}");
        let found: Vec<String> = indexes(&release, "amd64")
            .into_iter()
            .map(|one| one.0)
            .collect();
        assert_eq!(
            found,
            [
                "contrib/binary-amd64/Packages.gz",
                "main/binary-amd64/Packages.xz"
            ]
        );
    }

    #[test]
    fn the_newest_version_of_a_name_counts() {
        let stanza = |name: &str, version: &str, architecture: &str| {
            format!("Package: {name}\nVersion: {version}\nArchitecture: {architecture}\n\n")
        };
        let text = stanza("a", "1.9", "amd64")
            + &stanza("a", "1.10", "amd64")
            + &stanza("b", "1~rc1", "all");
        let mut found = Newest::new();
        read(&text, &mut found);
        assert_eq!(found["a:amd64"], "1.10");
        assert_eq!(found["b"], "1~rc1");
    }
}
