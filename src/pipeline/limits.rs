//! GitLab's limits on pipelines, as far as a generated one can meet them.

/// A limit with the place that states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What is limited.
    pub what: &'static str,
    /// The lowest value that GitLab has by default, in any offering.
    pub value: usize,
    /// Where GitLab's documentation states it.
    pub source: &'static str,
}

/// Most jobs of a pipeline.
pub(super) const JOBS: Limit = Limit {
    what: "jobs of a pipeline",
    value: 500,
    source: "ci_pipeline_size, GitLab.com Free; no limit on instances of one's own (administration/instance_limits)",
};

/// Most jobs that a job may wait for.
pub(super) const NEEDS: Limit = Limit {
    what: "jobs in `needs` of a job",
    value: 50,
    source: "ci_needs_size_limit (api/plan_limits)",
};

/// Most bytes of a file.
pub(super) const BYTES: Limit = Limit {
    what: "bytes of a file",
    value: 1 << 20,
    source: "max_yaml_size_bytes, 1 MB before GitLab 17.3 and 2 MB since (administration/instance_limits)",
};

/// Most variables that a job hands over.
pub(super) const VARIABLES: Limit = Limit {
    what: "variables that a job hands over by dotenv",
    value: 20,
    source: "dotenv_variables (api/plan_limits)",
};

/// Most pipelines below one.
pub(super) const PIPELINES: Limit = Limit {
    what: "pipelines below a pipeline",
    value: 1000,
    source: "pipeline_hierarchy_size (administration/instance_limits)",
};

/// Most levels of child pipelines.
pub(super) const DEPTH: Limit = Limit {
    what: "levels of child pipelines",
    value: 2,
    source: "ci/pipelines/downstream_pipelines",
};

/// Longest name of a job.
pub(super) const NAME: Limit = Limit {
    what: "characters of the name of a job",
    value: 255,
    source: "ci/jobs",
};

/// All of them.
pub const LIMITS: [Limit; 7] = [JOBS, NEEDS, BYTES, VARIABLES, PIPELINES, DEPTH, NAME];
