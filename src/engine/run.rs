//! A step that runs commands, from its actions to its layer.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::PathBuf;

use super::error::{Error, RunError, StepError};
use super::input::copy_input;
use super::inside_pack::SKELETON;
use super::job::{Hidden, Locks, fresh, run_job};
use super::locked::Pinned;
use super::lower::lower;
use super::pack::write_piece;
use super::packages::{install_job, resolve};
use super::piece::Piece;
use super::roots::{LayerId, unpacked};
use super::runner::{RunFolder, Runner};
use super::state::State;
use super::target::Outside;
use super::task::{CopyJob, Job, PackTask, Reply, RunTask, Task, UnpackJob};
use crate::action::{Action, Input, Tree};
use crate::oci::Digest;
use crate::package::{Accounts, Resolution};
use crate::path::TreePath;
use crate::tree::{Codec, LayerWriter, Packed};

/// What a step that runs commands stands on.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    /// The layers below it, records left out.
    pub layers: &'a [LayerId],
    /// The layers of the roots that it copies from.
    pub trees: &'a BTreeMap<Tree, Vec<LayerId>>,
    /// Variables that the parent's config states.
    pub environment: &'a [(String, String)],
    /// The ids that accounts should have which the step makes.
    pub accounts: &'a Accounts,
    /// The latest time that an entry may have.
    pub epoch: u64,
    /// How its layer is compressed.
    pub codec: Codec,
    /// Who carries it out.
    pub runner: &'a Runner,
    /// The store, and what is outside of it.
    pub outside: &'a Outside,
}

/// A step under way: its folder keeps the changes between calls of the helper.
pub(super) struct Running<'a> {
    ground: Ground<'a>,
    folder: RunFolder,
    layers: Vec<PathBuf>,
    trees: Vec<(Tree, Vec<PathBuf>)>,
    jobs: Vec<Job>,
    limit: u64,
    hidden: Hidden,
    label: String,
    archives: usize,
    locks: Locks,
    /// Files that the actions state by themselves.
    stated: BTreeSet<TreePath>,
}

impl<'a> Running<'a> {
    /// Starts a step.
    pub(super) fn start(ground: Ground<'a>, label: &str) -> Result<Self, Error> {
        let layers = unpacked(ground.layers, ground.runner, ground.outside)?;
        Self::over(ground, layers, label)
    }

    /// Starts a step on layers that are unpacked already.
    pub(super) fn over(
        ground: Ground<'a>,
        layers: Vec<PathBuf>,
        label: &str,
    ) -> Result<Self, Error> {
        let mut trees = Vec::new();
        for (tree, layers) in ground.trees {
            let layers = unpacked(layers, ground.runner, ground.outside)?;
            trees.push((tree.clone(), layers));
        }
        Ok(Self {
            folder: ground.runner.folder(ground.outside.store())?,
            ground,
            layers,
            trees,
            jobs: Vec::new(),
            limit: 0,
            hidden: Hidden::default(),
            label: label.to_owned(),
            archives: 0,
            locks: Locks::new(),
            stated: BTreeSet::new(),
        })
    }

    /// Adds actions; those that only write are carried out on the state as it is known now.
    pub(super) fn add(
        &mut self,
        actions: &[Action],
        state: &mut State,
        resolved: &mut dyn Iterator<Item = &Resolution>,
    ) -> Result<(), Error> {
        let mut pure = Vec::new();
        let mut ran = false;
        for action in actions {
            if !action.runs() {
                if std::mem::take(&mut ran) {
                    self.survey(state)?;
                }
                pure.push(action.clone());
                continue;
            }
            self.apply(&std::mem::take(&mut pure), state)?;
            ran = true;
            match action {
                Action::Run(command) => {
                    let seconds = self.ground.runner.limit.as_secs();
                    self.limit += command.limit.unwrap_or(seconds);
                    let job = run_job(
                        command,
                        self.ground,
                        (self.folder.path(), &self.names()),
                        (&mut self.hidden, &mut self.locks),
                    )?;
                    self.jobs.push(Job::Run(Box::new(job)));
                }
                Action::Packages(request) => {
                    let resolution = resolved.next().cloned().unwrap_or_default();
                    self.limit += self.ground.runner.limit.as_secs();
                    let job = install_job(request, &resolution, self.ground, &self.folder)?;
                    self.jobs.push(Job::Run(Box::new(job)));
                }
                Action::Copy {
                    from,
                    source,
                    destination,
                    owner,
                    mode,
                } => self.jobs.push(Job::Copy(CopyJob {
                    tree: self.tree(from)?,
                    source: source.clone(),
                    destination: destination.clone(),
                    owner: owner.clone(),
                    mode: *mode,
                })),
                Action::Unpack {
                    archive,
                    destination,
                } => self.unpack(archive, destination)?,
                _ => {}
            }
        }
        if !pure.is_empty() && ran {
            self.survey(state)?;
        }
        self.apply(&pure, state)
    }

