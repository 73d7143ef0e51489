//! An organisation's templates: they replace the shipped ones, and mistakes show their line.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use terroir::kickstart::{SHIPPED, Templates, Wanted, render};

use super::matrix::{DEFAULTS, inventory, rendered, shown, site, text};
use super::sources::{below, name};

fn hosts(count: usize) -> String {
    let one = |number: usize| {
        let keys = "target: F43, network: lan, disk: { id: x }".to_owned();
        (format!("h{number}"), keys)
    };
    inventory(DEFAULTS, &(0..count).map(one).collect::<Vec<_>>())
}

fn own(name: &str, text: &str) -> BTreeMap<String, (Arc<str>, String)> {
    let file = Arc::from(format!("kickstart/templates/{name}"));
    BTreeMap::from([(name.to_owned(), (file, text.to_owned()))])
}

/// What is wrong when hosts are rendered with a template of an organisation.
fn refused(count: usize, name: &str, text: &str) -> String {
    let templates = match Templates::new(&own(name, text)) {
        Ok(templates) => templates,
        Err(problems) => return shown(&problems),
    };
    let site = site(&hosts(count)).unwrap();
    shown(&render(&site, &templates, &Wanted::default()).expect_err("this must be refused"))
}

#[test]
fn a_file_of_the_organisation_replaces_one_of_ours() {
    let own = own(
        "anaconda/onerror.sh",
        "# ours\nlogger {{ host.name | shell }}\n",
    );
    let templates = Templates::new(&own).unwrap();
    let site = site(&hosts(1)).unwrap();
    let files = render(&site, &templates, &Wanted::default()).unwrap();
    let kickstart = text(&files, "http/hosts/h0/kickstart.ks");
    assert!(kickstart.contains("# ours\nlogger h0\n%end"), "{kickstart}");
    assert!(kickstart.contains("# template:  <terroir>/kickstart/templates/anaconda.ks"));
}

#[test]
fn mistakes_are_told_with_file_and_line() {
    let at = |line: usize, rest: &str| format!("{}{rest}\n", "# a line\n".repeat(line - 1));
    for (template, expected) in [
        (
            at(7, "{{ host.nam }}"),
            "kickstart/templates/anaconda/pre.sh:7:1: `host.nam` is not defined",
        ),
        (
            at(3, "{{ nothing }}"),
            "anaconda/pre.sh:3:1: `nothing` is not defined",
        ),
        // The filter is there; the value is not.
        (
            at(3, "{{ host.nam | line }}"),
            "anaconda/pre.sh:3:1: a value in `host.nam | line` is not defined",
        ),
        (
            at(4, "{% if %}"),
            "anaconda/pre.sh:4:1: the template is not valid",
        ),
        (
            at(2, "{% include 'anaconda/dsk.sh' %}"),
            "anaconda/pre.sh:2:1: there is no such template",
        ),
        (at(2, "{% include 'dsk.sh' %}"), "did you mean `disk.sh`?"),
        (
            at(2, "{% include '/etc/passwd' %}"),
            "anaconda/pre.sh:2:1: there is no such template",
        ),
        (at(2, "{% include 'anaconda/pre.sh' %}"), "anaconda/pre.sh"),
        (
            at(
                2,
                "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}",
            ),
            "runs for too long",
        ),
        (
            at(5, "{{ host.name | shel }}"),
            "anaconda/pre.sh:5:1: the template",
        ),
        (
            at(5, "{{ \"a\\nb\" | shell }}"),
            "anaconda/pre.sh:5:1: the template fails: the value has a line end",
        ),
        (
            at(5, "{{ \"a\\n%end\" | document }}"),
            "the line `%end` would end",
        ),
    ] {
        let said = refused(1, "anaconda/pre.sh", &template);
        assert!(said.contains(expected), "{expected}:\n{said}");
    }
}

#[test]
fn a_mistake_of_a_template_is_told_once_for_all_hosts() {
    let said = refused(50, "anaconda.ks", "\n{{ nothing }}\n");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("anaconda.ks:2:1"), "{said}");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let text = hosts(20);
    assert_eq!(rendered(&text), rendered(&text));
    for file in rendered(&text).values() {
        let bytes = String::from_utf8_lossy(file.content.bytes()).into_owned();
        assert!(
            !bytes.contains(env!("CARGO_MANIFEST_DIR")),
            "a path of this machine is in a file"
        );
    }
}

#[test]
fn every_file_says_where_it_comes_from() {
    let hosts = [
        ("a", "target: F43"),
        ("b", "target: debian-12, packages-only: true"),
        ("c", "target: ubuntu-24.04, packages-only: true"),
    ]
    .map(|(name, target)| {
        (
            name.to_owned(),
            format!("{target}, network: lan, disk: {{ id: x }}"),
        )
    });
    let files = rendered(&inventory(DEFAULTS, &hosts));
    for path in files
        .keys()
        .filter(|path| path.as_str().starts_with("http/"))
    {
        let text = text(&files, path.as_str());
        if path.as_str().ends_with("meta-data") {
            continue;
        }
        assert!(text.contains("kickstart/matrix.yml (sha256 "), "{path}");
        assert!(text.contains("<terroir>/kickstart/templates/"), "{path}");
        // What all machines of a site share belongs to no flavour.
        let is_shared =
            path.as_str().ends_with("/boot.ipxe") || path.as_str().ends_with("/grub.cfg");
        if !path.as_str().ends_with(".sh") && !is_shared {
            assert!(
                text.contains("registry.example.org/os/server:1@sha256:aaaa"),
                "{path}"
            );
        }
    }
}

#[test]
fn every_template_of_the_repository_is_shipped() {
    let files = below("kickstart/templates", "");
    let names: Vec<String> = files
        .iter()
        .map(|path| {
            name(path)
                .trim_start_matches("kickstart/templates/")
                .to_owned()
        })
        .collect();
    let shipped: BTreeSet<&str> = SHIPPED.iter().map(|shipped| shipped.name).collect();
    let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(names, shipped);
}
