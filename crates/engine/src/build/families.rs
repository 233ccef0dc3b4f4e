//! Near-identical passages: the same file, written again and again.
//!
//! Which passages share a band of their sketches is found by sorting, once all are known, and only those are compared: by
//! their sketches, which are kept (512 bytes each), and then exactly. What does not fit into memory lies in files without a
//! name: at most 1.5 kB a passage.

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use seepage_detect::{PASSAGES_A_BAND_MAX, ResemblanceMin, ShingleScratch, Shingles};
use seepage_fingerprint::{SKETCH_LEN, Sketch};
use seepage_index::{Passage, PassageId, Sortable, Sorted, Sorter};
use serde::{Deserialize, Serialize};

use crate::build::spilled_array::SpilledArray;

/// Passages that resemble each other so much are one family.
const RESEMBLANCE_MIN: f32 = 0.9;
/// In place of a sketch, where a passage is too short for one: no sketch looks like this.
const NO_SKETCH: [u8; SKETCH_LEN] = [0xff; SKETCH_LEN];

/// The passages of an index, in order.
#[derive(Debug)]
pub(crate) struct Families {
    directory: PathBuf,
    memory: usize,
    sketches: SpilledArray<SKETCH_LEN>,
    /// The bands of the sketches, and the passages.
    bands: Sorter<(u64, u32)>,
    shingles: Remembered,
}

/// What a passage is compared by: its shingles, unless it is too short.
#[derive(Debug)]
pub(crate) struct Features(Option<Shingles>);

impl Features {
    pub(crate) fn of(passage: &Passage, scratch: &mut ShingleScratch) -> Self {
        Self(Shingles::of(passage.text.as_bytes(), &passage.spans, scratch))
    }
}

/// The families of passages: of each, the first passage of its own.
#[derive(Debug)]
pub(crate) struct Settled {
    families: SpilledArray<4>,
    /// How many there are.
    pub(crate) count: u64,
}

impl Settled {
    pub(crate) fn family_of(&mut self, passage: PassageId) -> io::Result<PassageId> {
        let family = self.families.get(u64::from(passage.0))?;
        Ok(PassageId(u32::from_le_bytes(family)))
    }
}

/// A passage shares a band with earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Meeting {
    passage: u32,
    /// How many they are, and where the first of them stands among the lists.
    count: u32,
    first: u64,
}

impl Sortable for Meeting {}

/// Gives the text and the authored parts of a passage back.
pub(crate) type ReadBack<'r> =
    &'r mut dyn FnMut(PassageId, &mut Vec<u8>, &mut Vec<Range<u32>>) -> io::Result<()>;

impl Families {
    /// Holds `memory` bytes; what is more goes to `directory`.
    pub(crate) fn new(directory: &Path, memory: usize) -> Self {
        Self {
            directory: directory.to_owned(),
            memory,
            sketches: SpilledArray::new(directory, memory / 8),
            bands: Sorter::new(directory, memory / 2),
            shingles: Remembered::new(memory / 4),
        }
    }

    /// Adds the next passage of the index.
    pub(crate) fn add(&mut self, Features(shingles): Features) -> io::Result<()> {
        let id = self.sketches.count() as u32;
        let sketch = shingles.as_ref().and_then(Shingles::sketch);
        self.sketches.push(&sketch.as_ref().map_or(NO_SKETCH, Sketch::to_bytes))?;
        if let Some(sketch) = sketch {
            let mut bands = sketch.bands();
            bands.try_for_each(|band| self.bands.push((band, id)))?;
        }
        self.shingles.insert(id, shingles);
        Ok(())
    }

    /// Finds the families. A passage is in that of the first one that it resembles, if any, else it begins one.
    pub(crate) fn finish(self, read_back: ReadBack<'_>) -> io::Result<Settled> {
        let mut lists = SpilledArray::new(&self.directory, self.memory / 16);
        let meetings = Sorter::new(&self.directory, self.memory / 8);
        let mut meetings = meet(self.bands.finish()?, meetings, &mut lists)?;
        let passages = self.sketches.count();
        let mut comparison = Comparison {
            sketches: self.sketches,
            shingles: self.shingles,
            scratch: ShingleScratch::default(),
            read_back,
        };
        let mut settled =
            Settled { families: SpilledArray::new(&self.directory, self.memory / 16), count: 0 };
        let mut meeting = meetings.next().transpose()?;
        let mut met = vec![];
        for passage in 0..passages as u32 {
            met.clear();
            while let Some(Meeting { count, first, .. }) =
                meeting.filter(|meeting| meeting.passage == passage)
            {
                let start = met.len();
                met.resize(start + count as usize, [0; 4]);
                lists.read(first, &mut met[start..])?;
                meeting = meetings.next().transpose()?;
            }
            let mut others: Vec<u32> = met.iter().map(|id| u32::from_le_bytes(*id)).collect();
            others.sort_unstable();
            others.dedup();
            let family = match comparison.first_alike(passage, &others)? {
                Some(other) => settled.family_of(PassageId(other))?.0,
                None => passage,
            };
            settled.count += u64::from(family == passage);
            settled.families.push(&family.to_le_bytes())?;
        }
        Ok(settled)
    }
}

