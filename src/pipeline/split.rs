//! A pipeline as files: one, or where GitLab's limits need it several that run one after the other.

use std::collections::{BTreeMap, BTreeSet};

use super::image::Image;
use super::job::{STAGE, Settings, job, job_name, nothing, shared};
use super::limits::{BYTES, NAME};
use super::yaml::{Field, Yaml, field, map, text, texts};

/// The first line of each file.
const HEAD: &str = "# Written by terroir pipeline, format 1; do not edit it.";
/// The job of a pipeline of several parts that fetches them.
const PARTS: &str = "parts";

/// Why there is no pipeline.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// Two recipes that would have one job.
    #[error(
        "{first} and {second} both name their flavour {name}, and a pipeline has one job for each name"
    )]
    Twice {
        /// The name.
        name: String,
        /// A recipe.
        first: String,
        /// Another.
        second: String,
    },
    /// A name that no job can have.
    #[error("the job of {0} would have a name of more than {limit} characters", limit = NAME.value)]
    Name(String),
    /// A job that does not fit into a file.
    #[error("the jobs of a pipeline do not fit into files of {limit} bytes", limit = BYTES.value)]
    Large,
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Twice { .. } => "give one of them another name",
            Self::Name(_) => "give the flavour a shorter name",
            Self::Large => "publish the images under fewer tags",
        }
    }
}

/// The files of a pipeline: the name and the text of each, that which GitLab is given first.
pub type Written = Vec<(String, String)>;

/// Writes the pipeline that builds what has to be built, parents first.
pub fn pipeline(images: &[Image], settings: &Settings) -> Result<Written, Error> {
    let mut known: BTreeMap<&str, &Image> = BTreeMap::new();
    for image in images {
        if let Some(other) = known.insert(&image.name, image) {
            return Err(Error::Twice {
                name: image.name.clone(),
                first: other.recipe.clone(),
                second: image.recipe.clone(),
            });
        }
        if job_name(image).chars().count() > NAME.value {
            return Err(Error::Name(image.name.clone()));
        }
    }
    let ordered = ordered(&known);
    let mut size = settings.jobs.max(1);
    loop {
        let parts = parts(&ordered, &known, (size, settings));
        if parts.iter().all(|part| part.len() <= BYTES.value) {
            return Ok(files(parts, settings));
        }
        if size == 1 {
            return Err(Error::Large);
        }
        size = size.div_ceil(2);
    }
}

/// The images that are built, each after those that it derives from, by their depth and name.
fn ordered<'i>(known: &BTreeMap<&str, &'i Image>) -> Vec<&'i Image> {
    let depth = |image: &Image| {
        let mut parent = image.parent.as_deref();
        let mut depth = 0_usize;
        // A circle of recipes is refused when they are loaded.
        while let Some(above) = parent.and_then(|name| known.get(name)) {
            depth += 1;
            parent = above.parent.as_deref();
        }
        depth
    };
    let mut images: Vec<&Image> = known
        .values()
        .copied()
        .filter(|one| one.is_stale())
        .collect();
    images.sort_by_key(|image| (depth(image), &image.name));
    images
}

/// The files with the jobs, `size` jobs in each at most.
fn parts(
    ordered: &[&Image],
    known: &BTreeMap<&str, &Image>,
    (size, settings): (usize, &Settings),
) -> Vec<String> {
    if ordered.is_empty() {
        return vec![document([nothing(settings, known.len())])];
    }
    let parts = ordered.chunks(size).map(|images| {
        let here: BTreeSet<&str> = images.iter().map(|image| image.name.as_str()).collect();
        let jobs = images.iter().map(|image| {
            let parent = image.parent.as_deref().and_then(|name| known.get(name));
            job(image, parent.copied(), (&here, settings))
        });
        document([shared(settings)].into_iter().chain(jobs))
    });
    parts.collect()
}

fn document(jobs: impl IntoIterator<Item = Field>) -> String {
    // Whatever started the pipeline above, also a merge request: what it made is what runs.
    let rules = Yaml::List(vec![map([("when", text("always"))])]);
    let mut fields = vec![
        field("stages", texts([STAGE])),
        field("workflow", map([("rules", rules)])),
    ];
    fields.extend(jobs);
    format!("{HEAD}\n{}", Yaml::Map(fields))
}

/// One part is the pipeline; several are children of one that starts them in their order.
fn files(parts: Vec<String>, settings: &Settings) -> Written {
    let file = &settings.file;
    if parts.len() == 1 {
        return parts.into_iter().map(|only| (file.clone(), only)).collect();
    }
    let names: Vec<String> = (1..=parts.len())
        .map(|number| part_name(file, number))
        .collect();
    let from = map([
        ("pipeline", text("$PARENT_PIPELINE_ID")),
        ("job", text(&settings.plan_job)),
    ]);
    let mut fetch = vec![field("stage", text(STAGE))];
    fetch.extend(
        settings
            .image
            .iter()
            .map(|image| field("image", text(image))),
    );
    fetch.extend([
        field("needs", Yaml::List(vec![from])),
        field("script", texts([format!("ls {}", names.join(" "))])),
        field("artifacts", map([("paths", texts(names.iter().cloned()))])),
    ]);
    let mut jobs = vec![
        field(PARTS, Yaml::Map(fetch))
            .about("GitLab takes a child's file only from a job of the same pipeline."),
    ];
    for (index, name) in names.iter().enumerate() {
        let mut needs = vec![PARTS.to_owned()];
        needs.extend((index > 0).then(|| format!("part {index}")));
        let include = map([("artifact", text(name)), ("job", text(PARTS))]);
        let trigger = map([
            ("include", Yaml::List(vec![include])),
            ("strategy", text("depend")),
        ]);
        let fields = vec![
            field("stage", text(STAGE)),
            field("needs", texts(needs)),
            field("trigger", trigger),
        ];
        jobs.push(field(format!("part {}", index + 1), Yaml::Map(fields)));
    }
    let mut written = vec![(file.clone(), document(jobs))];
    written.extend(names.into_iter().zip(parts));
    written
}

/// The name of the file of a part: `pipeline.yml` has `pipeline.part-1.yml`.
fn part_name(file: &str, number: usize) -> String {
    match file.rsplit_once('.') {
        Some((stem, end)) if !stem.is_empty() => format!("{stem}.part-{number}.{end}"),
        _ => format!("{file}.part-{number}"),
    }
}
