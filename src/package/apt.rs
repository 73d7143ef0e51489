//! apt: what a request means in exact packages, and the commands that install those and no others.
//!
//! Resolving reads the archives that the root's own sources name. Installing reads a repository of
//! the resolved packages alone, without network, so an image is the same whether its packages come
//! from the mirror, from the cache or from an artifact that keeps them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::action::Packages;
use crate::oci::Digest;

/// Where the scripts of this file work, inside the root's `/tmp`, which is no part of any layer.
pub const PLACE: &str = "/tmp/terroir";

/// Exact packages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resolution {
    /// The packages, sorted by name.
    pub packages: Vec<Resolved>,
}

/// One exact package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resolved {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its architecture.
    pub architecture: String,
    /// Digest of the package file.
    pub sha256: Digest,
    /// Size of the package file, in bytes.
    pub size: u64,
    /// Where it was found; empty for a file of the repository.
    pub url: String,
    /// Its control fields, as an index of packages has them (deb-control(5)).
    pub control: String,
}

impl Resolved {
    /// Its name in a repository of its own.
    #[must_use]
    pub fn file_name(&self) -> String {
        let version = self.version.replace(':', "%3a");
        format!("{}_{version}_{}.deb", self.name, self.architecture)
    }
}

impl Resolution {
    /// What identifies the packages, and nothing about where they come from.
    #[must_use]
    pub fn pins(&self) -> BTreeMap<String, Digest> {
        let pin = |one: &Resolved| {
            let name = format!("{}:{}={}", one.name, one.architecture, one.version);
            (name, one.sha256)
        };
        self.packages.iter().map(pin).collect()
    }

    /// The index of a flat repository that holds these packages.
    #[must_use]
    pub fn index(&self) -> String {
        let stanza = |one: &Resolved| {
            format!(
                "{}\nFilename: ./{}\nSize: {}\nSHA256: {}\n\n",
                one.control.trim_end(),
                one.file_name(),
                one.size,
                one.sha256.hex()
            )
        };
        self.packages.iter().map(stanza).collect()
    }
}

/// Why the answer of apt is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AptError {
    /// A line that names no package file.
    #[error("apt names a package file as {0:?}")]
    Uri(String),
    /// A package without its control fields.
    #[error("apt tells nothing about {0}")]
    Control(String),
    /// A package without a usable digest.
    #[error("the archive states no SHA256 of {0}")]
    Digest(String),
}

/// Options that every call of apt has: no questions, no languages, no random choice of updates.
const ALWAYS: &str = "-qq -y -o Acquire::Languages=none -o Acquire::Retries=3 \
-o APT::Sandbox::User=root -o APT::Get::Always-Include-Phased-Updates=true -o Dpkg::Use-Pty=0 \
-o APT::Update::Error-Mode=any -o APT::Color=0 -o Binary::apt::APT::Keep-Downloaded-Packages=false \
-o Dir::Cache=/tmp/terroir/cache -o Dir::State::lists=/tmp/terroir/lists";

/// Options of installing: only the repository of resolved packages, old configuration files stay.
const ONLY_RESOLVED: &str = "-o Dir::Etc::sourcelist=/tmp/terroir/sources.list \
-o Dir::Etc::sourceparts=/tmp/terroir/none -o Dir::Etc::preferences=/tmp/terroir/none/none \
-o Dir::Etc::preferencesparts=/tmp/terroir/none -o Dpkg::Options::=--force-unsafe-io \
-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold --allow-downgrades";

/// A script that resolves a request: it leaves `uris` and `controls` in [`PLACE`].
///
/// It needs the network, and the files of the request in `PLACE/files`.
#[must_use]
pub fn resolve_script(request: &Packages) -> String {
    let mut script = format!(
        "set -eu\nmkdir -p {PLACE}\ncd {PLACE}\nmkdir -p cache/archives/partial lists/partial\n: > uris\n: > controls\n\
         apt-get {ALWAYS} update\n"
    );
    if request.upgrade {
        script.push_str(&format(&[
            "apt-get",
            ALWAYS,
            "--print-uris dist-upgrade >> uris\n",
        ]));
    }
    if !words(request).is_empty() || !request.files.is_empty() {
        let files: Vec<String> = file_names(request)
            .map(|name| quoted(&format!("{PLACE}/files/{name}")))
            .collect();
        let recommends = recommends(request);
        let all = words(request).join(" ");
        let files = files.join(" ");
        script.push_str(&format(&[
            "apt-get",
            ALWAYS,
            recommends,
            auto_remove(request),
            "--print-uris install",
            &all,
            &files,
            ">> uris\n",
        ]));
        for file in file_names(request) {
            let file = quoted(&format!("files/{file}"));
            script.push_str(&format(&[
                "dpkg-deb -f",
                &file,
                ">> controls\necho >> controls\n",
            ]));
        }
    }
    // 'URL' NAME_VERSION_ARCHITECTURE.deb SIZE HASH, with a colon in a version as %3a.
    script.push_str(
        "names=$(sed -n -E \"s/^'[^']*' ([^_ ]+)_([^_ ]+)_([^_ ]+)\\.deb .*/\\1:\\3=\\2/p\" uris \
         | sed -e 's/%3a/:/g' -e 's/:all=/=/' | sort -u)\n",
    );
    script.push_str("if [ -n \"$names\" ]; then\n");
    script.push_str(&format(&[
        "apt-cache -o Dir::Cache=/tmp/terroir/cache -o Dir::State::lists=/tmp/terroir/lists",
        "show $names >> controls\nfi\n",
    ]));
    script
}

