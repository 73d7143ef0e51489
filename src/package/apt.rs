//! apt: what a request means in exact packages, and the commands that install those and no others.
//!
//! Resolving reads the archives that the root's own sources name. Installing reads a repository of
//! the resolved packages alone, without network, so an image is the same whether its packages come
//! from the mirror, from the cache or from an artifact that keeps them.

use super::resolution::{Resolution, Resolved};
use crate::action::Packages;
use crate::oci::Digest;
use crate::process::shell_word;

/// Where the scripts of this file work, inside the root's `/tmp`, which is not part of any layer.
pub const PLACE: &str = "/tmp/terroir";

/// Options that every call of apt has: no questions, no languages, no random choice of updates.
const ALWAYS: &str = "-qq -y -o Acquire::Languages=none -o Acquire::Retries=3 \
-o APT::Sandbox::User=root -o APT::Get::Always-Include-Phased-Updates=true -o Dpkg::Use-Pty=0 \
-o APT::Update::Error-Mode=any -o APT::Color=0 -o Binary::apt::APT::Keep-Downloaded-Packages=false \
-o Dir::Cache=/tmp/terroir/cache -o Dir::State::lists=/tmp/terroir/lists";

/// The root's preferences, and those of packages that are kept.
const PREFERENCES: &str = "-o Dir::Etc::preferences=/tmp/terroir/preferences";

/// Options of installing: only the repository of resolved packages, old configuration files stay.
const ONLY_RESOLVED: &str = "-o Dir::Etc::sourcelist=/tmp/terroir/sources.list \
-o Dir::Etc::sourceparts=/tmp/terroir/none -o Dir::Etc::preferences=/tmp/terroir/none/none \
-o Dir::Etc::preferencesparts=/tmp/terroir/none -o Dpkg::Options::=--force-unsafe-io \
-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold --allow-downgrades";

/// Makes the index of the repository from what the packages say of themselves, so that it is the
/// same wherever they came from.
const INDEX: &str = "while read -r file size sha256; do\n\
  dpkg-deb -f \"repository/$file\"\n\
  printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' \"$file\" \"$size\" \"$sha256\"\n\
done < repository/list > repository/Packages\n";

