//! A step under way: its jobs, and the calls of the helper that carry them out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::fs::File;
use std::path::PathBuf;

use crate::action::{Action, Command, Input, LifeCycle, Tree};
use crate::engine::error::{Error, RunError, StepError};
use crate::engine::helper::{
    CopyJob, Job, PackTask, Reply, RunJob, RunTask, SKELETON, Task, UnpackJob,
};
use crate::engine::lower::{LayerEntry, copy_input, lower, write_entry};
use crate::engine::outside::Outside;
use crate::engine::root::State;
use crate::engine::runner::RunFolder;
use crate::package::Resolution;
use crate::path::TreePath;
use crate::tree::{Codec, LayerWriter, Packed};

use super::context::{RunContext, tree_name};
use super::install::install_job;
use super::job::{Locks, fresh, run_job};
use super::secret::Hidden;
use super::unpacked::unpacked;

/// A step under way: its folder keeps the changes between calls of the helper.
pub(in crate::engine) struct Running<'a> {
    context: RunContext<'a>,
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
    pub(in crate::engine) fn start(context: RunContext<'a>, label: &str) -> Result<Self, Error> {
        let layers = unpacked(context.layers, context.runner, context.outside)?;
        Self::over(context, layers, label)
    }

    /// Starts a step on layers that are unpacked already.
    pub(super) fn over(
        context: RunContext<'a>,
        layers: Vec<PathBuf>,
        label: &str,
    ) -> Result<Self, Error> {
        let mut trees = Vec::new();
        for (tree, layers) in context.trees {
            let layers = unpacked(layers, context.runner, context.outside)?;
            trees.push((tree.clone(), layers));
        }
        Ok(Self {
            folder: context.runner.folder(context.outside.store())?,
            context,
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
    pub(in crate::engine) fn add(
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
                    let seconds = self.context.runner.limit.as_secs();
                    self.limit += command.limit.unwrap_or(seconds);
                    let job = run_job(
                        command,
                        self.context,
                        (self.folder.path(), &self.names()),
                        (&mut self.hidden, &mut self.locks),
                    )?;
                    self.jobs.push(Job::Run(Box::new(job)));
                }
                Action::Packages(request) => {
                    let resolution = resolved.next().cloned().unwrap_or_default();
                    self.limit += self.context.runner.limit.as_secs();
                    let job = install_job(request, &resolution, self.context, &self.folder)?;
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
                Action::Shape { life_cycle, .. } => self.shape(*life_cycle)?,
                _ => {}
            }
        }
        if !pure.is_empty() && ran {
            self.survey(state)?;
        }
        self.apply(&pure, state)
    }

    /// Gives the root the shape of a life cycle, with what its scripts see of the world.
    fn shape(&mut self, life_cycle: LifeCycle) -> Result<(), Error> {
        self.limit += self.context.runner.limit.as_secs();
        let script = run_job(
            &Command::new("shape", Vec::new()),
            self.context,
            (self.folder.path(), &self.names()),
            (&mut self.hidden, &mut self.locks),
        )?;
        self.jobs.push(Job::Shape(Box::new(script), life_cycle));
        Ok(())
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
            .ok_or_else(|| RunError::Tree(tree_name(wanted)))
    }

    /// Adds actions that only write.
    fn apply(&mut self, actions: &[Action], state: &mut State) -> Result<(), Error> {
        if actions.is_empty() {
            return Ok(());
        }
        let step = lower(state, actions).map_err(|source| self.refused(source))?;
        let files = step.entries.iter();
        let files = files.filter(|(_, part)| !part.entry.is_directory());
        self.stated.extend(files.map(|(path, _)| path.clone()));
        if let Some(archive) = self.archive(&step.entries)? {
            self.jobs.push(Job::Apply(archive));
        }
        if let Some(archive) = self.archive(&step.scratch)? {
            self.jobs.push(Job::ApplyScratch(archive));
        }
        Ok(())
    }

    /// Writes entries as an archive that the helper puts over the root; none when there are none.
    fn archive(
        &mut self,
        entries: &BTreeMap<TreePath, LayerEntry>,
    ) -> Result<Option<PathBuf>, Error> {
        if entries.is_empty() {
            return Ok(None);
        }
        let name = format!("entries-{}", self.archives);
        self.archives += 1;
        let path = self.folder.path().join(name);
        let file = File::create(&path).map_err(|source| Error::Io {
            doing: format!("writing {}", path.display()),
            source,
        })?;
        let mut writer = LayerWriter::new(file, Codec::Zstd)?;
        for part in entries.values() {
            write_entry(part, &mut writer)?;
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
    pub(in crate::engine) fn survey(&mut self, state: &mut State) -> Result<(), Error> {
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
    pub(in crate::engine) fn finish(mut self) -> Result<(Option<Packed>, Vec<TreePath>), Error> {
        let task = self.pack_task()?;
        let codec = self.context.codec;
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
            store: self.context.outside.store().path().to_path_buf(),
            codec: self.context.codec.name().to_owned(),
            epoch: self.context.epoch,
            roots: self.context.runner.roots(self.context.outside.store())?,
            accounts: self.context.accounts.clone(),
            survey: None,
            stated: self.stated.iter().cloned().collect(),
        })
    }

    fn ask(&mut self, pack: Option<PackTask>) -> Result<Reply, Error> {
        let task = Task::Run(Box::new(RunTask {
            isolation: self.context.runner.isolation,
            folder: self.folder.path().to_path_buf(),
            layers: self.layers.clone(),
            trees: self
                .trees
                .iter()
                .map(|(_, layers)| layers.clone())
                .collect(),
            jobs: std::mem::take(&mut self.jobs),
            pack,
            size_limit: self.context.runner.size_limit,
            resolver: resolver(),
        }));
        let limit = std::mem::take(&mut self.limit).max(self.context.runner.limit.as_secs());
        let told = (self.label.as_str(), self.hidden.texts.as_slice());
        let reply = self.context.runner.ask(&task, Some(limit), told)?;
        Ok(reply)
    }
}

impl Running<'_> {
    /// Adds a command of terroir's own.
    pub(super) fn add_job(&mut self, job: RunJob) {
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

/// What the machine's resolver reads, which commands with a network need.
fn resolver() -> String {
    fs::read_to_string("/etc/resolv.conf").unwrap_or_default()
}

/// The entries of a layer that a step made, without the contents that are not needed.
pub(in crate::engine) fn skeleton(
    outside: &Outside,
    packed: &Packed,
) -> Result<Option<Vec<u8>>, Error> {
    Ok(outside.store().note(SKELETON, &packed.diff_id)?)
}