/// A script that fetches packages into `PLACE/debs`, checked by their digests.
#[must_use]
pub fn fetch_script(packages: &[&Resolved]) -> String {
    let mut script = format!("set -eu\nmkdir -p {PLACE}\ncd {PLACE}\nmkdir -p debs\n");
    script.push_str(
        "/usr/lib/apt/apt-helper -o APT::Sandbox::User=root -o Acquire::Retries=3 download-file",
    );
    for package in packages {
        let hash = format!("SHA256:{}", package.sha256.hex());
        let place = format!("debs/{}", package.sha256.hex());
        for word in [&package.url, &place, &hash] {
            script.push(' ');
            script.push_str(&quoted(word));
        }
    }
    script.push('\n');
    script
}

/// A script that carries a request out with the repository in `PLACE/repository`.
#[must_use]
pub fn install_script(request: &Packages, resolution: &Resolution) -> String {
    let mut script = format!(
        "set -eu\nmkdir -p {PLACE}\ncd {PLACE}\nmkdir -p none lists/partial cache/archives/partial\n\
         echo 'deb [trusted=yes] file:{PLACE}/repository ./' > sources.list\n\
         apt-get {ALWAYS} {ONLY_RESOLVED} update\n"
    );
    if request.upgrade {
        script.push_str(&format(&[
            "apt-get",
            ALWAYS,
            ONLY_RESOLVED,
            "dist-upgrade\n",
        ]));
    }
    let mut names = words(request);
    let own = resolution.packages.iter().filter(|one| one.url.is_empty());
    names.extend(own.map(|one| quoted(&one.name)));
    if !names.is_empty() {
        // Whatever version or release was asked for is the only one there is.
        let names: Vec<String> = names.iter().map(|name| bare(name)).collect();
        script.push_str(&format(&[
            "apt-get",
            ALWAYS,
            ONLY_RESOLVED,
            recommends(request),
            auto_remove(request),
            "install",
            &names.join(" "),
            "\n",
        ]));
    }
    for hold in &request.hold {
        let verb = if hold.held { "hold" } else { "unhold" };
        script.push_str(&format(&[
            "apt-mark",
            verb,
            &quoted(&hold.name),
            "> /dev/null\n",
        ]));
    }
    script
}

fn format(words: &[&str]) -> String {
    words.join(" ")
}

fn recommends(request: &Packages) -> &'static str {
    match request.recommends {
        true => "--install-recommends",
        false => "--no-install-recommends",
    }
}

fn auto_remove(request: &Packages) -> &'static str {
    match request.auto_remove {
        true => "--auto-remove",
        false => "",
    }
}

/// The packages of a request as words of `apt-get install`; those with a minus at their end go.
fn words(request: &Packages) -> Vec<String> {
    let install = request.install.iter().map(|name| quoted(name));
    let remove = request
        .remove
        .iter()
        .map(|name| quoted(&format!("{name}-")));
    install.chain(remove).collect()
}

/// A quoted package word without its version or release.
fn bare(word: &str) -> String {
    let inner = word.trim_matches('\'');
    let end = inner.find(['=', '/']).unwrap_or(inner.len());
    quoted(inner.get(..end).unwrap_or(inner))
}

fn file_names(request: &Packages) -> impl Iterator<Item = &str> {
    let files = request.files.iter();
    files.map(|file| file.path.rsplit('/').next().unwrap_or_default())
}

/// A word as sh(1) takes it literally.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// Reads what [`resolve_script`] left; `files` are the digests and sizes of the request's own files.
pub fn read_resolution(
    uris: &str,
    controls: &str,
    files: &[(Digest, u64)],
) -> Result<Resolution, AptError> {
    let mut wanted = BTreeMap::new();
    for line in uris.lines().filter(|line| line.starts_with('\'')) {
        let uri = || AptError::Uri(line.to_owned());
        let (url, rest) = line
            .trim_start_matches('\'')
            .split_once('\'')
            .ok_or_else(uri)?;
        let file = rest.split_whitespace().next().ok_or_else(uri)?;
        let stem = file.strip_suffix(".deb").ok_or_else(uri)?;
        let mut parts = stem.split('_');
        let (Some(name), Some(version), Some(architecture)) =
            (parts.next(), parts.next(), parts.next())
        else {
            return Err(uri());
        };
        let key = (
            name.to_owned(),
            version.replace("%3a", ":"),
            architecture.to_owned(),
        );
        if !url.starts_with("file:/tmp/terroir/files/") {
            wanted.insert(key, url.to_owned());
        }
    }
    let stanzas: Vec<&str> = controls
        .split("\n\n")
        .filter(|stanza| !stanza.trim().is_empty())
        .collect();
    let (own, listed) = stanzas.split_at(files.len().min(stanzas.len()));
    let mut packages = Vec::new();
    for (stanza, (sha256, size)) in own.iter().zip(files) {
        packages.push(resolved(stanza, String::new(), *sha256, *size)?);
    }
    for ((name, version, architecture), url) in wanted {
        let is_it = |stanza: &&&str| {
            field(stanza, "Package") == Some(name.as_str())
                && field(stanza, "Version") == Some(version.as_str())
                && field(stanza, "Architecture") == Some(architecture.as_str())
        };
        let stanza = listed
            .iter()
            .find(is_it)
            .ok_or_else(|| AptError::Control(name.clone()))?;
        let sha256 = field(stanza, "SHA256")
            .and_then(|hex| format!("sha256:{hex}").parse().ok())
            .ok_or_else(|| AptError::Digest(name.clone()))?;
        let size = field(stanza, "Size").and_then(|size| size.parse().ok());
        packages.push(resolved(stanza, url, sha256, size.unwrap_or_default())?);
    }
    packages.sort();
    packages.dedup_by(|one, other| one.pin() == other.pin());
    Ok(Resolution { packages })
}

