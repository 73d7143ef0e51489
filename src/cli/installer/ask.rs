//! The installation by hand: what is asked at the console, and the document that comes of it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha_crypt::{CustomizedPasswordHasher as _, Params, ShaCrypt};

use super::console::Console;
use super::failure::failure;
use crate::bootable::disk::random;
use crate::cli::output::failure::{Failure, Kind};
use crate::installer::{Contents, Document, FoundDisk, disk_of_file, found_disks};
use crate::registry::Reference;

/// How often a password is hashed, and the bytes of its salt: 16 characters.
const ROUNDS: u32 = 100_000;
const SALT: usize = 12;

/// What was answered so far.
#[derive(Default)]
struct Answers {
    hostname: Option<String>,
    user: Option<String>,
    groups: Vec<String>,
    key: Option<String>,
    hash: Option<String>,
}

/// Asks what becomes of this machine, and has it confirmed; a file may stand for its disks.
pub(super) fn ask(
    console: &mut Console,
    contents: &Contents,
    stand_in: Option<&Path>,
) -> Result<(Document, PathBuf), Failure> {
    let disks = match stand_in {
        Some(file) => disk_of_file(file).map(|disk| vec![disk]),
        None => found_disks(),
    };
    let disks = disks.map_err(|error| failure(&error))?;
    let reference = &contents.image.reference;
    console.say(&format!(
        "\nThis machine is no host of the medium. Installation of {reference} by hand; nothing is written before \
         you confirm it.\n"
    ))?;
    let disk = choose(console, &disks)?;
    let mut answers = Answers::default();
    until_valid(
        console,
        contents,
        &mut answers,
        "Host name",
        |answers, text| {
            answers.hostname = Some(text);
        },
    )?;
    ask_for_user(console, contents, &mut answers)?;
    let document = document(contents, &answers);
    let document = document.map_err(|why| Failure::say(Kind::Usage, why))?;
    confirm(console, (contents, &answers), disk)?;
    Ok((document, disk.path.clone()))
}

/// Asks for the administrator and how it logs in.
fn ask_for_user(
    console: &mut Console,
    contents: &Contents,
    answers: &mut Answers,
) -> Result<(), Failure> {
    until_valid(
        console,
        contents,
        answers,
        "Login name of the administrator",
        |answers, text| {
            answers.user = Some(text);
        },
    )?;
    let user = answers.user.clone().unwrap_or_default();
    let question =
        format!("Groups of {user}, with commas between them (such as sudo; empty for none)");
    until_valid(console, contents, answers, &question, |answers, text| {
        let groups = text.split(',').map(|group| group.trim().to_owned());
        answers.groups = groups.filter(|group| !group.is_empty()).collect();
    })?;
    loop {
        let question = format!("Public SSH key of {user}, one line (empty for none)");
        until_valid(console, contents, answers, &question, |answers, text| {
            answers.key = Some(text).filter(|text| !text.is_empty());
        })?;
        answers.hash = password(console, &user)?;
        if answers.key.is_some() || answers.hash.is_some() {
            return Ok(());
        }
        console.say(&format!(
            "{user} could not log in: give a key or a password."
        ))?;
    }
}

/// Asks until the document is valid with the answer.
fn until_valid(
    console: &mut Console,
    contents: &Contents,
    answers: &mut Answers,
    question: &str,
    set: impl Fn(&mut Answers, String),
) -> Result<(), Failure> {
    loop {
        let answer = console.ask(question)?;
        set(answers, answer);
        match document(contents, answers) {
            Ok(_) => return Ok(()),
            Err(why) => console.say(&why)?,
        }
    }
}

/// Shows the disks and has one chosen.
fn choose<'d>(console: &mut Console, disks: &'d [FoundDisk]) -> Result<&'d FoundDisk, Failure> {
    let usable = || disks.iter().filter(|disk| disk.against.is_empty());
    console.say("Disks of this machine:")?;
    for (at, disk) in usable().enumerate() {
        console.say(&format!("  {}  {}", at + 1, described(disk)))?;
    }
    for disk in disks.iter().filter(|disk| !disk.against.is_empty()) {
        console.say(&format!("  -  {}; it {}", described(disk), disk.against))?;
    }
    if usable().next().is_none() {
        let message = "no disk of this machine can be wiped, and nothing was written";
        return Err(Failure::say(Kind::No, message)
            .hint("look for the driver of the disk, and for what uses it"));
    }
    loop {
        let answer = console.ask("Disk to wipe and install to (number or name)")?;
        let number = answer.parse::<usize>().ok();
        let mut numbered = usable().enumerate();
        let chosen = numbered.find(|(at, disk)| number == Some(at + 1) || disk.name == answer);
        match chosen {
            Some((_, disk)) => return Ok(disk),
            None => console.say(&format!(
                "`{}` is none of these disks.",
                answer.escape_debug()
            ))?,
        }
    }
}

