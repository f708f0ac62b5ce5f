//! Pictures as they come from strangers: what they really are, how large they are, and everything taken off that is no picture.
//!
//! Nothing is decoded. The container is walked from its first byte to its last: a file that is not one to its end is refused, and so is
//! one whose header promises more pixels than anybody should have to show. What is written anew has only the parts that are needed to
//! show it. Place and time of a photograph, its maker, previews, comments, and whatever was hung on behind the end stay out; so an archive
//! or a page that hides in a picture does not survive.

mod jpeg;
mod orientation;
mod png;
mod reader;
mod webp;

use designia_core::ports::MediaType;

/// Largest file in bytes.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;

/// Most pixels.
pub const MAX_PIXELS: u64 = 40_000_000;

/// Longest side in pixels.
pub const MAX_SIDE: u32 = 20_000;

/// A picture and nothing but a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// What it really is, whatever its sender called it.
    pub kind: MediaType,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// The file.
    pub content: Vec<u8>,
}

/// The file is not taken. Told as the rule that it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureFault {
    /// It begins like nothing that is known here.
    #[error("must be a JPEG, PNG or WebP picture")]
    OfAnotherKind,
    /// It has too many bytes.
    #[error("must be at most 10 MB")]
    TooManyBytes,
    /// It would be too large on the screen and in the memory.
    #[error("must have at most 40 million pixels, and 20000 on a side")]
    TooManyPixels,
    /// It has several pictures that would follow each other.
    #[error("must not be animated")]
    Animated,
    /// It ends before it is complete, or its parts contradict each other.
    #[error("is damaged: {0}")]
    Damaged(&'static str),
}

impl Picture {
    /// Reads a picture and takes off all that is not one.
    ///
    /// # Errors
    /// The rule that the file breaks.
    pub fn read(file: &[u8]) -> Result<Self, PictureFault> {
        if file.len() > MAX_BYTES {
            return Err(PictureFault::TooManyBytes);
        }
        let picture = match file {
            [0xff, 0xd8, 0xff, ..] => jpeg::read(file),
            [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => png::read(file),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => webp::read(file),
            _ => Err(PictureFault::OfAnotherKind),
        }?;
        Ok(picture)
    }

    /// Refuses what is too large, before anything of it is copied.
    fn check_size((width, height): (u32, u32)) -> Result<(u32, u32), PictureFault> {
        if width == 0 || height == 0 {
            return Err(PictureFault::Damaged("it has no pixels"));
        }
        if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(PictureFault::TooManyPixels);
        }
        Ok((width, height))
    }
}

#[cfg(test)]
mod tests;
