//! apt: what a request means in exact packages, and the commands that install those and no others.
//!
//! Resolving reads the archives that the root's own sources name. Installing reads a repository of
//! the resolved packages alone, without network, so an image is the same whether its packages come
//! from the mirror, from the cache or from an artifact that keeps them.

use super::resolution::{Resolution, Resolved};
use crate::action::Packages;

/// Where the scripts of this file work, inside the root's `/tmp`, which is no part of any layer.
pub const PLACE: &str = "/tmp/terroir";

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

#[cfg(test)]
mod tests {
    use super::*;

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
