//! Bold and dim text, on a terminal only. Nothing is said by style alone.

use std::io::IsTerminal;

/// How to write to stdout.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    ansi: bool,
}

impl Style {
    /// Plain unless stdout is a terminal that understands styles, and `NO_COLOR` is not set.
    pub(crate) fn of_stdout() -> Self {
        let objection = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        Self { ansi: std::io::stdout().is_terminal() && !objection && !dumb }
    }

    /// Without any style.
    #[cfg(test)]
    pub(crate) fn plain() -> Self {
        Self { ansi: false }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.ansi { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
