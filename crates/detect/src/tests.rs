//! Tests of what other crates do not see.

#[path = "../../index/tests/invented/mod.rs"]
mod invented;
mod sieve;
