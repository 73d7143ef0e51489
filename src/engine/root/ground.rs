//! The view that settings have of a root between two steps.

use crate::path::TreePath;
use crate::setting::{Bits, Ground, Refusal, Scope, UnitInstall, unit_directories};
use crate::tree::Snapshot;

use super::state::State;

impl Ground for State {
    fn link(&mut self, path: &TreePath) -> Option<Vec<u8>> {
        let path = self.table.resolve(path).ok()?.path;
        self.table.get(&path)?.link.clone()
    }

    fn directory(&mut self, path: &TreePath) -> bool {
        let resolved = self.table.resolve_all(path);
        resolved.is_ok_and(|to| {
            self.table
                .get(&to.path)
                .is_some_and(|row| row.link.is_none())
        })
    }

    fn children(&mut self, path: &TreePath) -> Vec<(TreePath, Option<Vec<u8>>)> {
        let Ok(resolved) = self.table.resolve_all(path) else {
            return Vec::new();
        };
        self.table
            .children(&resolved.path)
            .map(|(path, row)| (path.clone(), row.link.clone()))
            .collect()
    }

    fn unit(&mut self, scope: Scope, name: &str) -> Option<UnitInstall> {
        let folders: Vec<TreePath> = unit_directories(scope)
            .iter()
            .filter_map(|folder| TreePath::parse(folder).ok())
            .collect();
        let unit = folders.iter().find_map(|folder| {
            let path = self
                .table
                .resolve(&folder.join(name.as_bytes()).ok()?)
                .ok()?
                .path;
            if self
                .table
                .get(&path)
                .is_some_and(|row| row.link.as_deref() == Some(b"/dev/null"))
            {
                return None;
            }
            let path = self.table.resolve_all(&path).ok()?.path;
            self.units.files.get(&path).cloned()
        })?;
        let drop_ins = self.units.drop_ins.iter().filter(|(path, _)| {
            path.parent()
                .is_some_and(|parent| parent.file_name() == format!("{name}.d").as_bytes())
        });
        Some(drop_ins.fold(unit, |unit, (_, text)| unit.with_drop_in(text)))
    }

    fn unit_names(&mut self, scope: Scope) -> Vec<String> {
        let folders: Vec<TreePath> = unit_directories(scope)
            .iter()
            .filter_map(|folder| TreePath::parse(folder).ok())
            .collect();
        let below = |path: &TreePath| {
            path.parent()
                .is_some_and(|parent| folders.contains(&parent))
        };
        let names = self.units.files.keys().filter(|path| below(path));
        names
            .map(|path| String::from_utf8_lossy(path.file_name()).into_owned())
            .collect()
    }

    fn passes_over(&mut self, refusal: &Refusal) -> bool {
        let Some(passed) = &mut self.passed_over else {
            return false;
        };
        passed.push(refusal.clone());
        true
    }

    fn text(&mut self, path: &TreePath) -> Result<Option<String>, String> {
        let file = self.read(path).map_err(|error| error.to_string())?;
        Ok(file.map(|(_, file)| String::from_utf8_lossy(&file.bytes).into_owned()))
    }

    fn configuration(&mut self) -> Snapshot {
        self.known_files()
    }

    fn bits(&mut self, path: &TreePath) -> Result<Option<Bits>, String> {
        let resolved = self
            .table
            .resolve_all(path)
            .map_err(|error| error.to_string())?;
        if let Some(row) = self.row(&resolved.path) {
            return Ok(Some(Bits {
                mode: row.mode,
                uid: row.uid,
                gid: row.gid,
            }));
        }
        let file = self.read(path).map_err(|error| error.to_string())?;
        Ok(file.map(|(_, file)| Bits {
            mode: file.mode,
            uid: file.uid,
            gid: file.gid,
        }))
    }
}
