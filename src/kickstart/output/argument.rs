//! Kernel arguments that several parts know: of terroir's own installer, and the token of an attempt.

/// What starts the installation, and not the system that the initramfs would look for.
pub const INSTALLER_ARGUMENT: &str = "rd.systemd.unit=terroir-install.target";
/// What the address of the host's document follows.
pub const HOST_ARGUMENT: &str = "terroir.host=";

/// What the token of an attempt follows.
pub const TOKEN_ARGUMENT: &str = "terroir.token=";
/// Stands for the token of a host where a server fills it in.
pub const TOKEN: &str = "TOKEN-OF-THIS-ATTEMPT";
