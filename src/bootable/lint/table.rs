//! The table of rules.

use super::rule::Rule;
use super::rules;

/// Makes the table from the modules of the rules.
macro_rules! table {
    ($($module:ident,)*) => {
        /// Every rule, in the order of ids.
        pub const TABLE: [Rule; [$(stringify!($module)),*].len()] = [$(rules::$module::RULE),*];
    };
}

table! {
    account_ids,
    api_base_directories,
    architecture_names,
    baseimage_composefs,
    baseimage_root,
    bootc_kargs,
    bootc_label,
    bound_images,
    broken_unit_link,
    buildah_injected,
    enablement_in_etc,
    etc_uid_drift,
    etc_usretc,
    folder_metadata,
    initramfs_missing,
    initramfs_modules,
    initramfs_stale,
    initramfs_unlock,
    install_config,
    kernel,
    kernel_missing,
    machine_id,
    nonempty_boot,
    nonempty_run_tmp,
    prepare_root_config,
    prepare_root_shadowed,
    secrets,
    ssh_host_keys,
    sysusers,
    unit_program,
    update_programs,
    utf8,
    var_content,
    var_log,
    var_run,
    var_tmpfiles,
    world_writable,
    zstd_frames,
}
