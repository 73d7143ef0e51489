//! The order, the names and the limits of pipelines.

use crate::oci::Digest;
use crate::yaml::{Node, parse};

use super::limits::{BYTES, DEPTH, JOBS, NEEDS, PIPELINES};
use super::{Error, Image, Settings, State, pipeline};

fn image(name: &str, parent: Option<&str>, stale: bool) -> Image {
    Image {
        name: name.to_owned(),
        recipe: format!("recipes/{name}.yml"),
        parent: parent.map(str::to_owned),
        references: vec![format!("r.example:5000/os/{name}:latest")],
        inputs: Digest::of(name.as_bytes()),
        state: match stale {
            true => State::Stale("its inputs changed".to_owned()),
            false => State::Fresh(Digest::of(b"image")),
        },
        audit: None,
        tests: false,
        boots: false,
    }
}

fn settings(jobs: usize) -> Settings {
    Settings {
        image: None,
        isolation: None,
        tag: None,
        jobs,
        file: "pipeline.yml".to_owned(),
        plan_job: "plan".to_owned(),
    }
}

fn jobs(text: &str) -> Vec<(String, Node)> {
    let node = parse("pipeline.yml", text).expect("it is YAML");
    let all = node.entries().iter().map(|(key, value)| {
        let key = key.as_text().expect("a key is a text");
        (key.to_owned(), value.clone())
    });
    all.filter(|(key, _)| key.starts_with("build ") || key.starts_with("part"))
        .collect()
}

fn needs(job: &Node) -> Vec<String> {
    let needs = job.get("needs").map(Node::items).unwrap_or_default();
    needs
        .iter()
        .filter_map(|one| Some(one.as_text()?.to_owned()))
        .collect()
}

fn script(job: &Node) -> String {
    let lines = job.get("script").map(Node::items).unwrap_or_default();
    let lines: Vec<&str> = lines.iter().filter_map(Node::as_text).collect();
    lines.join("\n")
}

#[test]
fn a_job_takes_its_parent_from_the_job_the_registry_or_an_earlier_part() {
    let images = [
        image("a", None, false),
        image("b", Some("a"), true),
        image("c", Some("b"), true),
    ];
    let fresh = format!("--parent r.example:5000/os/a@{}", Digest::of(b"image"));
    let files = pipeline(&images, &settings(10)).expect("a pipeline");
    let [(name, text)] = files.as_slice() else {
        panic!("one file");
    };
    assert_eq!(name, "pipeline.yml");
    let all = jobs(text);
    let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["build b", "build c"]);
    assert!(script(&all[0].1).contains(&fresh), "{text}");
    assert_eq!(needs(&all[0].1), [""; 0]);
    assert!(script(&all[1].1).contains("--parent \"r.example:5000/os/b@$TERROIR_DIGEST\""));
    assert_eq!(needs(&all[1].1), ["build b"]);
    let files = pipeline(&images, &settings(1)).expect("a pipeline");
    assert_eq!(files.len(), 3);
    assert_eq!(files[2].0, "pipeline.part-2.yml");
    let last = jobs(&files[2].1);
    assert!(script(&last[0].1).contains("--parent r.example:5000/os/b:latest "));
}

#[test]
fn nothing_to_build_is_a_job() {
    let files = pipeline(&[image("a", None, false)], &settings(10)).expect("a pipeline");
    assert!(files[0].1.contains("nothing to build:"), "{}", files[0].1);
}

#[test]
fn one_name_has_one_job() {
    let images = [image("a", None, true), image("a", None, true)];
    let error = pipeline(&images, &settings(10)).expect_err("two of one name");
    assert!(matches!(error, Error::Twice { .. }));
    let mut large = image("a", None, true);
    large.references = vec!["r.example/a:tag".repeat(100_000)];
    assert_eq!(pipeline(&[large], &settings(10)), Err(Error::Large));
    let long = "a".repeat(250);
    assert_eq!(
        pipeline(&[image(&long, None, true)], &settings(10)),
        Err(Error::Name(long))
    );
}

#[test]
fn six_hundred_images_keep_the_limits() {
    let mut images = vec![image("base", None, true)];
    for group in 0..20 {
        let name = format!("group-{group}");
        images.push(image(&name, Some("base"), true));
        let locals =
            (0..29).map(|local| image(&format!("local-{group}-{local}"), Some(&name), true));
        images.extend(locals);
    }
    let files = pipeline(&images, &settings(JOBS.value)).expect("a pipeline");
    assert!(files.len() <= PIPELINES.value && DEPTH.value >= 2);
    let mut seen: Vec<String> = Vec::new();
    for (_, text) in files.iter().skip(1) {
        assert!(text.len() <= BYTES.value);
        let all = jobs(text);
        assert!(all.len() <= JOBS.value);
        for (name, job) in all {
            let needs = needs(&job);
            assert!(needs.len() <= NEEDS.value);
            assert!(needs.iter().all(|one| seen.contains(one)), "{name}");
            seen.push(name);
        }
    }
    assert_eq!(seen.len(), images.len());
    let starts = jobs(&files[0].1);
    assert_eq!(needs(&starts[2].1), ["parts", "part 1"]);
}
