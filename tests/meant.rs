//! Recipes mean what they say: scalars keep their digits, lists their order, paths their folder.

#[path = "support/workspace.rs"]
mod workspace;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use workspace::Workspace;

const TOP: &str = "apiVersion: terroir/v1\ntier: universal\n";

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Builds a recipe and unpacks it.
fn unpacked(workspace: &Workspace, recipe: &str, platform: &str) -> PathBuf {
    let name = recipe.replace(['/', '.'], "-");
    let layout = format!("oci:out:{name}");
    workspace.done(&["build", recipe, "-o", &layout]);
    let root = workspace.path(&format!("root-{name}"));
    let place = root.display().to_string();
    let said = [
        "unpack",
        &layout,
        &place,
        "--no-same-owner",
        "--platform",
        platform,
    ];
    workspace.done(&said);
    root
}

fn labels(workspace: &Workspace, recipe: &str) -> Value {
    let layout = format!("oci:out:{}", recipe.replace(['/', '.'], "-"));
    let said = workspace.done(&["inspect", &layout, "--format", "json"]);
    let image: Value = serde_json::from_str(&said).expect("JSON");
    image["platforms"][0]["config"]["config"]["Labels"].clone()
}

/// A flavour with numbers of many spellings, and one below it with a layer.
fn digits(workspace: &Workspace) {
    workspace.write(
        "recipes/base.yml",
        format!(
            "{TOP}name: base\nfrom: scratch\nplatforms: [linux/amd64]\n\
             vars: {{ rel: 24.10, oct: 0755, big: 1e3, flag: true, lst: [1.10, 2.0] }}\n\
             labels: {{ exact: '{{{{ rel }}}}', mixed: 'v{{{{ rel }}}}', lst: \"{{{{ lst | join(',') }}}}\", big: 'x{{{{ big }}}}',\n\
             oct: '{{{{ oct }}}}', flag: 'x{{{{ flag }}}}', direct: 1.10, zero: 0755 }}\n\
             modules:\n\
             - {{ type: files, when: rel == 24.10 and flag, files: [{{ content: '{{{{ rel }}}}', template: true, destination: '/etc/x-{{{{ rel }}}}' }}] }}\n\
             - {{ type: files, when: rel > 24.5, files: [{{ content: never, destination: /etc/never }}] }}\n"
        ),
    );
    workspace.write(
        "recipes/below.yml",
        format!(
            "{TOP}name: below\nfrom: base.yml\nplatforms: [linux/amd64]\nlabels: {{ below: 'v{{{{ rel }}}}' }}\n\
             modules:\n- layer: own\n  with: {{ x: 1.10 }}\n"
        ),
    );
    workspace.write(
        "layers/own/layer.yml",
        "apiVersion: terroir/v1\ntitle: Own\nowner: us\noptions: { x: { type: string, required: true } }\nmodules:\n\
         - { type: files, files: [{ content: 'x {{ x }} {{ rel }}', template: true, destination: /etc/own }] }\n",
    );
}

#[test]
fn scalars_keep_their_digits_from_vars_to_the_image() {
    let workspace = Workspace::new();
    digits(&workspace);
    let root = unpacked(&workspace, "recipes/below.yml", "linux/amd64");
    assert_eq!(read(root.join("etc/x-24.10")), "24.10");
    assert_eq!(read(root.join("etc/own")), "x 1.10 24.10");
    assert!(!root.join("etc/never").exists());
    assert_eq!(labels(&workspace, "recipes/below.yml")["below"], "v24.10");
    workspace.done(&[
        "build",
        "recipes/base.yml",
        "-o",
        "oci:out:recipes-base-yml",
    ]);
    let held = labels(&workspace, "recipes/base.yml");
    for (label, text) in [
        ("exact", "24.10"),
        ("mixed", "v24.10"),
        ("lst", "1.10,2.0"),
        ("big", "x1e3"),
        ("oct", "0755"),
        ("flag", "xtrue"),
        ("direct", "1.10"),
        ("zero", "0755"),
    ] {
        assert_eq!(held[label], text, "{label}");
    }
    // The image alone has the same texts.
    workspace.write(
        "recipes/published.yml",
        format!(
            "{TOP}name: published\nfrom: oci:../out:recipes-base-yml\nplatforms: [linux/amd64]\n\
             labels: {{ published: 'v{{{{ rel }}}}{{{{ rel + 0 }}}}' }}\nmodules: []\n"
        ),
    );
    unpacked(&workspace, "recipes/published.yml", "linux/amd64");
    assert_eq!(
        labels(&workspace, "recipes/published.yml")["published"],
        "v24.1024.1"
    );
}

