//! JSON that is harmless on a terminal, too.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use crate::untrusted::is_obeyed;

/// Escapes, beyond what JSON asks for, every character that a terminal would obey. The value stays the same.
struct Harmless<F>(F);

/// Hands each of the named methods on to the formatter inside.
macro_rules! hand_on {
    ($($name:ident($($argument:ident: $kind:ty),*);)*) => {$(
        fn $name<W: ?Sized + Write>(&mut self, writer: &mut W $(, $argument: $kind)*) -> io::Result<()> {
            self.0.$name(writer $(, $argument)*)
        }
    )*};
}

impl<F: Formatter> Formatter for Harmless<F> {
    hand_on! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        end_object_key();
        begin_object_value();
        end_object_value();
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut written = 0;
        for (offset, c) in fragment.char_indices().filter(|&(_, c)| is_obeyed(c)) {
            writer.write_all(&fragment.as_bytes()[written..offset])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            written = offset + c.len_utf8();
        }
        writer.write_all(&fragment.as_bytes()[written..])
    }
}

/// `value` as one line of JSON, line end included, without a character that a terminal would obey.
pub fn to_json_line<T: Serialize>(value: &T) -> io::Result<Vec<u8>> {
    write_with(value, Harmless(CompactFormatter))
}

/// As [`to_json_line`], indented for people.
pub(crate) fn to_json_pretty<T: Serialize>(value: &T) -> io::Result<Vec<u8>> {
    write_with(value, Harmless(PrettyFormatter::with_indent(b"  ")))
}

fn write_with<T: Serialize>(value: &T, formatter: impl Formatter) -> io::Result<Vec<u8>> {
    let mut bytes = vec![];
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter))?;
    bytes.push(b'\n');
    Ok(bytes)
}
