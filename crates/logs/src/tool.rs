//! The tools whose logs can be read: a folder and a row of [`TOOLS`] for each.

mod claude;
mod codex;
pub(crate) mod interface;
mod writers;

use interface::Tool;

/// All tools. Of each log, the first one that recognises a record reads it.
pub(crate) const TOOLS: &[&dyn Tool] = &[&claude::ClaudeCode, &codex::Codex];
