//! Trees of files as layers carry them: entries, tables, archives, unpacking, views.