/// A script that resolves a request: it leaves `uris` and `controls` in [`PLACE`].
///
/// It needs the network, and the files of the request in `PLACE/files`. Packages that are `kept`
/// stay at their versions as long as the archives have them.
#[must_use]
pub fn resolve_script(request: &Packages, kept: &[Resolved]) -> String {
    let mut script = format!(
        "set -eu\nmkdir -p {PLACE}\ncd {PLACE}\nmkdir -p cache/archives/partial lists/partial\n: > uris\n: > controls\n\
         cat /etc/apt/preferences > preferences 2> /dev/null || :\n"
    );
    for one in kept {
        // What stays is only said to be preferred: it comes in another version if the archive dropped it.
        let pin = format!(
            "\\nPackage: {}:{}\\nPin: version {}\\nPin-Priority: 1001\\n",
            one.name, one.architecture, one.version
        );
        script.push_str(&format(&["printf", &shell_word(&pin), ">> preferences\n"]));
    }
    script.push_str(&format(&["apt-get", ALWAYS, "update\n"]));
    if request.upgrade {
        script.push_str(&format(&[
            "apt-get",
            ALWAYS,
            PREFERENCES,
            "--print-uris dist-upgrade >> uris\n",
        ]));
    }
    script.push_str(&going(request));
    if !words(request).is_empty() || !request.files.is_empty() || !request.absent.is_empty() {
        let files: Vec<String> = file_names(request)
            .map(|name| shell_word(&format!("{PLACE}/files/{name}")))
            .collect();
        let recommends = recommends(request);
        let all = words(request).join(" ");
        let files = files.join(" ");
        script.push_str(&format(&[
            "apt-get",
            ALWAYS,
            PREFERENCES,
            recommends,
            auto_remove(request),
            "--print-uris install",
            &all,
            &files,
            "$going >> uris\n",
        ]));
        for file in file_names(request) {
            let file = shell_word(&format!("files/{file}"));
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
///
/// What is not where it was found any more is looked for by name and version in the archives that
/// the root names now. What nobody has is missing at the end, which is not an error of the script.
#[must_use]
pub fn fetch_script(packages: &[&Resolved]) -> String {
    let mut script = format!(
        "set -eu\nmkdir -p {PLACE}\ncd {PLACE}\nmkdir -p debs other cache/archives/partial lists/partial\n\
         fetch() {{ /usr/lib/apt/apt-helper -o APT::Sandbox::User=root -o Acquire::Retries=3 \
         download-file \"$@\"; }}\n"
    );
    let words = |package: &Resolved| {
        let hash = format!("SHA256:{}", package.sha256.hex());
        let place = format!("debs/{}", package.sha256.hex());
        [shell_word(&package.url), place, hash].join(" ")
    };
    let all: Vec<String> = packages.iter().map(|package| words(package)).collect();
    script.push_str(&format(&["if ! fetch", &all.join(" "), "; then\n"]));
    script.push_str(&format(&["apt-get", ALWAYS, "update || :\ncd other\n"]));
    for package in packages {
        let place = format!("../debs/{}", package.sha256.hex());
        let name = format!(
            "{}:{}={}",
            package.name, package.architecture, package.version
        );
        let name = name.replace(":all=", "=");
        script.push_str(&format(&[
            "if [ ! -e",
            &place,
            "]; then\n  rm -f ./*.deb\n",
        ]));
        script.push_str(&format(&[
            "  apt-get",
            ALWAYS,
            "download",
            &shell_word(&name),
        ]));
        script.push_str(&format(&[" && mv ./*.deb", &place, "|| :\nfi\n"]));
    }
    script.push_str("fi\n");
    script
}

/// Where the packages of a request lie while they are installed, in `repository`; an entry may have
/// several requests, and each sees its own packages alone.
#[must_use]
pub fn install_place(resolution: &Resolution) -> String {
    let listing = Digest::of(resolution.listing().as_bytes());
    format!("{PLACE}/{}", listing.hex())
}

/// A script that carries a request out with the repository in its [`install_place`].
#[must_use]
pub fn install_script(request: &Packages, resolution: &Resolution) -> String {
    let place = install_place(resolution);
    let mut script = format!(
        "set -eu\nmkdir -p {PLACE}\ncd {PLACE}\nrm -rf lists cache\n\
         mkdir -p none lists/partial cache/archives/partial\nln -sfn {place}/repository repository\n{INDEX}\
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
    names.extend(own.map(|one| shell_word(&one.name)));
    script.push_str(&going(request));
    if !names.is_empty() || !request.absent.is_empty() {
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
            "$going\n",
        ]));
    }
    for hold in &request.hold {
        let verb = if hold.held { "hold" } else { "unhold" };
        script.push_str(&format(&[
            "apt-mark",
            verb,
            &shell_word(&hold.name),
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
    let install = request.install.iter().map(|name| shell_word(name));
    let remove = request
        .remove
        .iter()
        .map(|name| shell_word(&format!("{name}-")));
    install.chain(remove).collect()
}

/// Sets `going` to those of the packages that shall be absent and are installed, as words of
/// `apt-get install`; an archive would not know the others.
fn going(request: &Packages) -> String {
    if request.absent.is_empty() {
        return "going=\n".to_owned();
    }
    let names: Vec<String> = request.absent.iter().map(|name| shell_word(name)).collect();
    let names = names.join(" ");
    format!(
        "going=$(dpkg-query -W -f '${{db:Status-Status}} ${{binary:Package}}-\\n' {names} 2> /dev/null \\\n\
         | sed -n 's/^installed //p' || :)\n"
    )
}

/// A quoted package word without its version or release.
fn bare(word: &str) -> String {
    let inner = word.trim_matches('\'');
    let end = inner.find(['=', '/']).unwrap_or(inner.len());
    shell_word(inner.get(..end).unwrap_or(inner))
}

fn file_names(request: &Packages) -> impl Iterator<Item = &str> {
    let files = request.files.iter();
    files.map(|file| file.path.rsplit('/').next().unwrap_or_default())
}