    fn unpack(&mut self, archive: &Input, destination: &str) -> Result<(), Error> {
        let place = fresh(self.folder.path())?.join("archive");
        copy_input(archive, &place)?;
        self.jobs.push(Job::Unpack(UnpackJob {
            label: format!("ADD {}", archive.path),
            archive: place,
            destination: destination.to_owned(),
        }));
        Ok(())
    }

    fn names(&self) -> Vec<Tree> {
        self.trees.iter().map(|(tree, _)| tree.clone()).collect()
    }

    fn tree(&self, wanted: &Tree) -> Result<usize, RunError> {
        let mut names = self.trees.iter();
        names
            .position(|(tree, _)| tree == wanted)
            .ok_or_else(|| RunError::Tree(describe(wanted)))
    }

    /// Adds actions that only write.
    fn apply(&mut self, actions: &[Action], state: &mut State) -> Result<(), Error> {
        if actions.is_empty() {
            return Ok(());
        }
        let step = lower(state, actions).map_err(|source| self.refused(source))?;
        let files = step.pieces.iter();
        let files = files.filter(|(_, piece)| !piece.entry.is_directory());
        self.stated.extend(files.map(|(path, _)| path.clone()));
        if let Some(archive) = self.archive(&step.pieces)? {
            self.jobs.push(Job::Apply(archive));
        }
        if let Some(archive) = self.archive(&step.scratch)? {
            self.jobs.push(Job::ApplyScratch(archive));
        }
        Ok(())
    }

    /// Writes pieces as an archive that the helper puts over the root; none when there are none.
    fn archive(&mut self, pieces: &BTreeMap<TreePath, Piece>) -> Result<Option<PathBuf>, Error> {
        if pieces.is_empty() {
            return Ok(None);
        }
        let name = format!("pieces-{}", self.archives);
        self.archives += 1;
        let path = self.folder.path().join(name);
        let file = File::create(&path).map_err(|source| Error::Io {
            doing: format!("writing {}", path.display()),
            source,
        })?;
        let mut writer = LayerWriter::new(file, Codec::Zstd)?;
        for piece in pieces.values() {
            write_piece(piece, &mut writer)?;
        }
        writer.finish()?;
        Ok(Some(path))
    }

    fn refused(&self, source: StepError) -> Error {
        Error::Step {
            entry: self.label.clone(),
            origin: crate::origin::Origin::builtin(),
            source,
        }
    }

    /// Carries out what was added so far and looks at what came of it.
    pub(super) fn survey(&mut self, state: &mut State) -> Result<(), Error> {
        if self.jobs.is_empty() {
            return Ok(());
        }
        let survey = self.folder.path().join("survey");
        self.ask(Some(PackTask {
            survey: Some(survey.clone()),
            ..self.pack_task()?
        }))?;
        let skeleton = fs::read(&survey).map_err(|source| Error::Io {
            doing: "reading what a step changed".into(),
            source,
        })?;
        state.take_in(&skeleton, None)
    }

    /// Carries everything out and packs it, none when nothing changed; gives the files too that
    /// commands left and that are not in it.
    pub(super) fn finish(mut self) -> Result<(Option<Packed>, Vec<TreePath>), Error> {
        let task = self.pack_task()?;
        let codec = self.ground.codec;
        match self.ask(Some(task))? {
            Reply::Packed(packed, left) => {
                let packed = packed.map(|packed| Packed {
                    diff_id: packed.diff_id,
                    digest: packed.digest,
                    size: packed.size,
                    uncompressed: packed.uncompressed,
                    codec,
                });
                Ok((packed, left))
            }
            other => Err(RunError::Answer(format!("{other:?}")).into()),
        }
    }

