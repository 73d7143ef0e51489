//! Unattended installation: from an inventory to what machines boot and installers read.
//!
//! An [`Inventory`] is what a person wrote; a [`Site`] has every [`Host`] merged with its groups and
//! its site, every value with its origin. [`render`] makes files of it without looking at anything
//! else, by one table of producers; whoever calls it writes them.

mod address;
mod anaconda;
mod artifact;
mod autoinstall;
mod autoinstall_storage;
mod bond_option;
mod boot;
mod build;
mod build_bond;
mod build_disk;
mod build_draft;
mod build_encryption;
mod build_host;
mod build_image;
mod build_link;
mod build_network;
mod build_storage;
mod check;
mod check_ask;
mod check_copy;
mod check_https;
mod check_judges;
mod check_kickstart;
mod check_needed;
mod check_own;
mod check_rendered;
mod check_report;
mod check_told;
mod choice;
mod contradiction;
mod control;
mod document;
mod document_host;
mod file;
mod flavour;
mod foreman;
mod from_text;
mod host;
mod index;
mod kickstart_network;
mod kickstart_storage;
mod load;
mod mac;
mod merge;
mod mtu;
mod netplan;
mod no_effect;
mod partial;
mod place;
mod placeholder;
mod preseed;
mod preseed_network;
mod preseed_storage;
mod quote;
mod read;
mod render;
mod scene;
mod schema;
mod script;
mod secret;
mod secret_file;
mod secrets;
mod site;
mod size;
mod ssh_key;
mod surroundings;
mod target;
mod template;
mod text;
mod trust;
mod unheeded;
mod values;
mod volume;

pub use address::{Address, Address6, Prefix};
pub use artifact::{ARTIFACT_TYPE, ArtifactError, artifact_files, site_artifact};
pub use boot::{NEEDED, NEEDED_FORMAT, NeededFile, needed_files};
pub use build_image::is_recipe;
pub use check::check;
pub use check_rendered::CheckError;
pub use check_report::{Finding, Row};
pub use choice::{
    BondMode, Choose, DiskKind, Filesystem, Finish, Layout, Payload, Separate, Unlock,
};
pub use document::{
    ApiVersion, Group, Inventory, Network, Range, Registry, SecretPlace, Server, Tree,
};
pub use document_host::{
    BondDocument, Defaults, DiskChoice, EncryptionDocument, HostDocument, IDENTITY, LinkDocument,
    RootDocument, StorageDocument, TangServer, UserDocument, VolumeDocument,
};
pub use file::{Content, File, Files, PRIVATE, PUBLIC, RelativePath};
pub use flavour::{FlavourFacts, Mount};
pub use foreman::{FOREMAN, foreman};
pub use host::{
    Bond, Host, HostDisk, HostEncryption, HostImage, HostNetwork, HostStorage, HostUser, Volume,
};
pub use index::{INDEX, INDEX_FORMAT, SUMS, sums};
pub use load::{OwnTemplates, own_templates, read_text};
pub use mac::{Mac, Macs};
pub use merge::{Level, Merged, Statement};
pub use no_effect::{NO_EFFECT, NoEffect, no_effect_on_host, no_effect_on_site, no_effect_table};
pub use place::{DHCP, HTTP, TFTP, answer, host_folder, report, secret};
pub use read::{MAX_INVENTORY, Reading};
pub use render::{Wanted, render};
pub use scene::Scene;
pub use schema::inventory_schema;
pub use secret::Secret;
pub use secrets::secrets;
pub use site::{Site, SiteNetwork, SiteRegistry, SiteServer, SiteTree};
pub use size::Size;
pub use surroundings::Surroundings;
pub use target::{Installer, Target};
pub use template::{MAX_TEMPLATE, SHIPPED, Shipped, Templates};
pub use volume::oemdrv;
