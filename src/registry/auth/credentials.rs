//! Credentials: the auth files of podman and docker, credential helpers, the variables of GitLab CI.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::process;
use crate::registry::{Error, Reference, Settings};

/// Largest auth file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// How long a credential helper may take; it may have to ask a person.
const HELPER_LIMIT: Duration = Duration::from_mins(1);

/// The key under which docker keeps the credentials of Docker Hub.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

/// The user name by which a helper says that its secret is an identity token.
const TOKEN_USER: &str = "<token>";

/// What proves who asks.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Secret {
    /// A user name and a password.
    Password { user: String, password: String },
    /// An OAuth2 refresh token.
    Identity(String),
}

/// Credentials and where they were found.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Credentials {
    pub(super) secret: Secret,
    origin: String,
}

impl Credentials {
    /// Whom and where from, for messages; never the secret.
    pub(super) fn describe(&self) -> String {
        match &self.secret {
            Secret::Password { user, .. } => format!("user {user} of {}", self.origin),
            Secret::Identity(_) => format!("the identity token of {}", self.origin),
        }
    }
}

/// An auth file; what terroir does not use of it is not looked at.
#[derive(Deserialize)]
pub(super) struct AuthFile {
    #[serde(default)]
    pub(super) auths: BTreeMap<String, Entry>,
    #[serde(default, rename = "credHelpers")]
    pub(super) helpers: BTreeMap<String, String>,
    #[serde(default, rename = "credsStore")]
    pub(super) store: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
}

/// What a credential helper answers.
#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Username")]
    user: String,
    #[serde(rename = "Secret")]
    secret: String,
}

/// Finds the credentials for a repository: auth files in order, then the logins of the settings.
pub(super) fn find(settings: &Settings, wanted: &Reference) -> Result<Option<Credentials>, Error> {
    for file in &settings.auth_files {
        if let Some(text) = read(file)?
            && let Some(found) = find_in(settings, file, &text, wanted)?
        {
            return Ok(Some(found));
        }
    }
    let login = settings
        .logins
        .iter()
        .find(|login| normalise(&login.registry) == wanted.registry());
    Ok(login.map(|login| Credentials {
        secret: Secret::Password {
            user: login.user.clone(),
            password: login.password.clone(),
        },
        origin: login.origin.clone(),
    }))
}

/// Where was looked in vain, for messages.
pub(super) fn describe_none(settings: &Settings, wanted: &Reference) -> String {
    let mut places: Vec<String> = settings
        .auth_files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    if places.is_empty() {
        places.push("the settings".into());
    }
    format!(
        "no credentials (there are none for {} in {})",
        wanted.registry(),
        places.join(", ")
    )
}

fn unusable(file: &Path, why: &dyn ToString) -> Error {
    Error::File {
        file: file.to_owned(),
        why: why.to_string(),
    }
}

