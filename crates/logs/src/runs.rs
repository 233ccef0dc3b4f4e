//! Runs of lines joined to one text, such that no fingerprint of a run reaches into the next.

use std::ops::Range;

/// A text and the spans of it that are runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Runs {
    pub(crate) text: String,
    /// Whole lines; between two spans lies one blank line that belongs to neither.
    pub(crate) spans: Vec<Range<usize>>,
    open: bool,
}

impl Runs {
    /// One run that is the whole of `text`; line ends become `\n`.
    pub(crate) fn whole(text: String) -> Self {
        let text = if text.contains('\r') { text.replace("\r\n", "\n") } else { text };
        let spans = if text.is_empty() { vec![] } else { std::iter::once(0..text.len()).collect() };
        Self { text, spans, open: false }
    }

    /// Adds a line (without its line end) to the run that is open, or opens one.
    pub(crate) fn push_line(&mut self, line: &str) {
        if !self.open {
            if !self.text.is_empty() {
                self.text.push('\n');
            }
            self.spans.push(self.text.len()..self.text.len());
            self.open = true;
        }
        self.text.push_str(line.strip_suffix('\r').unwrap_or(line));
        self.text.push('\n');
        self.spans.last_mut().expect("a run was opened above").end = self.text.len();
    }

    /// The next line begins a new run.
    pub(crate) fn end_run(&mut self) {
        self.open = false;
    }

    /// Whether no line was added.
    pub(crate) fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_separated_by_a_line_that_is_in_no_span() {
        let mut runs = Runs::default();
        runs.end_run();
        runs.push_line("a");
        runs.push_line("b\r");
        runs.end_run();
        runs.push_line("c");
        assert_eq!("a\nb\n\nc\n", runs.text);
        assert_eq!(vec![0..4, 5..7], runs.spans);
    }
}
