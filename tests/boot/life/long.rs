//! The rest of a life: hardened tiers, updates that stay, a panic, other firmware.
