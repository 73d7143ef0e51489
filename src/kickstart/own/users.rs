//! The users in the document of a host.

use serde_json::{Map, Value, json};

use super::place::place;
use crate::kickstart::model::host::Host;
use crate::kickstart::model::secrets::password_secret;
use crate::kickstart::model::site::Site;
use crate::origin::Sourced;

/// The users of a host, and root.
pub(super) fn users(site: &Site, host: &Host) -> Value {
    let password = |login: &str| json!({ "secret": place(site, host, &password_secret(login)) });
    let mut all = Vec::new();
    for user in &host.users {
        let mut one = Map::new();
        one.insert("name".to_owned(), json!(user.login.value));
        let texts = [("full-name", &user.name), ("shell", &user.shell)];
        for (key, text) in texts {
            one.extend(text.iter().map(|text| (key.to_owned(), json!(text.value))));
        }
        let lists = [("groups", &user.groups), ("ssh-keys", &user.ssh_keys)];
        one.extend(
            lists
                .into_iter()
                .filter_map(|(key, list)| listed(key, list)),
        );
        if user.password.is_some() {
            one.insert("password-hash".to_owned(), password(&user.login));
        }
        all.push(Value::Object(one));
    }
    let mut root = Map::new();
    root.insert("name".to_owned(), json!("root"));
    root.extend(listed("ssh-keys", &host.root_keys));
    let (key, value) = match host.root_password {
        Some(_) => ("password-hash", password("root")),
        // As inventories say: root is locked when nothing states its password.
        None => ("locked", json!(true)),
    };
    root.insert(key.to_owned(), value);
    all.push(Value::Object(root));
    Value::Array(all)
}

fn listed(key: &str, list: &[Sourced<String>]) -> Option<(String, Value)> {
    let texts: Vec<&str> = list.iter().map(|one| &*one.value).collect();
    (!texts.is_empty()).then(|| (key.to_owned(), json!(texts)))
}
