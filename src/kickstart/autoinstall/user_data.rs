//! The autoinstall file of a host, its two scripts, and the users that cloud-init makes.

use serde_json::{Value, json};

use super::netplan::netplan;
use super::placeholder::for_secret;
use super::storage;
use crate::kickstart::model::connection::Connection;
use crate::kickstart::model::host::{Host, HostUser};
use crate::kickstart::model::secrets::{password_secret, secrets};
use crate::kickstart::output::path;
use crate::kickstart::output::path::HTTP;
use crate::kickstart::template::package_values::package_values;
use crate::kickstart::template::scene::{Made, Scene};
use crate::kickstart::value::target::Target;

const USER: &str = "autoinstall/user-data";
const META: &str = "autoinstall/meta-data";
const EARLY: &str = "autoinstall/early.sh";
const LATE: &str = "autoinstall/late.sh";

/// Makes the folder that `ds=nocloud-net` names, and the two scripts that it asks for.
pub(in crate::kickstart) fn produce(scene: &Scene<'_>, host: &Host, target: Target) -> Made {
    let site = scene.site;
    let names = secrets(site, host).into_iter().map(|(name, _)| name);
    let packages: Vec<&str> = host.packages.iter().map(|one| &*one.value).collect();
    let more = json!({
        "netplan": netplan(&[Connection::of(host, site.network_of(host))]).to_string(),
        "disk_layout": storage::storage(host).to_string(),
        "packages_json": json!(packages).to_string(),
        "cloud": cloud(host).to_string(),
        // The ISO image is not a mirror: packages come from the archive that it names.
        "mirror": Value::Null,
        "iso": site.installers.get(&target).map(|tree| &tree.url.value),
        "secret_names": names.collect::<Vec<_>>(),
    });
    let all = package_values(scene, host, target, [USER, EARLY, LATE], more);
    let folder = format!("{HTTP}/{}", path::host_folder(&host.name));
    let wanted = [
        (USER, path::answer(&host.name, host.installer)),
        (META, format!("{folder}/meta-data")),
        (EARLY, format!("{folder}/early.sh")),
        (LATE, format!("{folder}/late.sh")),
    ];
    scene.made(&wanted, &all)
}

/// What cloud-init does at the first boot of the installed system.
fn cloud(host: &Host) -> Value {
    let users: Vec<Value> = host.users.iter().map(user).collect();
    let mut all = json!({
        "hostname": host.short_name(), "preserve_hostname": false, "users": users,
    });
    if let (Some(object), Some(_)) = (all.as_object_mut(), host.domain()) {
        object.insert("fqdn".to_owned(), json!(host.full_name()));
    }
    if let Some(object) = all.as_object_mut() {
        let keys: Vec<&str> = host
            .root_keys
            .iter()
            .map(|key| key.value.as_str())
            .collect();
        object.insert("disable_root".to_owned(), json!(keys.is_empty()));
        let mut root = json!({ "name": "root", "ssh_authorized_keys": keys });
        if let (Some(root), true) = (root.as_object_mut(), host.root_password.is_some()) {
            root.insert("lock_passwd".to_owned(), json!(false));
            root.insert(
                "hashed_passwd".to_owned(),
                json!(for_secret(&password_secret("root"))),
            );
        }
        if let Some(users) = object.get_mut("users").and_then(Value::as_array_mut) {
            users.push(root);
        }
    }
    all
}

fn user(user: &HostUser) -> Value {
    let texts = |all: &[crate::origin::Sourced<String>]| -> Vec<String> {
        all.iter().map(|one| one.value.clone()).collect()
    };
    let shell = user
        .shell
        .as_ref()
        .map_or("/bin/bash", |shell| &shell.value);
    let mut out = json!({
        "name": user.login.value,
        "gecos": user.name.as_ref().map_or("", |name| &name.value),
        "groups": texts(&user.groups),
        "ssh_authorized_keys": texts(&user.ssh_keys),
        "shell": shell,
        "lock_passwd": user.password.is_none(),
    });
    if let (Some(out), Some(_)) = (out.as_object_mut(), &user.password) {
        out.insert(
            "passwd".to_owned(),
            json!(for_secret(&password_secret(&user.login))),
        );
    }
    out
}
