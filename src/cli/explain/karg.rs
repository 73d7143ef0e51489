//! Kernel arguments as `terroir explain` prints them: a list, each word with who added it.

use crate::cli::context::session::Session;
use crate::recipe::{Claims, KernelArgument};

/// The settings that are kernel arguments.
const PREFIX: &str = "karg:";

/// Tells whether a key is that of kernel arguments.
pub(in crate::cli) fn is_karg(key: &str) -> bool {
    key.starts_with(PREFIX)
}

/// Prints the words of some keys in the order in which the kernel reads them.
pub(in crate::cli) fn print_words(session: &Session, claims: &Claims, wanted: &[&str]) {
    let all = claims.kernel_arguments();
    let is_wanted = |argument: &&KernelArgument<'_>| {
        let mut keys = wanted.iter().filter_map(|key| key.strip_prefix(PREFIX));
        keys.any(|name| name == argument.held.name)
    };
    for argument in all.iter().filter(is_wanted) {
        let only = argument.held.name.split_once('@').map(|(_, only)| only);
        let only = only.map_or_else(String::new, |only| {
            format!(" (only {})", only.replace(',', ", "))
        });
        session.printer.line(format!(
            "kernel argument {}{only}  <- {} ({})",
            argument.held.word(),
            argument.claim.flavour,
            argument.claim.origin
        ));
    }
}
