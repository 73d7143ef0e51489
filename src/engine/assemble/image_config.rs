//! The part of an image's config that says how containers of it start (OCI image-spec, config.md).

use serde_json::{Map, Value, json};

use crate::module::{Healthcheck, ImageConfig};

/// Puts what entries changed over what the parent's config says.
pub(super) fn apply_image_config(changes: &ImageConfig, config: &mut Map<String, Value>) {
    if let Some(author) = &changes.author {
        config.insert("author".into(), json!(author));
    }
    let execution = config
        .entry("config")
        .or_insert_with(|| Value::Object(Map::new()));
    let Some(execution) = execution.as_object_mut() else {
        return;
    };
    environment(changes, execution);
    let mut text = |key: &str, value: Option<&String>| {
        if let Some(value) = value {
            execution.insert(key.into(), json!(value));
        }
    };
    text("User", changes.user.as_ref());
    text("WorkingDir", changes.directory.as_ref());
    text("StopSignal", changes.stop_signal.as_ref());
    if let Some(shell) = &changes.shell {
        list("Shell", shell, execution);
    }
    if let Some(entrypoint) = &changes.entrypoint {
        list("Entrypoint", entrypoint, execution);
        execution.remove("Cmd");
    }
    if let Some(command) = &changes.command {
        list("Cmd", command, execution);
    }
    let sets = [
        ("ExposedPorts", &changes.ports),
        ("Volumes", &changes.volumes),
    ];
    for (key, names) in sets {
        if names.is_empty() {
            continue;
        }
        let held = execution.entry(key).or_insert_with(|| json!({}));
        if let Some(held) = held.as_object_mut() {
            held.extend(names.iter().map(|name| (name.clone(), json!({}))));
        }
    }
    if let Some(check) = &changes.healthcheck {
        execution.insert("Healthcheck".into(), healthcheck(check));
    }
}

fn list(key: &str, words: &[String], execution: &mut Map<String, Value>) {
    match words {
        [] => execution.remove(key),
        words => execution.insert(key.into(), json!(words)),
    };
}

/// A variable that is there keeps its place; new ones follow in the order of their names.
pub(in crate::engine) fn environment(changes: &ImageConfig, execution: &mut Map<String, Value>) {
    if changes.environment.is_empty() {
        return;
    }
    let mut left = changes.environment.clone();
    let held = execution.get("Env").and_then(Value::as_array).cloned();
    let mut all: Vec<Value> = Vec::new();
    for variable in held.unwrap_or_default() {
        let name = variable.as_str().and_then(|text| text.split_once('='));
        match name.and_then(|(name, _)| left.remove_entry(name)) {
            Some((name, value)) => all.push(json!(format!("{name}={value}"))),
            None => all.push(variable),
        }
    }
    all.extend(
        left.iter()
            .map(|(name, value)| json!(format!("{name}={value}"))),
    );
    execution.insert("Env".into(), Value::Array(all));
}

fn healthcheck(check: &Healthcheck) -> Value {
    let mut out = Map::new();
    out.insert("Test".into(), json!(check.test));
    let numbers = [
        ("Interval", check.interval),
        ("Timeout", check.timeout),
        ("StartPeriod", check.start_period),
        ("StartInterval", check.start_interval),
        ("Retries", check.retries),
    ];
    for (key, number) in numbers {
        if let Some(number) = number {
            out.insert(key.into(), json!(number));
        }
    }
    Value::Object(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_lie_over_the_parent() {
        let mut config = json!({ "config": {
            "Env": ["PATH=/bin", "A=1"], "Cmd": ["/bin/bash"], "Kept": true,
        }});
        let changes = ImageConfig {
            environment: [("A", "2"), ("B", "3")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            entrypoint: Some(vec!["/init".into()]),
            ports: ["80/tcp".to_owned()].into(),
            user: Some("daemon".into()),
            ..ImageConfig::default()
        };
        apply_image_config(&changes, config.as_object_mut().unwrap());
        let expected = json!({ "config": {
            "Env": ["PATH=/bin", "A=2", "B=3"], "Entrypoint": ["/init"], "Kept": true,
            "ExposedPorts": { "80/tcp": {} }, "User": "daemon",
        }});
        assert_eq!(config, expected);
        apply_image_config(&ImageConfig::default(), config.as_object_mut().unwrap());
        assert_eq!(config, expected);
    }
}