pub(super) fn read(path: &Path) -> Result<Option<String>, Error> {
    let mut text = String::new();
    let opened = File::open(path).and_then(|file| file.take(MAX_FILE).read_to_string(&mut text));
    match opened {
        Ok(_) if text.trim().is_empty() => Ok(None),
        Ok(_) => Ok(Some(text)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(unusable(path, &error)),
    }
}

fn find_in(
    settings: &Settings,
    path: &Path,
    text: &str,
    wanted: &Reference,
) -> Result<Option<Credentials>, Error> {
    let file: AuthFile = serde_json::from_str(text).map_err(|error| unusable(path, &error))?;
    if let Some((key, helper)) = longest(&file.helpers, wanted, |_| true) {
        return ask(settings, path, helper, key);
    }
    let filled = |entry: &Entry| {
        entry.auth.is_some() || entry.username.is_some() || entry.identitytoken.is_some()
    };
    if let Some((key, entry)) = longest(&file.auths, wanted, filled) {
        let secret =
            decode(entry).map_err(|why| unusable(path, &format!("auths, {key}: {why}")))?;
        return Ok(secret.map(|secret| Credentials {
            secret,
            origin: path.display().to_string(),
        }));
    }
    match &file.store {
        Some(store) => {
            let key = match wanted.registry() {
                "docker.io" => DOCKER_HUB_KEY,
                other => other,
            };
            ask(settings, path, store, key)
        }
        None => Ok(None),
    }
}

/// The entry whose key is the longest part of `registry/repository` (containers-auth.json(5)).
fn longest<'a, T>(
    entries: &'a BTreeMap<String, T>,
    wanted: &Reference,
    filled: impl Fn(&T) -> bool,
) -> Option<(&'a str, &'a T)> {
    let name = format!("{}/{}", wanted.registry(), wanted.repository());
    entries
        .iter()
        .map(|(key, value)| (normalise(key), key.as_str(), value))
        .filter(|(place, _, value)| {
            filled(value)
                && name
                    .strip_prefix(place.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
        .max_by_key(|(place, ..)| place.len())
        .map(|(_, key, value)| (key, value))
}

/// A key as references write it: without the scheme and path of docker's older keys.
fn normalise(key: &str) -> String {
    let place = key
        .strip_prefix("https://")
        .or_else(|| key.strip_prefix("http://"))
        .map_or(key, |rest| rest.split('/').next().unwrap_or(rest));
    let (host, path) = match place.split_once('/') {
        Some((host, path)) => (host, Some(path)),
        None => (place, None),
    };
    let host = match host {
        "index.docker.io" | "registry-1.docker.io" => "docker.io",
        other => other,
    };
    match path {
        Some(path) => format!("{host}/{path}"),
        None => host.to_owned(),
    }
}

/// The secret of an entry; none when it is there but empty, as `logout` and desktop docker leave it.
fn decode(entry: &Entry) -> Result<Option<Secret>, &'static str> {
    if let Some(token) = entry
        .identitytoken
        .as_ref()
        .filter(|token| !token.is_empty())
    {
        return Ok(Some(Secret::Identity(token.clone())));
    }
    if let Some(auth) = entry.auth.as_ref().filter(|auth| !auth.is_empty()) {
        let bytes = STANDARD
            .decode(auth.trim())
            .map_err(|_| "`auth` is not base64")?;
        let text = String::from_utf8(bytes).map_err(|_| "`auth` is not base64 of UTF-8 text")?;
        let (user, password) = text
            .split_once(':')
            .ok_or("`auth` is not base64 of `user:password`")?;
        return Ok(Some(Secret::Password {
            user: user.to_owned(),
            // Docker pads what it encodes with NUL bytes.
            password: password.trim_matches('\0').to_owned(),
        }));
    }
    Ok(entry.username.as_ref().map(|user| Secret::Password {
        user: user.clone(),
        password: entry.password.clone().unwrap_or_default(),
    }))
}

/// Asks a credential helper (docker-credential-helpers, command `get`).
fn ask(
    settings: &Settings,
    file: &Path,
    helper: &str,
    key: &str,
) -> Result<Option<Credentials>, Error> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if helper.is_empty() || !helper.bytes().all(plain) {
        return Err(unusable(
            file,
            &format!("{helper:?} is not the name of a credential helper"),
        ));
    }
    let program = format!("docker-credential-{helper}");
    let output = process::run(&process::Program {
        name: &program,
        arguments: &["get"],
        input: key.as_bytes(),
        search: settings.helper_search.as_deref(),
        limit: HELPER_LIMIT,
    })
    .map_err(|source| Error::Helper {
        file: file.to_owned(),
        registry: key.to_owned(),
        source,
    })?;
    let text = String::from_utf8_lossy(&output.stdout);
    if output.code != Some(0) {
        // The protocol has no other way to say so than this sentence.
        if text.contains("credentials not found") {
            return Ok(None);
        }
        let said = format!("{text} {}", String::from_utf8_lossy(&output.stderr));
        let why = format!("{program} failed for {key}: {}", said.trim());
        return Err(unusable(file, &why));
    }
    let answer: Answer = serde_json::from_str(&text)
        .map_err(|error| unusable(file, &format!("the answer of {program}: {error}")))?;
    let secret = match answer.user.as_str() {
        TOKEN_USER => Secret::Identity(answer.secret),
        _ => Secret::Password {
            user: answer.user,
            password: answer.secret,
        },
    };
    Ok(Some(Credentials {
        secret,
        origin: format!("{program} (named by {})", file.display()),
    }))
}
