//! Updates whose commit comes from an archive on a web server.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use terroir::bootable::ostree::{Layers, Repository, STATEMENT, Statement, import};
use terroir::oci::{Digest, Image};
use terroir::registry::Attachment;

use crate::foreign::{Member, file};
use crate::interrupted::large;
use crate::judge::run;
use crate::program::Terroir;
use crate::site::{Said, Site, base, client};
use crate::support::registry::faults;
use crate::support::registry_http::{Answer, Server};

/// A web server with a folder; it counts the bytes that it gives.
struct Web {
    given: Arc<Mutex<(u64, Vec<String>)>>,
    server: Server,
}

impl Web {
    fn start(folder: PathBuf) -> Self {
        let given = Arc::new(Mutex::new((0, Vec::new())));
        let counted = Arc::clone(&given);
        let server = Server::start(Arc::new(move |head, _| {
            let found = fs::read(folder.join(head.path.trim_start_matches('/')));
            let mut counted = counted.lock().expect("no panic");
            counted.1.push(head.path.clone());
            Some(match found {
                Ok(bytes) => {
                    counted.0 += bytes.len() as u64;
                    Answer::new(200, bytes)
                }
                Err(_) => Answer::new(404, ""),
            })
        }));
        Self { given, server }
    }

    fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// Bytes and requests since the last time.
    fn take(&self) -> (u64, Vec<String>) {
        std::mem::take(&mut *self.given.lock().expect("no panic"))
    }
}

/// A machine with an archive, which the machine's owner names.
struct Archived {
    site: Site,
    web: Web,
}

/// The root of all versions: most of it is large, and in the layer that changes.
fn version(tool: &str) -> [Vec<Member>; 2] {
    let mut changing = large(1 << 20);
    changing.push(file("/usr/bin/tool", 0o755, tool));
    [base(), changing]
}

impl Archived {
    fn new() -> Option<Self> {
        let site = Site::with(&version("the first tool"))?;
        let folder = site.place("archive");
        let web = Web::start(folder);
        site.configure(&format!("archive: {}\n", web.url()));
        Some(Self { site, web })
    }

    fn archive(&self) -> Repository {
        Repository::archive(&self.site.place("archive")).expect("an archive")
    }

    /// The image of a tag.
    fn image(&self, name: &str) -> (Image, Layers) {
        let reference = self.site.registry.reference(name);
        let blobs = client().blobs(&reference);
        let root = client().resolve(&reference).expect("published");
        let image = Image::load(&blobs, &root).expect("published");
        let layers = Layers::of(&image.platforms[0], &blobs).expect("read");
        (image, layers)
    }

    /// Writes the image of a tag into the archive; what states it.
    fn write(&self, name: &str) -> Statement {
        let (_, layers) = self.image(name);
        let blobs = client().blobs(&self.site.registry.reference(name));
        let commit = import(&self.archive(), &layers, &blobs, &mut |_| {}).expect("imported");
        Statement::new(&layers, &commit.checksum)
    }

    /// Attaches a text as a statement to the image of a tag.
    fn state(&self, name: &str, statement: &[u8]) {
        let (image, _) = self.image(name);
        let attachment = Attachment {
            subject: &image.platforms[0].document.descriptor,
            kind: STATEMENT,
            bytes: statement,
        };
        let place = self.site.registry.reference(name);
        client().attach(&place, &attachment).expect("attached");
    }

    /// Updates the machine, which gets layers for this reason.
    fn gets_layers(&self, words: &[&str]) -> Said {
        self.site.registry.become_faulty(Default::default());
        let said = self.site.host(0, &["upgrade"]);
        let all = [
            &["starts next", "the archive is not used", "1 new layers"],
            words,
        ];
        said.expect(0, &all.concat());
        assert!(self.site.registry.reads().blobs > 700_000);
        assert_eq!(self.next()["version"], "2");
        self.site.assert_sound();
        said
    }

    /// What starts next.
    fn next(&self) -> serde_json::Value {
        self.site.status(0)["deployments"][0].clone()
    }
}

/// The commit that layers make of the image of a tag, in a repository of its own.
fn commit_of_layers(archived: &Archived, name: &str) -> String {
    let folder = archived.site.place("other");
    run(
        "ostree",
        &[
            "init",
            "--mode=bare",
            &format!("--repo={}", folder.display()),
        ],
        b"",
    );
    let repository = Repository::open(&folder).expect("made");
    let (_, layers) = archived.image(name);
    let blobs = client().blobs(&archived.site.registry.reference(name));
    let commit = import(&repository, &layers, &blobs, &mut |_| {}).expect("imported");
    commit.checksum.to_string()
}

