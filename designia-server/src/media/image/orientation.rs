//! The one thing in a photograph's Exif that changes how it looks: which side is up.

use super::PictureFault;
use super::reader::{Reader, length};

const TAG: u16 = 0x0112;
const SHORT: u16 = 3;

/// How the picture is turned or mirrored: 2 to 8, as Exif counts. 1 is as it should be and needs no mention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Orientation(u8);

impl Orientation {
    /// What an Exif block says of it, which begins with the header of a TIFF file.
    pub(super) fn of_exif(exif: &[u8]) -> Option<Self> {
        read(exif).ok().flatten()
    }
}

/// An Exif segment that says this and nothing else.
pub(super) fn exif(orientation: Orientation) -> Vec<u8> {
    let mut block = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01".to_vec();
    block.extend(TAG.to_be_bytes());
    block.extend(SHORT.to_be_bytes());
    block.extend([0, 0, 0, 1, 0, orientation.0, 0, 0]);
    // There is no second directory.
    block.extend([0; 4]);
    block
}

fn read(exif: &[u8]) -> Result<Option<Orientation>, PictureFault> {
    let mut reader = Reader(exif);
    let is_big = match reader.take(2)? {
        b"MM" => true,
        b"II" => false,
        _ => return Ok(None),
    };
    let short = |reader: &mut Reader<'_>| {
        reader.array().map(|pair| if is_big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) })
    };
    short(&mut reader)?;
    let offset = reader.array().map(|four| if is_big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })?;
    let mut directory = Reader(exif);
    directory.take(length(offset))?;
    for _ in 0..short(&mut directory)? {
        let mut entry = Reader(directory.take(12)?);
        let (tag, kind) = (short(&mut entry)?, short(&mut entry)?);
        entry.take(4)?;
        if (tag, kind) == (TAG, SHORT) {
            let value = short(&mut entry)?;
            return Ok(u8::try_from(value).ok().filter(|value| (2..=8).contains(value)).map(Orientation));
        }
    }
    Ok(None)
}
