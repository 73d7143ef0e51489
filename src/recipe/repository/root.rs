//! The root folder of a recipe's repository.

use std::path::{Path, PathBuf};

/// The folder `recipes/`, else `config/`, that a recipe lies in, at whatever depth.
pub(in crate::recipe) fn recipes_folder(recipe: &Path) -> Option<&Path> {
    let named = |wanted: &str| {
        let mut above = recipe.ancestors().skip(1);
        above.find(|folder| folder.file_name().is_some_and(|name| name == wanted))
    };
    named("recipes").or_else(|| named("config"))
}

/// The folder that terroir runs in, when it is a repository of recipes and holds this one.
fn running_folder(recipe: &Path) -> Option<PathBuf> {
    let here = std::path::absolute(".").ok()?;
    let folders = ["recipes", "config", "files", "modules"];
    let holds = recipe.starts_with(&here) && folders.iter().any(|name| here.join(name).is_dir());
    holds.then_some(here)
}

/// The repository root of a recipe: the nearest ancestor with terroir.lock, else with `.git`; in a
/// copy without either the folder that terroir runs in, if that holds `recipes/` or the like, else
/// the folder above the recipe's `recipes/` or `config/`, else the parent of its own folder.
#[must_use]
pub fn repository_root(recipe: &Path) -> PathBuf {
    let recipe = std::path::absolute(recipe).unwrap_or_else(|_| recipe.to_path_buf());
    let above_recipes = || Some(recipes_folder(&recipe)?.parent()?.to_path_buf());
    let above = |mark: &str| {
        recipe
            .ancestors()
            .skip(1)
            .find(|folder| folder.join(mark).exists())
    };
    let marked = above("terroir.lock").or_else(|| above(".git"));
    let marked = marked.map(Path::to_path_buf);
    let parent = || recipe.parent()?.parent().map(Path::to_path_buf);
    let root = marked.or_else(|| running_folder(&recipe));
    root.or_else(above_recipes)
        .or_else(parent)
        .unwrap_or_else(|| PathBuf::from("/"))
}
