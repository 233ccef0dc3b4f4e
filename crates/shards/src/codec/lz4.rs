//! All frames of an lz4 file.
//!
//! The decoder of one frame takes the end of the file for the end of a frame wherever a block may begin, and says
//! nothing: a file that is cut there would lose its rest in silence. So the end of the file is watched for from below.

use std::io::{self, BufRead, Read};

use lz4_flex::frame::FrameDecoder;

/// What a frame begins with.
pub(crate) const MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];

pub(crate) struct Lz4Frames<R: BufRead> {
    // None only while a frame ends, and after a failure or the end.
    frame: Option<FrameDecoder<Watched<Headed<R>>>>,
}

/// A reader with the bytes put back that were read to see what follows.
type Headed<R> = io::Chain<io::Cursor<Vec<u8>>, R>;

/// Reads past frames that hold data for other programs, and gives the four bytes behind them; fewer at the end.
pub(crate) fn skip_frames(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    loop {
        let mut magic = vec![];
        reader.by_ref().take(4).read_to_end(&mut magic)?;
        if !matches!(magic[..], [0x50..=0x5f, 0x2a, 0x4d, 0x18]) {
            return Ok(magic);
        }
        let mut len = [0; 4];
        reader.read_exact(&mut len)?;
        let len = u64::from(u32::from_le_bytes(len));
        if io::copy(&mut reader.by_ref().take(len), &mut io::sink())? < len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// A reader that remembers whether it was asked for more than there was.
struct Watched<R> {
    reader: R,
    met_end: bool,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.reader.read(buffer)?;
        self.met_end |= len == 0 && !buffer.is_empty();
        Ok(len)
    }
}

impl<R: BufRead> Lz4Frames<R> {
    /// `head` are the first bytes, which were read already.
    pub(crate) fn new(head: Vec<u8>, reader: R) -> Self {
        Self { frame: Some(Self::frame(head, reader)) }
    }

    fn frame(head: Vec<u8>, reader: R) -> FrameDecoder<Watched<Headed<R>>> {
        let reader = io::Cursor::new(head).chain(reader);
        FrameDecoder::new(Watched { reader, met_end: false })
    }
}

impl<R: BufRead> Read for Lz4Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while let Some(frame) = &mut self.frame {
            let len = frame.read(buffer)?;
            if len > 0 {
                return Ok(len);
            }
            let Some(Watched { reader, met_end }) = self.frame.take().map(FrameDecoder::into_inner)
            else {
                break;
            };
            if met_end {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let (_, mut reader) = reader.into_inner();
            let head = skip_frames(&mut reader)?;
            if !head.is_empty() {
                self.frame = Some(Self::frame(head, reader));
            }
        }
        Ok(0)
    }
}
