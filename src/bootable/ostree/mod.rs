//! Images in OSTree repositories: layers as commits, and the whole as one commit that can be deployed.
