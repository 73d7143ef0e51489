//! How native recipes write `dnf`: what all package managers have, and BlueBuild's own keys.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer as _, MapAccess, Visitor};

use super::bluebuild::{
    Dnf, DnfBuilddep, DnfGroupInstall, DnfGroupRemove, DnfInstall, DnfInstallFrom, DnfRemove,
    DnfReplace, DnfRepos, Switches, installing,
};
use super::command::{Call, Verb};
use super::install::{self, FAMILY};
use super::{lock, repos, run};
use crate::module::module_type::Configuration;
use crate::module::package::{
    Item, Pin, Plan, Remove, Repo, Request, asking, import, rpm_repository,
};
use crate::module::surroundings::{Compiled, Surroundings};
use crate::module::union::{ListOr, NameOr, present};
use crate::origin::{Diagnostic, Sourced};

asking! {
    /// What shall become of packages and their sources.
    pub(in crate::module) struct Native {
        /// Repositories to add; or `files`, `copr`, `nonfree`, `keys` and `cleanup`.
        #[serde(deserialize_with = "present")]
        #[schemars(with = "ListOr<Repo, DnfRepos>")]
        repos: Option<ListOr<Repo, DnfRepos>>
    }
    pins:
        /// Versions that packages are kept at.
    further: {
        /// Whether all installed packages are brought to the newest version first.
        upgrade: bool,
        /// Groups to remove.
        #[serde(deserialize_with = "present")]
        #[schemars(with = "DnfGroupRemove")]
        group_remove: Option<DnfGroupRemove>,
        /// Groups to install.
        #[serde(deserialize_with = "present")]
        #[schemars(with = "DnfGroupInstall")]
        group_install: Option<DnfGroupInstall>,
        /// Packages that go, before others come.
        #[serde(deserialize_with = "present")]
        #[schemars(with = "ListOr<Item, Remove>")]
        remove: Option<ListOr<Sourced<Item>, Remove>>,
        /// Packages or spec files whose build dependencies are installed.
        #[serde(deserialize_with = "present")]
        #[schemars(with = "DnfBuilddep")]
        builddep: Option<DnfBuilddep>,
        /// Packages that come.
        #[serde(deserialize_with = "present")]
        #[schemars(with = "ListOr<Item, InstallWith>")]
        install: Option<ListOr<Sourced<Item>, InstallWith>>,
        /// Packages to take from another repository than the one they came from.
        replace: Vec<DnfReplace>,
        /// Whether packages come too that are only recommended; as dnf is configured when absent.
        #[serde(deserialize_with = "present")]
        #[schemars(with = "bool")]
        recommends: Option<bool>,
    }
}

installing! {
    /// Packages that come.
    pub(in crate::module) struct InstallWith {
        /// Names, addresses or `.rpm` files; or a mapping of families to names; or a mapping for
        /// packages of one repository.
        packages: Vec<Sourced<Choice>>,
    }
}

/// A package, or packages of one repository.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::module) enum Choice {
    /// One package.
    Item(Item),
    /// Packages of one repository.
    From(DnfInstallFrom),
}

/// The keys of a mapping for packages of one repository.
const FROM: [&str; 8] = [
    "repo",
    "packages",
    "install-weak-deps",
    "skip-unavailable",
    "skip-broken",
    "allow-erasing",
    "no-gpgchecks",
    "exclude",
];