/// A disk in one line.
fn described(disk: &FoundDisk) -> String {
    let mut text = format!("{}, {} MiB, {}", disk.name, disk.mib, disk.model);
    if !disk.serial.is_empty() {
        text = format!("{text}, serial number {}", disk.serial);
    }
    match disk.content.as_str() {
        "" => format!("{text}, blank"),
        content => format!("{text}, with {content}"),
    }
}

/// Asks for a password, twice; none where it is empty.
fn password(console: &mut Console, user: &str) -> Result<Option<String>, Failure> {
    loop {
        let first = console.hidden(&format!("Password of {user} (empty for none)"))?;
        if first.is_empty() {
            return Ok(None);
        }
        match console.hidden("The same once more")? == first {
            true => return hash(&first).map(Some),
            false => console.say("The two differ.")?,
        }
    }
}

/// The hash of a password: SHA-512 crypt, which every C library knows.
fn hash(password: &str) -> Result<String, Failure> {
    let mut salt = [0; SALT];
    random(&mut salt).map_err(|error| Failure::new(Kind::Outside, &error))?;
    let params = Params::new(ROUNDS).unwrap_or_default();
    let hashed = ShaCrypt::default().hash_password_customized(
        password.as_bytes(),
        &salt,
        None,
        None,
        params,
    );
    let failed =
        |error: sha_crypt::password_hash::Error| Failure::say(Kind::Bug, error.to_string());
    hashed.map(|hash| hash.to_string()).map_err(failed)
}

/// Shows what will be done; only the name of the disk confirms it.
fn confirm(
    console: &mut Console,
    (contents, answers): (&Contents, &Answers),
    disk: &FoundDisk,
) -> Result<(), Failure> {
    let given = |text: &Option<String>| text.clone().unwrap_or_default();
    let ways = match (&answers.key, &answers.hash) {
        (Some(_), Some(_)) => "an SSH key and a password",
        (Some(_), None) => "an SSH key",
        _ => "a password",
    };
    let groups = match answers.groups.is_empty() {
        true => String::new(),
        false => format!(" in {}", answers.groups.join(", ")),
    };
    let follow = contents.image.follow.as_deref();
    console.say(&format!(
        "\nThis will be done:\n\
         \x20 image      {} ({})\n\
         \x20 updates    {}\n\
         \x20 disk       {}; all that is on it is lost\n\
         \x20 host name  {}\n\
         \x20 user       {}{groups}, with {ways}\n\
         \x20 network    as the image says\n",
        contents.image.reference,
        contents.image.digest,
        follow.unwrap_or("none; no registry is known that has the image"),
        described(disk),
        given(&answers.hostname),
        given(&answers.user),
    ))?;
    let question = format!("Type {} to wipe this disk and install", disk.name);
    match console.ask(&question)? == disk.name {
        true => Ok(()),
        false => Err(
            Failure::say(Kind::No, "it was not confirmed, and nothing was written")
                .hint("start the medium again to begin anew"),
        ),
    }
}

/// The document of the answers, or what is wrong with them.
fn document(contents: &Contents, answers: &Answers) -> Result<Document, String> {
    let mut text = json!({
        "format": 1,
        "image": image(contents),
        // Who answers chose the disk already.
        "disk": { "choose": "smallest" },
        "then": "poweroff",
    });
    let mut put = |key: &str, value: Value| {
        if let Some(object) = text.as_object_mut() {
            object.insert(key.to_owned(), value);
        }
    };
    if let Some(follow) = &contents.image.follow {
        put("follow", json!(follow));
    }
    if let Some(hostname) = &answers.hostname {
        put("hostname", json!(hostname));
    }
    if let Some(user) = &answers.user {
        let mut one = json!({ "name": user, "groups": answers.groups });
        let keys = [
            ("ssh-keys", answers.key.as_ref().map(|key| json!([key]))),
            (
                "password-hash",
                answers.hash.as_ref().map(|hash| json!(hash)),
            ),
            // As long as neither was asked for.
            (
                "locked",
                Some(json!(true)).filter(|_| answers.key.is_none() && answers.hash.is_none()),
            ),
        ];
        for (key, value) in keys {
            if let (Some(one), Some(value)) = (one.as_object_mut(), value) {
                one.insert(key.to_owned(), value);
            }
        }
        put("users", json!([one]));
    }
    Document::read("the answers", &text.to_string()).map_err(|problems| {
        let said = problems.iter().map(|one| match &one.hint {
            Some(hint) => format!("{} ({hint})", one.message),
            None => one.message.clone(),
        });
        said.collect::<Vec<_>>().join("\n")
    })
}

/// The image of the medium with its digest; one that no registry has is given a name that none asks for.
fn image(contents: &Contents) -> String {
    let (reference, digest) = (&contents.image.reference, &contents.image.digest);
    let parsed = Reference::parse(reference)
        .ok()
        .filter(|_| reference.contains('/'));
    match parsed {
        Some(parsed) => format!("{}/{}@{digest}", parsed.registry(), parsed.repository()),
        None => {
            let name = reference.split(['@', ':']).next().unwrap_or_default();
            format!("localhost/{}@{digest}", name.to_lowercase())
        }
    }
}
