//! `terroir kickstart`: runs one of its verbs.

use super::{artifact, check, explain, hosts, render, serve, volume};
use crate::cli::arguments::kickstart::{Kickstart, KickstartVerb};
use crate::cli::context::session::Session;
use crate::cli::output::failure::Failure;

/// Runs a verb of `terroir kickstart`.
pub(in crate::cli) fn kickstart(session: &Session, arguments: &Kickstart) -> Result<(), Failure> {
    match &arguments.verb {
        KickstartVerb::Render(arguments) => render::render(session, arguments),
        KickstartVerb::Explain(arguments) => explain::explain(session, arguments),
        KickstartVerb::Check(arguments) => check::check(session, arguments),
        KickstartVerb::Volume(arguments) => volume::volume(session, arguments),
        KickstartVerb::Serve(arguments) => serve::serve(session, arguments),
        KickstartVerb::Arm(arguments) => hosts::arm(session, arguments),
        KickstartVerb::Disarm(arguments) => hosts::disarm(session, arguments),
        KickstartVerb::Retire(arguments) => hosts::retire(session, arguments),
        KickstartVerb::Wipe(arguments) => hosts::wipe(session, arguments),
        KickstartVerb::Status(arguments) => hosts::status(session, arguments),
        KickstartVerb::RecoveryKey(arguments) => hosts::recovery_key(session, arguments),
        KickstartVerb::Push(arguments) => artifact::push(session, arguments),
        KickstartVerb::Pull(arguments) => artifact::pull(session, arguments),
    }
}
