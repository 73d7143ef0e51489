//! Native recipes, read into flavours.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::derived::derived;
use super::exceptions::unknown_controls;
use super::rules::{audit_gate, exception, exceptions, rules};
use crate::module::Dialect;
use crate::oci::{Platform, parse_platform};
use crate::origin::{Diagnostic, Sourced, SourcedMap};
use crate::package::Bootstrap;
use crate::recipe::ancestry::inheritance::{Inheritance, inherit};
use crate::recipe::ancestry::settings::merge;
use crate::recipe::claims::merge::Claimant;
use crate::recipe::document::names;
use crate::recipe::document::{self, Header, NativeDocument, Texts, readable};
use crate::recipe::entries::reading::Reading;
use crate::recipe::flavour::expectation::expectations;
use crate::recipe::flavour::record::Ancestor;
use crate::recipe::flavour::resolved::{Base, Entry, Flavour, Parent, Publish};
use crate::recipe::repository::documents::Repository;
use crate::recipe::repository::inputs::Base as InputBase;
use crate::yaml::{Node, Scope};

/// What was read before a native recipe: its header, and the recipe that it names as its parent.
type Before = (
    Result<Header, Vec<Diagnostic>>,
    Option<Result<Arc<Flavour>, Vec<Diagnostic>>>,
);

/// Reads a native recipe for a platform.
pub(in crate::recipe) fn read_native(
    repository: &mut Repository<'_>,
    (file, node): (&Arc<str>, &Node),
    (header, parent_recipe): Before,
    platform: &Platform,
) -> Result<Flavour, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let header = keep(header, &mut problems);
    let above = header.as_ref().and_then(|header| {
        let above = above(repository, (file, &header.from), parent_recipe, platform);
        keep(above, &mut problems)
    });
    let (Some(header), Some((parent, inheritance))) = (header, above) else {
        problems.extend(NativeDocument::check(node));
        let entries: Vec<document::Entry> = readable(node.get("modules"));
        problems.extend(reading(repository, file, Scope::new()).shapes(&entries));
        return Err(distinct(file, problems));
    };
    keep(inheritance.check_tier(&header.tier), &mut problems);
    let scope = scope(node, &header, &inheritance, platform);
    // Facts that are not known yet leave templates of other keys than `modules` unrendered.
    let rendered = keep(document::render(node, &scope), &mut problems);
    let document = match &rendered {
        Some(rendered) => keep(NativeDocument::read(rendered), &mut problems),
        None => {
            problems.extend(NativeDocument::check(node));
            None
        }
    };
    let mut reading = reading(repository, file, scope);
    reading.name.clone_from(&header.name.value);
    reading.told(platform, parent.describe(), &inheritance);
    let Some(document) = document else {
        let read = reading.readable(node, platform);
        problems.extend(read.problems);
        problems.extend(conflicts(&header, node, &read.entries, &inheritance));
        return Err(distinct(file, problems));
    };
    problems.extend(names::native(&document));
    reading.image = document
        .publish
        .as_ref()
        .map(|publish| publish.image.value.clone());
    let stages = reading.stages(&document.stages, platform);
    let read = reading.entries(&document.modules);
    let inherited = inheritance.mandatory.len();
    let mut flavour = flavour(&document, (file, platform), parent, inheritance);
    flavour.stages = stages;
    flavour.config = read.config();
    flavour.entries = read.entries;
    flavour.tests.extend(read.tests);
    flavour.layers.extend(read.layers);
    let tests = keep(expectations(&document.tests, &document.name), &mut problems);
    flavour.tests.extend(tests.unwrap_or_default());
    flavour.notes.extend(read.notes);
    problems.extend(read.problems);
    problems.extend(flavour.merge());
    problems.extend(flavour.merge_stages());
    problems.extend(flavour.settle_life_cycle());
    flavour.mandatory.extend(rules(&document));
    flavour.check_rules(inherited);
    problems.extend(unknown_controls(&flavour, &read.controls));
    if problems.is_empty() {
        Ok(flavour)
    } else {
        Err(distinct(file, problems))
    }
}

