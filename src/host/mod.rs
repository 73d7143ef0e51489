//! The running machine: what state it is in, its updates, and the way back.
