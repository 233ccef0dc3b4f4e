//! A look at the texts of many rows before any of them is decoded.
//!
//! Nearly all rows of a corpus are of no interest to whoever reads it for something rare. A preview sees them as they lie
//! in the shard, and only those that it points to are parsed and given as records.

use std::ops::Range;

use crate::ShardError;

/// Reads texts, and says where a closer look is worth it.
///
/// Texts are fed, then ended, then asked about in their order; and so on with the next ones. A place among them is given
/// in bytes from the start of the first one.
pub trait Preview {
    /// Takes the next text, as it stands in the shard: a value of a column, or many lines of JSON.
    fn feed(&mut self, text: &[u8]);

    /// Ends what was fed since the last end.
    fn end(&mut self);

    /// Whether something in `stretch` of what was ended last is worth a look. Stretches ascend.
    fn is_suspect(&mut self, stretch: Range<u64>) -> bool;

    /// A row of so many bytes was of no interest, and is given to nobody: of lines of JSON the whole line, else its texts.
    fn passed(&mut self, len: u64);
}

/// Texts of one preview are fed up to about this many bytes before it is asked.
pub(crate) const FED_LEN: usize = 1 << 20;

/// Lets a preview look at rows whose texts lie in memory, some at a time, and gives those that it points to.
///
/// `texts_of` gives the texts of a row, or none if the row must be given whatever they are.
pub(crate) fn give_suspects<'t, Row>(
    preview: &mut dyn Preview,
    rows: impl IntoIterator<Item = Row>,
    mut texts_of: impl FnMut(&Row, &mut Vec<&'t [u8]>) -> bool,
    mut give: impl FnMut(Row) -> Result<(), ShardError>,
) -> Result<(), ShardError> {
    let mut rows = rows.into_iter().peekable();
    let (mut texts, mut fed) = (vec![], vec![]);
    while rows.peek().is_some() {
        let mut len = 0;
        while len < FED_LEN
            && let Some(row) = rows.next()
        {
            texts.clear();
            let may_pass = texts_of(&row, &mut texts);
            let start = len;
            for text in &texts {
                preview.feed(text);
                len += text.len();
            }
            fed.push((row, may_pass, start as u64..len as u64));
        }
        preview.end();
        for (row, may_pass, stretch) in fed.drain(..) {
            let len = stretch.end - stretch.start;
            // What it is asked about ascends, so it is asked about every row.
            if preview.is_suspect(stretch) || !may_pass {
                give(row)?;
            } else {
                preview.passed(len);
            }
        }
    }
    Ok(())
}
