//! What terroir's own installer writes into the machine of a host: region, commands, updates.

use std::collections::BTreeMap;
use std::sync::Arc;

use terroir::action::LifeCycle;
use terroir::installer::{Document, Region};
use terroir::kickstart::{FlavourFacts, Reading, Templates, Wanted, render};

use super::matrix::{around, rendered, shown, text};
use super::own::{IMAGE, of};

/// Keys of a host that the installer writes into the machine.
#[test]
fn regions_and_commands_are_in_the_document() {
    let keys = "target: debian-13, network: lan, disk: { id: x }";
    let stated = format!(
        "{keys}, time-zone: Europe/Paris, locale: fr_FR.UTF-8, keyboard: fr, first-boot: [\"echo 'a'\\nb\", c]"
    );
    let files = rendered(&of(&[("bare", keys.to_owned()), ("stated", stated)]));
    let read = |name: &str| {
        let path = format!("http/hosts/{name}/host.json");
        let json = text(&files, &path);
        Document::read(&path, json)
            .unwrap_or_else(|problems| panic!("{json}: {}", shown(&problems)))
    };
    let (bare, stated) = (read("bare"), read("stated"));
    // What nobody states is left to the image.
    assert_eq!(bare.region, Region::default());
    assert!(bare.first_boot.is_empty());
    assert_eq!(stated.region.time_zone.as_deref(), Some("Europe/Paris"));
    assert_eq!(stated.region.locale.as_deref(), Some("fr_FR.UTF-8"));
    assert_eq!(stated.region.keyboard.as_deref(), Some("fr"));
    assert_eq!(stated.first_boot, ["echo 'a'\nb", "c"]);
}

/// An image that nothing updates follows nothing, and keeps no credentials.
#[test]
fn a_plain_image_follows_nothing() {
    let keys = "target: debian-13, network: lan, disk: { id: x }, follow: \"registry.example.org/os/server:stable\"";
    let inventory = of(&[("a", keys.to_owned())]);
    for (life_cycle, is_updated) in [(LifeCycle::Plain, false), (LifeCycle::Ostree, true)] {
        let mut around = around();
        let facts = FlavourFacts {
            life_cycle: Some(life_cycle),
            ..FlavourFacts::default()
        };
        around
            .flavours
            .insert(IMAGE.to_owned(), Ok(Some(Arc::new(facts))));
        let reading = Reading::new("matrix.yml", &inventory);
        let site = reading
            .site(&around)
            .unwrap_or_else(|problems| panic!("{}", shown(&problems)));
        let warned = shown(&site.notes);
        let expected = "`follow` has no effect on a";
        assert_eq!(warned.contains(expected), !is_updated, "{warned}");
        let templates = Templates::new(&BTreeMap::new()).unwrap();
        let files = render(&site, &templates, &Wanted::default()).unwrap();
        let json = text(&files, "http/hosts/a/host.json");
        let read = Document::read("host.json", json).unwrap();
        assert_eq!(read.follow.is_some(), is_updated, "{json}");
        assert_eq!(read.registry.keep_credentials, is_updated, "{json}");
    }
}