#[test]
fn a_hint_never_changes_what_was_written() {
    for (entry, message, hint) in [
        (
            "{ type: os-release, properties: { VERSION_ID: 1.10 } }",
            "needs a text",
            "\"1.10\"",
        ),
        (
            "{ type: os-release, properties: { VERSION_ID: 0755 } }",
            "needs a text",
            "\"0755\"",
        ),
        (
            "{ type: os-release, properties: { VERSION_ID: 1e3 } }",
            "needs a text",
            "\"1e3\"",
        ),
        (
            "{ type: files, files: [{ content: x, destination: /x, mode: 0o640 }] }",
            "0o640",
            "\"0640\"",
        ),
        (
            "{ type: files, files: [{ content: x, destination: /x, mode: 0640 }] }",
            "0640",
            "\"0640\"",
        ),
        (
            "{ type: files, files: [{ content: x, destination: /x, mode: 640 }] }",
            "640",
            "\"0640\"",
        ),
        (
            "{ type: settings, settings: [{ sysctl: { a.b: 010 } }] }",
            "a.b",
            "\"010\"",
        ),
        (
            "{ type: settings, settings: [{ karg: { x: 1.50 } }] }",
            "needs a value",
            "\"1.50\"",
        ),
        (
            "{ type: settings, settings: [{ config: { path: /x, style: equals, values: { A: 1.20 } } }] }",
            "A",
            "\"1.20\"",
        ),
    ] {
        let workspace = Workspace::new();
        let recipe = format!("{TOP}name: x\nfrom: scratch\nmodules:\n- {entry}\n");
        workspace.write("recipes/x.yml", recipe);
        let said = workspace.run(&["validate", "recipes/x.yml"]);
        assert_eq!(said.code, 2, "{entry}: {}", said.err);
        assert!(
            said.err.contains(message) && said.err.contains(hint),
            "{entry}: {}",
            said.err
        );
    }
}

