//! Sets of bytes, as ranges.

use std::ops::Range;

/// Sorts ranges, and joins those that touch: what is left is ascending and disjoint.
pub(crate) fn merge<T: Copy + Ord>(ranges: &mut Vec<Range<T>>) {
    ranges.sort_unstable_by_key(|range| range.start);
    ranges.dedup_by(|next, kept| {
        let touches = next.start <= kept.end;
        if touches {
            kept.end = kept.end.max(next.end);
        }
        touches
    });
}
