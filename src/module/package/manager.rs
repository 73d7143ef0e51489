//! One package manager, asked for what any of them can do.

use std::fmt;
use std::marker::PhantomData;

use super::bluebuild::PackageManager;
use super::plan::Plan;
use super::request::Request;
use crate::module::module_type::Configuration;
use crate::module::surroundings::{Compiled, Surroundings};
use crate::origin::Diagnostic;

/// A package manager.
pub(in crate::module) trait Manager: fmt::Debug {
    /// The family whose packages it manages, as facts name it.
    const FAMILY: &'static str;

    /// Turns a request into actions.
    fn compile(request: &Request, plan: &mut Plan<'_>);
}

/// What one package manager is asked for.
#[derive(Debug)]
pub(in crate::module) struct Asked<M> {
    request: Request,
    manager: PhantomData<M>,
}

impl<M> From<Request> for Asked<M> {
    fn from(request: Request) -> Self {
        Self {
            request,
            manager: PhantomData,
        }
    }
}

impl<M> From<PackageManager> for Asked<M> {
    fn from(written: PackageManager) -> Self {
        Request::from(written).into()
    }
}

impl<M: Manager> Configuration for Asked<M> {
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        Plan::managed(around, M::FAMILY, |plan| M::compile(&self.request, plan))
    }
}