    /// Carries everything out and keeps nothing but what lies in the folder.
    pub(super) fn discard(mut self) -> Result<RunFolder, Error> {
        self.ask(None)?;
        Ok(self.folder)
    }

    fn pack_task(&self) -> Result<PackTask, Error> {
        Ok(PackTask {
            store: self.ground.outside.store().path().to_path_buf(),
            codec: self.ground.codec.name().to_owned(),
            epoch: self.ground.epoch,
            roots: self.ground.runner.roots(self.ground.outside.store())?,
            accounts: self.ground.accounts.clone(),
            survey: None,
            stated: self.stated.iter().cloned().collect(),
        })
    }

    fn ask(&mut self, pack: Option<PackTask>) -> Result<Reply, Error> {
        let task = Task::Run(Box::new(RunTask {
            isolation: self.ground.runner.isolation,
            folder: self.folder.path().to_path_buf(),
            layers: self.layers.clone(),
            trees: self
                .trees
                .iter()
                .map(|(_, layers)| layers.clone())
                .collect(),
            jobs: std::mem::take(&mut self.jobs),
            pack,
            size_limit: self.ground.runner.size_limit,
            resolver: resolver(),
        }));
        let limit = std::mem::take(&mut self.limit).max(self.ground.runner.limit.as_secs());
        let told = (self.label.as_str(), self.hidden.texts.as_slice());
        let reply = self.ground.runner.ask(&task, Some(limit), told)?;
        Ok(reply)
    }
}

/// Finds out which packages an entry means, each request on the state that those before it leave.
pub(super) fn resolve_all(
    actions: &[Action],
    state: &State,
    ground: Ground<'_>,
    (label, pinned): (&str, &[Pinned]),
) -> Result<Vec<Resolution>, Error> {
    let mut found: Vec<Resolution> = Vec::new();
    for (position, action) in actions.iter().enumerate() {
        let Action::Packages(request) = action else {
            continue;
        };
        let kept = match pinned.get(found.len()) {
            Some(Pinned::Known(known)) => {
                found.push(known.clone());
                continue;
            }
            Some(Pinned::Open(kept)) => kept.as_slice(),
            None => &[],
        };
        let before = actions.get(..position).unwrap_or_default();
        let mut running = Running::start(ground, label)?;
        running.add(before, &mut state.clone(), &mut found.iter())?;
        found.push(resolve(request, running, (ground, kept))?);
    }
    Ok(found)
}

impl Running<'_> {
    /// Adds a command of terroir's own.
    pub(super) fn add_job(&mut self, job: super::task::RunJob) {
        self.jobs.push(Job::Run(Box::new(job)));
    }

    /// Where the `/tmp` of its commands is.
    pub(super) fn temporary(&self) -> PathBuf {
        self.folder.temporary()
    }
}

impl RunFolder {
    /// Where the `/tmp` of its commands was.
    pub(super) fn temporary(&self) -> PathBuf {
        self.path().join("scratch/tmp")
    }
}

/// The name of another root.
pub(super) fn describe(tree: &Tree) -> String {
    match tree {
        Tree::Stage(name) => format!("stage {name}"),
        Tree::Image(reference) => reference.clone(),
    }
}

/// What the machine's resolver reads, which commands with a network need.
fn resolver() -> String {
    fs::read_to_string("/etc/resolv.conf").unwrap_or_default()
}

/// The entries of a layer that a step made, without the contents that nobody asks for.
pub(super) fn skeleton(outside: &Outside, packed: &Packed) -> Result<Option<Vec<u8>>, Error> {
    Ok(outside.store().note(SKELETON, &packed.diff_id)?)
}

/// The digest of all layers of a root.
pub(super) fn chain(layers: &[LayerId]) -> Digest {
    let chain = layers.iter().fold(None, |chain, (_, id)| {
        Some(Digest::chain(chain.as_ref(), id))
    });
    chain.unwrap_or_else(|| Digest::of(b""))
}
