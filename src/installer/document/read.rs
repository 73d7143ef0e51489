//! Reading a document as a whole.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Deserialize;
use serde_json::{Value, json};

use super::encrypt::{HostEncryption, WrittenEncryption, encryption as encryption_of};
use super::file::{HostFile, WrittenFile, files};
use super::network::{WrittenConnection, connections};
use super::region::{Region, Stated, commands, made, region};
use super::registry::{RegistryAccess, WrittenAccess, access};
use super::storage::{Storage, WrittenStorage, storage as storage_of};
use super::user::{User, WrittenUser, users};
use crate::kickstart::{Connection, DiskChoice, Finish, disk_script, text_rule};
use crate::origin::{Diagnostic, Origin, Sourced};
use crate::registry::Reference;
use crate::yaml;

/// The number of its form.
const FORMAT: u32 = 1;
/// The least that any disk must have, in MiB: what comes before the root, and a little of it.
const ROOM: u64 = 1024;
/// Longest part of a host name.
const LONGEST_PART: usize = 63;

/// What is written, as it is written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    /// The number of the document's form: 1.
    format: Sourced<u32>,
    /// What is installed: an image reference with its digest.
    image: Sourced<String>,
    /// How the registry is reached.
    #[serde(default)]
    registry: WrittenAccess,
    /// The disk that is wiped and installed to.
    disk: Sourced<DiskChoice>,
    /// How that disk is divided; the root takes all of it when absent.
    storage: Option<WrittenStorage>,
    /// How the root is encrypted, if it is.
    encrypt: Option<WrittenEncryption>,
    /// The name of the host.
    hostname: Option<Sourced<String>>,
    /// Users, beside those of the image or added to.
    #[serde(default)]
    users: Vec<WrittenUser>,
    /// How the host is connected; as the image says when absent.
    network: Option<Sourced<Vec<WrittenConnection>>>,
    /// The time zone: `Europe/Paris`; as the image says when absent.
    time_zone: Option<Sourced<String>>,
    /// The language, a locale that the image has: `fr_FR.UTF-8`; as the image says when absent.
    locale: Option<Sourced<String>>,
    /// The keyboard of the console: `fr`; as the image says when absent.
    keyboard: Option<Sourced<String>>,
    /// Files below /etc that this host has, or has otherwise than the image.
    #[serde(default)]
    files: Vec<WrittenFile>,
    /// Commands for bash that run once, in this order, at the first start of the installed machine.
    #[serde(default)]
    first_boot: Vec<Sourced<String>>,
    /// Arguments of the installed kernel, besides those of the image.
    #[serde(default)]
    kernel_arguments: Vec<Sourced<String>>,
    /// The reference that updates come from; without it the machine stays at its digest.
    follow: Option<Sourced<String>>,
    /// Where the installer posts what it does.
    report: Option<Sourced<String>>,
    /// What the installer does at the end.
    #[serde(default)]
    then: Finish,
    /// Whether the disk stays as it is when the installation fails.
    #[serde(default)]
    keep_on_failure: bool,
    /// Whether the disk is cleared and nothing is installed.
    wipe: Option<Sourced<bool>>,
}

/// What becomes of a host.
#[derive(Clone, Debug)]
pub struct Document {
    /// The image, with its digest.
    pub image: Reference,
    /// How its registry is reached.
    pub registry: RegistryAccess,
    /// The script that finds the disk, the one of the other installers.
    pub disk: String,
    /// How that disk is divided.
    pub storage: Storage,
    /// How the root is encrypted, if it is.
    pub encryption: Option<HostEncryption>,
    /// What errors and reports call the host.
    pub host: Sourced<String>,
    /// The name that the machine gets.
    pub hostname: Option<String>,
    /// Users.
    pub users: Vec<User>,
    /// How it is connected; as the image says when there is none.
    pub network: Vec<Connection>,
    /// Its time zone, language and keyboard.
    pub region: Region,
    /// Files below /etc.
    pub files: Vec<HostFile>,
    /// Commands of its first start.
    pub first_boot: Vec<String>,
    /// Kernel arguments.
    pub arguments: Vec<String>,
    /// What the machine follows.
    pub follow: Option<String>,
    /// Where reports go.
    pub report: Option<String>,
    /// What is done at the end.
    pub then: Finish,
    /// Whether the disk stays as it is after a failure.
    pub keep_on_failure: bool,
    /// Whether the disk is cleared and nothing is installed.
    pub wipe: bool,
}

