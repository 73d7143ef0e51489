//! The credentials of a document as a file that clients of registries read (containers-auth.json(5)).

use std::io::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use tempfile::NamedTempFile;

use super::error::InstallError;
use super::reveal::Revealing;
use crate::installer::document::{Credentials, Login};

/// What an entry may have, all of it text.
const KEYS: [&str; 4] = ["auth", "username", "password", "identitytoken"];

/// The text of the file.
pub(super) fn text(
    credentials: &Credentials,
    revealing: &Revealing<'_>,
) -> Result<String, InstallError> {
    match credentials {
        Credentials::File(place) => whole(place, &revealing.fetch(place)?),
        Credentials::Each(logins) => {
            let mut auths = Map::new();
            for (name, login) in logins {
                auths.insert(name.clone(), entry(name, login, revealing)?);
            }
            Ok(format!("{:#}\n", json!({ "auths": auths })))
        }
    }
}

fn entry(name: &str, login: &Login, revealing: &Revealing<'_>) -> Result<Value, InstallError> {
    let line = |secret| revealing.line(&format!("the credentials for {name}"), secret);
    Ok(match login {
        Login::User(user, password) => {
            let both = format!("{user}:{}", line(password)?);
            json!({ "auth": STANDARD.encode(both) })
        }
        Login::Token(token) => json!({ "identitytoken": line(token)? }),
    })
}

/// A whole file, as a place has it; no message repeats anything of it.
fn whole(place: &str, bytes: &[u8]) -> Result<String, InstallError> {
    let wrong = |what: &str| InstallError::Secret(format!("{place} has {what}"));
    let read: Option<Value> = serde_json::from_slice(bytes).ok();
    let text = String::from_utf8(bytes.to_vec()).ok();
    let (Some(read), Some(text)) = (read, text) else {
        return Err(wrong("no containers-auth.json(5)"));
    };
    if read.get("credHelpers").is_some() || read.get("credsStore").is_some() {
        return Err(wrong(
            "an auth file that asks programs, which an installer has not",
        ));
    }
    let is_entry = |entry: &Value| {
        let mut values = KEYS.iter().filter_map(|key| entry.get(key));
        entry.is_object() && values.all(Value::is_string)
    };
    let auths = read.get("auths").and_then(Value::as_object);
    match auths.is_some_and(|auths| !auths.is_empty() && auths.values().all(is_entry)) {
        true => Ok(text),
        false => Err(wrong("no containers-auth.json(5)")),
    }
}

/// The file for the client of this process, which goes with the value.
pub(super) fn written(text: &str, folder: &Path) -> Result<NamedTempFile, InstallError> {
    let written = NamedTempFile::new_in(folder).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        Ok(file)
    });
    written.map_err(InstallError::io("writing the credentials of registries"))
}
