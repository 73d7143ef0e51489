//! The two builders: one storage of buildah and one store of terroir for all rows.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::bases;
use crate::image::{Root, read};
use crate::row::Row;

/// Both builders, with a folder for all that they make.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
    driver: &'static str,
    rows: AtomicUsize,
}

/// What a builder made of a row, or what it said.
pub(crate) type Built = Result<(Root, Value), String>;

impl Bench {
    /// Writes the bases, and imports them into buildah.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        bases::write(&folder.path().join("base"));
        let mut bench = Self {
            folder,
            driver: "overlay",
            rows: AtomicUsize::new(0),
        };
        // Without overlays, buildah works with whole copies.
        if bench.take_in("bb").is_err() {
            bench.driver = "vfs";
        }
        for (tag, _) in bases::all() {
            bench.take_in(tag).expect("buildah takes the base in");
        }
        bench
    }

    fn take_in(&self, tag: &str) -> Result<(), String> {
        // buildah makes a name of the path, and names have no capitals.
        let image = format!("oci:base:{tag}");
        let id = said(&self.buildah(&["pull", "-q", &image], self.folder.path()))?;
        let id = id.trim();
        said(&self.buildah(
            &["tag", id, &format!("localhost/{tag}")],
            self.folder.path(),
        ))?;
        let container = said(&self.buildah(&["from", "--pull-never", id], self.folder.path()))?;
        said(&self.buildah(&["rm", container.trim()], self.folder.path())).map(drop)
    }

    fn buildah(&self, arguments: &[&str], inside: &Path) -> Output {
        let place = |name: &str| self.folder.path().join(name).display().to_string();
        let (root, run) = (place("buildah"), place("buildah-run"));
        let mut all = vec![
            "--root",
            &root,
            "--runroot",
            &run,
            "--storage-driver",
            self.driver,
        ];
        all.extend(arguments);
        command("buildah", &all, inside)
    }

    /// A folder with the context of a row, in which both builders work.
    pub(crate) fn context(&self, row: &Row) -> PathBuf {
        let number = self.rows.fetch_add(1, Ordering::Relaxed);
        let context = self.folder.path().join(format!("rows/{number}"));
        let mut files: Vec<(String, String)> = row
            .files
            .iter()
            .map(|(path, content)| ((*path).to_owned(), (*content).to_owned()))
            .collect();
        files.push(("one".to_owned(), "one\n".to_owned()));
        files.push(("terroir.lock".to_owned(), String::new()));
        files.push(("Containerfile".to_owned(), row.text()));
        files.extend(row.recipes());
        if row.copies() {
            crate::fixture::write(&context);
        }
        for (path, content) in files {
            let file = context.join(path);
            std::fs::create_dir_all(file.parent().expect("below the context")).expect("made");
            std::fs::write(file, content).expect("written");
        }
        context
    }

    /// What buildah makes of a row; a worker has a layout of its own.
    pub(crate) fn theirs(&self, row: &Row, context: &Path, worker: usize) -> Built {
        let layout = self.folder.path().join(format!("theirs-{worker}"));
        let image = format!("oci:{}:{}", layout.display(), row.name.replace('/', "-"));
        let mut arguments = vec!["build", "-q", "--isolation=chroot", "--pull-never"];
        // Docker's format also keeps what OCI's format does not have, until the image is written.
        arguments.extend(["--layers=false", "--format=docker", "-f", "Containerfile"]);
        arguments.extend(["-t", &image]);
        let given: Vec<String> = row
            .arguments
            .iter()
            .map(|(name, value)| format!("--build-arg={name}={value}"))
            .collect();
        arguments.extend(given.iter().map(String::as_str));
        arguments.push(".");
        // Builds at once in one storage may lose each other's layers (buildah 1.28).
        let mut built = said(&self.buildah(&arguments, context));
        if built
            .as_ref()
            .is_err_and(|why| why.contains("layer not known"))
        {
            built = said(&self.buildah(&arguments, context));
        }
        built?;
        let index = std::fs::read(layout.join("index.json")).expect("a layout");
        let index: Value = serde_json::from_slice(&index).expect("JSON");
        let name = row.name.replace('/', "-");
        let found = index["manifests"]
            .as_array()
            .expect("a list")
            .iter()
            .find(|one| one["annotations"]["org.opencontainers.image.ref.name"] == *name);
        let digest = found.expect("the image")["digest"]
            .as_str()
            .expect("a digest");
        Ok(read(&[layout.join("blobs")], digest))
    }

    /// What terroir makes of a row.
    pub(crate) fn ours(&self, row: &Row, context: &Path) -> Built {
        self.ours_with(row, context, &[])
    }

    /// What terroir makes of a row, with more arguments.
    pub(crate) fn ours_with(&self, row: &Row, context: &Path, more: &[&str]) -> Built {
        let store = self.folder.path().join("store").display().to_string();
        let recipes = row.recipes();
        let (recipe, _) = recipes.last().expect("its own");
        let mut arguments = vec!["build", "--store", &store, "--format", "json", recipe];
        arguments.extend(more);
        let json = said(&command(env!("CARGO_BIN_EXE_terroir"), &arguments, context))?;
        let built: Value = serde_json::from_str(&json).expect("JSON");
        let digest = built["digest"].as_str().expect("a digest");
        // Layers of the base that no step needed stay where they are.
        let base = self.folder.path().join("base/blobs");
        Ok(read(&[Path::new(&store).join("blobs"), base], digest))
    }

    /// A folder with the root that terroir makes of a row, and what it says meanwhile.
    pub(crate) fn ours_unpacked(
        &self,
        row: &Row,
        context: &Path,
    ) -> Result<(PathBuf, String), String> {
        let store = self.folder.path().join("store").display().to_string();
        let recipes = row.recipes();
        let (recipe, _) = recipes.last().expect("its own");
        let arguments = ["build", "--store", &store, recipe, "-o", "oci:out:x"];
        let output = command(env!("CARGO_BIN_EXE_terroir"), &arguments, context);
        let warned = String::from_utf8_lossy(&output.stderr).into_owned();
        said(&output)?;
        let arguments = ["unpack", "--quiet", "oci:out:x", "root"];
        said(&command(env!("CARGO_BIN_EXE_terroir"), &arguments, context))?;
        Ok((context.join("root"), warned))
    }
}

#[expect(clippy::disallowed_methods, reason = "tests run the builders")]
fn command(program: &str, arguments: &[&str], inside: &Path) -> Output {
    Command::new(program)
        .args(arguments)
        .current_dir(inside)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("LC_ALL", "C.UTF-8")
        .env("HOME", "/nonexistent")
        .env("TMPDIR", inside)
        .stdin(Stdio::null())
        .output()
        .expect("the builder starts")
}

/// Standard output of a success; otherwise the messages.
fn said(output: &Output) -> Result<String, String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(text(&output.stderr) + &text(&output.stdout)),
    }
}
