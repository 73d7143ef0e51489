//! Kernel arguments: a list in which order and repetition count, in files of bootc's kargs.d.

mod check;
mod declare;
mod definition;
mod file;
mod list;
mod render;
mod word;

pub use declare::KargDeclaration;
pub use file::{KARGS_FOLDER, KargsFile};
pub use list::{
    Held as KargHeld, KargList, after as karg_after, named, of_first_format as karg_of_first_format,
};
pub use word::{KargEdit, karg_words};

pub(in crate::setting) use definition::{DECLARE, DEFINITION, Declared};
