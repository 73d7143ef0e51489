//! YAML as people write it: nodes with origins, templates, typed values and all errors at once.