/// What is wrong with the settings of a recipe whose document has other errors.
fn conflicts(
    header: &Header,
    node: &Node,
    entries: &[Entry],
    inheritance: &Inheritance,
) -> Vec<Diagnostic> {
    let written = node.get("exceptions");
    let own: Vec<Sourced<document::Exception>> = readable(written);
    let all_readable = own.len() == written.map_or(0, |list| list.items().len());
    let mut exceptions = inheritance.exceptions.clone();
    exceptions.extend(own.iter().map(|one| exception(one, &header.name)));
    let by = Claimant {
        flavour: &header.name,
        tier: header.tier.value,
        last_wins: false,
        inherited: &inheritance.claims,
        // An exception that cannot be read may allow what would be refused here.
        mandatory: if all_readable {
            &inheritance.mandatory
        } else {
            &[]
        },
        exceptions: &exceptions,
        informed: inheritance.facts.is_some(),
    };
    merge(&mut inheritance.claims.clone(), entries, by)
}

fn keep<T>(result: Result<T, Vec<Diagnostic>>, problems: &mut Vec<Diagnostic>) -> Option<T> {
    result.map_err(|more| problems.extend(more)).ok()
}

/// Each problem once: those of the recipe's own file in its order, then those of others as found.
fn distinct(file: &str, problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut once: Vec<Diagnostic> = Vec::new();
    for problem in problems {
        if !once.contains(&problem) {
            once.push(problem);
        }
    }
    once.sort_by_key(|problem| match &problem.origin {
        own if own.file.as_ref() == file => (0, own.line, own.column),
        _ => (1, 0, 0),
    });
    once
}

fn reading<'l, 'a>(
    repository: &'l mut Repository<'a>,
    file: &'l Arc<str>,
    scope: Scope,
) -> Reading<'l, 'a> {
    let mut reading = Reading::new(repository, Arc::clone(file), Dialect::Native, scope);
    reading.base = InputBase::Written { recipe: file };
    reading
}

/// The flavour without its entries.
fn flavour(
    document: &NativeDocument,
    (file, platform): (&Arc<str>, &Platform),
    parent: Parent,
    inheritance: Inheritance,
) -> Flavour {
    let text = |text: &Option<Sourced<String>>| text.as_ref().map(|text| text.value.clone());
    let pairs = |map: &SourcedMap<Sourced<String>>| {
        let pair = |(key, value): &(Sourced<String>, Sourced<String>)| {
            (key.value.clone(), value.value.clone())
        };
        map.iter().map(pair).collect()
    };
    let own = Ancestor {
        name: document.name.value.clone(),
        tier: document.tier.value,
        version: text(&document.version),
        owner: text(&document.owner),
        recipe: file.to_string(),
    };
    let platforms = platforms(document, &parent);
    let mut flavour = derived(own, (file, platform), parent, inheritance);
    flavour.description = text(&document.description);
    flavour.platforms = platforms;
    flavour.labels = pairs(&document.labels);
    flavour.publish = document.publish.as_ref().map(|publish| Publish {
        image: publish.image.value.clone(),
        tags: publish.tags.iter().map(|tag| tag.value.clone()).collect(),
    });
    let vars = document.vars.iter();
    let vars = vars.map(|(name, value)| (name.value.clone(), value.to_exact_json()));
    flavour.vars.extend(vars);
    flavour.exceptions.extend(exceptions(document));
    flavour.audit = document.audit.as_ref().map(audit_gate);
    flavour
}

/// What templates of the recipe see: name and version, variables of the ancestry, its own, facts.
fn scope(node: &Node, header: &Header, inheritance: &Inheritance, platform: &Platform) -> Scope {
    let mut scope: BTreeMap<String, Value> = BTreeMap::new();
    scope.insert("name".into(), Value::from(header.name.value.as_str()));
    if let Some(version) = node
        .get("version")
        .and_then(Node::as_text)
        .filter(|text| !text.contains("{{"))
    {
        scope.insert("version".into(), Value::from(version));
    }
    scope.extend(inheritance.vars.clone());
    scope.extend(
        header
            .vars
            .iter()
            .map(|(name, value)| (name.value.clone(), value.to_exact_json())),
    );
    // Which architecture it is for is known whatever the parent is.
    let architecture = platform.architecture().to_string();
    scope.insert("architecture".into(), Value::from(architecture));
    if let Some(facts) = &inheritance.facts {
        scope.extend(facts.scope());
    }
    scope
}

