//! What there is to scan: the shards in their order, and the units that they are cut into.

use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use seepage_shards::{FoundShard, Piece, ReadOptions, ShardError, Stamp, pieces_of};

use crate::scan::journal::PartHead;
use crate::scan::partition::{Partition, deal};
use crate::scan::plan::ScanPlan;

/// A shard, or why there is none.
#[derive(Debug)]
pub(crate) struct ListedShard {
    pub(crate) name: Arc<str>,
    pub(crate) found: Result<FoundShard, ShardError>,
    /// At least one.
    pub(crate) pieces: Vec<Piece>,
    /// What it was when this scan read its first piece.
    pub(crate) stamp: OnceLock<Stamp>,
}

/// A piece of a shard; both by number, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Unit {
    pub(crate) shard: usize,
    pub(crate) piece: u32,
}

/// The shards, and those of their units that are to be scanned, both in order.
#[derive(Debug)]
pub(crate) struct ShardList {
    pub(crate) shards: Vec<ListedShard>,
    pub(crate) units: Vec<Unit>,
    /// The number of each of `units` among those of all partitions.
    numbers: Vec<u64>,
    /// Units of all partitions.
    pub(crate) units_all: u64,
    /// Directories named `.git`, whose histories are no shards.
    pub(crate) git_left_out: u64,
}

impl ShardList {
    /// All units of a plan, or those of one partition.
    pub(crate) fn of(plan: &ScanPlan, partition: Option<Partition>) -> Self {
        let found = plan.find_shards();
        let git_left_out = seepage_shards::git_left_out(&plan.inputs, &found);
        let found = found.into_par_iter();
        let shards: Vec<ListedShard> =
            found.map(|found| ListedShard::of(found, &plan.read)).collect();
        let units = shards.iter().enumerate().flat_map(|(shard, listed)| {
            let pieces = 0..listed.pieces.len() as u32;
            pieces.map(move |piece| Unit { shard, piece })
        });
        let units = units.collect();
        let mut list = Self { git_left_out, ..Self::whole(shards, units) };
        if let Some(partition) = partition {
            let lens: Vec<u64> = list.units.iter().map(|&unit| list.len_of(unit)).collect();
            let mut parts = deal(&lens, partition.count()).into_iter();
            let is_ours = |_: &u64| parts.next() == Some(partition.number());
            list.numbers.retain(is_ours);
            let units = std::mem::take(&mut list.units);
            let ours = list.numbers.iter().map(|&number| units[number as usize]);
            list.units = ours.collect();
        }
        list
    }

    /// BLAKE3, in hex, of the names of all shards and the lengths of their pieces: of all partitions.
    fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for shard in &self.shards {
            hasher.update(&(shard.name.len() as u64).to_le_bytes());
            hasher.update(shard.name.as_bytes());
            for piece in &shard.pieces {
                hasher.update(&piece.bytes.end.to_le_bytes());
            }
        }
        hasher.finalize().to_hex().to_string()
    }

    /// All units of all shards.
    pub(crate) fn whole(shards: Vec<ListedShard>, units: Vec<Unit>) -> Self {
        let units_all = units.len() as u64;
        Self { shards, units, numbers: (0..units_all).collect(), units_all, git_left_out: 0 }
    }

    /// What the results of one partition of `plan` are a part of.
    pub(crate) fn part_head(
        &self,
        partition: Partition,
        plan: &ScanPlan,
        fields_unseen: Vec<String>,
    ) -> PartHead {
        PartHead {
            number: partition.number(),
            count: partition.count(),
            corpus: self.digest(),
            shards: self.shards.len() as u64,
            units: self.units_all,
            skips_accepted: plan.skips_accepted.clone(),
            demote_at: plan.demote_at,
            fields_unseen,
            git_left_out: self.git_left_out,
            bytes_on_disk: self.bytes(),
        }
    }

    /// The number of a unit among those of all partitions.
    pub(crate) fn number_of(&self, unit: usize) -> u64 {
        self.numbers[unit]
    }

    pub(crate) fn piece(&self, unit: Unit) -> &Piece {
        &self.shards[unit.shard].pieces[unit.piece as usize]
    }

    /// In bytes on disk.
    pub(crate) fn len_of(&self, unit: Unit) -> u64 {
        let bytes = &self.piece(unit).bytes;
        bytes.end - bytes.start
    }

    /// Bytes on disk of all units that are to be scanned.
    pub(crate) fn bytes(&self) -> u64 {
        self.units.iter().map(|&unit| self.len_of(unit)).sum()
    }

    /// Shards of which a unit is to be scanned.
    pub(crate) fn shards_count(&self) -> usize {
        self.units.chunk_by(|a, b| a.shard == b.shard).count()
    }
}

impl ListedShard {
    /// Bytes on disk of the whole shard.
    pub(crate) fn len(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.bytes.end - piece.bytes.start).sum()
    }

    fn of(found: Result<FoundShard, ShardError>, read: &ReadOptions) -> Self {
        let (name, len) = match &found {
            Ok(found) => (found.name.clone(), found.len),
            Err(error) => (error.path().display().to_string(), 0),
        };
        let whole = Piece { number: 0, count: 1, bytes: 0..len };
        let pieces = match &found {
            Ok(found) if len > read.piece_len => pieces_of(&found.path, read).ok(),
            _ => None,
        };
        Self {
            name: name.into(),
            found,
            // What cannot be opened now says why when it is read.
            pieces: pieces.unwrap_or_else(|| vec![whole]),
            stamp: OnceLock::new(),
        }
    }
}
