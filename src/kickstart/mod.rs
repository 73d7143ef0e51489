//! Unattended installation: from an inventory to the files that boot and install machines.
//!
//! `inventory` reads what a person wrote. `resolve` merges every [`Host`] with its groups and its
//! [`Site`], checks every value and keeps its origin. [`render`] makes all files from the site by one
//! table of producers, which read and write nothing; `check` looks at the files on disk.

mod anaconda;
mod archive;
mod artifact;
mod autoinstall;
mod boot;
mod check;
mod disk_script;
mod foreman;
mod index;
mod inventory;
mod lone_link;
mod model;
mod output;
mod own;
mod preseed;
mod render;
mod resolve;
mod template;
mod value;

pub use anaconda::oemdrv::oemdrv;
pub use archive::{ArchiveKind, write_archive};
pub use artifact::{ARTIFACT_TYPE, ArtifactError, artifact_files, artifact_title, site_artifact};
pub use autoinstall::netplan::netplan;
pub use boot::{
    BootFile, Client, Firmware, Loaders, LocalBoot, NEEDED, NEEDED_FORMAT, NeededFile, local_boot,
    needed_files,
};
pub use check::rendered::CheckError;
pub use check::report::{Finding, Row};
pub use check::run::check;
pub use disk_script::{disk_list_script, disk_script};
pub use foreman::{FOREMAN, foreman};
pub use index::{INDEX, INDEX_FORMAT, SUMS, sums};
pub use inventory::document::{
    Group, ImagePlace, Inventory, Network, Range, Registry, SecretPlace, Server, Tree,
};
pub use inventory::host::{
    BondDocument, Defaults, DiskChoice, EncryptionDocument, HostDocument, IDENTITY, LinkDocument,
    RootDocument, StorageDocument, TangServer, UserDocument, VolumeDocument,
};
pub use inventory::merge::{Level, Merged, Statement};
pub use inventory::read::{MAX_INVENTORY, Reading};
pub use inventory::schema::inventory_schema;
pub use lone_link::{check_link, lone_bond};
pub use model::connection::Connection;
pub use model::flavour::{FlavourFacts, Mount};
pub use model::host::{
    Bond, Host, HostDisk, HostEncryption, HostImage, HostNetwork, HostStorage, HostUser, Volume,
};
pub use model::image_source::{ImageSource, image_sources};
pub use model::secrets::secrets;
pub use model::site::{Site, SiteNetwork, SiteRegistry, SiteServer, SiteTree};
pub use output::argument::{HOST_ARGUMENT, INSTALLER_ARGUMENT, TOKEN, TOKEN_ARGUMENT};
pub use output::file::{Content, File, Files, PRIVATE, PUBLIC, RelativePath};
pub use output::path::{DHCP, HTTP, TFTP, answer, host_folder, report, secret};
pub use preseed::network::stanzas;
pub use render::{Wanted, render};
pub use resolve::host::image::is_recipe;
pub use resolve::no_effect::{NO_EFFECT, NoEffect, no_effect_on_host, no_effect_on_site};
pub use resolve::no_effect_warnings::no_effect_table;
pub use resolve::surroundings::Surroundings;
pub use template::environment::{MAX_TEMPLATE, Templates};
pub use template::load::{OwnTemplates, own_templates, read_text};
pub use template::scene::Scene;
pub use template::shipped::{SHIPPED, Shipped};
pub use value::address::{Address, Address6, Prefix};
pub use value::choice::{
    BondMode, Choose, DiskKind, Filesystem, Finish, Layout, Payload, Separate, Unlock,
};
pub use value::interface_address::{InterfaceAddress, InterfaceAddress6};
pub use value::mac::{Mac, Macs};
pub use value::secret::Secret;
pub use value::size::Size;
pub use value::target::{Installer, Target};
pub(crate) use value::{bond_option, text_rule};

pub use crate::yaml::ApiVersion;
