//! The names that `terroir update` takes: bases, recipes and packages of the lock.

use std::collections::BTreeSet;
use std::path::Path;

use crate::cli::output::failure::{Failure, Kind};
use crate::engine::Refresh;
use crate::origin::did_you_mean;
use crate::recipe::{LOCK_FILE, Lock};

/// What names on the command line mean.
pub(in crate::cli) fn refresh(
    lock: &Lock,
    names: &[String],
    root: &Path,
) -> Result<Refresh, Failure> {
    let mut refresh = Refresh {
        everything: names.is_empty(),
        ..Refresh::default()
    };
    let bases: Vec<&String> = lock.images.keys().chain(lock.bootstraps.keys()).collect();
    let packages: BTreeSet<&str> = lock
        .packages
        .values()
        .flat_map(|platforms| platforms.values())
        .flat_map(|requests| requests.values())
        .flat_map(|one| &one.resolution.packages)
        .map(|package| package.name.as_str())
        .collect();
    for name in names {
        let file = std::path::absolute(name).unwrap_or_default();
        let file = file.strip_prefix(root).unwrap_or(&file);
        let file = file.to_string_lossy();
        let of_base = bases.iter().filter(|base| is_base(base, name));
        let of_base: Vec<String> = of_base.map(|base| (*base).clone()).collect();
        let is_recipe = |place: &&String| {
            let recipe = place.split(" stage ").next().unwrap_or(place);
            let stem = Path::new(recipe).file_stem();
            recipe == file || recipe == name || stem.is_some_and(|stem| stem == name.as_str())
        };
        let of_recipe: Vec<String> = lock.packages.keys().filter(is_recipe).cloned().collect();
        let of_package = packages.contains(name.as_str());
        if of_base.is_empty() && of_recipe.is_empty() && !of_package {
            let known = bases.iter().map(|base| base.as_str());
            let known = known.chain(lock.packages.keys().map(String::as_str));
            let message = format!("{LOCK_FILE} knows no base, recipe or package {name}");
            let failure = Failure::say(Kind::Usage, message);
            let known: Vec<&str> = known.chain(packages.iter().copied()).collect();
            return Err(match did_you_mean(name, known.iter().copied()) {
                Some(near) => failure.hint(format!("did you mean {near}?")),
                None => failure.hint("without a name everything is updated"),
            });
        }
        refresh.bases.extend(of_base);
        refresh.recipes.extend(of_recipe);
        refresh.packages.extend(of_package.then(|| name.clone()));
    }
    Ok(refresh)
}

/// Whether a base is meant: by its whole name, its repository, its distribution or its suite.
fn is_base(base: &str, name: &str) -> bool {
    let words: Vec<&str> = base.split(' ').collect();
    let short = base.split('@').next().unwrap_or(base);
    let repository = match short.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => short,
    };
    base == name
        || repository == name
        || repository.rsplit('/').next() == Some(name)
        || matches!(words.as_slice(), [distribution, suite, _]
            if *distribution == name || *suite == name || format!("{distribution} {suite}") == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_are_meant_by_any_part_that_names_them() {
        let cases = [
            (
                "registry.example.org/os/base:12",
                "registry.example.org/os/base:12",
                true,
            ),
            (
                "registry.example.org:5000/os/base:12",
                "registry.example.org:5000/os/base",
                true,
            ),
            ("registry.example.org:5000/os/base", "base", true),
            ("registry.example.org/os/base:12", "os", false),
            ("debian bookworm 0123456789ab", "bookworm", true),
            ("debian bookworm 0123456789ab", "debian", true),
            ("debian bookworm 0123456789ab", "debian bookworm", true),
            ("debian bookworm 0123456789ab", "trixie", false),
        ];
        for (base, name, expected) in cases {
            assert_eq!(is_base(base, name), expected, "{base} {name}");
        }
    }
}
