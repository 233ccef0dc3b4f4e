//! Claude Code, by Anthropic.

mod calls;
mod records;

pub(crate) use records::ClaudeCode;
