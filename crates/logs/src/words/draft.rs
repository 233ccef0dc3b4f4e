//! What is taken out of a command, a patch, a script or a Markdown text.

use std::ops::Range;

use crate::class::Class;
use crate::session::account::solid_len_of;

/// What one text holds.
#[derive(Debug, Default)]
pub(crate) struct Extracted {
    /// What the model wrote, in order.
    pub(crate) drafts: Vec<Draft>,
    /// Lines that the model repeated from a file: the context and the removed lines of patches.
    pub(crate) quoted: String,
}

impl Extracted {
    /// Adds what the model repeated from a file.
    pub(crate) fn quote(&mut self, text: &str) {
        self.quoted.push_str(text);
        self.quoted.push('\n');
    }

    /// Adds a draft that holds any line.
    pub(crate) fn push(&mut self, draft: Draft) {
        if !draft.spans.is_empty() {
            self.drafts.push(draft);
        }
    }
}

/// One text that the model wrote, before it is known what of it is a quote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) class: Class,
    /// The file that the text was written to.
    pub(crate) file_path: Option<String>,
    pub(crate) text: String,
    /// The runs of lines that `text` is made of. Between two of them lies one blank line that
    /// belongs to neither, so that no fingerprint of one run reaches into the next.
    pub(crate) spans: Vec<Range<usize>>,
    /// Whether the next line belongs to the last run.
    is_run_open: bool,
}

impl Draft {
    /// A draft without any line so far.
    pub(crate) fn new(class: Class, file_path: Option<String>) -> Self {
        Self { class, file_path, text: String::new(), spans: vec![], is_run_open: false }
    }

    /// A draft of one run that is the whole of `text`; line ends become `\n`.
    pub(crate) fn whole(class: Class, file_path: Option<String>, text: String) -> Self {
        let text = if text.contains('\r') { text.replace("\r\n", "\n") } else { text };
        let spans = if text.is_empty() { vec![] } else { std::iter::once(0..text.len()).collect() };
        Self { class, file_path, text, spans, is_run_open: false }
    }

    /// Adds a line (without its line end) to the run that is open, or opens one.
    pub(crate) fn push_line(&mut self, line: &str) {
        if !self.is_run_open {
            if !self.text.is_empty() {
                self.text.push('\n');
            }
            self.spans.push(self.text.len()..self.text.len());
            self.is_run_open = true;
        }
        self.text.push_str(line.strip_suffix('\r').unwrap_or(line));
        self.text.push('\n');
        self.spans.last_mut().expect("a run was opened above").end = self.text.len();
    }

    /// Bytes of its runs that are no white space.
    pub(crate) fn solid_len(&self) -> u64 {
        solid_len_of(&self.text, &self.spans)
    }

    /// The next line begins a new run.
    pub(crate) fn end_run(&mut self) {
        self.is_run_open = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_separated_by_a_line_that_is_in_no_span() {
        let mut draft = Draft::new(Class::Edit, None);
        draft.end_run();
        draft.push_line("a");
        draft.push_line("b\r");
        draft.end_run();
        draft.push_line("c");
        assert_eq!("a\nb\n\nc\n", draft.text);
        assert_eq!(vec![0..4, 5..7], draft.spans);
    }
}
