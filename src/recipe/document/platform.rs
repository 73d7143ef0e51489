//! Platforms that images are built for.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, EnumAccess, VariantAccess as _, Visitor};

use crate::oci::usual_platform;

/// A platform that images are built for, in the words of OCI.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Platform(pub String);

/// The platforms that recipes can name.
pub const PLATFORMS: &[&str] = &[
    "linux/amd64",
    "linux/amd64/v2",
    "linux/arm64",
    "linux/arm64/v8",
    "linux/arm",
    "linux/arm/v6",
    "linux/arm/v7",
    "linux/386",
    "linux/loong64",
    "linux/mips",
    "linux/mipsle",
    "linux/mips64",
    "linux/mips64le",
    "linux/ppc64",
    "linux/ppc64le",
    "linux/riscv64",
    "linux/s390x",
];

impl<'de> Deserialize<'de> for Platform {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_enum("Platform", PLATFORMS, PlatformVisitor)
    }
}

struct PlatformVisitor;

impl<'de> Visitor<'de> for PlatformVisitor {
    type Value = Platform;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a platform such as linux/amd64")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, choice: A) -> Result<Platform, A::Error> {
        let (name, rest) = choice.variant::<String>()?;
        rest.unit_variant()?;
        Ok(Platform(usual_platform(&name).to_owned()))
    }
}

inline_schema!(Platform, { "enum": PLATFORMS });
