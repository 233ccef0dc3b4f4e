//! An error, as a person reads it: what happened, why, and what to do.

use std::error::Error;
use std::fmt;

use seepage_report::Untrusted;

/// The exit code of an error, of wrong use, and of a job that could not read everything.
pub(crate) const EXIT_ERROR: u8 = 2;

/// What ends the program with exit code 2.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    causes: Vec<String>,
    hint: Option<String>,
}

impl Failure {
    /// A failure without a cause.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), causes: vec![], hint: None }
    }

    /// The cure, as a clause.
    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        self.with_hint_if(Some(hint))
    }

    /// The cure, as a clause, if there is one.
    pub(crate) fn with_hint_if(mut self, hint: Option<impl Into<String>>) -> Self {
        self.hint = hint.map(Into::into);
        self
    }
}

impl<E: Error> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut failure = Self::new(error.to_string());
        let mut cause = error.source();
        while let Some(error) = cause {
            let words = error.to_string();
            // Some errors repeat their cause: say it once.
            if !failure.causes.iter().chain([&failure.message]).any(|said| said.contains(&words)) {
                failure.causes.push(words);
            }
            cause = error.source();
        }
        failure
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seepage: error: {}", Untrusted(&self.message))?;
        for cause in &self.causes {
            writeln!(f, "  because: {}", Untrusted(cause))?;
        }
        if let Some(hint) = &self.hint {
            writeln!(f, "hint: {}", Untrusted(hint))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[track_caller]
    fn check(failure: &Failure, expected: &str) {
        assert_eq!(failure.to_string(), expected);
    }

    #[test]
    fn a_failure_says_what_why_and_what_to_do() {
        let error = seepage_engine::ScanError::Sink(io::Error::new(
            io::ErrorKind::StorageFull,
            "no space left",
        ));
        check(
            &Failure::from(error).with_hint("make room"),
            "seepage: error: a finding could not be written\n  because: no space left\nhint: make room\n",
        );
        check(&Failure::new("no"), "seepage: error: no\n");
    }

    #[test]
    fn a_file_name_cannot_give_orders_to_the_terminal() {
        check(
            &Failure::new("`a\u{1b}[2J\n.gz` is empty").with_hint("\u{202e}"),
            "seepage: error: `a\\u{1b}[2J\\n.gz` is empty\nhint: \\u{202e}\n",
        );
    }
}
