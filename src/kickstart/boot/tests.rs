//! Tests of the boot chain.
