//! `type: signing`: makes machines check the signature of this image
//! (containers-policy.json(5), containers-registries.d(5)).

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::action::{Action, Content, Edit, EditStyle, Input, Owner};
use crate::module::module_type::{BLUEBUILD, Configuration, Form, ModuleType, NATIVE};
use crate::module::surroundings::{Compiled, Dialect, Surroundings};
use crate::origin::{Diagnostic, Sourced};
use crate::path::TreePath;
use crate::setting::{ACCEPT, KEEP, OTHERS, REJECT};

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "signing",
    does: "Makes machines check the signature of this image before they take an update.",
    example: "type: signing\n",
    forms: &[
        Form::of::<Signing>(NATIVE),
        Form::written_as::<BlueBuildSigning, Signing>(BLUEBUILD),
    ],
};

/// The public key that BlueBuild expects at the repository root.
const KEY: &str = "cosign.pub";

/// Configuration of the module type `signing`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::module) struct Signing {
    /// The public key, else `cosign.pub` at the repository root.
    #[serde(default)]
    pub key: Option<Sourced<String>>,
    /// What becomes of images that nothing is said about; as the image has it when absent, but no
    /// longer everything accepted by default.
    #[serde(default)]
    pub others: Option<Others>,
}

/// Configuration of the module type `signing` of BlueBuild: none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::module) struct BlueBuildSigning {}

impl From<BlueBuildSigning> for Signing {
    fn from(_: BlueBuildSigning) -> Self {
        Self::default()
    }
}

/// What becomes of images from registries that the policy does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::module) enum Others {
    /// They are accepted, as distributions ship it.
    Accept,
    /// They are rejected; bootc's `--enforce-container-sigpolicy` asks for it.
    Reject,
}

impl Configuration for Signing {
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        let mut wrong = Vec::new();
        let key = self
            .public_key(around)
            .map_err(|error| wrong.push(error))
            .ok();
        let mut warnings = Vec::new();
        let image = image_of(around, &mut warnings)
            .map_err(|error| wrong.push(error))
            .ok();
        let (Some(key), Some(image)) = (key, image) else {
            return Err(wrong);
        };
        let file = around.name.replace('/', "_");
        let key_path = format!("/etc/pki/containers/{file}.pub");
        let sources = json!({ "docker": { image.as_ref(): { "use-sigstore-attachments": true } } });
        // JSON is YAML, and quotes what a reference may hold.
        let sources = format!("{sources:#}\n");
        let place = |path: &str| {
            TreePath::parse(path)
                .map_err(|error| vec![Diagnostic::error(around.origin, error.to_string())])
        };
        Ok(Compiled {
            actions: vec![
                write(place(&key_path)?, Content::Input(key)),
                write(
                    place(&format!("/etc/containers/registries.d/{file}.yaml"))?,
                    Content::Text(sources.into()),
                ),
                Action::Edit {
                    path: place("/etc/containers/policy.json")?,
                    edit: self.policy(&image, &key_path),
                },
            ],
            warnings,
            ..Compiled::default()
        })
    }
}

impl Signing {
    fn public_key(&self, around: &Surroundings<'_>) -> Result<Input, Diagnostic> {
        let found = match &self.key {
            Some(key) => Some(around.inputs.file(key)?),
            None => around.inputs.at_root(KEY)?,
        };
        let (key, origin) = match (found, &self.key) {
            (Some(found), Some(key)) => (found, &key.origin),
            (Some(found), None) => (found, around.origin),
            (None, _) => {
                return Err(Diagnostic::error(
                    around.origin,
                    format!("there is no `{KEY}` at the repository root"),
                )
                .hint(format!(
                    "make a key pair with `cosign generate-key-pair` and commit {KEY}"
                )));
            }
        };
        let text = around.inputs.text(&key)?;
        if text.contains("PRIVATE KEY") {
            return Err(
                Diagnostic::error(origin, format!("`{}` is a private key", key.path))
                    .hint("never commit it; write the public key, cosign.pub"),
            );
        }
        if !text.contains("-----BEGIN PUBLIC KEY-----") {
            return Err(Diagnostic::error(
                origin,
                format!("`{}` is not a public key in PEM form", key.path),
            )
            .hint("it begins with -----BEGIN PUBLIC KEY-----"));
        }
        Ok(key)
    }

    /// This image only with its signature, the rest as `others` says.
    fn policy(&self, image: &str, key_path: &str) -> Edit {
        // cosign writes the repository alone, which the default identity would not accept.
        let signed = json!([{
            "type": "sigstoreSigned",
            "keyPath": key_path,
            "signedIdentity": { "type": "matchRepository" },
        }]);
        let others = match self.others {
            None => KEEP,
            Some(Others::Accept) => ACCEPT,
            Some(Others::Reject) => REJECT,
        };
        Edit {
            style: EditStyle::Policy,
            values: vec![
                (image.to_owned(), signed.to_string()),
                (OTHERS.to_owned(), others.to_owned()),
            ],
            removed: Vec::new(),
            create: true,
            reader: None,
        }
    }
}

/// Where the image is published; BlueBuild builds for `localhost/NAME` when nothing else is known.
fn image_of<'a>(
    around: &Surroundings<'a>,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Cow<'a, str>, Diagnostic> {
    match (around.image, around.dialect) {
        (Some(image), _) => Ok(image.into()),
        (None, Dialect::BlueBuild) => {
            let image = format!("localhost/{}", around.name.to_lowercase());
            let message = format!(
                "it is not known where the image is published; the signature of {image} is demanded"
            );
            warnings.push(
                Diagnostic::warning(around.origin, message)
                    .hint("set CI_REGISTRY_IMAGE=registry/namespace/project, as GitLab does"),
            );
            Ok(image.into())
        }
        (None, Dialect::Native) => Err(Diagnostic::error(
            around.origin,
            "it is not known where the image is published, so its signature cannot be demanded",
        )
        .hint("write `publish: { image: registry/name }` into the recipe")),
    }
}

fn write(path: TreePath, content: Content) -> Action {
    Action::Write {
        path,
        content,
        mode: 0o644,
        owner: Owner::default(),
    }
}
