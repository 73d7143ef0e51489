//! What the checks read in generated configurations, beside what the programs themselves say.

#![expect(clippy::format_push_string, reason = "texts of cases are short")]

mod batch;
mod modprobe;
mod pam;
mod random;
mod shadow;
mod sshd;
mod sysctl;
mod systemd;

pub(super) use batch::answer;
