//! Checks of finished images that are to boot: one rule a file, and the table of them.
