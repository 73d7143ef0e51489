//! Lines of fstab as systemd reads them, and which of their options count (fstab(5), mount(8)).

/// Options that others stand for, and what they stand for.
const IMPLIED: [(&str, &[&str]); 4] = [
    ("user", &["nosuid", "nodev", "noexec"]),
    ("users", &["nosuid", "nodev", "noexec"]),
    ("owner", &["nosuid", "nodev"]),
    ("group", &["nosuid", "nodev"]),
];

/// Options of which each takes the other back.
const OPPOSITES: [(&str, &str); 6] = [
    ("nodev", "dev"),
    ("nosuid", "suid"),
    ("noexec", "exec"),
    ("ro", "rw"),
    ("noauto", "auto"),
    ("nofail", "fail"),
];

fn opposite(option: &str) -> Option<&'static str> {
    OPPOSITES.iter().find_map(|(one, other)| match option {
        option if option == *one => Some(*other),
        option if option == *other => Some(*one),
        _ => None,
    })
}

/// The options of a list that are in force: of two that contradict each other the later.
pub(super) fn effective(options: &str) -> Vec<&str> {
    let mut counted: Vec<&str> = Vec::new();
    for option in split(options) {
        let undone = opposite(option);
        counted.retain(|held| Some(*held) != undone && *held != option);
        counted.push(option);
    }
    counted
}

/// The options of a list; a comma in quotes parts nothing.
fn split(options: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let parts = options.split(move |character| {
        quoted ^= character == '"';
        character == ',' && !quoted
    });
    parts.filter(|option| !option.is_empty())
}

/// Whether an option is in force, by itself or by one that stands for it.
fn in_force(options: &str, wanted: &str) -> bool {
    let mut force = false;
    for option in split(options) {
        let mut implied = IMPLIED.iter().filter(|(name, _)| *name == option);
        if option == wanted || implied.any(|(_, all)| all.contains(&wanted)) {
            force = true;
        } else if opposite(wanted) == Some(option) {
            force = false;
        }
    }
    force
}

/// Which of the demanded options are not in force.
pub(super) fn missing<'a>(options: &str, demanded: &'a [String]) -> Vec<&'a str> {
    let demanded = demanded.iter().map(String::as_str);
    demanded
        .filter(|option| !in_force(options, option))
        .collect()
}

/// A list of options with the demanded ones in it.
pub(super) fn with_options(options: &str, demanded: &[String]) -> String {
    let missing = missing(options, demanded).join(",");
    effective(&format!("{options},{missing}")).join(",")
}

/// Types of file systems that lie on another machine.
const NETWORK: [&str; 12] = [
    "afs",
    "ceph",
    "cifs",
    "davfs",
    "gfs2",
    "glusterfs",
    "lustre",
    "nfs",
    "nfs4",
    "smb3",
    "smbfs",
    "sshfs",
];

/// One line of fstab that mounts something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Its number, counted from 0.
    pub index: usize,
    /// What is mounted.
    pub what: String,
    /// Where, without needless slashes.
    pub place: String,
    /// The type of the file system; empty when the line does not say it.
    pub fs_type: String,
    /// The options; empty when the line does not say them.
    pub options: String,
    /// The numbers at the end, as they stand.
    pub rest: String,
}

/// The lines that mount something, in their order.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let lines = text.lines().enumerate();
    lines
        .filter_map(|(index, line)| read(index, line))
        .collect()
}

fn read(index: usize, line: &str) -> Option<Line> {
    let line = line.trim_start_matches([' ', '\t']);
    if line.starts_with('#') {
        return None;
    }
    let mut fields = line.split([' ', '\t']).filter(|field| !field.is_empty());
    let what = decoded(fields.next()?);
    let place = simple(&decoded(fields.next()?))?;
    let mut text = || fields.next().map(decoded).unwrap_or_default();
    let (fs_type, options) = (text(), text());
    let rest: Vec<&str> = fields.collect();
    (fs_type != "swap").then(|| Line {
        index,
        what,
        place,
        fs_type,
        options,
        rest: rest.join(" "),
    })
}

/// A field without its escapes (getmntent(3)).
fn decoded(field: &str) -> String {
    let mut out = String::new();
    let mut rest = field;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let known = [
            ("040", ' '),
            ("011", '\t'),
            ("012", '\n'),
            ("134", '\\'),
            ("\\", '\\'),
        ];
        let found = known
            .iter()
            .find_map(|(code, meant)| Some((after.strip_prefix(code)?, *meant)));
        let (after, meant) = found.unwrap_or((after, '\\'));
        out.push(meant);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A place without double slashes, dots and a slash at its end; none for what is not a path.
fn simple(place: &str) -> Option<String> {
    let rest = place.strip_prefix('/')?;
    let parts: Vec<&str> = rest
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    Some(format!("/{}", parts.join("/")))
}

impl Line {
    /// The text of the line with other options.
    pub(super) fn with(&self, (what, fs_type): (&str, &str), options: &str) -> String {
        let rest = match self.rest.is_empty() {
            true => "0 0",
            false => &self.rest,
        };
        let place = encoded(&self.place);
        format!("{} {place} {fs_type} {options} {rest}", encoded(what))
    }

    /// Whether a boot mounts it unasked, or on its first use.
    pub(super) fn is_automatic(&self) -> bool {
        !self.started_in().is_empty() || self.is_on_demand()
    }

    /// The folders of links by which a boot starts its unit; none when it does not.
    pub(super) fn started_in(&self) -> Vec<String> {
        let named = |option: &str| {
            let wants = option.strip_prefix("x-systemd.wanted-by=");
            let requires = option.strip_prefix("x-systemd.required-by=");
            let wants = wants.map(|unit| format!("{unit}.wants"));
            wants.or_else(|| requires.map(|unit| format!("{unit}.requires")))
        };
        let named: Vec<String> = split(&self.options).filter_map(named).collect();
        let says = |option: &str| in_force(&self.options, option);
        if !named.is_empty() && !self.is_on_demand() {
            return named;
        }
        if says("noauto") && !self.is_on_demand() {
            return Vec::new();
        }
        let is_remote = NETWORK.contains(&self.fs_type.as_str()) || says("_netdev");
        let target = if is_remote { "remote-fs" } else { "local-fs" };
        let how = if says("nofail") { "wants" } else { "requires" };
        vec![format!("{target}.target.{how}")]
    }

    /// Whether it is mounted on its first use only.
    pub(super) fn is_on_demand(&self) -> bool {
        split(&self.options).any(|option| option == "x-systemd.automount")
    }
}

/// A field as fstab writes it.
pub(super) fn encoded(field: &str) -> String {
    field
        .replace('\\', "\\134")
        .replace(' ', "\\040")
        .replace('\t', "\\011")
}
