//! Hostile input: recipes, images and records that try to harm the reader.

#[path = "hostile/images.rs"]
mod images;
#[path = "support/layout.rs"]
mod layout;
#[path = "hostile/links.rs"]
mod links;
#[path = "hostile/paths.rs"]
mod paths;
#[path = "hostile/records.rs"]
mod records;
#[path = "hostile/texts.rs"]
mod texts;
#[path = "support/trial.rs"]
mod trial;

use trial::{Said, Workspace};

/// The limits of memory and processor time of every run.
const BOUNDS: [&str; 3] = ["prlimit", "--as=1600000000", "--cpu=60"];

/// Runs terroir with bounded memory and time.
fn bounded(workspace: &Workspace, arguments: &[&str]) -> Said {
    workspace.run_under(&BOUNDS, arguments)
}

/// A recipe on the layout beside the repository, with some modules.
fn on_base(workspace: &Workspace, modules: &str) -> String {
    let from = workspace.text("base");
    let modules = match modules {
        "" => "modules: []\n".to_owned(),
        some => format!("modules:\n{some}"),
    };
    format!("apiVersion: terroir/v1\nname: it\ntier: local\nfrom: oci:{from}:it\n{modules}")
}
