//! containers-policy.json(5): one signed image in a policy of which all else stays.

use serde_json::{Map, Value, json};

use crate::action::Edit;

/// The key of an edit under which it says what becomes of images that nothing is said about.
pub(crate) const OTHERS: &str = "others";
/// Their policy is kept where it demands something, and made one that rejects by default.
pub(crate) const KEEP: &str = "keep";
/// They are accepted.
pub(crate) const ACCEPT: &str = "accept";
/// They are rejected.
pub(crate) const REJECT: &str = "reject";

/// Transports that have nothing to do with registries; where everything else is rejected, images
/// from them would be too.
const LOCAL_TRANSPORTS: [&str; 8] = [
    "atomic",
    "containers-storage",
    "dir",
    "docker-archive",
    "docker-daemon",
    "oci",
    "oci-archive",
    "tarball",
];

/// Puts the requirements of images into a policy; a text that is not one counts as absent.
pub(in crate::setting) fn apply(edit: &Edit, text: &str) -> String {
    let read = serde_json::from_str::<Map<String, Value>>(text);
    let mut policy = read.unwrap_or_default();
    let accepting = policy.get("default").is_none_or(accepts_anything);
    let mut transports = match policy.remove("transports") {
        Some(Value::Object(transports)) => transports,
        _ => Map::new(),
    };
    let mut docker = match transports.remove("docker") {
        Some(Value::Object(docker)) => docker,
        _ => Map::new(),
    };
    let others = edit.values.iter().find(|(key, _)| key == OTHERS);
    let others = others.map_or(KEEP, |(_, others)| others.as_str());
    if others == REJECT || others == KEEP && accepting {
        policy.insert("default".to_owned(), json!([{ "type": "reject" }]));
        for transport in LOCAL_TRANSPORTS {
            let accepted = json!({ "": [{ "type": "insecureAcceptAnything" }] });
            transports.entry(transport).or_insert(accepted);
        }
        if others == KEEP {
            let accepted = json!([{ "type": "insecureAcceptAnything" }]);
            docker.entry("").or_insert(accepted);
        } else if docker.get("").is_some_and(accepts_anything) {
            docker.remove("");
        }
    }
    if others == ACCEPT {
        let accepted = json!([{ "type": "insecureAcceptAnything" }]);
        policy.insert("default".to_owned(), accepted);
    }
    for (image, requirement) in edit.values.iter().filter(|(key, _)| key != OTHERS) {
        let requirement =
            serde_json::from_str(requirement).unwrap_or(json!([{ "type": "reject" }]));
        docker.insert(image.clone(), requirement);
    }
    transports.insert("docker".to_owned(), Value::Object(docker));
    policy.insert("transports".to_owned(), Value::Object(transports));
    format!("{:#}\n", Value::Object(policy))
}

/// Tells whether requirements let every image pass.
fn accepts_anything(requirements: &Value) -> bool {
    let all = requirements.as_array().map_or(&[][..], Vec::as_slice);
    let kind = |one: &Value| one.get("type").and_then(Value::as_str).map(str::to_owned);
    all.iter()
        .all(|one| kind(one).as_deref() == Some("insecureAcceptAnything"))
}