impl Document {
    /// Reads a document; `place` is what errors call it.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn read(place: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let written: Written = yaml::parse(place, text).and_then(|node| yaml::decode(&node))?;
        let mut problems = Vec::new();
        check_format(&written.format, &mut problems);
        check_wipe(&written, &mut problems);
        let region = region_of(&written, &mut problems);
        let first_boot = commands(&written.first_boot, &mut problems);
        let image = image(&written.image, &mut problems);
        if let Some(name) = &written.hostname {
            check_name(name, &mut problems);
        }
        for argument in &written.kernel_arguments {
            check_argument(argument, &mut problems);
        }
        let follow = written.follow.as_ref();
        let follow = follow.and_then(|follow| followed(follow, &mut problems));
        let images: Vec<&Reference> = image.iter().chain(&follow).collect();
        let registry = access(written.registry, &images, &mut problems);
        let encryption = written.encrypt;
        let storage = storage_of(written.storage, encryption.is_some(), &mut problems);
        let encryption = encryption.and_then(|one| encryption_of(one, &mut problems));
        if let Some(report) = &written.report {
            check_address(report, &mut problems);
        }
        let files = files(written.files, &made(&region), &mut problems);
        let users = users(written.users, &mut problems);
        let host = written.hostname.clone().unwrap_or_else(|| Sourced {
            value: "this machine".to_owned(),
            origin: Origin::of_file(place),
        });
        let network = written.network.as_ref();
        let network = network.map(|network| connections(&host, network, &mut problems));
        let disk = disk_script(&host, &written.disk, ROOM.saturating_add(storage.room()));
        let disk = disk
            .map_err(|wrong| problems.extend(wrong))
            .unwrap_or_default();
        match (image, problems.is_empty()) {
            (Some(image), true) => Ok(Self {
                image,
                registry,
                disk,
                storage,
                encryption,
                host,
                hostname: written.hostname.map(|name| name.value),
                users,
                region,
                files,
                first_boot,
                network: network.unwrap_or_default(),
                arguments: values(written.kernel_arguments),
                follow: written.follow.map(|follow| follow.value),
                report: written.report.map(|report| report.value),
                then: written.then,
                keep_on_failure: written.keep_on_failure,
                wipe: written.wipe.is_some_and(|wipe| wipe.value),
            }),
            _ => Err(problems),
        }
    }
}

/// The schema of documents.
#[must_use]
pub fn document_schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = Written::json_schema(&mut generator).to_value();
    let definitions = generator.take_definitions(true);
    if let Some(object) = schema.as_object_mut() {
        let kind = json!("https://json-schema.org/draft/2020-12/schema");
        object.insert("$schema".to_owned(), kind);
        let title = json!("terroir document of a host");
        object.insert("title".to_owned(), title);
        object.insert("$defs".to_owned(), Value::Object(definitions));
    }
    schema
}

fn values(written: Vec<Sourced<String>>) -> Vec<String> {
    written.into_iter().map(|one| one.value).collect()
}

fn region_of(written: &Written, problems: &mut Vec<Diagnostic>) -> Region {
    let stated = Stated {
        time_zone: written.time_zone.as_ref(),
        locale: written.locale.as_ref(),
        keyboard: written.keyboard.as_ref(),
    };
    region(&stated, problems)
}

fn image(written: &Sourced<String>, problems: &mut Vec<Diagnostic>) -> Option<Reference> {
    let hint = "write registry.example.org/os/server@sha256:…";
    match Reference::parse(&written.value) {
        Ok(reference) if reference.digest().is_some() => Some(reference),
        Ok(_) => {
            let what = format!("`{}` has no digest", written.value);
            problems.push(Diagnostic::error(&written.origin, what).hint(hint));
            None
        }
        Err(error) => {
            problems.push(Diagnostic::error(&written.origin, error.to_string()).hint(hint));
            None
        }
    }
}

fn check_format(format: &Sourced<u32>, problems: &mut Vec<Diagnostic>) {
    if format.value != FORMAT {
        let what = format!("format {} is not known", format.value);
        let hint = format!(
            "this terroir reads format {FORMAT}; the installer may be older than the document"
        );
        problems.push(Diagnostic::error(&format.origin, what).hint(hint));
    }
}

