//! Package managers: bootstrapping a base.
