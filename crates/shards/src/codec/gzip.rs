//! All members of a gzip file.
//!
//! Tools that append write one member a time, so stopping after the first loses the rest in silence. Zeros after the
//! last member are padding (of tapes and block stores); anything else there is damage.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

pub(crate) struct GzipMembers<R: BufRead> {
    // None only while a member ends, and after a failure or the end.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> GzipMembers<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { member: Some(GzDecoder::new(reader)) }
    }
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while let Some(member) = &mut self.member {
            let len = member.read(buffer)?;
            if len > 0 {
                return Ok(len);
            }
            let Some(member) = self.member.take() else {
                break;
            };
            let mut reader = member.into_inner();
            match skip_zeros(&mut reader)? {
                Tail::End => break,
                Tail::Member => self.member = Some(GzDecoder::new(reader)),
                Tail::Garbage => {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        "garbage after the last gzip member",
                    ));
                }
            }
        }
        Ok(0)
    }
}

enum Tail {
    End,
    Member,
    Garbage,
}

/// Looks at what follows a member, past zeros.
fn skip_zeros(reader: &mut impl BufRead) -> io::Result<Tail> {
    /// The first byte of every gzip member.
    const MAGIC: u8 = 0x1f;
    let mut padded = false;
    loop {
        let rest = match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            rest => rest?,
        };
        match rest.iter().position(|&byte| byte != 0) {
            None if rest.is_empty() => return Ok(Tail::End),
            Some(0) if !padded => {
                return Ok(if rest[0] == MAGIC { Tail::Member } else { Tail::Garbage });
            }
            Some(_) => return Ok(Tail::Garbage),
            None => {
                padded = true;
                let len = rest.len();
                reader.consume(len);
            }
        }
    }
}
