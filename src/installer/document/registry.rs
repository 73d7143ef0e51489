//! How the registry of a host's image is reached.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::secret::{Secret, check_place};
use crate::origin::{Diagnostic, Sourced, SourcedMap};
use crate::registry::Reference;

/// How registries are reached, as it is written.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct WrittenAccess {
    /// Registries that are spoken to over plain HTTP.
    #[serde(default)]
    plain_http: Vec<String>,
    /// Certificates of authorities that are trusted for registries, in PEM.
    #[serde(default)]
    authorities: Vec<String>,
    /// Who asks registries, by registry or a part of one: `registry.example.org/os`.
    #[serde(default)]
    credentials: SourcedMap<WrittenCredentials>,
    /// An address or a file that has a whole containers-auth.json(5), in place of `credentials`.
    auth_file: Option<Sourced<String>>,
    /// Whether credentials stay on the machine, for its updates.
    keep_credentials: Option<Sourced<bool>>,
}

/// Who asks a registry: a user with a password, or a token.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct WrittenCredentials {
    /// The user.
    user: Option<Sourced<String>>,
    /// The password, or what a registry calls an access token.
    password: Option<Secret>,
    /// An OAuth2 refresh token, which auth files call `identitytoken`.
    token: Option<Secret>,
}

/// How registries are reached.
#[derive(Clone, Debug, Default)]
pub struct RegistryAccess {
    /// Registries that are spoken to over plain HTTP.
    pub plain_http: Vec<String>,
    /// Certificates of authorities that are trusted for registries, in PEM.
    pub authorities: Vec<String>,
    /// Who asks them.
    pub credentials: Option<Credentials>,
    /// Whether credentials stay on the machine.
    pub keep_credentials: bool,
}

/// Who asks registries.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// Users and tokens by registry.
    Each(BTreeMap<String, Login>),
    /// The place of a whole auth file.
    File(String),
}

/// What proves who asks.
#[derive(Clone, Debug)]
pub enum Login {
    /// A user and a password.
    User(String, Secret),
    /// A refresh token.
    Token(Secret),
}

/// Checks it against the images of a document.
pub(super) fn access(
    written: WrittenAccess,
    images: &[&Reference],
    problems: &mut Vec<Diagnostic>,
) -> RegistryAccess {
    let file = written.auth_file.as_ref();
    if let Some(file) = file {
        check_place(&file.value, &file.origin, problems);
        if let Some((name, _)) = written.credentials.iter().next() {
            let what = "`auth-file` takes the place of `credentials`";
            let error = Diagnostic::error(&file.origin, what).hint("remove one of them");
            problems.push(error.and(&name.origin, "the credentials"));
        }
    }
    let is_any = file.is_some() || !written.credentials.is_empty();
    if let Some(keep) = &written.keep_credentials
        && !is_any
    {
        let what = "`keep-credentials` has no effect without `credentials` or `auth-file`";
        problems.push(Diagnostic::error(&keep.origin, what));
    }
    let mut logins = BTreeMap::new();
    for (name, credentials) in written.credentials.0 {
        if !images.iter().any(|image| is_of(&name.value, image)) {
            let what = format!("no image of this document is in {name}");
            let hint = "credentials are for the registry of `image` or of `follow`";
            problems.push(Diagnostic::error(&name.origin, what).hint(hint));
        }
        let login = login(&name, credentials, problems);
        logins.extend(login.map(|login| (name.value, login)));
    }
    RegistryAccess {
        plain_http: written.plain_http,
        authorities: written.authorities,
        credentials: match written.auth_file {
            Some(file) => Some(Credentials::File(file.value)),
            None if logins.is_empty() => None,
            None => Some(Credentials::Each(logins)),
        },
        keep_credentials: written.keep_credentials.is_some_and(|keep| keep.value),
    }
}

/// Whether a name is the registry of an image, or the begin of its repository.
fn is_of(name: &str, image: &Reference) -> bool {
    let whole = format!("{}/{}", image.registry(), image.repository());
    let rest = whole.strip_prefix(name);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn login(
    name: &Sourced<String>,
    written: WrittenCredentials,
    problems: &mut Vec<Diagnostic>,
) -> Option<Login> {
    for secret in written.password.iter().chain(&written.token) {
        secret.check(problems);
    }
    match (written.user, written.password, written.token) {
        // The form of the file ends the name there.
        (Some(user), Some(_), None) if user.value.is_empty() || user.value.contains(':') => {
            let what = "a user of a registry has a name without colons";
            problems.push(Diagnostic::error(&user.origin, what));
            None
        }
        (Some(user), Some(password), None) => Some(Login::User(user.value, password)),
        (None, None, Some(token)) => Some(Login::Token(token)),
        _ => {
            let what = format!(
                "the credentials for {name} are neither a user with a password nor a token"
            );
            let hint = "write { \"user\": …, \"password\": … }, or { \"token\": … }";
            problems.push(Diagnostic::error(&name.origin, what).hint(hint));
            None
        }
    }
}