#[test]
#[expect(clippy::print_stderr, reason = "figures")]
fn a_stated_commit_comes_from_the_archive() {
    for lists_referrers in [false, true] {
        let Some(archived) = Archived::new() else {
            return;
        };
        let (site, web) = (&archived.site, &archived.web);
        let faults = || faults(|f| f.lists_referrers = lists_referrers);
        site.registry.become_faulty(faults());
        let digest = site.publish("2", &version("the second tool"));
        let statement = archived.write("os/web:stable");
        archived.state("os/web:stable", &statement.write());
        // Stated twice is stated once.
        archived.state("os/web:stable", &statement.write());
        site.registry.become_faulty(faults());
        web.take();
        site.host(0, &["upgrade"])
            .expect(0, &["the archive has the commit", "starts next", &digest]);
        let (bytes, requests) = web.take();
        eprintln!("{bytes} bytes in {} requests", requests.len());
        assert!(bytes < 20_000, "{bytes} bytes: {requests:#?}");
        assert_eq!(
            site.registry.reads().blobs as usize,
            statement.write().len()
        );
        site.assert_sound();
        assert_eq!(archived.next()["commit"], statement.commit.to_string());
        assert_eq!(
            archived.next()["commit"],
            commit_of_layers(&archived, "os/web:stable")
        );
        let tool = fs::read_to_string(site.root(0).join("usr/bin/tool"));
        assert_eq!(tool.expect("there"), "the second tool");

        // The next one comes by layers, and only the layer that is new.
        site.publish("3", &version("the third tool"));
        site.registry.become_faulty(faults());
        let said = site.host(0, &["upgrade"]);
        said.expect(0, &["no statement in the registry", "1 new layers", " 3 ("]);
        site.assert_sound();
    }
}

#[test]
fn what_is_not_stated_comes_by_layers() {
    let Some(archived) = Archived::new() else {
        return;
    };
    archived.site.publish("2", &version("the second tool"));
    let statement = archived.write("os/web:stable");
    archived.gets_layers(&["no statement in the registry names a commit of it"]);
    assert_eq!(archived.web.take().1, Vec::<String>::new());
    assert_eq!(archived.next()["commit"], statement.commit.to_string());
}

