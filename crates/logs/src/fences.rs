//! Markdown of the assistant: code fences, and the prose between them.

use crate::authored::Kind;
use crate::gather::{Draft, Gather};
use crate::provenance::Provenance;
use crate::runs::Runs;

/// A fence needs three marks.
const MARKS_MIN: usize = 3;

/// A code fence.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fence {
    /// The first word after the opening marks, in lower case.
    pub(crate) language: String,
    /// Its lines, without the indent of the opening marks.
    pub(crate) runs: Runs,
}

/// Fences and prose of a Markdown text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Markdown {
    pub(crate) fences: Vec<Fence>,
    pub(crate) prose: Runs,
}

/// Takes the fences of `text`, and its prose where that is wanted.
pub(crate) fn take_markdown(source: &Provenance, text: &str, gather: &mut Gather) {
    let markdown = split_fences(text);
    for fence in markdown.fences {
        gather.author(
            source,
            Draft { kind: Kind::Fence, runs: fence.runs, file_path: None, call_id: None },
        );
    }
    if gather.options.prose {
        gather.author(
            source,
            Draft { kind: Kind::Prose, runs: markdown.prose, file_path: None, call_id: None },
        );
    }
}

struct Open {
    mark: char,
    marks: usize,
    indent: usize,
    fence: Fence,
}

/// Splits at fences of backticks or tildes. A fence ends at as many marks as it began with, or more; so a longer one
/// may hold a shorter one. One that does not end reaches to the end of the text.
///
/// Any indent is taken, since fences in lists are indented. Of a diff, only the added lines are taken.
pub(crate) fn split_fences(text: &str) -> Markdown {
    let mut markdown = Markdown::default();
    let mut open: Option<Open> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        let mark = trimmed.chars().next().filter(|mark| matches!(mark, '`' | '~'));
        let marks =
            mark.map_or(0, |mark| trimmed.chars().take_while(|other| *other == mark).count());
        let rest = &trimmed[marks..];
        match &mut open {
            Some(inner) if mark == Some(inner.mark) && marks >= inner.marks && rest.is_empty() => {
                markdown.fences.extend(open.take().map(|inner| inner.fence));
            }
            Some(inner) => push_code(inner, line),
            // Backticks after the marks are inline code.
            None if marks >= MARKS_MIN && !(mark == Some('`') && rest.contains('`')) => {
                markdown.prose.end_run();
                open = Some(Open {
                    mark: mark.unwrap_or('`'),
                    marks,
                    indent: line.len() - line.trim_start().len(),
                    fence: Fence {
                        language: rest
                            .split_whitespace()
                            .next()
                            .unwrap_or_default()
                            .to_ascii_lowercase(),
                        runs: Runs::default(),
                    },
                });
            }
            None => markdown.prose.push_line(line),
        }
    }
    markdown.fences.extend(open.map(|inner| inner.fence));
    markdown.fences.retain(|fence| !fence.runs.is_empty());
    markdown
}

fn push_code(open: &mut Open, line: &str) {
    let indent =
        line.bytes().take(open.indent).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let line = &line[indent..];
    let runs = &mut open.fence.runs;
    if !matches!(open.fence.language.as_str(), "diff" | "patch") {
        return runs.push_line(line);
    }
    match line.strip_prefix('+') {
        Some(added) if !added.starts_with("++ ") => runs.push_line(added),
        // Lines taken away stand between added ones only in the diff.
        _ if line.starts_with('-') => {}
        _ => runs.end_run(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, fences: &[(&str, &str)], prose: &str) {
        let markdown = split_fences(text);
        let actual: Vec<_> = markdown
            .fences
            .iter()
            .map(|fence| (fence.language.as_str(), fence.runs.text.as_str()))
            .collect();
        assert_eq!(fences, actual);
        assert_eq!(prose, markdown.prose.text);
    }

    #[test]
    fn a_fence_is_apart_from_prose() {
        check("a\n```rust\nlet b;\n```\nc", &[("rust", "let b;\n")], "a\n\nc\n");
        check("no fence", &[], "no fence\n");
        check("", &[], "");
    }

    #[test]
    fn a_longer_fence_holds_a_shorter_one() {
        check("````md\n```sh\nls\n```\n````\nz", &[("md", "```sh\nls\n```\n")], "z\n");
        check("~~~\n```\n~~~", &[("", "```\n")], "");
        check("```\na\n`````\nb", &[("", "a\n")], "b\n");
    }

    #[test]
    fn a_fence_that_does_not_end_reaches_to_the_end() {
        check("```py\na = 1\n\nb = 2", &[("py", "a = 1\n\nb = 2\n")], "");
    }

    #[test]
    fn the_indent_of_the_opening_marks_is_taken_off() {
        check(
            "- x\n   ```go\n   if a {\n     b\n c\n   ```",
            &[("go", "if a {\n  b\nc\n")],
            "- x\n",
        );
    }

    #[test]
    fn inline_code_of_three_marks_opens_nothing() {
        check("```a```\nb", &[], "```a```\nb\n");
    }

    #[test]
    fn a_diff_yields_its_added_lines_in_runs() {
        let markdown = split_fences("```diff\n--- a\n+++ b\n@@\n+x\n-y\n+z\n w\n+v\n```");
        assert_eq!("x\nz\n\nv\n", markdown.fences[0].runs.text);
        assert_eq!(vec![0..4, 5..7], markdown.fences[0].runs.spans);
    }
}
