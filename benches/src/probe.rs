//! Looking up fingerprints that are not there, as nearly all are not.

use seepage_fingerprint::Fingerprint;
use seepage_index::Index;

use crate::clock::medians;
use crate::record::Record;

const PROBES: u64 = 1 << 20;
/// As many as a stretch of text gives.
const BATCH_LEN: usize = 500;

pub(crate) fn measure(index: &Index, size: u64, record: &mut Record) {
    let fingerprints: Vec<Fingerprint> = (0..PROBES)
        .map(|number| Fingerprint(xxhash_rust::xxh3::xxh3_64(&number.to_le_bytes())))
        .collect();
    let (mut passages, mut found) = (vec![], vec![]);
    let mut one_by_one = || {
        passages.clear();
        for &fingerprint in &fingerprints {
            index.probe(fingerprint, &mut passages);
        }
        assert!(
            passages.len() < 8,
            "{} of {PROBES} were found",
            passages.len()
        );
    };
    let mut in_batches = || {
        found.clear();
        for batch in fingerprints.chunks(BATCH_LEN) {
            index.find(batch, &mut found);
        }
        assert!(found.len() < 8, "{} of {PROBES} were found", found.len());
    };
    let [alone, together] = medians([&mut one_by_one, &mut in_batches], |took| took.processor);
    let each = |seconds: f64| seconds * 1e9 / PROBES as f64;
    record.add(
        format!("probe in batches, {:.0e} fingerprints", size as f64),
        format!("{:.1} ns", each(together)),
        &format!("one by one, {:.1} ns", each(alone)),
        alone / together,
    );
}