/// Refuses what has no effect where nothing is installed.
fn check_wipe(written: &Written, problems: &mut Vec<Diagnostic>) {
    let Some(wipe) = written.wipe.as_ref().filter(|wipe| wipe.value) else {
        return;
    };
    let others = [
        ("storage", written.storage.is_some()),
        ("encrypt", written.encrypt.is_some()),
        ("users", !written.users.is_empty()),
        ("network", written.network.is_some()),
        ("time-zone", written.time_zone.is_some()),
        ("locale", written.locale.is_some()),
        ("keyboard", written.keyboard.is_some()),
        ("files", !written.files.is_empty()),
        ("first-boot", !written.first_boot.is_empty()),
        ("kernel-arguments", !written.kernel_arguments.is_empty()),
        ("follow", written.follow.is_some()),
        ("keep-on-failure", written.keep_on_failure),
    ];
    for (key, _) in others.into_iter().filter(|(_, is_there)| *is_there) {
        let what = format!("`{key}` has no effect beside `wipe`, which installs nothing");
        problems.push(Diagnostic::error(&wipe.origin, what).hint("remove one of the two"));
    }
}

fn check_name(name: &Sourced<String>, problems: &mut Vec<Diagnostic>) {
    let is_part = |part: &str| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        (1..=LONGEST_PART).contains(&part.len())
            && part.chars().all(is_plain)
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    if name.len() > text_rule::LONGEST_NAME || !name.split('.').all(is_part) {
        let what = format!("`{}` is not a host name", name.value);
        problems.push(Diagnostic::error(&name.origin, what).hint("write web1 or web1.example.org"));
    }
}

fn check_argument(argument: &Sourced<String>, problems: &mut Vec<Diagnostic>) {
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control();
    if argument.is_empty() || !argument.chars().all(is_plain) {
        let what = format!(
            "`{}` is not one kernel argument",
            argument.value.escape_debug()
        );
        let hint = "write each argument by itself: [\"console=ttyS0\", \"quiet\"]";
        problems.push(Diagnostic::error(&argument.origin, what).hint(hint));
    }
}

fn followed(follow: &Sourced<String>, problems: &mut Vec<Diagnostic>) -> Option<Reference> {
    let wrong = match Reference::parse(&follow.value) {
        Ok(reference) if reference.digest().is_some() => format!(
            "`{}` has a digest, at which nothing new comes",
            follow.value
        ),
        Ok(reference) => return Some(reference),
        Err(error) => error.to_string(),
    };
    let hint = "write registry.example.org/os/server:stable";
    problems.push(Diagnostic::error(&follow.origin, wrong).hint(hint));
    None
}

fn check_address(address: &Sourced<String>, problems: &mut Vec<Diagnostic>) {
    let schemes = ["http://", "https://"];
    let rest = schemes
        .iter()
        .find_map(|scheme| address.strip_prefix(scheme));
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control();
    if !rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(is_plain)) {
        let what = format!("`{}` is not the address of a web server", address.value);
        let hint = "write http://install.example.org/report";
        problems.push(Diagnostic::error(&address.origin, what).hint(hint));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{
  "format": 1,
  "image": "r.example.org/os/a@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  "registry": { "plain-http": ["r.example.org"] },
  "disk": { "serial": "A" },
  "hostname": "web1.example.org",
  "kernel-arguments": ["quiet"],
  "follow": "r.example.org/os/a:1",
  "report": "http://s/report",
  "then": "poweroff"
}"#;

    #[test]
    fn a_document_is_read() {
        let read = Document::read("host.json", WHOLE).unwrap();
        assert_eq!(read.hostname.as_deref(), Some("web1.example.org"));
        assert_eq!(read.registry.plain_http, ["r.example.org"]);
        assert_eq!((read.then, read.keep_on_failure), (Finish::Poweroff, false));
    }

    #[test]
    fn mistakes_are_told_with_their_lines() {
        let cases = [
            ("\"format\": 1", "\"format\": 2", "format 2 is not known"),
            ("@sha256:", ":", "has no digest"),
            ("\"serial\": \"A\"", "\"serail\": \"A\"", "serail"),
            ("\"then\"", "\"than\"", "than"),
            ("web1.example.org", "web_1", "is not a host name"),
            (
                "\"quiet\"",
                "\"quiet splash\"",
                "is not one kernel argument",
            ),
            (
                "os/a:1",
                "os/a@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "at which nothing new comes",
            ),
            (
                "http://s/report",
                "ftp://s",
                "is not the address of a web server",
            ),
            ("poweroff", "halt", "halt"),
        ];
        for (old, new, expected) in cases {
            let text = match new {
                ":" => WHOLE.replace(
                    "@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    ":1",
                ),
                _ => WHOLE.replacen(old, new, 1),
            };
            let problems = Document::read("host.json", &text).unwrap_err();
            let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
            assert!(
                said.iter().any(|one| one.contains(expected)),
                "{said:?}, not {expected}"
            );
            assert!(problems.iter().all(|one| one.origin.line > 0), "{said:?}");
        }
    }
}
