//! `COPY` and `ADD`: files of the repository, of stages, of images, of heredocs.

use std::sync::Arc;

use super::fault::Fault;
use super::lines::Line;
use super::machine::{Machine, Wrong};
use super::mounts::origin_tree;
use super::words::{Flag, flags, json_list, unknown};
use crate::action::{Action, Content, Input, Owner};
use crate::module::sources::Target;
use crate::origin::Sourced;
use crate::setting::{parse_place, refuse_kernel};

const DOWNLOAD: &str = r#"if [ -d "$2" ]; then set -- "$1" "$2/$6" "$3" "$4" "$5"; fi
mkdir -p "$(dirname "$2")"
if command -v curl >/dev/null; then curl -fsSL --retry 3 -o "$2" "$1"
elif command -v wget >/dev/null; then wget -q -O "$2" "$1"
else echo "ADD fetches $1 with curl or wget, and neither is in the root; install curl in an entry before" >&2; exit 127
fi
printf '%s  %s\n' "$3" "$2" | sha256sum -c - >&2
chmod "$4" "$2"
chown "$5" "$2""#;

/// The flags of a copying instruction.
#[derive(Default)]
struct Options {
    from: Option<String>,
    owner: Option<Owner>,
    owner_text: Option<String>,
    mode: Option<u32>,
    checksum: Option<String>,
    unpack: Option<bool>,
}

