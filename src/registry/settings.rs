//! Settings of the registry client: everything that comes from the machine, as values.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// What the registry client needs to know of the machine; nothing else is read from the environment.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Files with credentials (containers-auth.json(5)); the first that knows a registry wins.
    pub auth_files: Vec<PathBuf>,
    /// Credentials for registries that no file knows.
    pub logins: Vec<Login>,
    /// Value of PATH in which credential helpers are looked up; that of terroir when absent.
    pub helper_search: Option<OsString>,
    /// PEM files of authorities that are trusted beside the system's.
    pub authorities: Vec<PathBuf>,
    /// Directories with one directory of `*.crt` files for each registry (containers-certs.d(5)).
    pub certificate_directories: Vec<PathBuf>,
    /// Registries, as references write them, that are spoken to over plain HTTP.
    pub insecure: BTreeSet<String>,
    /// Proxy for plain HTTP, as a URL.
    pub http_proxy: Option<String>,
    /// Proxy for HTTPS, as a URL.
    pub https_proxy: Option<String>,
    /// Hosts that are reached without a proxy, separated by commas.
    pub no_proxy: Option<String>,
    /// How often a request is tried before its error is believed.
    pub tries: u32,
    /// Wait before the second try; doubled for each further one.
    pub backoff: Duration,
    /// Longest wait that a registry may ask for; one that asks for more is given up.
    pub longest_wait: Duration,
    /// Time after which a connection that gives no sign of life counts as broken.
    pub idle: Duration,
}

/// A user and a password for one registry.
#[derive(Clone)]
pub struct Login {
    /// The registry, as references write it.
    pub registry: String,
    /// The user.
    pub user: String,
    /// The password or token.
    pub password: String,
    /// Where it was found, for messages ("CI_REGISTRY_USER").
    pub origin: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {} from {}", self.user, self.registry, self.origin)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            auth_files: Vec::new(),
            logins: Vec::new(),
            helper_search: None,
            authorities: Vec::new(),
            certificate_directories: vec![
                "/etc/containers/certs.d".into(),
                "/etc/docker/certs.d".into(),
            ],
            insecure: BTreeSet::new(),
            http_proxy: None,
            https_proxy: None,
            no_proxy: None,
            tries: 5,
            backoff: Duration::from_millis(500),
            longest_wait: Duration::from_mins(5),
            idle: Duration::from_mins(1),
        }
    }
}

impl Settings {
    /// Reads the variables that podman, docker, GitLab and curl use, through a function that looks one up.
    ///
    /// `$REGISTRY_AUTH_FILE` names the only auth file; without it they are
    /// `$XDG_RUNTIME_DIR/containers/auth.json`, `$XDG_CONFIG_HOME/containers/auth.json` (below
    /// `~/.config` by default) and `$DOCKER_CONFIG/config.json` (in `~/.docker` by default).
    pub fn from_environment(lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let path = |name: &str| {
            lookup(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let text = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| lookup(name)?.into_string().ok())
                .filter(|value| !value.is_empty())
        };
        let home = |below: &str| path("HOME").map(|home| home.join(below));
        let auth_files = match path("REGISTRY_AUTH_FILE") {
            Some(only) => vec![only],
            None => [
                path("XDG_RUNTIME_DIR").map(|dir| dir.join("containers/auth.json")),
                path("XDG_CONFIG_HOME")
                    .or_else(|| home(".config"))
                    .map(|dir| dir.join("containers/auth.json")),
                path("DOCKER_CONFIG")
                    .or_else(|| home(".docker"))
                    .map(|dir| dir.join("config.json")),
            ]
            .into_iter()
            .flatten()
            .collect(),
        };
        let login = || {
            Some(Login {
                registry: text(&["CI_REGISTRY"])?,
                user: text(&["CI_REGISTRY_USER"])?,
                password: text(&["CI_REGISTRY_PASSWORD"])?,
                origin: "CI_REGISTRY_USER".into(),
            })
        };
        Self {
            auth_files,
            logins: login().into_iter().collect(),
            helper_search: lookup("PATH"),
            // A server can make HTTP_PROXY appear in a CGI program's environment; curl reads only this one.
            http_proxy: text(&["http_proxy"]),
            https_proxy: text(&["https_proxy", "HTTPS_PROXY"]),
            no_proxy: text(&["no_proxy", "NO_PROXY"]),
            ..Self::default()
        }
    }
}
