//! What looks like a secret: by forms that nothing else has.

use std::collections::BTreeMap;

use crate::path::TreePath;
use crate::tree::Snapshot;

/// Largest file that is looked into, in bytes.
pub(super) const MAX_SECRET: u64 = 256 << 10;

/// Folders of which anybody may have the content: it is in public packages.
const PUBLIC: [&str; 7] = [
    "doc", "examples", "fixtures", "man", "test", "testdata", "tests",
];

/// Where a secret stands in an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    /// In the root.
    Root,
    /// In a layer, by number; a later layer removes or replaces it.
    Below(usize),
}

/// A file that looks as if it held a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Secret {
    /// The file.
    pub(super) path: TreePath,
    /// What it looks like.
    pub(super) what: &'static str,
    /// Where it is.
    pub(super) place: Where,
}

impl Secret {
    pub(super) fn new(path: TreePath, layer: usize, what: &'static str) -> Self {
        let place = Where::Below(layer);
        Self { path, what, place }
    }

    /// The same, once the whole root is known and the last layer that has the path.
    pub(super) fn settle(mut self, files: &Snapshot, last: &BTreeMap<TreePath, usize>) -> Self {
        let is_last = last.get(&self.path).map(|last| Where::Below(*last)) == Some(self.place);
        let node = files.node(&self.path);
        if is_last && node.is_some_and(|node| node.kind.is_file()) {
            self.place = Where::Root;
        }
        self
    }
}

/// Tells whether a file is of those that everybody has.
pub(super) fn is_public(path: &TreePath) -> bool {
    let parts = path.components().collect::<Vec<_>>();
    let folders = parts.split_last().map(|(_, folders)| folders);
    let is_usr = parts.first() == Some(&b"usr".as_slice());
    let is_local = parts.get(1) == Some(&b"local".as_slice());
    let mut folders = folders.unwrap_or_default().iter();
    is_usr && !is_local && folders.any(|name| PUBLIC.iter().any(|one| one.as_bytes() == *name))
}

/// Tokens by their beginning, the least length of the rest, and what they open.
const TOKENS: [(&str, usize, &str); 14] = [
    ("ghp_", 36, "a token of GitHub"),
    ("gho_", 36, "a token of GitHub"),
    ("ghs_", 36, "a token of GitHub"),
    ("ghr_", 36, "a token of GitHub"),
    ("github_pat_", 80, "a token of GitHub"),
    ("glpat-", 20, "a token of GitLab"),
    ("glrt-", 20, "a token of a GitLab runner"),
    ("gldt-", 20, "a deploy token of GitLab"),
    ("xoxb-", 40, "a token of Slack"),
    ("xoxp-", 40, "a token of Slack"),
    ("npm_", 36, "a token of npm"),
    ("pypi-AgEIcHlwaS5vcmc", 50, "a token of PyPI"),
    ("dckr_pat_", 27, "a token of Docker Hub"),
    ("AGE-SECRET-KEY-1", 58, "a key of age"),
];

/// What a file holds that looks like a secret.
pub(super) fn secrets(path: &TreePath, bytes: &[u8]) -> Vec<&'static str> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Vec::new();
    };
    let path = path.to_string();
    let mut found = Vec::new();
    // Host keys have a rule of their own.
    if !path.starts_with("/etc/ssh/ssh_host_") && has_private_key(text) {
        found.push("a private key without a passphrase");
    }
    // Programs in /usr name such forms; what is written for one machine stands elsewhere.
    if !path.starts_with("/usr/")
        || path.starts_with("/usr/local/")
        || path.starts_with("/usr/etc/")
    {
        let tokens = TOKENS
            .into_iter()
            .filter(|(start, length, _)| has_token(text, start, *length));
        found.extend(tokens.map(|(_, _, what)| what));
        found.extend(by_name(&path, text));
    }
    found.dedup();
    found
}

/// A private key in PEM that nothing protects (RFC 7468; openssh-key-v1).
fn has_private_key(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let kind = line
            .strip_prefix("-----BEGIN ")
            .and_then(|rest| rest.strip_suffix("-----"));
        let Some(kind) = kind.filter(|kind| kind.ends_with("PRIVATE KEY")) else {
            continue;
        };
        let Some(first) = lines.next() else {
            return false;
        };
        let is_open = match kind {
            "ENCRYPTED PRIVATE KEY" => false,
            // The magic and the cipher `none`.
            "OPENSSH PRIVATE KEY" => first.starts_with("b3BlbnNzaC1rZXktdjEAAAAABG5vbmU"),
            _ => first.len() >= 40 && first.chars().all(is_base64),
        };
        if is_open {
            return true;
        }
    }
    false
}

fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || ['+', '/', '='].contains(&c)
}

