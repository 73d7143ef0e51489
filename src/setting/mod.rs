//! Setting kinds: what a control demands, and how it is put into a root.
