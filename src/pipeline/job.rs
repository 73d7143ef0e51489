//! The job of one image: built, checked, published, and its digest handed to what derives from it.

use std::collections::BTreeSet;

use super::image::{Image, State};
use super::yaml::{Field, Yaml, field, map, text, texts};

/// What the names of jobs begin with; no flavour then has the name of a keyword.
pub const JOB: &str = "build ";
/// The stage of a job, and the image that it runs in.
fn head(settings: &Settings) -> Vec<Field> {
    let image = settings.image.iter();
    let image = image.map(|image| field("image", text(image)));
    std::iter::once(field("stage", text(STAGE)))
        .chain(image)
        .collect()
}

/// The job of a pipeline in which nothing is to be done: GitLab refuses one without jobs.
pub const NOTHING: &str = "nothing to build";
/// The variable with the digest of the image that the needed job built.
const DIGEST: &str = "TERROIR_DIGEST";
/// The hidden job with what all jobs share.
const SHARED: &str = ".terroir";
/// The stage of all jobs.
pub(super) const STAGE: &str = "build";

/// What is asked of a pipeline beside its images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The image in which jobs run; the runner's when absent.
    pub image: Option<String>,
    /// How commands of modules are confined; by `terroir build` itself when absent.
    pub isolation: Option<String>,
    /// The only tag that is published, as in merge requests.
    pub tag: Option<String>,
    /// Most jobs of a pipeline.
    pub jobs: usize,
    /// The name of the file, from which those of its parts are made.
    pub file: String,
    /// The job of the pipeline above that has the parts as artifacts.
    pub plan_job: String,
}

/// The name of an image's job.
pub(super) fn job_name(image: &Image) -> String {
    format!("{JOB}{}", image.name)
}

/// What all jobs share.
pub(super) fn shared(settings: &Settings) -> Field {
    let retried = [
        "runner_system_failure",
        "stuck_or_timeout_failure",
        "scheduler_failure",
        "api_failure",
    ];
    let cache = map([
        ("key", text("terroir-$CI_JOB_NAME_SLUG")),
        ("paths", texts([".terroir/store"])),
        ("when", text("always")),
    ]);
    let mut fields = head(settings);
    fields.extend([
        field("interruptible", Yaml::Flag(settings.tag.is_some())),
        field(
            "retry",
            map([("max", Yaml::Number(2)), ("when", texts(retried))]),
        ),
        field(
            "variables",
            map([("TERROIR_STORE", text("$CI_PROJECT_DIR/.terroir/store"))]),
        ),
        field("cache", cache),
    ]);
    field(SHARED, Yaml::Map(fields))
}

/// The job of an image; `here` are the images that the same file builds.
pub(super) fn job(
    image: &Image,
    parent: Option<&Image>,
    (here, settings): (&BTreeSet<&str>, &Settings),
) -> Field {
    let needed = parent.filter(|parent| here.contains(parent.name.as_str()));
    let mut fields = vec![
        field("extends", text(SHARED)),
        field("needs", texts(needed.map(job_name))),
    ];
    if !image.references.is_empty() {
        let place = match &settings.tag {
            Some(tag) => format!("image/{}/{tag}", image.name),
            None => format!("image/{}", image.name),
        };
        fields.push(field("resource_group", text(&place)));
        fields.push(field("environment", map([("name", text(place))])));
    }
    let build = build(image, (parent, needed.is_some()), settings);
    let (checks, reports) = checks(image);
    let mut script = vec![build];
    script.extend(checks);
    if !image.references.is_empty() {
        let references: Vec<String> = image.references.iter().map(|one| word(one)).collect();
        script.push(format!(
            "terroir push {} {} --inputs {}",
            word(&image.name),
            references.join(" "),
            image.inputs
        ));
    }
    // The store is cached for the next run, without what no step needed for two weeks.
    script.push("terroir prune --keep-days 14".to_owned());
    script.push(format!(
        "echo \"{DIGEST}=$(cat terroir.digest)\" > terroir.env"
    ));
    fields.push(field("script", texts(script)));
    let artifacts = map([
        ("when", text("always")),
        ("expire_in", text("30 days")),
        ("reports", Yaml::Map(reports)),
    ]);
    fields.push(field("artifacts", artifacts));
    let made = field(job_name(image), Yaml::Map(fields));
    match &image.state {
        State::Stale(why) => made.about(why),
        State::Fresh(_) => made,
    }
}

/// The command that builds, on the published image of its parent where there is one.
fn build(image: &Image, (parent, needed): (Option<&Image>, bool), settings: &Settings) -> String {
    let mut command = format!("terroir build {}", word(&image.recipe));
    if let Some((parent, repository)) = parent.and_then(|one| Some((one, one.repository()?))) {
        let from = match (&parent.state, needed) {
            (State::Fresh(digest), _) => format!("{repository}@{digest}"),
            (State::Stale(_), true) => format!("\"{repository}@${DIGEST}\""),
            // Another part of the pipeline built it before.
            (State::Stale(_), false) => parent.references.first().cloned().unwrap_or_default(),
        };
        command = format!("{command} --parent {from}");
    }
    if let Some(isolation) = &settings.isolation {
        command = format!("{command} --isolation {isolation}");
    }
    format!("{command} --digest-file terroir.digest")
}

/// The commands that check an image, and the reports that they write.
fn checks(image: &Image) -> (Vec<String>, Vec<Field>) {
    let name = word(&image.name);
    let (mut commands, mut junit, mut reports) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(audit) = &image.audit {
        let mut command = format!("terroir audit {name} --level {}", audit.level);
        if let Some(benchmark) = &audit.benchmark {
            command = format!("{command} --benchmark {}", word(benchmark));
        }
        if audit.workstation {
            command = format!("{command} --profile workstation");
        }
        command = format!("{command} --threshold {}", audit.threshold);
        for (choice, value) in &audit.choose {
            command = format!("{command} --choose {}", word(&format!("{choice}={value}")));
        }
        commands.push(format!(
            "{command} --report junit=audit.xml --report code-quality=quality.json"
        ));
        junit.push("audit.xml");
        reports.push(field("codequality", text("quality.json")));
    }
    if image.tests {
        commands.push(format!("terroir test {name} --report junit=tests.xml"));
        junit.push("tests.xml");
    }
    if image.boots {
        commands.push(format!("terroir lint {name} --report junit=lint.xml"));
        junit.push("lint.xml");
    }
    if !junit.is_empty() {
        reports.push(field("junit", texts(junit)));
    }
    reports.push(field("dotenv", text("terroir.env")));
    (commands, reports)
}

/// The job of a pipeline in which nothing is to be done.
pub(super) fn nothing(settings: &Settings, count: usize) -> Field {
    let mut fields = head(settings);
    let said = format!("echo \"all {count} images are built of what is there now\"");
    fields.push(field("script", texts([said])));
    field(NOTHING, Yaml::Map(fields))
}

/// A text as one word of a shell.
fn word(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,=".contains(c);
    match !value.is_empty() && value.chars().all(plain) {
        true => value.to_owned(),
        false => format!("'{}'", value.replace('\'', r"'\''")),
    }
}
