//! Modules for desktops: `default-flatpaks`, `fonts`, `gnome-extensions`, `gschema-overrides`.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use crate::module::union::{NameOrNumber, present};
use crate::origin::Sourced;

const FLATHUB: &str = "https://dl.flathub.org/repo/flathub.flatpakrepo";

/// Installs and removes Flatpaks at every boot (version 1).
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub struct DefaultFlatpaksV1 {
    /// Whether the user is told when it is done.
    #[serde(default)]
    pub notify: bool,
    /// Flatpaks for the whole system.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "FlatpakScope")]
    pub system: Option<FlatpakScope>,
    /// Flatpaks for each user.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "FlatpakScope")]
    pub user: Option<FlatpakScope>,
}

/// One remote and what is installed from it.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    default,
    rename_all = "kebab-case",
    expecting = "a mapping"
)]
pub struct FlatpakScope {
    /// Address of the remote.
    pub repo_url: String,
    /// Name of the remote.
    pub repo_name: String,
    /// Title of the remote.
    #[serde(deserialize_with = "present")]
    #[schemars(with = "String")]
    pub repo_title: Option<String>,
    /// Ids of Flatpaks to install.
    pub install: Vec<String>,
    /// Ids of Flatpaks to remove.
    pub remove: Vec<String>,
}

impl Default for FlatpakScope {
    fn default() -> Self {
        Self {
            repo_url: FLATHUB.into(),
            repo_name: "flathub".into(),
            repo_title: None,
            install: Vec::new(),
            remove: Vec::new(),
        }
    }
}

/// Installs Flatpaks at first boot (version 2).
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DefaultFlatpaksV2 {
    /// One entry per remote and scope.
    pub configurations: Vec<FlatpakConfiguration>,
}

/// One remote and what is installed from it, for the system or for each user.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a mapping")]
pub struct FlatpakConfiguration {
    /// Whether users are told.
    pub notify: bool,
    /// For whom the Flatpaks are installed.
    pub scope: Scope,
    /// The remote.
    pub repo: FlatpakRemote,
    /// Ids of Flatpaks to install.
    pub install: Vec<String>,
}

impl Default for FlatpakConfiguration {
    fn default() -> Self {
        Self {
            notify: true,
            scope: Scope::User,
            repo: FlatpakRemote::default(),
            install: Vec::new(),
        }
    }
}

/// For whom Flatpaks are installed.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// For all users together.
    System,
    /// For each user alone.
    User,
}

/// A Flatpak remote.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a mapping")]
pub struct FlatpakRemote {
    /// Its address.
    pub url: String,
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
}

impl Default for FlatpakRemote {
    fn default() -> Self {
        Self {
            url: FLATHUB.into(),
            name: "flathub".into(),
            title: "Flathub".into(),
        }
    }
}

impl<'de> Deserialize<'de> for DefaultFlatpaksV2 {
    /// Reads version 2; the keys of version 1 get an error that names it, since an entry without a
    /// version means version 2.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("DefaultFlatpaks", &["configurations"], V2Visitor)
    }
}

struct V2Visitor;

impl<'de> Visitor<'de> for V2Visitor {
    type Value = DefaultFlatpaksV2;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping with `configurations`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut configurations = None;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "configurations" if configurations.is_some() => {
                    return Err(A::Error::duplicate_field("configurations"));
                }
                "configurations" => configurations = Some(map.next_value()?),
                "notify" | "system" | "user" => {
                    map.next_value::<IgnoredAny>()?;
                    return Err(A::Error::custom(format_args!(
                        "`{key}` is a key of version 1 of this module, and without a version it is \
                         version 2: write `type: default-flatpaks@v1`, or move it into \
                         `configurations`"
                    )));
                }
                other => return Err(A::Error::unknown_field(other, &["configurations"])),
            }
        }
        let configurations =
            configurations.ok_or_else(|| A::Error::missing_field("configurations"))?;
        Ok(DefaultFlatpaksV2 { configurations })
    }
}

/// Installs fonts.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `fonts`")]
pub(crate) struct Fonts {
    /// The fonts, by where they come from.
    pub fonts: FontSources,
}

/// Fonts, by where they come from.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    default,
    rename_all = "kebab-case",
    expecting = "a mapping"
)]
pub struct FontSources {
    /// Names of Nerd Fonts, without the words "Nerd Font".
    pub nerd_fonts: Vec<String>,
    /// Names of Google Fonts.
    pub google_fonts: Vec<String>,
    /// Fonts from any address.
    pub url_fonts: Vec<UrlFont>,
}

/// A font from an address.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `name` and `url`")]
pub struct UrlFont {
    /// Name of its folder.
    pub name: String,
    /// Address of a font file or an archive.
    pub url: String,
}

/// Installs GNOME extensions for all users.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a mapping")]
pub(crate) struct GnomeExtensions {
    /// Names, as they are spelt on extensions.gnome.org, or their numbers.
    pub install: Vec<NameOrNumber>,
    /// Names of extensions to remove that no package owns.
    pub uninstall: Vec<String>,
}

/// Sets defaults of desktops through GSettings.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a mapping")]
pub struct GschemaOverrides {
    /// Files of `files/gschema-overrides`; all when empty.
    pub include: Vec<Sourced<String>>,
}