impl Resolved {
    fn pin(&self) -> (&str, &str, &str) {
        (&self.name, &self.version, &self.architecture)
    }
}

fn resolved(stanza: &str, url: String, sha256: Digest, size: u64) -> Result<Resolved, AptError> {
    let get = |name: &str| {
        field(stanza, name)
            .map(str::to_owned)
            .ok_or_else(|| AptError::Control(stanza.lines().next().unwrap_or_default().to_owned()))
    };
    Ok(Resolved {
        name: get("Package")?,
        version: get("Version")?,
        architecture: get("Architecture")?,
        sha256,
        size,
        url,
        control: control(stanza),
    })
}

/// A field of a stanza, if it is on one line.
fn field<'s>(stanza: &'s str, name: &str) -> Option<&'s str> {
    stanza.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key == name).then(|| value.trim())
    })
}

/// The fields by which apt chooses and orders packages; where a file is and its texts are left out.
fn control(stanza: &str) -> String {
    const LEFT_OUT: [&str; 14] = [
        "Description",
        "Description-md5",
        "Description-en",
        "Filename",
        "Homepage",
        "Installed-Size",
        "MD5sum",
        "Maintainer",
        "SHA1",
        "SHA256",
        "SHA512",
        "Size",
        "Tag",
        "APT-Sources",
    ];
    let mut kept = true;
    let mut out = String::new();
    for line in stanza.lines() {
        if !line.starts_with([' ', '\t']) {
            let name = line.split(':').next().unwrap_or_default();
            kept = !LEFT_OUT.contains(&name);
        }
        if kept && !line.is_empty() {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const URIS: &str = "'http://example/pool/h/hello_2.10-3_amd64.deb' hello_2.10-3_amd64.deb 53132 SHA256:aa\n\
        'http://example/pool/e/e_1%253a2_all.deb' e_1%3a2_all.deb 10 SHA256:bb\n";

    fn controls() -> String {
        let digest = "a".repeat(64);
        format!(
            "Package: hello\nVersion: 2.10-3\nArchitecture: amd64\nDepends: libc6\n\
             Filename: pool/x\nSize: 53132\nSHA256: {digest}\nDescription: x\n more\n\n\
             Package: e\nVersion: 1:2\nArchitecture: all\nSize: 10\nSHA256: {digest}\n\n"
        )
    }

    #[test]
    fn the_answer_of_apt_is_exact_packages() {
        let resolution = read_resolution(URIS, &controls(), &[]).unwrap();
        let names: Vec<String> = resolution.pins().into_keys().collect();
        assert_eq!(names, ["e:all=1:2", "hello:amd64=2.10-3"]);
        let index = resolution.index();
        assert!(
            index.contains("Filename: ./e_1%3a2_all.deb\nSize: 10\n"),
            "{index}"
        );
        assert!(index.contains("Depends: libc6\n"), "{index}");
        assert!(!index.contains("Description"), "{index}");
    }

    #[test]
    fn an_answer_that_is_not_understood_says_so() {
        let cases = [
            (
                "'http://x' y.rpm 1 z",
                AptError::Uri("'http://x' y.rpm 1 z".into()),
            ),
            ("'http://x' a_1_all.deb 1 z", AptError::Control("a".into())),
        ];
        for (uris, expected) in cases {
            assert_eq!(read_resolution(uris, &controls(), &[]), Err(expected));
        }
    }

    #[test]
    fn a_version_is_asked_for_once() {
        let request = Packages {
            install: vec!["nginx=1.2".into(), "vim/stable".into(), "it's".into()],
            remove: vec!["nano".into()],
            ..Packages::default()
        };
        let resolve = resolve_script(&request);
        assert!(
            resolve.contains("'nginx=1.2' 'vim/stable' 'it'\\''s' 'nano-'"),
            "{resolve}"
        );
        let install = install_script(&request, &Resolution::default());
        assert!(install.contains("install 'nginx' 'vim' "), "{install}");
    }
}
