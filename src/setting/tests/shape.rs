//! What decodes as a declaration, and what its schema says.

use serde_json::json;

use crate::setting::Declaration;

#[test]
fn shapes_that_do_not_decode() {
    for (declaration, message) in [
        (
            json!({"sysctls": {}}),
            "unknown variant `sysctls`, expected one of `package`, `sysctl`, `kernel_module`",
        ),
        (
            json!({"kernel_module": {"x": "off"}}),
            "unknown variant `off`, expected one of `disabled`",
        ),
        (
            json!({"file": {"/x": {"contents": ""}}}),
            "unknown field `contents`",
        ),
        (
            json!({"sysctl": {"a.b": []}}),
            "expected a text, a whole number",
        ),
        (
            json!({"karg": {"x": {"values": 1}}}),
            "unknown field `values`, expected one of `value`, `replace`, `remove`",
        ),
        (
            json!({"karg": {"x": {"architectures": []}}}),
            "missing field `value`",
        ),
        (
            json!({"karg": {"x": {"value": {"value": 1, "architectures": ["amd64"]}}}}),
            "`value` is a mapping itself",
        ),
    ] {
        let error = serde_json::from_value::<Declaration>(declaration).expect_err(message);
        assert!(error.to_string().contains(message), "{error}");
    }
}

#[test]
fn the_schema_knows_what_is_accepted() {
    let schema = schemars::schema_for!(Declaration);
    let validator = jsonschema::validator_for(schema.as_value()).expect("a schema");
    for (declaration, valid) in [
        (json!({"sysctl": {"a.b": 1}}), true),
        (json!({"sysctl": {"a.b": [1]}}), false),
        (
            json!({"karg": {"x": {"value": ["a", true], "architectures": ["arm64"]}}}),
            true,
        ),
        (
            json!({"karg": {"x": {"value": "a", "architectures": ["i386"]}}}),
            false,
        ),
        (json!({"karg": {"quiet": true}}), true),
        (json!({"file": {"/x": {"mode": "0644"}}}), true),
        (json!({"file": {"/x": {"modes": "0644"}}}), false),
        (
            json!({"config": {"path": "/x", "style": "space", "values": {"a": "b"}}}),
            true,
        ),
        (
            json!({"config": {"path": "/x", "style": "toml", "values": {}}}),
            false,
        ),
        (json!({"service": {"a.service": "enabled"}}), true),
        (json!({"kernel_module": {"a": "on"}}), false),
    ] {
        assert_eq!(validator.is_valid(&declaration), valid, "{declaration}");
    }
}
