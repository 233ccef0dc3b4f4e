//! A table for people: in each row a name in bold, and what there is to say about it.

use std::fmt::Write as _;

use seepage_report::Untrusted;

use crate::screen::quantity;
use crate::screen::style::Style;

/// Characters before the second column.
const NAME_WIDTH: usize = 14;
/// Parts of a list that are spelled out.
const TOP_MAX: usize = 3;

/// A table of two columns, as text.
pub(crate) struct Listing {
    text: String,
    style: Style,
}

impl Listing {
    pub(crate) fn new(style: Style) -> Self {
        Self { text: String::new(), style }
    }

    /// A row. Text from records and logs in `value` must have passed through [`Untrusted`].
    pub(crate) fn row(&mut self, name: &str, value: &str) {
        let padding = " ".repeat(NAME_WIDTH.saturating_sub(name.len()));
        self.line(&format!("{}{padding}{value}", self.style.bold(name)));
    }

    /// A row for each of `values`, of which the first has the name.
    pub(crate) fn list(&mut self, name: &str, values: impl Iterator<Item = String>) {
        for (at, value) in values.enumerate() {
            if at == 0 {
                self.row(name, &value);
            } else {
                self.more(&value);
            }
        }
    }

    /// A row below the last one, of the same name.
    pub(crate) fn more(&mut self, value: &str) {
        self.line(&format!("{}{value}", " ".repeat(NAME_WIDTH)));
    }

    /// A line of its own.
    pub(crate) fn line(&mut self, line: &str) {
        // Writing into a string cannot fail.
        let _ = writeln!(self.text, "{line}");
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }
}

/// `claude-code 10 · codex 4 · 3 others 5`: the most frequent names, ties by name.
pub(crate) fn top<'n>(counts: impl IntoIterator<Item = (&'n String, &'n u64)>) -> String {
    let mut counts: Vec<(&String, &u64)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
    let mut parts: Vec<String> = counts
        .iter()
        .take(TOP_MAX)
        .map(|(name, number)| format!("{} {}", Untrusted(name), quantity::count(**number)))
        .collect();
    if counts.len() > TOP_MAX {
        let rest = &counts[TOP_MAX..];
        let others = quantity::counted(rest.len() as u64, "other", "others");
        parts.push(format!(
            "{others} {}",
            quantity::count(rest.iter().map(|(_, number)| **number).sum())
        ));
    }
    parts.join(" · ")
}

/// The first lines of an untrusted text, each cut to `width` characters, with tabs as spaces.
pub(crate) fn excerpt(text: &str, lines: usize, width: usize) -> Vec<String> {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .take(lines)
        .map(|line| {
            let shown = line.replace('\t', "    ");
            let mut cut: String = shown.chars().take(width).collect();
            if shown.chars().nth(width).is_some() {
                cut.push('…');
            }
            Untrusted(&cut).to_string()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[track_caller]
    fn check_excerpt(text: &str, expected: &[&str]) {
        assert_eq!(excerpt(text, 3, 10), expected);
    }

    #[test]
    fn an_excerpt_is_a_few_short_lines_that_give_no_orders() {
        check_excerpt("", &[]);
        check_excerpt("a\n\n  \nb\r\nc\nd", &["a", "b", "c"]);
        check_excerpt("\tif x {\n", &["    if x {"]);
        check_excerpt("0123456789", &["0123456789"]);
        check_excerpt("0123456789é", &["0123456789…"]);
        check_excerpt("\u{1b}[31m\u{202e}x", &["\\u{1b}[31m\\u{202e}x"]);
        check_excerpt("a\rb", &["a\\rb"]);
    }

    #[track_caller]
    fn check_top(counts: &[(&str, u64)], expected: &str) {
        let counts: BTreeMap<String, u64> =
            counts.iter().map(|&(name, number)| (name.to_owned(), number)).collect();
        assert_eq!(top(&counts), expected);
    }

    #[test]
    fn a_top_list_names_the_three_most_frequent() {
        check_top(&[], "");
        check_top(&[("a", 1), ("b", 1000), ("c", 1)], "b 1,000 · a 1 · c 1");
        check_top(
            &[("a", 5), ("b", 4), ("c", 3), ("d", 2), ("e", 1)],
            "a 5 · b 4 · c 3 · 2 others 3",
        );
        check_top(&[("\u{1b}", 1)], "\\u{1b} 1");
    }

    #[test]
    fn the_second_column_is_aligned() {
        let mut rows = Listing::new(Style::plain());
        rows.row("read", "x");
        rows.more("y");
        assert_eq!(rows.finish(), "read          x\n              y\n");
    }
}