impl Machine<'_> {
    pub(super) fn copy(&mut self, line: &Line, add: bool) -> Result<(), Wrong> {
        let (flags, rest) = flags(&line.beside);
        let options = self.copy_options(&flags, line, add)?;
        let (sources, destination) = self.paths(rest, line)?;
        refuse_kernel(&parse_place(&destination)?, &self.origin)?;
        if !line.heredocs.is_empty() {
            self.heredocs(line, &options, &destination)?;
        }
        if sources.is_empty() {
            return Ok(());
        }
        if sources.len() > 1 && !destination.ends_with('/') {
            return Err(several(&line.name, &destination).into());
        }
        if let Some(from) = &options.from {
            let from = origin_tree(self, from)?;
            for source in sources {
                self.compiled.actions.push(Action::Copy {
                    from: from.clone(),
                    source: format!(
                        "/{}",
                        source.trim_start_matches("./").trim_start_matches('/')
                    ),
                    destination: destination.value.clone(),
                    owner: options.owner.clone(),
                    mode: options.mode,
                });
            }
            return Ok(());
        }
        for source in sources {
            match add && source.contains("://") {
                true => self.download(&source, &options, &destination)?,
                false => self.copy_files(&source, &options, (&destination, add))?,
            }
        }
        Ok(())
    }

    fn copy_options(&self, flags: &[Flag], line: &Line, add: bool) -> Result<Options, Fault> {
        let mut options = Options::default();
        for flag in flags {
            match (flag.name.as_str(), add) {
                ("from", false) => options.from = Some(self.word(flag.value()?)?),
                ("chown", _) => {
                    let text = self.word(flag.value()?)?;
                    let wrong = || Fault::new(format!("`{text}` is not an owner"));
                    options.owner = Some(Owner::parse(&text).ok_or_else(wrong)?);
                    options.owner_text = Some(text);
                }
                ("chmod", _) => options.mode = Some(mode(&self.word(flag.value()?)?)?),
                ("checksum", true) => options.checksum = Some(self.word(flag.value()?)?),
                ("unpack", true) => options.unpack = Some(flag.is_on()?),
                // How layers are made is terroir's own matter.
                ("link", _) => drop(flag.is_on()?),
                _ => {
                    let known = match add {
                        true => "--chown, --chmod, --checksum, --unpack and --link",
                        false => "--from, --chown, --chmod and --link",
                    };
                    return Err(unknown(flag, &line.name, known));
                }
            }
        }
        Ok(options)
    }

    /// The sources without heredocs, and the absolute destination.
    fn paths(&self, rest: &str, line: &Line) -> Result<(Vec<String>, Sourced<String>), Fault> {
        let words =
            json_list(rest).unwrap_or_else(|| rest.split_whitespace().map(str::to_owned).collect());
        let mut paths = Vec::new();
        for word in &words {
            paths.push(self.word(word)?);
        }
        let heredocs = !line.heredocs.is_empty();
        let destination = paths.pop().filter(|_| !paths.is_empty() || heredocs);
        let Some(destination) = destination else {
            return Err(Fault::new(format!(
                "{} needs a source and a destination",
                line.name
            )));
        };
        let destination = self.absolute(&destination);
        Ok((paths, self.sourced(destination)))
    }

    fn heredocs(
        &mut self,
        line: &Line,
        options: &Options,
        destination: &Sourced<String>,
    ) -> Result<(), Wrong> {
        if line.heredocs.len() > 1 && !destination.ends_with('/') {
            return Err(several(&line.name, destination).into());
        }
        for heredoc in &line.heredocs {
            let place = match destination.ends_with('/') {
                true => destination.clone().map(|folder| folder + &heredoc.name),
                false => destination.clone(),
            };
            let text = match heredoc.expands {
                true => self.variables.text(&heredoc.text, self.escape)?,
                false => heredoc.text.clone(),
            };
            let target = Target::new(place, options.mode, options.owner.clone());
            target.make_above(&mut self.compiled)?;
            self.compiled.actions.push(Action::Write {
                path: parse_place(&target.destination)?,
                content: Content::Text(Arc::from(text)),
                mode: options.mode.unwrap_or(0o644),
                owner: options.owner.clone().unwrap_or_default(),
            });
        }
        Ok(())
    }

    fn copy_files(
        &mut self,
        source: &str,
        options: &Options,
        (destination, add): (&Sourced<String>, bool),
    ) -> Result<(), Wrong> {
        if source.contains("://") || source.starts_with("git@") {
            return Err(Fault::new(format!(
                "COPY takes files of the repository, not `{source}`"
            ))
            .hint("ADD --checksum=sha256:… takes an address")
            .into());
        }
        let written = self.sourced(source);
        let found = self.context.find(&written)?;
        if found.len() > 1 && !destination.ends_with('/') {
            return Err(several(source, destination).into());
        }
        let target = Target::new(destination.clone(), options.mode, options.owner.clone());
        for one in found {
            let archive = match add && options.unpack != Some(false) {
                true => self.context.archive(&one)?,
                false => None,
            };
            match archive {
                Some(archive) => self.unpack(archive, options, destination)?,
                None if options.unpack == Some(true) => {
                    return Err(Fault::new(format!("`{one}` is not an archive"))
                        .hint("archives are tar, plain or compressed by gzip, bzip2, xz or zstd; leave --unpack out to copy the file")
                        .into());
                }
                None => self.context.copy(&one, &target, &mut self.compiled)?,
            }
        }
        Ok(())
    }

    fn unpack(
        &mut self,
        archive: Input,
        options: &Options,
        destination: &Sourced<String>,
    ) -> Result<(), Wrong> {
        if options.owner.is_some() || options.mode.is_some() {
            return Err(
                Fault::new("--chown and --chmod do not reach into an archive")
                    .hint("unpack it first, and change owners with RUN chown")
                    .into(),
            );
        }
        self.compiled.actions.push(Action::Unpack {
            archive,
            destination: destination.value.clone(),
        });
        Ok(())
    }

    fn download(
        &mut self,
        address: &str,
        options: &Options,
        destination: &Sourced<String>,
    ) -> Result<(), Wrong> {
        let is_web = address.starts_with("https://") || address.starts_with("http://");
        let path = address.split(['?', '#']).next().unwrap_or(address);
        if !is_web || path.ends_with(".git") {
            return Err(Fault::new(format!("ADD cannot take `{address}`"))
                .hint("put the files into the repository, or name an archive by https with --checksum")
                .into());
        }
        let digest = options.checksum.as_deref().unwrap_or_default();
        let sum = digest
            .strip_prefix("sha256:")
            .filter(|sum| sum.len() == 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let Some(sum) = sum else {
            return Err(Fault::new(format!("what `{address}` holds is not known"))
                .hint("say it with --checksum=sha256: and 64 digits, or put the file into the repository")
                .into());
        };
        if options.unpack == Some(true) {
            return Err(Fault::new("--unpack of an address is not supported")
                .hint("unpack it with RUN tar")
                .into());
        }
        let name = path.rsplit('/').next().unwrap_or_default();
        let place = match destination.strip_suffix('/') {
            Some(folder) => {
                if name.is_empty() {
                    return Err(
                        Fault::new(format!("`{address}` ends without the name of a file"))
                            .hint("write the whole path of the file as destination")
                            .into(),
                    );
                }
                destination.clone().map(|_| format!("{folder}/{name}"))
            }
            None => destination.clone(),
        };
        parse_place(&place)?;
        let mode = format!("{:04o}", options.mode.unwrap_or(0o600));
        let owner = options.owner_text.as_deref().unwrap_or("0:0");
        let words = [address, place.as_str(), sum, mode.as_str(), owner, name];
        let mut command = self.helper(format!("ADD {address}"), DOWNLOAD, &words);
        command.network = true;
        self.compiled.actions.push(Action::Run(Box::new(command)));
        Ok(())
    }
}

fn several(what: &str, destination: &str) -> Fault {
    Fault::new(format!(
        "{what} copies more than one file to `{destination}`"
    ))
    .hint(format!(
        "write the folder with a slash at its end: {destination}/"
    ))
}

fn mode(text: &str) -> Result<u32, Fault> {
    u32::from_str_radix(text, 8)
        .ok()
        .filter(|mode| *mode <= 0o7777)
        .ok_or_else(|| {
            Fault::new(format!("`{text}` is not an octal mode")).hint("write --chmod=0644")
        })
}
