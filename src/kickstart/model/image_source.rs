//! Where images come from: their registry, its mirror, or the cache of the install server.

use std::collections::BTreeMap;

use super::host::Host;
use super::site::Site;
use crate::kickstart::inventory::document::ImagePlace;
use crate::kickstart::value::target::Installer;
use crate::registry::Reference;

/// An image of hosts, as the cache of the install server fetches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageSource {
    /// Its repository, in its registry or the mirror of that.
    pub reference: Reference,
    /// Whether that is spoken to without TLS or with an unknown certificate.
    pub insecure: bool,
}

/// The name of a repository in the cache of the install server. A path has no place for the colon of a port.
fn name(reference: &Reference) -> String {
    let registry = reference.registry().to_ascii_lowercase().replace(':', "_");
    format!("{registry}/{}", reference.repository())
}

/// The images that the cache of the install server has, by their names there; none without a cache.
#[must_use]
pub fn image_sources(site: &Site) -> BTreeMap<String, ImageSource> {
    let hosts = site.hosts.values();
    let images = hosts.filter_map(|host| {
        let image = Reference::parse(cacheable(site, host)?.0).ok()?;
        let registry = site.registry_of(host);
        let mirror = registry.and_then(|registry| registry.mirror.as_ref());
        let reference = match mirror {
            None => image.clone(),
            Some(mirror) => {
                let text = format!("{}/{}", mirror.value, image.repository());
                Reference::parse(&text).ok()?
            }
        };
        let insecure = registry.is_some_and(|registry| registry.insecure);
        let source = ImageSource {
            reference,
            insecure,
        };
        Some((name(&image), source))
    });
    images.collect()
}

/// The image of a host that fetches it from the cache, and the server's host and port.
fn cacheable<'a>(site: &'a Site, host: &'a Host) -> Option<(&'a str, &'a str)> {
    let is_cached = site.server.images == ImagePlace::Cache && host.installer == Installer::Own;
    let image = &host.image.as_ref().filter(|_| is_cached)?.reference.value;
    let (_, server) = site.server.url.value.split_once("://")?;
    Some((image, server))
}

/// What a host of terroir's own installer fetches from the cache of the install server; none where it
/// fetches from elsewhere. Only what a digest names is kept there.
pub(in crate::kickstart) fn cached(site: &Site, host: &Host) -> Option<String> {
    let (image, server) = cacheable(site, host)?;
    let image = Reference::parse(image).ok()?;
    let digest = image.digest()?;
    Some(format!("{server}/{}@{digest}", name(&image)))
}

/// The server's host and port, where hosts fetch images from it without TLS.
pub(in crate::kickstart) fn plain_server<'a>(site: &'a Site, host: &Host) -> Option<&'a str> {
    cached(site, host)?;
    site.server.url.value.strip_prefix("http://")
}

/// Whether any host can fetch its image from the cache of the install server.
pub(in crate::kickstart) fn any_cacheable(site: &Site) -> bool {
    let mut own = site
        .hosts
        .values()
        .filter(|host| host.installer == Installer::Own);
    own.any(|host| {
        let image = host.image.as_ref().map(|image| &*image.reference.value);
        let image = image.and_then(|image| Reference::parse(image).ok());
        image.is_some_and(|image| image.digest().is_some())
    })
}
