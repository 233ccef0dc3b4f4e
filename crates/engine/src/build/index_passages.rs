//! Passages in canonical order to a segment: each is analysed, joins its family and is counted.

use std::io;

use rayon::prelude::*;
use seepage_detect::ShingleScratch;
use seepage_index::{BuildFacts, Passage, Pushed, SegmentWriter};
use seepage_logs::LeftOut;

use crate::build::families::{Families, Features};
use crate::build::passages::{bytes_plain, solid_len_of};
use crate::build::report::BuildError;
use crate::build::sessions::NameCounts;
use crate::build::writing::{Shares, spill_error};

/// What became of passages that were to be written; bytes are no white space.
#[derive(Debug, Default)]
pub(crate) struct Indexed {
    /// Those that were written.
    pub(crate) passages: u64,
    /// Of all authors but the first of each.
    bytes_met_before: u64,
    /// Of those that are too plain.
    bytes_too_short: u64,
}

impl Indexed {
    /// Accounts for them.
    pub(crate) fn note(&self, facts: &mut BuildFacts) {
        facts.strings.take_out(LeftOut::MetBefore, self.bytes_met_before);
        facts.strings.take_out(LeftOut::TooShort, self.bytes_too_short);
    }
}

/// Writes the passages that `next` gives, about so many bytes of text at a time and none at the end, unless they are too
/// plain. Gives the writer back, and what became of them.
pub(crate) fn index_passages(
    mut writer: SegmentWriter,
    shares: Shares,
    facts: &mut BuildFacts,
    next: &mut dyn FnMut(usize) -> Result<Vec<Passage>, BuildError>,
) -> Result<(SegmentWriter, Indexed), BuildError> {
    let mut families = Families::new(writer.aside(), shares.families);
    let mut models = NameCounts::default();
    let mut indexed = Indexed::default();
    let extractor = writer.extractor();
    loop {
        let some = next(shares.at_once)?;
        if some.is_empty() {
            break;
        }
        let scratch = || (extractor.clone(), ShingleScratch::default());
        let prepared = some.par_iter().map_init(scratch, |(extractor, shingles), passage| {
            let extract = extractor.extract(passage)?;
            Ok((extract, Features::of(passage, shingles)))
        });
        let prepared: Vec<_> = prepared.collect();
        for (passage, prepared) in some.iter().zip(prepared) {
            facts.bytes_plain += bytes_plain(passage);
            let (extract, features) = prepared.map_err(BuildError::Write)?;
            facts.anchors += extract.anchors;
            facts.anchors_suppressed += extract.anchors_suppressed;
            let pushed = writer.push_extracted(passage, &extract);
            let solid_len = solid_len_of(passage);
            let authors = passage.authors.len() as u64;
            match pushed.map_err(BuildError::Write)? {
                Pushed::Indexed(_) => {
                    indexed.passages += 1;
                    indexed.bytes_met_before += solid_len * (authors - 1);
                    families.add(features).map_err(spill_error(&writer))?;
                    let first = passage.authors.first();
                    let model = first.and_then(|first| first.provenance.model.as_deref());
                    models.add(model.unwrap_or("unknown"), 1);
                    facts.add_passage(passage);
                }
                Pushed::TooPlain => {
                    facts.texts_short += 1;
                    indexed.bytes_too_short += solid_len * authors;
                }
            }
        }
    }
    facts.models = models.finish();
    let spilled = spill_error(&writer);
    let mut families = families
        .finish(&mut |passage, text, spans| {
            let read = writer.read_back(passage, text, spans);
            read.map_err(io::Error::other)
        })
        .map_err(spilled)?;
    facts.families = families.count;
    let writer =
        writer.set_families(|passage| families.family_of(passage)).map_err(BuildError::Write)?;
    Ok((writer, indexed))
}
