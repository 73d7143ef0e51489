//! Disk images: partitions, boot loader, and the root in the form of its life cycle.
