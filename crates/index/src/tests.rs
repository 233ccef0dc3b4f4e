//! The table against its definition, a whole index against what was put in, and FORMAT.md against the code.

mod background;
mod format;
mod index;
#[path = "../tests/invented/mod.rs"]
mod invented;
mod memory;
mod sorter;
mod streamed;
mod table;
mod update;
