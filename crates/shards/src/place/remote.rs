//! Shards in object stores, and on web servers.
//!
//! Everything is asked for in ranges, and only if the object is still the one that was opened; what is answered is looked
//! at all the same, for many servers do not heed the condition. The store's client is asynchronous: it lives in this module, behind calls that wait. It retries with back-off what may pass; credentials
//! come from where each store's own tools look for them: the environment, files, or the machine's own identity.

mod answer;
mod aws;
mod copy;
mod list;
mod object;
mod runtime;
mod store;

pub use copy::{copy_from_store, copy_to_store, remove_from_store};
pub(crate) use list::find_remote;
pub(crate) use object::{RemoteReader, RemoteShard};
