//! The numeric ids of a flavour's accounts, compared with those that the lock has.

use crate::engine::error::Error;
use crate::engine::root::State;
use crate::package::Accounts;
use crate::path::TreePath;

use super::stack::Stacking;

/// The accounts of a root.
fn accounts_of(state: &State) -> Result<Accounts, Error> {
    let text = |path: &str| {
        let path = TreePath::parse(path).expect("a constant path");
        let file = state.read(&path).map_err(|source| Error::Step {
            entry: "accounts".into(),
            origin: crate::origin::Origin::builtin(),
            source,
        })?;
        Ok::<_, Error>(file.map_or_else(String::new, |(_, file)| {
            String::from_utf8_lossy(&file.bytes).into_owned()
        }))
    };
    Ok(Accounts::read(&text("/etc/passwd")?, &text("/etc/group")?))
}

impl Stacking<'_> {
    /// Tells whether a root has locked accounts under other ids.
    pub(super) fn accounts_moved(self, state: &State) -> Result<bool, Error> {
        let wanted = self.wanted_accounts();
        Ok(!wanted.is_empty() && !accounts_of(state)?.moved_from(&wanted).is_empty())
    }

    /// Refuses accounts whose ids moved, and notes the others for the lock.
    pub(super) fn hold_accounts(self, state: &State) -> Result<(), Error> {
        let Some(locking) = self.outside.locking() else {
            return Ok(());
        };
        let now = accounts_of(state)?;
        let moved = now.moved_from(&self.wanted_accounts());
        if !moved.is_empty() {
            let moved: Vec<String> = moved.iter().map(ToString::to_string).collect();
            return Err(Error::Accounts {
                flavour: self.flavour.name.clone(),
                moved: moved.join("; "),
            });
        }
        let own = now.beyond(&accounts_of(&self.parent.state)?);
        locking.use_accounts(self.flavour, own);
        Ok(())
    }
}
