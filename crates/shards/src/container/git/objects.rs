//! Reading one object of a repository.

use gix::objs::Kind;
use gix::{ObjectId, Repository};

use crate::catch_decoder_panic::{DecodeFailure, catch_decoder_panic};

/// An object of this kind, of which the header says so and how long it is.
pub(super) fn read_object(
    repository: &Repository,
    id: ObjectId,
    kind: Kind,
    len: u64,
) -> Result<Vec<u8>, DecodeFailure> {
    let mut object = catch_decoder_panic(|| repository.find_object(id))?;
    if object.kind != kind || object.data.len() as u64 != len {
        return Err(DecodeFailure::Fact("is not what its header says"));
    }
    Ok(std::mem::take(&mut object.data))
}
