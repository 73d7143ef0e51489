//! Inventories with the files and flavours that they name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::arguments::options::Compression;
use crate::cli::context::environment::text_variable;
use crate::cli::context::platform::host;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::repository::lock::hold_to_lock;
use crate::engine::{Outside, Reach};
use crate::kickstart::{
    FlavourFacts, MAX_INVENTORY, Reading, Site, Surroundings, Templates, is_recipe, own_templates,
    read_text,
};
use crate::oci::platform_name;
use crate::origin::{Diagnostic, Origin};
use crate::recipe::{Base, Loader, Parents as _, Sources, repository_root};

/// Largest key or certificate that an inventory names, in bytes.
const MAX_FILE: usize = 1 << 20;

/// Reads an inventory; its text is kept for showing errors.
pub(in crate::cli) fn read(session: &Session, inventory: &Path) -> Result<Reading, Failure> {
    let text = read_text(inventory, MAX_INVENTORY).map_err(|why| {
        let message = format!("{} cannot be read: {why}", inventory.display());
        Failure::say(Kind::Usage, message)
    })?;
    let file = shown(inventory);
    session.keep(&Sources::of(&file, &text));
    Ok(Reading::new(&file, &text))
}

/// The name of a file in origins: relative to its repository.
fn shown(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let root = repository_root(path);
    let inside = absolute.strip_prefix(&root).unwrap_or(&absolute);
    inside.to_string_lossy().into_owned()
}

/// The folder that the paths of an inventory start from.
pub(in crate::cli) fn folder(inventory: &Path) -> PathBuf {
    let parent = inventory.parent().filter(|parent| *parent != Path::new(""));
    parent.unwrap_or(Path::new(".")).to_path_buf()
}

/// Completes a site: flavours, keys and authorities included; shows all that is wrong, and warns of
/// what has no effect. Secrets that are needed now have to be there.
pub(in crate::cli) fn site(
    session: &Session,
    reading: &Reading,
    inventory: &Path,
    needs_secrets: bool,
) -> Result<Site, Failure> {
    let folder = folder(inventory);
    let mut around = Surroundings {
        needs_secrets,
        ..Surroundings::default()
    };
    for file in reading.files() {
        let text = read_text(&folder.join(&file.value), MAX_FILE);
        around.files.insert(file.value.clone(), text);
    }
    for file in reading.secret_files() {
        if let Err(why) = read_text(&folder.join(&file.value), MAX_FILE) {
            around.absent_secrets.insert(file.value, why);
        }
    }
    around.flavours = flavours(session, reading, &folder)?;
    let site = reading.site(&around).map_err(|problems| {
        let failure = refused(session, &problems, inventory);
        // Nothing is wrong with the inventory where only its secrets are not here.
        let absent = |problem: &Diagnostic| problem.message.starts_with("the secret ");
        match problems.iter().all(absent) {
            true => Failure {
                kind: Kind::Outside,
                ..failure
            },
            false => failure,
        }
    })?;
    session.printer.warnings(&site.notes, &session.sources());
    Ok(site)
}

/// Shows what is wrong, and says how much it is.
pub(in crate::cli) fn refused(session: &Session, problems: &[Diagnostic], place: &Path) -> Failure {
    session.printer.diagnostics(problems, &session.sources());
    let count = problems.len();
    let s = if count == 1 { "" } else { "s" };
    Failure::say(
        Kind::Usage,
        format!("{count} error{s} in {}", place.display()),
    )
}

type Flavours = BTreeMap<String, Result<Option<Arc<FlavourFacts>>, String>>;

/// What is known of the flavours that an inventory names; nothing is built or fetched.
fn flavours(session: &Session, reading: &Reading, folder: &Path) -> Result<Flavours, Failure> {
    let wanted = reading.flavours();
    let mut known = Flavours::new();
    if wanted.is_empty() {
        return Ok(known);
    }
    let outside = session.outside(session.reader()?, Reach::Offline, Compression::Zstd);
    let recipes: Vec<PathBuf> = wanted
        .iter()
        .filter(|flavour| is_recipe(flavour))
        .map(|flavour| folder.join(&flavour.value))
        .collect();
    if let Some(first) = recipes.iter().find(|recipe| recipe.is_file()) {
        hold_to_lock(session, &outside, first)?;
    }
    for flavour in wanted {
        let facts = match is_recipe(&flavour) {
            true => of_recipe(&outside, &folder.join(&flavour.value)).map(Some),
            false => of_image(&outside, &flavour),
        };
        known.insert(flavour.value, facts.map(|facts| facts.map(Arc::new)));
    }
    Ok(known)
}

fn of_recipe(outside: &Outside, recipe: &Path) -> Result<FlavourFacts, String> {
    if !recipe.is_file() {
        return Err(format!("{} is not a file", recipe.display()));
    }
    let recipe = recipe.canonicalize().map_err(|error| error.to_string())?;
    let mut loader = Loader::new(&recipe, outside, &text_variable);
    let platform = loader.first_platform(&recipe, &host());
    let flavour = loader.load(&recipe, &platform).map_err(|problems| {
        let first = problems
            .first()
            .map(ToString::to_string)
            .unwrap_or_default();
        let count = problems.len();
        format!("its recipe has {count} errors (`terroir validate` shows all of them): {first}")
    })?;
    Ok(FlavourFacts::of(&flavour))
}

/// What the store knows of a published image.
fn of_image(outside: &Outside, reference: &str) -> Result<Option<FlavourFacts>, String> {
    let platform = host();
    let base = Base::Image(reference.to_owned());
    let known = outside.known(&base, &platform).map_err(|error| error.why)?;
    Ok(known.map(|known| {
        let architecture = platform_name(&platform);
        let architecture = architecture.rsplit('/').next().unwrap_or_default();
        let mut facts = match &known.record {
            Some(record) => FlavourFacts::of_claims(reference, &record.settings, architecture),
            None => FlavourFacts::default(),
        };
        facts.id = Some(known.facts.id);
        facts.version_id = Some(known.facts.version_id);
        facts
    }))
}

/// The templates: shipped ones, and those beside the inventory.
pub(in crate::cli) fn templates(session: &Session, inventory: &Path) -> Result<Templates, Failure> {
    let folder = folder(inventory).join("templates");
    let place = shown(&folder);
    let own = own_templates(&folder, &place).map_err(|wrong| {
        let problem = |(path, why): &(PathBuf, String)| {
            let origin = Origin::of_file(&shown(path));
            Diagnostic::error(&origin, format!("the template cannot be read: {why}"))
        };
        let problems: Vec<Diagnostic> = wrong.iter().map(problem).collect();
        refused(session, &problems, &folder)
    })?;
    for (file, text) in own.values() {
        session.keep(&Sources::of(file, text));
    }
    for shipped in crate::kickstart::SHIPPED {
        let file = format!("<terroir>/kickstart/templates/{}", shipped.name);
        session.keep(&Sources::of(&file, shipped.text));
    }
    Templates::new(&own).map_err(|problems| refused(session, &problems, &folder))
}
