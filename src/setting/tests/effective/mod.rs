//! What the checks read in generated configurations, beside what the programs themselves say.

mod batch;
mod modprobe;
mod pam;
mod random;
mod shadow;
mod sshd;
mod sysctl;
mod systemd;

pub(super) use batch::answer;
