//! What `validate` says of every file below a folder, and what builds and plans say while they work.

use crate::flavours;
use crate::trial::Workspace;

const GOOD: &str = "apiVersion: terroir/v1\nname: good\ntier: universal\nfrom: scratch\n";

/// A file, how validating its folder ends, and what is said.
type Case = (&'static str, &'static str, i32, &'static str);

const CASES: [Case; 30] = [
    // Evidently meant as recipes.
    (
        "no-version.yml",
        "name: x\ntier: universal\nfrom: scratch\nmodules: []\n",
        2,
        "write `apiVersion: terroir/v1`",
    ),
    (
        "misspelt.yml",
        "apiversion: terroir/v1\nname: x\ntier: universal\nfrom: scratch\n",
        2,
        "write `apiVersion: terroir/v1`",
    ),
    (
        "underscore.yml",
        "api_version: terroir/v1\nname: x\nfrom: scratch\n",
        2,
        "write `apiVersion: terroir/v1`",
    ),
    (
        "old.yml",
        "apiVersion: terroir/v9\nname: x\ntier: universal\nfrom: scratch\n",
        2,
        "newer than this terroir",
    ),
    (
        "wrong.yml",
        "apiVersion: teroir/v1\nname: x\ntier: universal\nfrom: scratch\n",
        2,
        "teroir/v1",
    ),
    (
        "half.yml",
        "apiVersion: terroir/v1\nname: x\n",
        2,
        "`tier` is missing",
    ),
    ("empty.yml", "", 2, "the file is empty"),
    (
        "blank.yaml",
        "\n# nothing yet\n---\n",
        2,
        "the file is empty",
    ),
    ("UPPER.YML", "", 2, "the file is empty"),
    (
        "tabs.yml",
        "apiVersion: terroir/v1\nname: x\ntier: universal\nfrom: scratch\nmodules:\n\t- type: files\n",
        2,
        "a tab stands in the indentation",
    ),
    (
        "shifted.yml",
        " apiVersion: terroir/v1\nname: x\n",
        2,
        "shifted.yml",
    ),
    (
        "bom.yml",
        "\u{feff}name: x\r\ntier: universal\r\nfrom: scratch\r\n",
        2,
        "apiVersion",
    ),
    (
        "blue.yml",
        "name: x\ndescription: y\nbase_image: example.org/x\nmodules: []\n",
        2,
        "base_image",
    ),
    (
        "latin.yml",
        "apiVersion: terroir/v1\nname: x\ntier: universal\nfrom: scratch\ndescription: \u{e9}\n",
        0,
        "",
    ),
    (
        "quoted.yml",
        "{\"apiVersion\": \"terroir/v1\", \"name\": \"x\", \"tier\": \"universal\"}\n",
        2,
        "`from` is missing",
    ),
    (
        "bom-good.yml",
        "\u{feff}apiVersion: terroir/v1\r\nname: x\r\ntier: universal\r\nfrom: scratch\r\n",
        0,
        "2 recipes",
    ),
    // Told, and no recipe.
    (
        "orphan.yml",
        "modules:\n  - type: files\n    files: []\n",
        0,
        "no recipe includes this file",
    ),
    (
        "list.yml",
        "- type: files\n  files: []\n",
        0,
        "no recipe includes this file",
    ),
    (
        "foreign.yml",
        "colour: blue\n",
        0,
        "neither a recipe nor another document",
    ),
    (
        "two.yml",
        "a: 1\n---\nb: 2\n",
        0,
        "neither a recipe nor another document",
    ),
    (
        "tagged.yml",
        "a: !Ref x\n",
        0,
        "neither a recipe nor another document",
    ),
    // Documents of others, and what is hidden.
    (
        "docker-compose.yml",
        "services:\n  web: { image: example.org/web }\n",
        0,
        "",
    ),
    (".gitlab-ci.yml", "build:\n  script: [make]\n", 0, ""),
    (".hidden/broken.yml", "apiVersion: terroir/v1\n", 0, ""),
    ("files/system/etc/netplan.yml", "network: [\n", 0, ""),
    (
        "pod.yml",
        "apiVersion: v1\nkind: Pod\nmetadata: { name: x }\n",
        0,
        "",
    ),
    (
        "site.yml",
        "apiVersion: terroir/v1\nsite: x\nserver: { url: 'http://x' }\n",
        0,
        "",
    ),
    (
        "schema.yml",
        "$schema: https://json-schema.org/draft/2020-12/schema\n",
        0,
        "",
    ),
    (
        "layers/own/layer.yml",
        "apiVersion: terroir/v1\ntitle: t\nowner: o\n",
        0,
        "",
    ),
    (
        "layers/own/layer.yml",
        "apiVersion: terroir/v1\ntitle: t\nowner: o\noption: {}\n",
        2,
        "option",
    ),
];

#[test]
fn every_file_below_a_folder_is_valid_or_told_of() {
    for (file, text, code, words) in CASES {
        let workspace = Workspace::new();
        workspace.write("recipes/good.yml", GOOD);
        workspace.write(&format!("recipes/{file}"), text);
        let said = workspace.run(&["validate", "recipes"]);
        let all = format!("{}{}", said.out, said.err);
        assert_eq!(said.code, Some(code), "{file}: {all}");
        assert!(all.contains(words), "{file}: not {words:?} but {all}");
        let silent = words.is_empty() && code == 0;
        assert_eq!(
            said.err.is_empty(),
            silent || words == "2 recipes",
            "{file}: {}",
            said.err
        );
        if code == 2 {
            // A pipeline that reads the answer as JSON sees it too.
            let json = workspace.run(&["validate", "recipes", "--format", "json"]);
            assert_eq!(json.code, Some(2), "{file}");
            assert!(
                json.out.contains("\"severity\": \"error\""),
                "{file}: {}",
                json.out
            );
        }
    }
}

#[test]
fn parts_that_recipes_name_and_links_are_followed() {
    let workspace = Workspace::new();
    let part = "modules:\n  - type: files\n    files: []\n";
    let taken = format!(
        "{GOOD}modules:\n  - from-file: common/part.yml\n  - {{ from-file: 'common/other.yml', when: \"family == 'none'\" }}\n"
    );
    workspace.write("recipes/good.yml", taken);
    workspace.write("recipes/common/part.yml", part);
    workspace.write("recipes/common/other.yml", part);
    let said = workspace.run(&["validate", "recipes"]);
    assert_eq!(
        (said.code, said.err.as_str()),
        (Some(0), ""),
        "{}",
        said.err
    );
    // Of the parts alone the recipes of the repository are asked.
    let said = workspace.run(&["validate", "recipes/common"]);
    said.expect(2, "there is no recipe below");
    assert!(!said.err.contains("takes this file in"), "{}", said.err);
    let link = |to: &str, name: &str| {
        std::os::unix::fs::symlink(to, workspace.inside(name)).expect("linked");
    };
    workspace.write("outside/broken.yml", "apiVersion: terroir/v1\n");
    link("../outside", "recipes/folder");
    workspace
        .run(&["validate", "recipes"])
        .expect(0, "a link to a folder is not followed");
    link("../outside/broken.yml", "recipes/linked.yml");
    workspace
        .run(&["validate", "recipes"])
        .expect(2, "linked.yml");
    std::fs::remove_file(workspace.inside("outside/broken.yml")).expect("removed");
    // What lies outside of the repository is not read because of a link in it.
    std::fs::write(workspace.path("secret.yml"), "tier: SECRET\nname: [\n").expect("written");
    link("../../secret.yml", "recipes/out.yml");
    let said = workspace.run(&["validate", "recipes"]);
    said.expect(2, "out.yml")
        .expect(2, "leads out of the repository");
    assert!(!said.err.contains("SECRET"), "{}", said.err);
    std::fs::remove_file(workspace.inside("recipes/out.yml")).expect("removed");
    workspace
        .run(&["validate", "recipes"])
        .expect(2, "linked.yml");
}

#[test]
fn documents_of_other_kinds_are_called_by_their_name() {
    let workspace = Workspace::new();
    workspace.write(
        "site.yml",
        "apiVersion: terroir/v1\nsite: x\nserver: { url: 'http://x' }\n",
    );
    workspace.write("layer.yml", "apiVersion: terroir/v1\ntitle: t\nowner: o\n");
    workspace
        .run(&["validate", "site.yml"])
        .expect(2, "an inventory of machines, not a recipe");
    workspace
        .run(&["validate", "layer.yml"])
        .expect(2, "a layer, not a recipe");
}

#[test]
fn a_build_counts_its_steps_and_says_why_each_is_made() {
    let workspace = flavours(2, 100);
    let said = workspace.run(&["build", "recipes/upper.yml"]);
    let lines = [
        "lower: step 1 of 1, settings: written: not built before",
        "upper: step 1 of 3, files: written: not built before",
        "upper: step 3 of 3, settings: written: not built before",
    ];
    for line in lines {
        said.expect(0, line);
        let whole = said
            .err
            .lines()
            .find(|one| one.ends_with(line))
            .expect("a line of its own");
        let time = whole.trim_start().split(' ').next().unwrap_or_default();
        assert!(
            time.ends_with('s') && time.trim_end_matches('s').parse::<u64>().is_ok(),
            "{whole}"
        );
    }
    workspace.write("recipes/blob-2", "other");
    workspace
        .run(&["build", "recipes/upper.yml"])
        .expect(0, "upper: step 1 of 3, files: cached")
        .expect(
            0,
            "upper: step 2 of 3, files: written: file recipes/blob-2 changed",
        );
    assert_eq!(workspace.run(&["build", "-q", "recipes/upper.yml"]).err, "");
}

#[test]
fn a_plan_without_its_base_says_what_comes_first() {
    let workspace = Workspace::new();
    workspace.run(&["init", "mine"]).expect(0, "");
    let said = workspace.run(&["plan", "mine/recipes/local/server.yml"]);
    said.expect(0, "");
    for words in [
        "base debian ",
        "bootstrapped first",
        "MB from",
        "to build, after what it derives from",
    ] {
        assert!(said.out.contains(words), "{words}: {}", said.out);
    }
    assert!(!said.out.contains("not known"), "{}", said.out);
    workspace.write(
        "recipes/far.yml",
        "apiVersion: terroir/v1\nname: far\ntier: local\nfrom: 127.0.0.1:1/os/base:1\nmodules: []\n",
    );
    let said = workspace.run(&["plan", "recipes/far.yml"]);
    assert!(
        said.out.contains("base 127.0.0.1:1/os/base:1") && said.out.contains("read first"),
        "{}",
        said.out
    );
}

#[test]
fn what_images_need_survives_a_prune() {
    let workspace = flavours(2, 1000);
    let wanted = workspace.build("recipes/upper.yml");
    workspace.run(&["prune", "--keep-days", "0"]).expect(0, "");
    let said = workspace.run(&["build", "recipes/upper.yml"]);
    said.expect(0, "upper: step 3 of 3, settings: cached");
    assert!(!said.err.contains("written"), "{}", said.err);
    assert_eq!(workspace.build("recipes/upper.yml"), wanted);
    // What changes is still told by what it was.
    workspace.run(&["prune"]).expect(0, "");
    workspace.write("recipes/blob-1", "other");
    workspace.run(&["build", "recipes/upper.yml"]).expect(
        0,
        "step 1 of 3, files: written: file recipes/blob-1 changed",
    );
    // What only the old image needed goes.
    let said = workspace.run(&["prune"]);
    assert!(
        !said.expect(0, "").out.contains("removed 0 blobs"),
        "{}",
        said.out
    );
    let again = workspace.run(&["prune"]);
    assert!(
        again.out.contains("removed 0 blobs, 0 steps, 0 notes"),
        "{}",
        again.out
    );
}
