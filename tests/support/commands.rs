//! The commands that a module type compiles to.

use serde_json::Value;
use terroir::action::{Action, Input};
use terroir::module::{
    Checked, Dialect, Distribution, InputNode, Inputs, Module, RunFacts, Surroundings,
};
use terroir::origin::{Diagnostic, Origin, Sourced};
use terroir::setting::Listed;

/// A repository without files.
struct Nothing;

fn missing(path: &Sourced<String>) -> Diagnostic {
    Diagnostic::error(&path.origin, "the repository is empty")
}

impl Inputs for Nothing {
    fn file(&self, path: &Sourced<String>) -> Result<Input, Diagnostic> {
        Err(missing(path))
    }
    fn tree(&self, path: &Sourced<String>) -> Result<Vec<(String, InputNode)>, Diagnostic> {
        Err(missing(path))
    }
    fn list(&self, path: &Sourced<String>) -> Result<Vec<(String, Listed)>, Diagnostic> {
        Err(missing(path))
    }
    fn is_folder(&self, _: &Sourced<String>) -> bool {
        false
    }
    fn at_root(&self, _: &str) -> Result<Option<Input>, Diagnostic> {
        Ok(None)
    }
    fn is_archive(&self, _input: &Input) -> bool {
        false
    }

    fn text(&self, input: &Input) -> Result<String, Diagnostic> {
        Err(Diagnostic::error(
            &Origin::of_file(&input.path),
            "the repository is empty",
        ))
    }
    fn render(&self, text: &Sourced<String>) -> Result<String, Diagnostic> {
        Ok(text.value.clone())
    }
}

/// The arguments of the commands of a native entry.
pub(crate) fn commands(module: &str, configuration: &Value) -> Vec<Vec<String>> {
    let node = terroir::yaml::parse("recipe.yml", &configuration.to_string()).expect("YAML");
    let read = Module::read((module, None), Dialect::Native, &node);
    let Checked::Module(module) = read.expect("a module type").expect("valid") else {
        panic!("{module} is not built")
    };
    let compiled = module.compile(&Surroundings {
        dialect: Dialect::Native,
        origin: &Origin::of_file("recipe.yml"),
        inputs: &Nothing,
        image: None,
        name: "test",
        distribution: Distribution::default(),
        root: &Nothing,
        run: RunFacts::default(),
    });
    let actions = compiled.expect("compiles").actions.into_iter();
    actions
        .filter_map(|action| match action {
            Action::Run(command) => Some(command.arguments),
            _ => None,
        })
        .collect()
}
