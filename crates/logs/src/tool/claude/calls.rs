//! Calls of tools in Claude Code.

use crate::json::{JsonObject, each_string};
use crate::provenance::Provenance;
use crate::session::account::{LeftOut, solid_len};
use crate::session::transcript::Transcript;
use crate::tool::writers::extract_call;

/// A call of a tool. A call met again with other input (a rewrite while it streamed) is taken
/// again.
pub(crate) fn take_call(
    source: &Provenance,
    message_key: Option<&str>,
    block: &JsonObject,
    transcript: &mut Transcript,
) {
    let Some(name) = block.text("name") else {
        return transcript.note_broken("a `tool_use` block without a name");
    };
    let Some(json) = block.get("input") else {
        return transcript.note_broken(format_args!("a call of `{name}` without input"));
    };
    let call_id = block.text("id");
    let is_again = call_id
        .as_deref()
        .or(message_key)
        .is_some_and(|key| !transcript.is_first(&["call", key, &name, json.get()]));
    let mut bytes = 0;
    // The strings before one that is nested too deeply.
    let _ = each_string(json.get(), &mut |text| bytes += solid_len(text));
    if is_again {
        return transcript.leave_out(LeftOut::MetBefore, bytes);
    }
    let call = match extract_call(&name, json.get()) {
        Ok(call) => call,
        Err(error) => {
            return transcript
                .note_broken(format_args!("a call of `{name}` with odd input: {error}"));
        }
    };
    // The tool of a server may have other uses, in which nothing is written.
    if call.lacks_text && name.starts_with(|first: char| first.is_ascii_uppercase()) {
        transcript.note_broken(format_args!("a call of `{name}` without its text"));
    }
    if call.is_unknown {
        transcript.tally.note_unknown_tool(&name, call.bytes());
    }
    let source = Provenance { call_id, ..source.clone() };
    transcript.account(bytes, call.rest, |transcript| {
        for extracted in call.texts {
            transcript.author_all(&source, extracted);
        }
    });
    // What a call replaces was learned above as read: what comes first stands.
    let _ = each_string(json.get(), &mut |text| transcript.learn_written(text));
}
