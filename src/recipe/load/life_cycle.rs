//! The life cycle that an ancestry asks for: one, since a root is shaped once.

use crate::action::LifeCycle;
use crate::module::FinishRequest;
use crate::origin::{Diagnostic, Origin};
use crate::recipe::flavour::resolved::Flavour;

impl Flavour {
    /// Takes the life cycle that the entries ask for; another one beside it, or above, is an error.
    pub(super) fn settle_life_cycle(&mut self) -> Vec<Diagnostic> {
        let own = self.entries.iter().flat_map(|entry| {
            let asked = entry.finish.iter();
            let asked = asked.filter_map(FinishRequest::life_cycle);
            asked.map(|life_cycle| (life_cycle, entry.origin.clone()))
        });
        let mut problems = Vec::new();
        let mut first = self.life_cycle.take();
        for (life_cycle, origin) in own {
            match &first {
                Some(first) if first.0 != life_cycle => {
                    problems.push(refused((life_cycle, &origin), first));
                }
                Some(_) => {}
                None => first = Some((life_cycle, origin)),
            }
        }
        self.life_cycle = first;
        problems
    }
}

fn refused((asked, origin): (LifeCycle, &Origin), first: &(LifeCycle, Origin)) -> Diagnostic {
    let message = format!(
        "the life cycle is {} already: a root is shaped once",
        first.0.name()
    );
    Diagnostic::error(origin, message)
        .labelled(format!("{} here", asked.name()))
        .and(&first.1, format!("{} is asked for here", first.0.name()))
        .hint(
            "state `life-cycle` in one entry; the layer `bootable` states it by its option \
             `life_cycle`, and flavours that derive from a bootable one leave it out",
        )
}
