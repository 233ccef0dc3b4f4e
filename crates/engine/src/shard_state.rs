//! How far the units of one shard have come.

use std::sync::atomic::{AtomicBool, AtomicU32};

use crate::list::ShardList;

#[derive(Debug, Default)]
pub(crate) struct ShardState {
    pub(crate) units_left: AtomicU32,
    pub(crate) has_failed: AtomicBool,
}

impl ShardState {
    /// Of all shards, before any unit has begun.
    pub(crate) fn of(list: &ShardList) -> Vec<Self> {
        let mut states = vec![];
        states.resize_with(list.shards.len(), Self::default);
        for unit in &list.units {
            *states[unit.shard].units_left.get_mut() += 1;
        }
        states
    }
}