/// Finds for each passage the earlier ones that share a band with it, by passage; of a band in very many, the first ones.
/// The earlier ones stand in `lists`.
fn meet(
    bands: Sorted<(u64, u32)>,
    mut meetings: Sorter<Meeting>,
    lists: &mut SpilledArray<4>,
) -> io::Result<Sorted<Meeting>> {
    let (mut band_at_hand, mut list) = (None, vec![]);
    for entry in bands {
        let (band, passage) = entry?;
        if band_at_hand != Some(band) {
            end_list(&mut list, lists)?;
            band_at_hand = Some(band);
        }
        if !list.is_empty() {
            meetings.push(Meeting { passage, count: list.len() as u32, first: lists.count() })?;
        }
        if list.len() < PASSAGES_A_BAND_MAX {
            list.push(passage);
        }
    }
    end_list(&mut list, lists)?;
    meetings.finish()
}

/// Writes the list of a band that several passages share.
fn end_list(list: &mut Vec<u32>, lists: &mut SpilledArray<4>) -> io::Result<()> {
    if list.len() > 1 {
        for passage in list.iter() {
            lists.push(&passage.to_le_bytes())?;
        }
    }
    list.clear();
    Ok(())
}

/// Compares passages.
struct Comparison<'r> {
    sketches: SpilledArray<SKETCH_LEN>,
    shingles: Remembered,
    scratch: ShingleScratch,
    read_back: ReadBack<'r>,
}

impl Comparison<'_> {
    /// The first of `others` that `passage` resembles.
    fn first_alike(&mut self, passage: u32, others: &[u32]) -> io::Result<Option<u32>> {
        let (Some(own), Ok(resemblance_min)) = (
            Sketch::from_bytes(&self.sketches.get(passage.into())?),
            ResemblanceMin::new(RESEMBLANCE_MIN),
        ) else {
            return Ok(None);
        };
        let mut own_shingles = None;
        for &other in others {
            let sketch = Sketch::from_bytes(&self.sketches.get(other.into())?);
            let estimate = sketch.map_or(0.0, |sketch| sketch.resemblance(&own));
            if !resemblance_min.admits(estimate) {
                continue;
            }
            let own_shingles = match &own_shingles {
                Some(shingles) => shingles,
                None => own_shingles.insert(self.shingles_of(passage)?.cloned()),
            };
            let theirs = self.shingles_of(other)?;
            if let (Some(own), Some(theirs)) = (own_shingles, theirs)
                && theirs.resemblance(own) >= RESEMBLANCE_MIN
            {
                return Ok(Some(other));
            }
        }
        Ok(None)
    }

    fn shingles_of(&mut self, passage: u32) -> io::Result<Option<&Shingles>> {
        if !self.shingles.by_passage.contains_key(&passage) {
            let (mut text, mut spans) = (vec![], vec![]);
            (self.read_back)(PassageId(passage), &mut text, &mut spans)?;
            let shingles = Shingles::of(&text, &spans, &mut self.scratch);
            self.shingles.insert(passage, shingles);
        }
        Ok(self.shingles.by_passage.get(&passage).and_then(Option::as_ref))
    }
}

/// Shingles of passages, as far as there is room for them: they take 8 bytes a word.
#[derive(Debug)]
struct Remembered {
    by_passage: HashMap<u32, Option<Shingles>>,
    memory: usize,
    taken: usize,
}

impl Remembered {
    fn new(memory: usize) -> Self {
        Self { by_passage: HashMap::new(), memory, taken: 0 }
    }

    /// Remembers those of one passage; forgets all others where there is not enough room.
    fn insert(&mut self, passage: u32, shingles: Option<Shingles>) {
        // An entry of the map, with the room that it leaves.
        let len = 64 + 8 * shingles.as_ref().map_or(0, Shingles::count);
        if self.taken + len > self.memory {
            self.by_passage.clear();
            self.taken = 0;
        }
        self.taken += len;
        self.by_passage.insert(passage, shingles);
    }
}
