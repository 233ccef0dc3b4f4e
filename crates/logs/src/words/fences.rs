//! Markdown of the assistant: code fences, and the prose between them.

use crate::class::Class;
use crate::words::draft::{Draft, Extracted};

/// A fence needs three marks.
const MARKS_MIN: usize = 3;

/// A code fence that was opened and is not closed yet.
struct OpenFence {
    mark: char,
    marks: usize,
    indent: usize,
    is_diff: bool,
    code: Draft,
}

/// Extracts the code fences of a Markdown text, and behind them its prose as one draft.
///
/// Fences are of backticks or tildes. A fence ends at as many marks as it began with, or more; so a
/// longer one may hold a shorter one. One that does not end reaches to the end of the text. Any
/// indent is taken, since fences in lists are indented. Of a diff, only the added lines are taken.
pub(crate) fn extract_markdown(text: &str, extracted: &mut Extracted) {
    let mut prose = Draft::new(Class::Prose, None);
    let mut open: Option<OpenFence> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        let mark = trimmed.chars().next().filter(|mark| matches!(mark, '`' | '~'));
        let marks =
            mark.map_or(0, |mark| trimmed.chars().take_while(|other| *other == mark).count());
        let rest = &trimmed[marks..];
        match &mut open {
            Some(fence) if mark == Some(fence.mark) && marks >= fence.marks && rest.is_empty() => {
                if let Some(fence) = open.take() {
                    extracted.push(fence.code);
                }
            }
            Some(fence) => push_code(fence, line),
            // Backticks after the marks are inline code.
            None if marks >= MARKS_MIN && !(mark == Some('`') && rest.contains('`')) => {
                prose.end_run();
                let language = rest.split_whitespace().next().unwrap_or_default();
                open = Some(OpenFence {
                    mark: mark.unwrap_or('`'),
                    marks,
                    indent: line.len() - line.trim_start().len(),
                    is_diff: matches!(language.to_ascii_lowercase().as_str(), "diff" | "patch"),
                    code: Draft::new(Class::Fence, None),
                });
            }
            None => prose.push_line(line),
        }
    }
    if let Some(fence) = open {
        extracted.push(fence.code);
    }
    extracted.push(prose);
}

fn push_code(fence: &mut OpenFence, line: &str) {
    let indent =
        line.bytes().take(fence.indent).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let line = &line[indent..];
    let code = &mut fence.code;
    if !fence.is_diff {
        return code.push_line(line);
    }
    match line.strip_prefix('+') {
        Some(added) if !added.starts_with("++ ") => code.push_line(added),
        // Lines taken away stand between added ones only in the diff.
        _ if line.starts_with('-') => {}
        _ => code.end_run(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, fences: &[&str], prose: &str) {
        let mut extracted = Extracted::default();
        extract_markdown(text, &mut extracted);
        let of = |class| {
            let drafts = extracted.drafts.iter().filter(move |draft| draft.class == class);
            drafts.map(|draft| draft.text.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(fences, of(Class::Fence));
        assert_eq!(prose, of(Class::Prose).concat());
    }

    #[test]
    fn a_fence_is_apart_from_prose() {
        check("a\n```rust\nlet b;\n```\nc", &["let b;\n"], "a\n\nc\n");
        check("no fence", &[], "no fence\n");
        check("", &[], "");
    }

    #[test]
    fn a_longer_fence_holds_a_shorter_one() {
        check("````md\n```sh\nls\n```\n````\nz", &["```sh\nls\n```\n"], "z\n");
        check("~~~\n```\n~~~", &["```\n"], "");
        check("```\na\n`````\nb", &["a\n"], "b\n");
    }

    #[test]
    fn a_fence_that_does_not_end_reaches_to_the_end() {
        check("```py\na = 1\n\nb = 2", &["a = 1\n\nb = 2\n"], "");
    }

    #[test]
    fn the_indent_of_the_opening_marks_is_taken_off() {
        check("- x\n   ```go\n   if a {\n     b\n c\n   ```", &["if a {\n  b\nc\n"], "- x\n");
    }

    #[test]
    fn inline_code_of_three_marks_opens_nothing() {
        check("```a```\nb", &[], "```a```\nb\n");
    }

    #[test]
    fn a_diff_yields_its_added_lines_in_runs() {
        for language in ["diff", "Patch of a"] {
            let mut extracted = Extracted::default();
            let text = format!("```{language}\n--- a\n+++ b\n@@\n+x\n-y\n+z\n w\n+v\n```");
            extract_markdown(&text, &mut extracted);
            assert_eq!("x\nz\n\nv\n", extracted.drafts[0].text);
            assert_eq!(vec![0..4, 5..7], extracted.drafts[0].spans);
        }
    }
}