impl<'de> Deserialize<'de> for Choice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Choice;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name or a mapping")
            }
            fn visit_str<E>(self, name: &str) -> Result<Choice, E> {
                Ok(Choice::Item(Item::Name(name.to_owned())))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Choice, A::Error> {
                let first = map.next_key::<String>()?;
                let from = first.as_deref().is_none_or(|key| FROM.contains(&key));
                let whole = MapAccessDeserializer::new(Again { first, map });
                if from {
                    DnfInstallFrom::deserialize(whole).map(Choice::From)
                } else {
                    Item::deserialize(whole).map(Choice::Item)
                }
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// A mapping of which the first key was read already.
struct Again<A> {
    first: Option<String>,
    map: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Again<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(first) => seed.deserialize(first.into_deserializer()).map(Some),
            None => self.map.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

impl JsonSchema for Choice {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "DnfChoice".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let item = generator.subschema_for::<Item>();
        json_schema!({ "anyOf": [item, generator.subschema_for::<DnfInstallFrom>()] })
    }
}

impl Configuration for Native {
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        Plan::managed(around, FAMILY, |plan| self.compile_to(plan))
    }
}

/// Turns what any package manager can be asked for into actions of dnf.
pub(in crate::module) fn request(request: &Request, plan: &mut Plan<'_>) {
    let request = request.clone();
    let install = request.install.map(|install| match install {
        ListOr::List(items) => items,
        ListOr::Mapping(install) => install.packages,
    });
    let native = Native {
        repos: Some(ListOr::List(request.repos)),
        keys: request.keys,
        pins: request.pins,
        hold: request.hold,
        unhold: request.unhold,
        upgrade: request.upgrade.unwrap_or(false),
        remove: request.remove,
        install: install.map(ListOr::List),
        recommends: request.recommends,
        files: request.files,
        ..Native::default()
    };
    native.compile_to(plan);
}

impl Native {
    fn compile_to(&self, plan: &mut Plan<'_>) {
        let keys: Vec<String> = self
            .keys
            .iter()
            .filter_map(|key| import(plan, key))
            .collect();
        let mut added = None;
        match &self.repos {
            Some(ListOr::List(list)) => {
                for repo in list {
                    repository(repo, &keys, plan);
                }
            }
            Some(ListOr::Mapping(mapping)) => added = Some((mapping, repos::change(mapping, plan))),
            None => {}
        }
        lock::release(&self.unhold, plan);
        lock::pin(&self.pins, plan);
        if self.upgrade {
            run::call(plan, &Call::new(Verb::Upgrade, Vec::new()), &[]);
        }
        let dnf = self.as_bluebuild(plan);
        install::compile(&dnf, plan);
        lock::hold(&self.hold, plan);
        if let Some((repos, added)) = added
            && repos.cleanup
        {
            repos::clean(repos, added, plan);
        }
    }

    /// The packages in BlueBuild's words, with the names of this distribution.
    fn as_bluebuild(&self, plan: &mut Plan<'_>) -> Dnf {
        Dnf {
            repos: None,
            optfix: Vec::new(),
            group_remove: self.group_remove.clone(),
            group_install: self.group_install.clone(),
            remove: self.remove.as_ref().map(|remove| {
                let (items, auto_remove) = match remove {
                    ListOr::List(items) => (items, None),
                    ListOr::Mapping(remove) => (&remove.packages, remove.auto_remove),
                };
                DnfRemove {
                    packages: resolved(items, plan),
                    // dnf's own default.
                    auto_remove: auto_remove.unwrap_or(true),
                }
            }),
            builddep: self.builddep.clone(),
            install: self.installs(plan),
            replace: self.replace.clone(),
        }
    }

    fn installs(&self, plan: &mut Plan<'_>) -> Option<DnfInstall> {
        let mut packages = Vec::new();
        let mut switches = Switches::default();
        match &self.install {
            Some(ListOr::List(items)) => {
                packages.extend(resolved(items, plan).into_iter().map(named));
            }
            Some(ListOr::Mapping(install)) => {
                switches = install.switches(&switches);
                for choice in &install.packages {
                    match &choice.value {
                        Choice::Item(item) => {
                            let item = Sourced::new(item.clone(), choice.origin.clone());
                            let names = resolved(std::slice::from_ref(&item), plan);
                            packages.extend(names.into_iter().map(named));
                        }
                        Choice::From(from) => {
                            let from = NameOr::Mapping(from.clone());
                            packages.push(Sourced::new(from, choice.origin.clone()));
                        }
                    }
                }
            }
            None => {}
        }
        for file in &self.files {
            if plan.is_package(file, ".rpm") {
                packages.push(named(file.clone()));
            }
        }
        (!packages.is_empty()).then(|| DnfInstall {
            packages,
            install_weak_deps: switches.weak.or(self.recommends),
            skip_unavailable: Some(switches.skip_unavailable),
            skip_broken: Some(switches.skip_broken),
            allow_erasing: Some(switches.allow_erasing),
            no_gpgchecks: Some(switches.no_gpgchecks),
            exclude: Some(switches.exclude),
        })
    }
}

fn named<T>(name: Sourced<String>) -> Sourced<NameOr<T>> {
    name.map(NameOr::Name)
}

/// The names of this distribution.
fn resolved(items: &[Sourced<Item>], plan: &mut Plan<'_>) -> Vec<Sourced<String>> {
    let mut names = Vec::new();
    for item in items {
        let name = Item::name(item, &plan.distribution);
        names.extend(plan.keep(name));
    }
    names
}

/// Writes a `.repo` file.
fn repository(repo: &Repo, keys: &[String], plan: &mut Plan<'_>) {
    let own = repo.key.as_ref().map(|key| import(plan, key));
    let own = own.unwrap_or_else(|| repo.signed_by.as_ref().map(|path| path.value.clone()));
    let key = own.or_else(|| keys.first().cloned());
    let text = rpm_repository(repo, "dnf", key.as_deref(), plan);
    let path = format!("/etc/yum.repos.d/{}.repo", repo.id);
    plan.write(&path, text, &repo.id.origin);
}
