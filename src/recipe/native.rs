//! A native recipe to a flavour.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::ancestry::{Inheritance, Own, inherit};
use super::claims::{Exception, Mandatory};
use super::document::{self, Exceptions, Header, NativeDocument, Subject, Texts};
use super::entries::Reading;
use super::flavour::{Base, Flavour, Parent, Publish};
use super::inputs::Base as InputBase;
use super::load::Loader;
use crate::module::Dialect;
use crate::oci::{Platform, parse_platform};
use crate::origin::{Diagnostic, Sourced};
use crate::package::Bootstrap;
use crate::yaml::{Node, Scope};

/// Reads a native recipe for a platform.
pub(super) fn read_native(
    loader: &mut Loader<'_>,
    file: &Arc<str>,
    node: &Node,
    platform: &Platform,
) -> Result<Flavour, Vec<Diagnostic>> {
    let header = Header::read(node)?;
    let parent = parent(loader, file, &header.from, platform)?;
    let inheritance = inherit(loader, &parent, platform)?;
    inheritance.check_tier(&header.tier)?;
    let scope = scope(node, &header, &inheritance);
    // Facts that are not known yet leave templates of other keys than `modules` unrendered.
    let rendered = document::render(node, &scope)?;
    let document = NativeDocument::read(&rendered)?;
    let own = own(&document, &header, (file, platform, &parent));
    let mut reading = Reading::new(loader, Arc::clone(file), Dialect::Native, scope);
    reading.base = InputBase::Written { recipe: file };
    reading.facts_known = inheritance.facts.is_some();
    reading.image = own.publish.as_ref().map(|publish| publish.image.clone());
    reading.name.clone_from(&own.name);
    let read = reading.entries(&document.modules);
    inheritance.flavour(own, parent, read)
}

/// What the document says besides its entries.
fn own(
    document: &NativeDocument,
    header: &Header,
    (file, platform, parent): (&Arc<str>, &Platform, &Parent),
) -> Own {
    let text = |text: &Option<Sourced<String>>| text.as_ref().map(|text| text.value.clone());
    let publish = document.publish.as_ref().map(|publish| Publish {
        image: publish.image.value.clone(),
        tags: publish.tags.iter().map(|tag| tag.value.clone()).collect(),
    });
    let labels = document.labels.iter();
    let vars = header.vars.iter();
    Own {
        name: document.name.value.clone(),
        description: text(&document.description),
        version: text(&document.version),
        owner: text(&document.owner),
        tier: document.tier.value,
        recipe: Arc::clone(file),
        platform: platform.clone(),
        platforms: platforms(document, parent),
        labels: labels
            .map(|(key, value)| (key.value.clone(), value.value.clone()))
            .collect(),
        publish,
        vars: vars
            .map(|(name, value)| (name.value.clone(), value.value.clone()))
            .collect(),
        last_wins: false,
        exceptions: exceptions(document),
        mandatory: rules(document),
    }
}

/// What templates of the recipe see: name and version, variables of the ancestry, its own, facts.
fn scope(node: &Node, header: &Header, inheritance: &Inheritance) -> Scope {
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
            .map(|(name, value)| (name.value.clone(), value.value.clone())),
    );
    if let Some(facts) = &inheritance.facts {
        scope.extend(facts.scope());
    }
    scope
}

/// The parent of a recipe; one that is a recipe is loaded.
fn parent(
    loader: &mut Loader<'_>,
    file: &str,
    from: &Sourced<document::Parent>,
    platform: &Platform,
) -> Result<Parent, Vec<Diagnostic>> {
    let base = |base: Base| Ok(Parent::Base(Sourced::new(base, from.origin.clone())));
    let near = |path: &str| {
        let folder = Path::new(file).parent().unwrap_or(Path::new(""));
        loader.root.join(folder).join(path)
    };
    match &from.value {
        document::Parent::Recipe(path) => {
            let path = Sourced::new(path.clone(), from.origin.clone());
            let place = loader.beside(file, &path).map_err(|error| vec![error])?;
            let wanted = Sourced::new(place, from.origin.clone());
            loader.recipe(&wanted, platform).map(Parent::Flavour)
        }
        document::Parent::Image(reference) => base(Base::Image(reference.clone())),
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
                format!("`{}` is no {what}", text.value),
            ));
        }
        text.value.clone()
    };
    let suite = checked(&written.suite, "suite");
    let packages = written
        .packages
        .iter()
        .map(|package| checked(package, "package name"))
        .collect();
    let components = written
        .components
        .iter()
        .map(|one| checked(one, "archive component"))
        .collect();
    let variant = written
        .variant
        .as_ref()
        .map_or_else(|| "apt".to_owned(), |variant| checked(variant, "variant"));
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

fn rules(document: &NativeDocument) -> Vec<Mandatory> {
    let rule = |rule: &document::Mandatory| Mandatory {
        pattern: rule.pattern.value.clone(),
        exceptions_allowed: rule.exceptions == Exceptions::Allowed,
        flavour: document.name.value.clone(),
        tier: document.tier.value,
        owner: document.owner.as_ref().map(|owner| owner.value.clone()),
        origin: rule.pattern.origin.clone(),
    };
    document.mandatory.iter().map(rule).collect()
}

fn exceptions(document: &NativeDocument) -> Vec<Exception> {
    let exception = |written: &Sourced<document::Exception>| {
        let (Subject::Control(subject) | Subject::Setting(subject)) = &written.value.subject;
        Exception {
            control: subject.value.clone(),
            reason: written.value.reason.value.clone(),
            owner: written.value.owner.value.clone(),
            expires: written.value.expires.value.to_string(),
            flavour: document.name.value.clone(),
            origin: written.origin.clone(),
        }
    };
    document.exceptions.iter().map(exception).collect()
}
