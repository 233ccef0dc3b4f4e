//! Which values of a record are read, and picking them out of it.

pub(crate) mod choose;
pub(crate) mod moment;
pub(crate) mod named_values;
mod notebook;
pub(crate) mod path;
pub(crate) mod pick;
pub(crate) mod repair;
pub(crate) mod schema_fields;
pub(crate) mod tree;
pub(crate) mod unambiguous;

pub use notebook::cell_at;
pub use path::FieldPath;