fn has_token(text: &str, start: &str, length: usize) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    text.match_indices(start).any(|(at, _)| {
        let (before, rest) = text.split_at(at);
        let is_begun = !before.ends_with(is_word);
        let rest = rest.strip_prefix(start).unwrap_or_default();
        let word: String = rest.chars().take_while(|c| is_word(*c)).collect();
        // An example repeats one letter; a token does not.
        let kinds: std::collections::BTreeSet<char> = word.chars().collect();
        is_begun && word.len() >= length && kinds.len() > 6
    })
}

/// Files that hold a secret by what they are for.
fn by_name(path: &str, text: &str) -> Option<&'static str> {
    let parts: Vec<&str> = path.rsplit('/').take(2).collect();
    let (name, folder) = (parts.first().copied()?, parts.get(1).copied().unwrap_or(""));
    let has = |word: &str| {
        text.lines()
            .map(str::trim_start)
            .any(|line| !line.starts_with('#') && line.contains(word))
    };
    let what = match (folder, name) {
        (".aws", "credentials" | "config") if has("aws_secret_access_key") => "a key of AWS",
        (_, ".netrc" | "auth.conf") if has("password ") => "a password for other machines",
        ("auth.conf.d", _) if has("password ") => "a password for other machines",
        (_, ".git-credentials") if has("://") && has("@") => "a password of a Git server",
        (_, ".pgpass") if has(":") => "a password of a database",
        (".docker", "config.json") | (_, "auth.json") if has("\"auth\"") => {
            "a password of a registry"
        }
        (".kube", "config") if has("client-key-data:") || has("token:") => "a key of Kubernetes",
        ("wireguard", _) if has("PrivateKey") && name.ends_with(".conf") => "a key of WireGuard",
        _ => return None,
    };
    Some(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of cases is long")]
    fn secrets_are_known_by_their_form() {
        let body = "QUJDREVGQUJDREVGQUJDREVGQUJDREVGQUJDREVGQUJDREVG";
        let pem = |kind: &str, first: &str| format!("x\n-----BEGIN {kind}-----\n{first}\n");
        let token = ["glp", "at-a8Kx03mNqW7_tzR1-bYv"].concat();
        let cases = [
            ("/etc/x.pem", pem("PRIVATE KEY", body), 1),
            ("/usr/lib/app/x.pem", pem("RSA PRIVATE KEY", body), 1),
            ("/etc/x.pem", pem("ENCRYPTED PRIVATE KEY", body), 0),
            (
                "/etc/x.pem",
                pem("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED"),
                0,
            ),
            ("/etc/x.pem", pem("CERTIFICATE", body), 0),
            ("/etc/ssh/ssh_host_rsa_key", pem("RSA PRIVATE KEY", body), 0),
            (
                "/root/.ssh/id",
                pem(
                    "OPENSSH PRIVATE KEY",
                    "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ",
                ),
                1,
            ),
            (
                "/root/.ssh/id",
                pem(
                    "OPENSSH PRIVATE KEY",
                    "b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHI",
                ),
                0,
            ),
            (
                "/usr/bin/tool",
                "if line == '-----BEGIN PRIVATE KEY-----':\n  go()".into(),
                0,
            ),
            ("/etc/app.env", format!("TOKEN={token}\n"), 1),
            ("/usr/share/app/readme", format!("TOKEN={token}\n"), 0),
            (
                "/etc/app.env",
                "TOKEN=glpat-xxxxxxxxxxxxxxxxxxxx\n".into(),
                0,
            ),
            ("/etc/app.env", format!("x{token}\n"), 0),
            (
                "/root/.aws/credentials",
                "aws_secret_access_key = x\n".into(),
                1,
            ),
            (
                "/root/.aws/credentials",
                "# aws_secret_access_key\n".into(),
                0,
            ),
            (
                "/etc/apt/auth.conf.d/x.conf",
                "machine m login l password p\n".into(),
                1,
            ),
            ("/etc/apt/auth.conf", "# nothing\n".into(), 0),
            (
                "/etc/ostree/auth.json",
                "{\"auths\": {\"r\": {\"auth\": \"eA\"}}}".into(),
                1,
            ),
        ];
        for (path, text, expected) in cases {
            let found = secrets(&TreePath::parse(path).unwrap(), text.as_bytes());
            assert_eq!(found.len(), expected, "{path}: {text}");
        }
        for (path, expected) in [
            ("/usr/share/doc/x/key.pem", true),
            ("/usr/lib/python3/dist-packages/x/tests/key.pem", true),
            ("/usr/local/share/doc/key.pem", false),
            ("/etc/tests/key.pem", false),
            ("/usr/lib/tests", false),
        ] {
            assert_eq!(
                is_public(&TreePath::parse(path).unwrap()),
                expected,
                "{path}"
            );
        }
    }
}
