//! Whole directories between a store and the disk: an index is mapped into memory, and a report is renamed into place, so
//! both need files.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use object_store::{
    ObjectMeta, ObjectStore, ObjectStoreExt as _, PutPayload, WriteMultipart, path::Path as Key,
};

use crate::place::remote::object::{RemoteReader, RemoteShard};
use crate::place::remote::runtime::runtime;
use crate::place::remote::store::{self, Address, io_error};

/// Parts of an upload: not so many that a store refuses (10,000), nor so large that they fill memory.
const PART_LEN: usize = 16 << 20;
/// Parts on their way at one time.
const PARTS_WAITING_MAX: usize = 4;

/// Copies every object below `address` to the same place below `directory`, which exists.
///
/// # Errors
/// Nothing is there, the store or the disk refuses, or the name of an object would lead out of `directory`.
pub fn copy_from_store(address: &Path, directory: &Path) -> io::Result<()> {
    let mut address = Address::of(address)?;
    // Some stores trip over the question whether an object has the name of a directory.
    address.is_directory = true;
    for meta in runtime()?.block_on(store::list(&address))? {
        let path = directory.join(below(&address.key, &meta)?);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        // A list tells the time, and some the ETag, in another form than answers do.
        let shard = RemoteShard::open_key(address.store.clone(), meta.location)?;
        io::copy(&mut RemoteReader::new(shard), &mut File::create_new(&path)?)?;
    }
    Ok(())
}

/// The place of an object below `root`.
fn below(root: &Key, meta: &ObjectMeta) -> io::Result<PathBuf> {
    let parts = meta.location.prefix_match(root);
    let path: PathBuf = parts.into_iter().flatten().map(|part| part.as_ref().to_owned()).collect();
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    if path.as_os_str().is_empty() || !path.components().all(is_plain) {
        let what = format!("the object `{}` has no place in a directory", meta.location);
        return Err(io::Error::new(io::ErrorKind::InvalidData, what));
    }
    Ok(path)
}

/// Copies every file below `directory` to the same place below `address`. The files named in `last`, at the top of the
/// directory, come last and in this order, so that a reader that finds one of them finds all else.
///
/// # Errors
/// The store or the disk refuses. Then what was copied before stays.
pub fn copy_to_store(directory: &Path, address: &Path, last: &[&str]) -> io::Result<()> {
    let address = Address::of(address)?;
    let mut files = vec![];
    list_files(directory, &mut files)?;
    files.sort_by_key(|file| {
        let place = last.iter().position(|name| Path::new(name) == file);
        (place.map_or(0, |place| place + 1), file.clone())
    });
    for file in files {
        let parts = file.components().map(|part| part.as_os_str().to_string_lossy());
        let key = parts.fold(address.key.clone(), |key, part| key.join(&*part));
        runtime()?.block_on(put(&*address.store, &key, &directory.join(&file)))?;
    }
    Ok(())
}

/// Appends the files below `directory`, as paths from there.
fn list_files(directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let walk = ignore::WalkBuilder::new(directory).standard_filters(false).build();
    for entry in walk {
        let entry = entry.map_err(io::Error::other)?;
        if entry.file_type().is_some_and(|kind| kind.is_file())
            && let Ok(below) = entry.path().strip_prefix(directory)
        {
            files.push(below.to_owned());
        }
    }
    Ok(())
}

/// One file, in parts if it is large. Until the last part has come there is no object.
async fn put(store: &dyn ObjectStore, key: &Key, path: &Path) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut part = next_part(&mut file)?;
    if part.len() < PART_LEN {
        let payload = PutPayload::from(part);
        store.put(key, payload).await.map_err(io_error)?;
        return Ok(());
    }
    let upload = store.put_multipart(key).await.map_err(io_error)?;
    let mut parts = WriteMultipart::new_with_chunk_size(upload, PART_LEN);
    while !part.is_empty() {
        parts.wait_for_capacity(PARTS_WAITING_MAX).await.map_err(io_error)?;
        parts.put(part.into());
        part = next_part(&mut file)?;
    }
    parts.finish().await.map_err(io_error)?;
    Ok(())
}

fn next_part(file: &mut File) -> io::Result<Vec<u8>> {
    let mut part = vec![];
    file.take(PART_LEN as u64).read_to_end(&mut part)?;
    Ok(part)
}

/// Removes one object below `address`; none there is no error.
pub fn remove_from_store(address: &Path, name: &str) -> io::Result<()> {
    let address = Address::of(address)?;
    let key = address.key.clone().join(name);
    match runtime()?.block_on(address.store.delete(&key)) {
        Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
        Err(error) => Err(io_error(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(location: &str) -> ObjectMeta {
        ObjectMeta {
            location: location.into(),
            last_modified: std::time::SystemTime::UNIX_EPOCH.into(),
            size: 0,
            e_tag: None,
            version: None,
        }
    }

    #[test]
    fn an_object_lies_where_its_name_says_and_never_outside() {
        let place = |root: &str, object: &str| below(&root.into(), &meta(object)).ok();
        assert_eq!(place("a/b", "a/b/c/d.bin"), Some("c/d.bin".into()));
        assert_eq!(place("", "d.bin"), Some("d.bin".into()));
        for (root, object) in [("a/b", "a/b"), ("a/b", "a/c/d"), ("a", "a/../../d")] {
            assert!(place(root, object).is_none_or(|path| !path.starts_with("..")), "{object}");
        }
        assert_eq!(place("a/b", "a/b"), None);
    }
}