#[test]
fn the_os_release_that_counts_is_edited() {
    let workspace = Workspace::new();
    let own = "- { type: files, files: [{ content: \"ID=debian\\nVERSION_ID=12\\n\", destination: /etc/os-release }] }\n";
    let edit = "- { type: os-release, properties: { VARIANT_ID: x } }\n";
    let usual = "- { type: files, files: [{ content: \"ID=debian\\nVERSION_ID=12\\n\", destination: /usr/lib/os-release }] }\n";
    let recipe = |name: &str, from: &str, modules: &str| {
        let text = format!(
            "{TOP}name: {name}\nfrom: {from}\nplatforms: [linux/amd64]\nmodules:\n{modules}"
        );
        workspace.write(&format!("recipes/{name}.yml"), text);
    };
    recipe("alone", "scratch", own);
    recipe("below", "alone.yml", edit);
    recipe("same", "scratch", &format!("{own}{edit}"));
    recipe("both", "scratch", &format!("{usual}{own}{edit}"));
    recipe("usual", "scratch", &format!("{usual}{edit}"));
    for (name, counts, other) in [
        ("below", "etc/os-release", None),
        ("same", "etc/os-release", None),
        ("both", "etc/os-release", Some("usr/lib/os-release")),
        ("usual", "usr/lib/os-release", None),
    ] {
        let root = unpacked(&workspace, &format!("recipes/{name}.yml"), "linux/amd64");
        let text = read(root.join(counts));
        assert!(
            text.contains("ID=debian\n") && text.contains("VARIANT_ID=\"x\"\n"),
            "{name}: {text}"
        );
        if let Some(other) = other {
            assert!(!read(root.join(other)).contains("VARIANT_ID"), "{name}");
        } else {
            let files = ["etc/os-release", "usr/lib/os-release"];
            let there = files.iter().filter(|file| root.join(file).exists()).count();
            assert_eq!(there, 1, "{name}");
        }
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one case for each verb")]
fn only_the_platforms_that_a_recipe_asks_for_are_looked_up() {
    let workspace = Workspace::new();
    let other = if cfg!(target_arch = "aarch64") {
        "amd64"
    } else {
        "arm64"
    };
    workspace.write(
        "recipes/base.yml",
        format!(
            "{TOP}name: base\nfrom: scratch\nplatforms: [linux/{other}]\nmodules:\n\
             - {{ type: files, files: [{{ content: \"ID=debian\\nVERSION_ID=12\\n\", destination: /usr/lib/os-release }}] }}\n"
        ),
    );
    workspace.done(&["build", "recipes/base.yml", "-o", "oci:out:base"]);
    let child = |name: &str, from: &str, platforms: &str| {
        let modules = "modules:\n- { type: kargs, kargs: [quiet] }\n";
        let text = format!("{TOP}name: {name}\nfrom: {from}\n{platforms}{modules}");
        workspace.write(&format!("recipes/{name}.yml"), text);
    };
    child(
        "child",
        "oci:../out:base",
        &format!("platforms: [linux/{other}]\n"),
    );
    child("grandchild", "child.yml", "");
    for recipe in ["recipes/child.yml", "recipes/grandchild.yml"] {
        for verb in [
            "validate", "plan", "explain", "build", "lock", "inspect", "test",
        ] {
            let said = workspace.run(&[verb, recipe]);
            assert!(
                !said.err.contains("has no image for"),
                "{verb} {recipe}: {}",
                said.err
            );
            assert_eq!(said.code, 0, "{verb} {recipe}: {}{}", said.out, said.err);
        }
    }
    let place = workspace.path("root").display().to_string();
    // The only platform of a base is used, unless the user asks for another.
    workspace.done(&["unpack", "oci:out:base", &place]);
    let platform = match other {
        "arm64" => "linux/amd64",
        _ => "linux/arm64",
    };
    let elsewhere = workspace.path("elsewhere").display().to_string();
    let said = workspace.run(&["unpack", "--platform", platform, "oci:out:base", &elsewhere]);
    assert_eq!(said.code, 2);
    let hint = format!("it has linux/{other}; name one with --platform");
    assert!(
        said.err.contains("it has no image for") && said.err.contains(&hint),
        "{}",
        said.err
    );
    if other == "arm64" {
        child(
            "variant",
            "oci:../out:base",
            "platforms: [linux/arm64/v8]\n",
        );
        workspace.done(&["plan", "recipes/variant.yml"]);
        workspace.done(&["plan", "recipes/child.yml", "--platform", "linux/arm64/v8"]);
    }
}

#[test]
fn a_repository_without_git_is_the_folder_that_holds_recipes() {
    let mut workspace = Workspace::new();
    workspace.set("BASE", "registry.invalid");
    fs::remove_file(workspace.repository().join("terroir.lock")).expect("it was there");
    let recipe = "name: a\ndescription: a\nbase-image: ${BASE}/os/base\nimage-version: 1\n\
                  modules:\n- from-file: common/x.yml\n- { type: files, files: [{ source: system, destination: / }] }\n";
    workspace.write("recipes/general/deep/a.yml", recipe);
    workspace.write("recipes/common/x.yml", "type: script\nscripts: [a.sh]\n");
    workspace.write("files/scripts/a.sh", "true\n");
    workspace.write("files/system/etc/a", "a\n");
    let absolute = workspace.repository().join("recipes/general/deep/a.yml");
    let absolute = absolute.display().to_string();
    for place in ["recipes/general/deep/a.yml", absolute.as_str()] {
        let said = workspace.run(&["validate", place]);
        assert_eq!(said.code, 0, "{}", said.err);
    }
    // A recipe elsewhere, as long as terroir runs where `recipes/` is.
    workspace.write("images/one/two/a.yml", recipe);
    let said = workspace.run(&["validate", "images/one/two/a.yml"]);
    assert_eq!(said.code, 0, "{}", said.err);
}

#[test]
fn an_old_repository_has_all_but_files_beside_config() {
    let workspace = Workspace::new();
    workspace.write(
        "config/recipe.yml",
        "name: old\ndescription: old\nbase-image: registry.invalid/os/base\nimage-version: 1\nmodules:\n\
         - { type: script, scripts: [a.sh] }\n- { type: justfiles }\n- { type: gschema-overrides }\n\
         - { type: dnf, repos: { files: [a.repo] } }\n- { type: rpm-ostree, repos: [a.repo] }\n\
         - { type: files, files: [{ source: etc, destination: /etc }] }\n\
         - { type: systemd, system: { enabled: [old.service] } }\n- { type: own, source: local }\n",
    );
    for (file, text) in [
        ("scripts/a.sh", "true\n"),
        ("justfiles/a.just", "a:\n  true\n"),
        ("gschema-overrides/zz-a.gschema.override", "[a]\n"),
        ("dnf/a.repo", "[a]\n"),
        ("rpm-ostree/a.repo", "[a]\n"),
        ("files/etc/a", "a\n"),
        (
            "systemd/system/old.service",
            "[Install]\nWantedBy=multi-user.target\n",
        ),
        ("modules/own/own.sh", "true\n"),
    ] {
        workspace.write(&format!("config/{file}"), text);
    }
    let said = workspace.run(&["validate", "config/recipe.yml"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(!said.err.contains("does not exist"), "{}", said.err);
}

#[test]
fn what_is_no_text_and_what_is_an_image() {
    let top = "name: a\nbase-image: registry.invalid/os/base\nimage-version: 1\n";
    for (rest, message) in [
        (
            "description: 10\nmodules: []\n",
            "expected text, found a number",
        ),
        (
            "description: a\nmodules: [{ type: script, snippets: [true] }]\n",
            "expected text, found true or false",
        ),
        (
            "description: a\nmodules: [{ type: script, scripts: [1.0] }]\n",
            "expected text, found a number",
        ),
    ] {
        let workspace = Workspace::new();
        workspace.write("recipes/a.yml", format!("{top}{rest}"));
        let said = workspace.run(&["validate", "recipes/a.yml"]);
        assert_eq!(said.code, 2, "{rest}");
        assert!(said.err.contains(message), "{}", said.err);
    }
    let workspace = Workspace::new();
    let stages = "stages:\n- { name: rust, from: rust, modules: [{ type: script, snippets: [cargo build] }] }\n\
                  - { name: after, from: rust, modules: [] }\n";
    let copies = "modules: [{ type: copy, from: after, src: /a, dest: /a }]\n";
    workspace.write(
        "recipes/a.yml",
        format!("{top}description: a\n{stages}{copies}"),
    );
    let said = workspace.run(&["validate", "recipes/a.yml"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(!said.err.contains("circle"), "{}", said.err);
}
