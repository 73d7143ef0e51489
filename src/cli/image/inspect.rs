//! `terroir inspect`: the layers, the history and the flavour of an image.

use serde_json::{Value, json};

use crate::cli::arguments::image::Inspect;
use crate::cli::arguments::options::{Compression, Format};
use crate::cli::context::session::Session;
use crate::cli::output::failure::Failure;
use crate::cli::output::units::size;
use crate::cli::target::find::find;
use crate::cli::target::record::read_record;
use crate::engine::Reach;
use crate::oci::{Image, PlatformImage, config_platform, platform_name};
use crate::recipe::Record;

/// Prints digests, layers, history and the flavour of every platform.
pub(in crate::cli) fn inspect(session: &Session, arguments: &Inspect) -> Result<(), Failure> {
    let outside = session.outside(
        session.store_for(&arguments.target)?,
        Reach::Missing,
        Compression::Zstd,
    );
    let (image, source) = find(session, &outside, &arguments.target)?;
    let mut platforms = Vec::new();
    for platform in &image.platforms {
        let (config, record) = read_record(platform, &source, &outside)?;
        match arguments.print.format {
            Format::Text => print(session, &image, platform, &config, record.as_deref()),
            Format::Json => platforms.push(as_json(platform, &config, record.as_deref())),
        }
    }
    if arguments.print.format == Format::Json {
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

/// Prints the flavour record.
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
