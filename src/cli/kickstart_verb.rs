//! `terroir kickstart`: the verbs around unattended installation.

use super::arguments_kickstart::{Kickstart, KickstartVerb};
use super::failure::Failure;
use super::session::Session;
use super::{
    kickstart_artifact, kickstart_check, kickstart_explain, kickstart_render, kickstart_volume,
};

/// Runs a verb of `terroir kickstart`.
pub(super) fn kickstart(session: &Session, arguments: &Kickstart) -> Result<(), Failure> {
    match &arguments.verb {
        KickstartVerb::Render(arguments) => kickstart_render::render(session, arguments),
        KickstartVerb::Explain(arguments) => kickstart_explain::explain(session, arguments),
        KickstartVerb::Check(arguments) => kickstart_check::check(session, arguments),
        KickstartVerb::Volume(arguments) => kickstart_volume::volume(session, arguments),
        KickstartVerb::Push(arguments) => kickstart_artifact::push(session, arguments),
        KickstartVerb::Pull(arguments) => kickstart_artifact::pull(session, arguments),
    }
}
