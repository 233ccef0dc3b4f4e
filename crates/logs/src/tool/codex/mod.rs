//! Codex, by `OpenAI`.

mod calls;
mod document;
mod records;
mod rollout;
mod tool;

pub(crate) use tool::Codex;
