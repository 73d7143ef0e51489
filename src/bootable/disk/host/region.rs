//! The time zone, the language and the keyboard of a machine.

use std::path::Path;

use super::locales::has_locale;
use super::network::refused;
use crate::bootable::disk::error::Error;
use crate::bootable::disk::image::{put, put_link, take_away};
use crate::bootable::disk::own::OwnRegion;
use crate::bootable::disk::parts::{file, names};
use crate::tree::InRoot;

/// Where the files of time zones are, and how each begins (tzfile(5)).
const ZONES: &str = "/usr/share/zoneinfo";
const ZONE_BEGINS: &[u8] = b"TZif";
/// The time zone of a machine on which nothing says another one.
const UTC: &str = "UTC";
const LOCALTIME: &str = "/etc/localtime";
/// Where packages of Debian had the name of the time zone, and some look for it.
const TIMEZONE: &str = "/etc/timezone";

const LOCALE_CONF: &str = "/etc/locale.conf";
/// Where Debian has the language; a link to the other file, where systemd reads that one.
const DEFAULT_LOCALE: &str = "/etc/default/locale";

/// What sets the keyboard of the console on Debian, and the layouts that it knows.
const SETUPCON: [&str; 2] = ["/usr/bin/setupcon", "/bin/setupcon"];
const LAYOUTS: &str = "/usr/share/X11/xkb/symbols";
const DEFAULT_KEYBOARD: &str = "/etc/default/keyboard";
/// What it made of the keyboard that the image had.
const CONSOLE_SETUP: &str = "/etc/console-setup";
/// What sets it elsewhere, and the layouts that this knows.
const VCONSOLE: &str = "/usr/lib/systemd/systemd-vconsole-setup";
const KEYMAPS: [&str; 3] = [
    "/usr/share/keymaps",
    "/usr/share/kbd/keymaps",
    "/usr/lib/kbd/keymaps",
];
const VCONSOLE_CONF: &str = "/etc/vconsole.conf";
/// How many folders are one in another below those of the layouts.
const DEPTH: usize = 4;

/// The mode of the files.
const MODE: u32 = 0o644;

/// Writes what is stated of them, each in the place of the image's.
pub(super) fn write(region: &OwnRegion, system: &Path) -> Result<(), Error> {
    if let Some(zone) = &region.time_zone {
        time_zone(zone, system)?;
    }
    if let Some(name) = &region.locale {
        locale(name, system)?;
    }
    region
        .keyboard
        .as_ref()
        .map_or(Ok(()), |layout| keyboard(layout, system))
}

fn time_zone(zone: &str, system: &Path) -> Result<(), Error> {
    let path = format!("{ZONES}/{zone}");
    let read = match file(system, &path)? {
        Some(_) => InRoot::open(system)?.read(&path)?,
        None => None,
    };
    let is_there = read.is_some_and(|bytes| bytes.starts_with(ZONE_BEGINS));
    match is_there {
        true => put_link(system, LOCALTIME, &format!("..{path}"))?,
        // Without the link it is this one (localtime(5)).
        false if zone == UTC => take_away(system, LOCALTIME)?,
        false => {
            return Err(refused(
                format!("it has no time zone {zone}: there is no {path}"),
                "write a time zone of the image, or add the package tzdata to the flavour",
            ));
        }
    }
    match file(system, TIMEZONE)? {
        Some(_) => put(system, TIMEZONE, (&format!("{zone}\n"), MODE)),
        None => Ok(()),
    }
}

fn locale(name: &str, system: &Path) -> Result<(), Error> {
    if !has_locale(system, name)? {
        return Err(refused(
            format!("it has no locale {name}: it was not generated"),
            "write C.UTF-8, which every image has, or generate it in the flavour: the package locales-all, or \
             locales with a line of /etc/locale.gen and `locale-gen`",
        ));
    }
    let text = format!("LANG={name}\n");
    put(system, LOCALE_CONF, (&text, MODE))?;
    match InRoot::open(system)?.link(DEFAULT_LOCALE)? {
        Some(target) if target.ends_with(b"locale.conf") => Ok(()),
        None if file(system, DEFAULT_LOCALE)?.is_some() => {
            put(system, DEFAULT_LOCALE, (&text, MODE))
        }
        _ => put_link(system, DEFAULT_LOCALE, "../locale.conf"),
    }
}

fn keyboard(layout: &str, system: &Path) -> Result<(), Error> {
    let unknown = |program: &str| {
        refused(
            format!("{program} of the image knows no keyboard {layout}"),
            "write a layout that it has, such as us, fr or de",
        )
    };
    let mut is_read = false;
    for program in SETUPCON {
        if file(system, program)?.is_none() {
            continue;
        }
        if file(system, &format!("{LAYOUTS}/{layout}"))?.is_none() {
            return Err(unknown("setupcon"));
        }
        let text = format!(
            "XKBMODEL=\"pc105\"\nXKBLAYOUT=\"{layout}\"\nXKBVARIANT=\"\"\nXKBOPTIONS=\"\"\n\
             BACKSPACE=\"guess\"\n"
        );
        put(system, DEFAULT_KEYBOARD, (&text, MODE))?;
        forget(system)?;
        is_read = true;
        break;
    }
    if file(system, VCONSOLE)?.is_some() {
        let mut known = false;
        for folder in KEYMAPS {
            known = known || has_keymap(system, (folder, DEPTH), layout)?;
        }
        if !known {
            return Err(unknown("systemd-vconsole-setup"));
        }
        let text = format!("KEYMAP={layout}\nXKBLAYOUT={layout}\n");
        put(system, VCONSOLE_CONF, (&text, MODE))?;
        is_read = true;
    }
    match is_read {
        true => Ok(()),
        false => Err(refused(
            "nothing in it sets the keyboard of the console".to_owned(),
            "add the package console-setup to the flavour, or leave `keyboard` out",
        )),
    }
}

/// Removes what was computed for another keyboard, which would go before the file.
fn forget(system: &Path) -> Result<(), Error> {
    for name in names(system, CONSOLE_SETUP)? {
        let ends = ["setup_keyboard.sh", ".kmap.gz", ".kbd"];
        if name.starts_with("cached_") && ends.iter().any(|end| name.ends_with(end)) {
            take_away(system, &format!("{CONSOLE_SETUP}/{name}"))?;
        }
    }
    Ok(())
}

/// Whether a folder has the keymap of a layout.
fn has_keymap(system: &Path, (folder, depth): (&str, usize), layout: &str) -> Result<bool, Error> {
    for name in names(system, folder)? {
        if name
            .strip_prefix(layout)
            .is_some_and(|rest| [".map", ".map.gz"].contains(&rest))
        {
            return Ok(true);
        }
        if depth > 0 && has_keymap(system, (&format!("{folder}/{name}"), depth - 1), layout)? {
            return Ok(true);
        }
    }
    Ok(false)
}
