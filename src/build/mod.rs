//! From a flavour to an image: plan, execute, finish, assemble.
