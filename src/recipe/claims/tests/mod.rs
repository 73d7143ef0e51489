//! Tests of claims: kernel arguments by subject.

mod karg_lists;
mod karg_record;
mod karg_rules;
mod karg_support;