/// The parent of a recipe, and what it hands down; `recipe` is the parent if it is a recipe.
fn above(
    repository: &Repository<'_>,
    (file, from): (&str, &Sourced<document::Parent>),
    recipe: Option<Result<Arc<Flavour>, Vec<Diagnostic>>>,
    platform: &Platform,
) -> Result<(Parent, Inheritance), Vec<Diagnostic>> {
    let parent = match recipe {
        Some(parent) => Parent::Flavour(parent?),
        None => base(repository.checkout.root(), file, from, platform)?,
    };
    let inheritance = inherit(repository, &parent, platform)?;
    Ok((parent, inheritance))
}

/// The base that a recipe derives from, if it does not derive from a recipe.
fn base(
    root: &Path,
    file: &str,
    from: &Sourced<document::Parent>,
    platform: &Platform,
) -> Result<Parent, Vec<Diagnostic>> {
    let base = |base: Base| Ok(Parent::Base(Sourced::new(base, from.origin.clone())));
    let near = |path: &str| {
        let folder = Path::new(file).parent().unwrap_or(Path::new(""));
        root.join(folder).join(path)
    };
    match &from.value {
        // The loader loads recipes; this one it did not.
        document::Parent::Recipe(path) => {
            let message = format!("{path} was not loaded");
            Err(vec![Diagnostic::error(&from.origin, message)])
        }
        document::Parent::Image(reference) => match names::reference(reference, &from.origin) {
            Some(problem) => Err(vec![problem]),
            None => base(Base::Image(reference.clone())),
        },
        document::Parent::Layout(text) => {
            let (path, tag) = match text.rsplit_once(':') {
                Some((path, tag)) if !tag.contains('/') => (path, Some(tag.to_owned())),
                _ => (text.as_str(), None),
            };
            base(Base::Layout {
                path: near(path),
                tag,
            })
        }
        document::Parent::Archive(path) => base(Base::Archive(near(path))),
        document::Parent::Scratch => base(Base::Scratch),
        document::Parent::Bootstrap(written) => {
            base(Base::Bootstrap(bootstrap(written, platform)?))
        }
    }
}

fn bootstrap(
    written: &document::Bootstrap,
    platform: &Platform,
) -> Result<Bootstrap, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let mut checked = |text: &Sourced<String>, what: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || "+-._:=~/".contains(c);
        if text.value.is_empty() || text.value.starts_with('-') || !text.value.chars().all(fits) {
            problems.push(Diagnostic::error(
                &text.origin,
                format!("`{}` is not {what}", text.value),
            ));
        }
        text.value.clone()
    };
    let suite = checked(&written.suite, "a suite");
    let packages = written
        .packages
        .iter()
        .map(|package| checked(package, "a package name"))
        .collect();
    let components = written
        .components
        .iter()
        .map(|one| checked(one, "an archive component"))
        .collect();
    let variant = written
        .variant
        .as_ref()
        .map_or_else(|| "apt".to_owned(), |variant| checked(variant, "a variant"));
    let known = ["debian", "ubuntu"];
    if !known.contains(&written.distribution.as_str()) {
        let error = Diagnostic::error(
            &written.distribution.origin,
            format!(
                "`{}` cannot be bootstrapped yet",
                written.distribution.value
            ),
        );
        problems.push(
            match crate::origin::did_you_mean(&written.distribution, known) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint("debian and ubuntu can; others by their published image"),
            },
        );
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Bootstrap {
        distribution: written.distribution.value.clone(),
        suite,
        mirrors: texts(&written.mirror),
        components,
        packages,
        variant,
        architecture: platform.architecture().to_string(),
    })
}

fn texts(texts: &Texts) -> Vec<String> {
    texts.0.iter().map(|text| text.value.clone()).collect()
}

/// The platforms that the recipe names, else those of its parent.
fn platforms(document: &NativeDocument, parent: &Parent) -> Vec<Platform> {
    if let (true, Parent::Flavour(parent)) = (document.platforms.is_empty(), parent) {
        return parent.platforms.clone();
    }
    document
        .platforms
        .iter()
        .filter_map(|platform| parse_platform(&platform.value.0))
        .collect()
}
