//! What checks read in generated configurations, compared with what the real programs read.
//!
//! Each kind tries 300 configurations; `TERROIR_TEST_CASES=10000` tries that many.

#[path = "real_programs/apparmor.rs"]
mod apparmor;
#[path = "real_programs/firewall.rs"]
mod firewall;
#[expect(dead_code, reason = "judges whose answer may be no are run otherwise")]
#[path = "support/judge.rs"]
mod judge;
#[path = "real_programs/mounts.rs"]
mod mounts;
#[path = "real_programs/options.rs"]
mod options;
#[path = "real_programs/random.rs"]
mod random;
#[path = "real_programs/root.rs"]
mod root;
#[path = "real_programs/services.rs"]
mod services;
#[path = "real_programs/sudo.rs"]
mod sudo;
