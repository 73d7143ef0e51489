//! The verb.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::csv::csv;
use super::resolve::wanted;
use super::text::text;
use crate::cli::arguments::fleet::{Fleet, FleetFormat};
use crate::cli::context::session::Session;
use crate::cli::kickstart::hosts::{fail, open};
use crate::cli::kickstart::inventory::{read, site};
use crate::cli::kickstart::serve::clock;
use crate::cli::output::failure::{Failure, Kind};
use crate::serve::{FleetRow, fleet as rows};

/// Lists the hosts of an inventory, and why they are not as wanted.
pub(in crate::cli) fn fleet(session: &Session, arguments: &Fleet) -> Result<(), Failure> {
    let reading = read(session, &arguments.inventory)?;
    let site = site(session, &reading, &arguments.inventory, false)?;
    let states = open(&arguments.states)?
        .hosts()
        .map_err(|error| fail(&error))?;
    let images: BTreeMap<&str, Option<&str>> = site
        .hosts
        .values()
        .map(|host| {
            let image = host.image.as_ref();
            let image = image.map(|image| image.reference.value.as_str());
            (host.name.value.as_str(), image)
        })
        .collect();
    let wanted = wanted(session, images.values().flatten(), arguments.resolve)?;
    let hosts = images
        .iter()
        .map(|(host, image)| (*host, image.and_then(|image| wanted.get(image))));
    let all = rows(hosts, &states);
    let differ = all.iter().filter(|row| row.why.is_some()).count();
    let shown: Vec<&FleetRow> = all
        .iter()
        .filter(|row| !arguments.drift || row.why.is_some())
        .collect();
    let now = clock();
    match arguments.format {
        FleetFormat::Text => text(session, &shown, now),
        FleetFormat::Csv => csv(session, &shown, now),
        FleetFormat::Json => {
            let hosts: Vec<Value> = shown.iter().map(|row| row.json(now)).collect();
            let site = &site.name.value;
            session
                .printer
                .json(&json!({ "site": site, "hosts": hosts }));
        }
    }
    match differ {
        0 => Ok(()),
        _ => Err(Failure::say(
            Kind::No,
            format!("{differ} of {} hosts are not as wanted", all.len()),
        )),
    }
}
