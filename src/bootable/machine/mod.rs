//! Virtual machines that start images and disks.
