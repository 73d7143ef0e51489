//! How much one file may hold, and one template may give.

/// Largest file that is read, in bytes.
pub const MAX_SIZE: usize = 1 << 20;
/// Largest number of values that one file may hold once its aliases are resolved.
pub const MAX_NODES: usize = 100_000;
/// Deepest nesting of lists and mappings.
pub const MAX_DEPTH: usize = 64;
/// Most text that one call gives, in bytes.
pub(super) const MAX_OUTPUT: usize = 1 << 20;
