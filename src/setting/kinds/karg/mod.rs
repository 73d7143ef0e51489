//! Kernel arguments: a list in which order and repetition count, in files of bootc's kargs.d.

mod check;
mod declare;
mod list;
mod render;
mod word;

pub(in crate::setting) use check::{check, reads};
pub use declare::KargDeclaration;
pub(in crate::setting) use declare::declare;
pub use list::{
    Held as KargHeld, KargList, after as karg_after, named, of_first_format as karg_of_first_format,
};
pub(in crate::setting) use list::{at_least, show};
pub(in crate::setting) use render::render;
pub use word::{KargEdit, karg_words};
