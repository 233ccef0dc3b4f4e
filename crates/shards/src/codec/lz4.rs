//! All frames of an lz4 file.
//!
//! The decoder of one frame takes the end of the file for the end of a frame wherever a block may begin, and says
//! nothing: a file that is cut there would lose its rest in silence. So the end of the file is watched for from below.

use std::io::{self, BufRead, Read};

use lz4_flex::frame::FrameDecoder;

pub(crate) struct Lz4Frames<R: BufRead> {
    // None only while a frame ends, and after a failure or the end.
    frame: Option<FrameDecoder<Watched<R>>>,
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
    pub(crate) fn new(reader: R) -> Self {
        Self { frame: Some(Self::frame(reader)) }
    }

    fn frame(reader: R) -> FrameDecoder<Watched<R>> {
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
            let Some(Watched { mut reader, met_end }) =
                self.frame.take().map(FrameDecoder::into_inner)
            else {
                break;
            };
            if met_end {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if !reader.fill_buf()?.is_empty() {
                self.frame = Some(Self::frame(reader));
            }
        }
        Ok(0)
    }
}
