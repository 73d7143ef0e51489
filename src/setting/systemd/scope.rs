//! The instances of systemd that units belong to, and the folders that they lie in.

/// Which systemd instance a unit belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The system.
    System,
    /// Every user's own instance (`systemctl --global`).
    User,
}

/// The directories that hold units, first one first; the first is where links are made.
#[must_use]
pub fn unit_directories(scope: Scope) -> &'static [&'static str] {
    match scope {
        Scope::System => &[
            "/etc/systemd/system",
            "/usr/local/lib/systemd/system",
            "/usr/lib/systemd/system",
            "/lib/systemd/system",
        ],
        Scope::User => &[
            "/etc/systemd/user",
            "/usr/local/share/systemd/user",
            "/usr/share/systemd/user",
            "/usr/local/lib/systemd/user",
            "/usr/lib/systemd/user",
        ],
    }
}
