//! Looking up fingerprints that are not there, as nearly all are not.

use seepage_fingerprint::Fingerprint;
use seepage_index::Index;

use crate::clock::medians;
use crate::record::BenchRecord;
use crate::rows::power;

const PROBES: u64 = 1 << 20;
/// As many as a stretch of text gives.
const BATCH_LEN: usize = 500;

pub(crate) fn measure(index: &Index, size: u64, record: &mut BenchRecord) {
    let fingerprints: Vec<Fingerprint> = (0..PROBES)
        .map(|number| Fingerprint(xxhash_rust::xxh3::xxh3_64(&number.to_le_bytes())))
        .collect();
    let (mut passages, mut passed, mut found) = (vec![], vec![], 0);
    let mut one_by_one = || {
        passages.clear();
        for &fingerprint in &fingerprints {
            index.probe(fingerprint, &|_| true, &mut passages);
        }
        assert!(passages.len() < 8, "{} of {PROBES} were found", passages.len());
    };
    let mut in_batches = || {
        found = 0;
        for batch in fingerprints.chunks(BATCH_LEN) {
            index.prefetch(batch);
            passed.clear();
            index.sift(batch, &mut passed);
            let is_held = |at: &&u32| index.holds(batch[**at as usize]);
            found += passed.iter().filter(is_held).count();
        }
        assert!(found < 8, "{found} of {PROBES} were found");
    };
    let [alone, together] = medians([&mut one_by_one, &mut in_batches]).map(|took| took.processor);
    let each = |seconds: f64| seconds * 1e9 / PROBES as f64;
    record.add(
        format!("probe in batches, {} fingerprints", power(size)),
        format!("{:.1} ns", each(together)),
        &format!("one by one, {:.1} ns", each(alone)),
        alone / together,
    );
}
