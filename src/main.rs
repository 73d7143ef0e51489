//! Runs the command line and turns its outcome into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(all(target_env = "gnu", target_feature = "crt-static"))]
    resolve_without_plugins();
    terroir::cli::run(std::env::args_os())
}

/// Makes a statically linked C library resolve host names by itself, whatever nsswitch.conf says.
///
/// It would load the plugins that are named there, and with them the C library of the machine, which
/// ends the process where the two are of different versions.
#[cfg(all(target_env = "gnu", target_feature = "crt-static"))]
fn resolve_without_plugins() {
    use std::ffi::{c_char, c_int};
    #[expect(unsafe_code, reason = "the C library has no safe interface to this")]
    unsafe extern "C" {
        fn __nss_configure_lookup(database: *const c_char, services: *const c_char) -> c_int;
    }
    // It only fails where it does not know the database or cannot allocate; then nsswitch.conf counts.
    #[expect(unsafe_code, reason = "both strings are static and end with a zero")]
    let _ = unsafe { __nss_configure_lookup(c"hosts".as_ptr(), c"files dns".as_ptr()) };
}
