//! What became of a passage, in words.

use seepage_detect::Changes;
use seepage_report::Untrusted;

use crate::screen::quantity;

/// Renames are spelled out up to here; the report has more.
const RENAMES_MAX: usize = 3;

/// `62 % identical, 21 % edited, renamed: count → total, x → y, and 3 more`
pub(crate) fn kept(changes: &Changes) -> String {
    let mut parts = vec![format!("{} identical", quantity::share(changes.identical))];
    if changes.edited > 0.0 {
        parts.push(format!("{} edited", quantity::share(changes.edited)));
    }
    let renames = changes.renames.iter().take(RENAMES_MAX);
    for (at, (from, to)) in renames.enumerate() {
        let first = if at == 0 { "renamed: " } else { "" };
        parts.push(format!("{first}{} → {}", Untrusted(from), Untrusted(to)));
    }
    let more = changes.renames.len().saturating_sub(RENAMES_MAX);
    if more > 0 {
        parts.push(format!("and {more} more"));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(edited: f32, renames: usize, expected: &str) {
        let pair = |at| (format!("a{at}"), format!("b{at}\u{1b}"));
        let changes = Changes { identical: 0.5, edited, renames: (0..renames).map(pair).collect() };
        assert_eq!(kept(&changes), expected);
    }

    #[test]
    fn what_was_kept_is_said_in_one_line_that_gives_no_orders() {
        check(0.0, 0, "50 % identical");
        check(0.25, 0, "50 % identical, 25 % edited");
        check(0.0, 1, "50 % identical, renamed: a0 → b0\\u{1b}");
        let three =
            "50 % identical, 25 % edited, renamed: a0 → b0\\u{1b}, a1 → b1\\u{1b}, a2 → b2\\u{1b}";
        check(0.25, 3, three);
        check(0.25, 20, &format!("{three}, and 17 more"));
    }
}
