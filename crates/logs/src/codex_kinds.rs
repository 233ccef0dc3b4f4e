//! The types of records that Codex is known to write: a type that stands here is never counted as unknown.

/// Types of lines of the current era.
const LINE_KINDS: [&str; 9] = [
    "session_meta",
    "turn_context",
    "response_item",
    "event_msg",
    "compacted",
    "world_state",
    "inter_agent_communication",
    "inter_agent_communication_metadata",
    "ghost_snapshot",
];

/// Items that bear text.
pub(crate) const ITEMS_READ: [&str; 8] = [
    "message",
    "agent_message",
    "function_call",
    "function_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "local_shell_call",
    "local_shell_call_output",
];

/// Items without text of the model's, or with text that is encrypted.
pub(crate) const ITEMS_IGNORED: [&str; 12] = [
    "reasoning",
    "web_search_call",
    "tool_search_call",
    "tool_search_output",
    "image_generation_call",
    "compaction",
    "compaction_summary",
    "compaction_trigger",
    "context_compaction",
    "ghost_snapshot",
    "item_reference",
    "other",
];

/// Events whose strings are output of tools.
pub(crate) const EVENTS_READ: [&str; 3] =
    ["exec_command_end", "mcp_tool_call_end", "dynamic_tool_call_response"];

/// Beginnings of the names of events that repeat the conversation or say how it goes.
const EVENTS_IGNORED: [&str; 37] = [
    "agent_",
    "background_",
    "collab_",
    "compact",
    "context_",
    "deprecation_",
    "dynamic_tool_",
    "elicitation_",
    "entered_",
    "error",
    "exec_",
    "exited_",
    "guardian_",
    "hook_",
    "image_",
    "item_",
    "list_",
    "mcp_",
    "model_",
    "patch_apply_begin",
    "patch_apply_updated",
    "plan_",
    "raw_",
    "realtime_",
    "reasoning_",
    "remote_",
    "request_",
    "session_",
    "shutdown_",
    "skills_",
    "stream_",
    "sub_agent_",
    "task_",
    "terminal_",
    "thread_",
    "token_",
    "turn_",
];
const EVENTS_IGNORED_WHOLE: [&str; 7] = [
    "undo_started",
    "undo_completed",
    "user_message",
    "view_image_tool_call",
    "warning",
    "web_search_begin",
    "web_search_end",
];

pub(crate) fn is_line_kind(kind: &str) -> bool {
    LINE_KINDS.contains(&kind)
}

pub(crate) fn is_item_kind(kind: &str) -> bool {
    ITEMS_READ.contains(&kind) || ITEMS_IGNORED.contains(&kind)
}

/// Whether an event is known to repeat the conversation or to say only how it goes.
pub(crate) fn is_event_ignored(kind: &str) -> bool {
    EVENTS_IGNORED_WHOLE.contains(&kind)
        || EVENTS_IGNORED.iter().any(|start| kind.starts_with(start))
}