#[test]
fn statements_that_are_not_understood_are_passed_over() {
    let cases: [(&str, &[&str]); 3] = [
        (r#"{"format":2}"#, &["has format 2"]),
        ("nothing", &["the statement is not valid"]),
        ("import", &["its statement is of import 99"]),
    ];
    for (text, words) in cases {
        let Some(archived) = Archived::new() else {
            return;
        };
        archived.site.publish("2", &version("the second tool"));
        let statement = archived.write("os/web:stable").write();
        let mut other: serde_json::Value = serde_json::from_slice(&statement).expect("JSON");
        other["import"] = 99.into();
        let text = match text {
            "import" => other.to_string(),
            text => text.to_owned(),
        };
        archived.state("os/web:stable", text.as_bytes());
        archived.gets_layers(words);
        assert_eq!(archived.web.take().1, Vec::<String>::new());
        // Beside one that is understood it does no harm.
        archived.site.publish("3", &version("the third tool"));
        let statement = archived.write("os/web:stable").write();
        archived.state("os/web:stable", text.as_bytes());
        archived.state("os/web:stable", &statement);
        let said = archived.site.host(0, &["upgrade"]);
        said.expect(0, &["the archive has the commit", " 3 ("]);
    }
}

/// What the archive does wrong.
type Wrong = fn(&Archived, &Statement);

#[test]
#[expect(clippy::too_many_lines, reason = "a table of answers")]
fn an_archive_that_fails_or_lies_is_not_used() {
    let cases: [(&str, Wrong, &[&str]); 4] = [
        (
            "unreachable",
            |archived, _| {
                archived.site.configure("archive: http://127.0.0.1:9/\n");
            },
            &["127.0.0.1:9"],
        ),
        (
            "without the commit",
            |archived, statement| {
                fs::remove_file(object(archived, statement, "commit")).expect("removed");
            },
            &["404"],
        ),
        (
            "without a file",
            |archived, _| {
                let objects = archived.site.place("archive/objects");
                let names = run(
                    "find",
                    &[
                        objects.display().to_string(),
                        "-name".into(),
                        "*.filez".into(),
                    ],
                    b"",
                );
                for name in String::from_utf8(names).expect("text").lines() {
                    fs::remove_file(name).expect("removed");
                }
            },
            &["404"],
        ),
        (
            "another commit under its name",
            |archived, statement| {
                let place = object(archived, statement, "commit");
                let mut bytes = fs::read(&place).expect("there");
                let at = bytes.len() / 2;
                bytes[at] ^= 1;
                fs::write(&place, bytes).expect("written");
            },
            &["orrupt"],
        ),
    ];
    for (name, wrong, words) in cases {
        let Some(archived) = Archived::new() else {
            return;
        };
        archived.site.publish("2", &version("the second tool"));
        let statement = archived.write("os/web:stable");
        archived.state("os/web:stable", &statement.write());
        wrong(&archived, &statement);
        let said = archived.gets_layers(words);
        assert_eq!(
            archived.next()["commit"],
            statement.commit.to_string(),
            "{name}: {}",
            said.text
        );
    }
}

/// Where the archive has an object of a commit.
fn object(archived: &Archived, statement: &Statement, kind: &str) -> PathBuf {
    let hex = statement.commit.to_string();
    let (front, rest) = hex.split_at(2);
    let place = Path::new("archive/objects").join(front);
    let place = place.join(format!("{rest}.{kind}"));
    archived.site.place(&place.display().to_string())
}

#[test]
fn a_commit_of_another_image_is_never_deployed() {
    let Some(archived) = Archived::new() else {
        return;
    };
    archived
        .site
        .publish_as("os/other:1", "other", &version("a bad tool"));
    let other = archived.write("os/other:1");
    archived.site.publish("2", &version("the second tool"));
    let honest = archived.write("os/web:stable");
    // A statement that names the commit of the other image.
    let lie = String::from_utf8(honest.write()).expect("text");
    let lie = lie.replace(&honest.commit.to_string(), &other.commit.to_string());
    archived.state("os/web:stable", lie.as_bytes());
    let said = archived.gets_layers(&["in the archive is of sha256:"]);
    assert!(
        said.text.contains(&other.image.to_string()),
        "{}",
        said.text
    );
    assert_eq!(archived.next()["commit"], honest.commit.to_string());
    // Two that contradict each other are none.
    archived.site.publish("3", &version("the third tool"));
    let honest = archived.write("os/web:stable");
    let lie = String::from_utf8(honest.write()).expect("text");
    let lie = lie.replace(&honest.commit.to_string(), &other.commit.to_string());
    archived.state("os/web:stable", lie.as_bytes());
    archived.state("os/web:stable", &honest.write());
    let said = archived.site.host(0, &["upgrade"]);
    said.expect(0, &["two statements name different commits of it", " 3 ("]);
    assert_eq!(archived.next()["commit"], honest.commit.to_string());
}

#[test]
fn a_policy_keeps_the_archive_out_as_well() {
    let Some(archived) = Archived::new() else {
        return;
    };
    archived.site.publish("2", &version("the second tool"));
    let statement = archived.write("os/web:stable");
    archived.state("os/web:stable", &statement.write());
    let folder = archived.site.root(0).join("etc/containers");
    fs::create_dir_all(&folder).expect("made");
    let policy = r#"{"default": [{"type": "sigstoreSigned", "keyPath": "/k"}]}"#;
    fs::write(folder.join("policy.json"), policy).expect("written");
    archived.web.take();
    archived
        .site
        .host(0, &["upgrade"])
        .expect(1, &["cannot verify signatures"]);
    assert_eq!(archived.web.take(), (0, Vec::new()));
    assert!(statement.image != Digest::of(b""));
}

#[test]
fn a_push_states_the_commit_that_it_writes() {
    let Some(archived) = Archived::new() else {
        return;
    };
    let site = &archived.site;
    let flavour = |text: &str| {
        let folder = site.place("recipes");
        fs::create_dir_all(&folder).expect("made");
        let recipe = format!(
            "apiVersion: terroir/v1\nname: web\ntier: universal\nfrom: {}\n\
             modules:\n  - type: files\n    files:\n      - {{ content: {text}, destination: /usr/it }}\n",
            site.reference()
        );
        let path = folder.join("web.yml");
        fs::write(&path, recipe).expect("written");
        path.display().to_string()
    };
    let store = Terroir::new(&site.place("store"));
    let (archive, target) = (
        site.place("archive"),
        site.registry.reference("os/flavour:1"),
    );
    let (archive, target) = (archive.display().to_string(), target.to_string());
    let push = |text: &str| {
        store.run(["build", "--quiet", &flavour(text)]);
        let words = [
            "push",
            "--quiet",
            "--format",
            "json",
            &flavour(text),
            &target,
        ];
        store.run([words.as_slice(), &["--ostree", &archive]].concat())
    };
    push("first");
    // The machine has neither of the layers, and gets none of them.
    site.registry.become_faulty(Default::default());
    site.host(0, &["switch", &target])
        .expect(0, &["the archive has the commit", "starts next"]);
    assert!(site.registry.reads().blobs < 2_000);
    archived.web.take();
    let said = push("second");
    let rows: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    let row = &rows[1];
    site.host(0, &["upgrade"])
        .expect(0, &["the archive has the commit"]);
    assert_eq!(archived.next()["commit"], row["commit"]);
    assert_eq!(archived.next()["manifest"], row["image"]);
    let (bytes, _) = archived.web.take();
    assert!(bytes < 20_000, "{bytes} bytes");
    assert_eq!(
        fs::read_to_string(site.root(0).join("usr/it")).expect("there"),
        "second"
    );
    site.assert_sound();
}
