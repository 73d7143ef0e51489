//! `terroir inspect`: what an image is made of.

use serde_json::{Value, json};

use super::arguments::{Compression, Format};
use super::arguments_image::Inspect;
use super::confinement::built;
use super::failure::{Failure, Kind};
use super::output::size;
use super::session::Session;
use crate::engine::{Found, Outside, Reach, Target, record_of};
use crate::oci::{
    BlobError, BlobSource, Image, MAX_DOCUMENT, Platform, PlatformImage, config_platform,
    platform_name,
};
use crate::origin::did_you_mean;
use crate::recipe::Record;
use crate::registry::{Reference, is_short};

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
            if let crate::recipe::Base::Image(name) = &base
                && is_short(name)
            {
                return Err(not_there(outside, name));
            }
            let found = outside
                .image(&base)
                .map_err(|error| super::build::fail(&error))?;
            found.ok_or_else(|| Failure::say(Kind::Outside, format!("{target} was not found")))
        }
    }
}

/// The failure for a short name: what the store has was not meant, and no registry is asked for it.
fn not_there(outside: &Outside, name: &str) -> Failure {
    let tags = outside.store().tags().unwrap_or_default();
    let near = did_you_mean(name, tags.iter().map(|(held, _)| held.as_str()));
    let failure = Failure::say(Kind::Usage, format!("the store has no flavour `{name}`"));
    match near {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint(format!(
            "`terroir ls` lists what it has; a recipe is named with its .yml; an image in a registry \
             with the registry, such as {}",
            in_full(name)
        )),
    }
}

/// A short name as Docker Hub has it.
pub(super) fn in_full(name: &str) -> String {
    let reference = Reference::parse(name);
    reference.map_or_else(
        |_| format!("registry.example.org/{name}"),
        |one| one.to_string(),
    )
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

/// The image for a platform; when nobody `asked` for one, the only one there is will do.
pub(super) fn choose<'i>(
    image: &'i Image,
    source: &dyn BlobSource,
    (wanted, asked): (&Platform, bool),
) -> Result<&'i PlatformImage, Failure> {
    let failed = |error: BlobError| Failure::new(Kind::Outside, &error);
    if let Some(chosen) = image.platform(wanted, source).map_err(failed)? {
        return Ok(chosen);
    }
    if let ([only], false) = (image.platforms.as_slice(), asked) {
        return Ok(only);
    }
    let mut names = Vec::new();
    for one in &image.platforms {
        names.extend(
            one.platform(source)
                .map_err(failed)?
                .as_ref()
                .map(platform_name),
        );
    }
    let wanted = platform_name(wanted);
    let failure = Failure::say(Kind::Usage, format!("it has no image for {wanted}"));
    Err(match names.is_empty() {
        true => failure,
        false => failure.hint(format!(
            "it has {}; name one with --platform",
            names.join(", ")
        )),
    })
}

/// Prints digests, layers, history and the flavour of every platform.
pub(super) fn inspect(session: &Session, arguments: &Inspect) -> Result<(), Failure> {
    let outside = session.outside(
        session.store_for(&arguments.target)?,
        Reach::Missing,
        Compression::Zstd,
    );
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
    if let Some(name) = config_platform(config) {
        line(format!(
            "platform  {} {}",
            platform_name(&name),
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
        "platform": config_platform(config).as_ref().map(platform_name),
        "layers": platform.manifest.layers(),
        "annotations": platform.manifest.annotations(),
        "config": config,
        "record": record,
    })
}
