//! `terroir inspect`: what an image is made of.

use serde_json::{Value, json};

use super::arguments::{Compression, Format};
use super::arguments_image::Inspect;
use super::confinement::built;
use super::failure::{Failure, Kind};
use super::output::size;
use super::session::Session;
use crate::build::{Found, Outside, Reach, Target, record_of};
use crate::oci::{Image, MAX_DOCUMENT, Platform, PlatformImage, platform_name};
use crate::recipe::Record;

/// Finds the image of a target; a recipe is built if need be.
pub(super) fn find(session: &Session, outside: &Outside, target: &str) -> Result<Found, Failure> {
    match Target::parse(target) {
        Target::Recipe(recipe) => {
            let built = built(session, outside, &recipe)?;
            Ok((built.image.clone(), outside.blobs()))
        }
        Target::Base(base) => {
            if let crate::recipe::Base::Image(name) = &base
                && let Some(found) = in_store(outside, name)?
            {
                return Ok(found);
            }
            let found = outside
                .image(&base)
                .map_err(|error| super::build::fail(&error))?;
            found.ok_or_else(|| Failure::say(Kind::Outside, format!("{target} was not found")))
        }
    }
}

/// An image that the store has under exactly this name (`terroir ls`).
fn in_store(outside: &Outside, name: &str) -> Result<Option<Found>, Failure> {
    let failed = |error: &dyn std::error::Error| Failure::say(Kind::Outside, error.to_string());
    let tags = outside.store().tags().map_err(|error| failed(&error))?;
    let Some((_, root)) = tags.into_iter().find(|(held, _)| held == name) else {
        return Ok(None);
    };
    let source = outside.blobs();
    let image =
        Image::load(source.as_ref(), &root).map_err(|error| Failure::new(Kind::Outside, &error))?;
    Ok(Some((image, source)))
}

/// The failure that an image does not serve a platform, with those that it does.
pub(super) fn not_for(image: &Image, wanted: &Platform) -> Failure {
    let names = image.platforms.iter().filter_map(|one| {
        let platform = one.document.descriptor.platform().as_ref();
        platform.map(platform_name)
    });
    let names: Vec<String> = names.collect();
    let wanted = platform_name(wanted);
    let failure = Failure::say(Kind::Usage, format!("it has no image for {wanted}"));
    match names.first() {
        Some(first) => failure.hint(format!(
            "it has {}; say --platform {first}",
            names.join(", ")
        )),
        None => failure,
    }
}

/// Prints digests, layers, history and the flavour of every platform.
pub(super) fn inspect(session: &Session, arguments: &Inspect) -> Result<(), Failure> {
    let outside = session.outside(session.store()?, Reach::Missing, Compression::Zstd);
    let (image, source) = find(session, &outside, &arguments.target)?;
    let mut platforms = Vec::new();
    for platform in &image.platforms {
        let config = source
            .read(platform.manifest.config(), MAX_DOCUMENT)
            .map_err(|error| Failure::new(Kind::Outside, &error))?;
        let config: Value = serde_json::from_slice(&config).map_err(|error| {
            Failure::say(Kind::Outside, format!("the config is not valid: {error}"))
        })?;
        let record = record_of(platform, &config, &source, outside.store())
            .map_err(|error| super::build::fail(&error))?;
        match arguments.format {
            Format::Text => print(session, &image, platform, &config, record.as_deref()),
            Format::Json => platforms.push(as_json(platform, &config, record.as_deref())),
        }
    }
    if arguments.format == Format::Json {
        let root = image.root.descriptor.digest().to_string();
        session
            .printer
            .json(&json!({ "digest": root, "platforms": platforms }));
    }
    Ok(())
}

fn print(
    session: &Session,
    image: &Image,
    platform: &PlatformImage,
    config: &Value,
    record: Option<&Record>,
) {
    let line = |text: String| session.printer.line(text);
    line(format!("digest    {}", image.root.descriptor.digest()));
    if let Some(name) = platform.document.descriptor.platform() {
        line(format!(
            "platform  {} {}",
            platform_name(name),
            platform.document.descriptor.digest()
        ));
    }
    if let Some(record) = record {
        print_record(session, record);
    }
    let created = config
        .get("created")
        .and_then(Value::as_str)
        .unwrap_or("unknown");
    line(format!("created   {created}"));
    line("layers".to_owned());
    let mut layers = platform.manifest.layers().iter();
    let empty = Vec::new();
    let history = config
        .get("history")
        .and_then(Value::as_array)
        .unwrap_or(&empty);
    for one in history {
        let made = one.get("created_by").and_then(Value::as_str).unwrap_or("");
        let flavour = one.get("comment").and_then(Value::as_str).unwrap_or("");
        let layer = match one.get("empty_layer").and_then(Value::as_bool) {
            Some(true) => None,
            _ => layers.next(),
        };
        let bytes = layer.map_or_else(|| "no layer".to_owned(), |layer| size(layer.size()));
        line(
            format!("  {bytes:>10}  {flavour:<18} {made}")
                .trim_end()
                .to_owned(),
        );
    }
    for layer in layers {
        line(format!("  {:>10}", size(layer.size())));
    }
}

/// Prints what the flavour record tells.
fn print_record(session: &Session, record: &Record) {
    let line = |text: String| session.printer.line(text);
    let ancestry: Vec<String> = record
        .ancestry
        .iter()
        .map(|one| format!("{} ({})", one.name, one.tier))
        .collect();
    line(format!("flavour   {}", ancestry.join(" > ")));
    let facts = &record.facts;
    let facts = [
        &facts.id,
        &facts.version_id,
        &facts.codename,
        &facts.architecture,
    ];
    let facts: Vec<&str> = facts.into_iter().map(String::as_str).collect();
    let facts: Vec<&str> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
    line(format!("facts     {}", facts.join(" ")));
    let rules = record.mandatory.len();
    let s = if rules == 1 { "" } else { "s" };
    line(format!(
        "settings  {}, {rules} mandatory rule{s}",
        record.settings.iter().count()
    ));
}

fn as_json(platform: &PlatformImage, config: &Value, record: Option<&Record>) -> Value {
    json!({
        "manifest": platform.document.descriptor.digest().to_string(),
        "platform": platform.document.descriptor.platform().as_ref().map(platform_name),
        "layers": platform.manifest.layers(),
        "annotations": platform.manifest.annotations(),
        "config": config,
        "record": record,
    })
}
