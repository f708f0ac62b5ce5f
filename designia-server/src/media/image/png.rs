//! PNG: chunks up to the end of the image.
//!
//! Chunks stay that are needed to show it (W3C PNG, third edition, 11): texts, times, Exif, pages of an animation and what anybody made
//! up stay out.

use super::reader::{Reader, length};
use super::{MediaType, Picture, PictureFault};

/// The image, its palette, its transparency, its colours, and the shape of a pixel.
const SHOWN: [&[u8; 4]; 11] =
    [b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"cHRM", b"cICP", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"pHYs"];

pub(super) fn read(file: &[u8]) -> Result<Picture, PictureFault> {
    let mut reader = Reader(file);
    let mut content = Vec::with_capacity(file.len());
    content.extend_from_slice(reader.take(8)?);
    let mut size = None;
    let mut has_data = false;
    loop {
        // Length, name, data, and a sum of name and data: it is written as it was read.
        let whole = reader.0;
        let (told, name) = (length(reader.big_u32()?), reader.array::<4>()?);
        let data = reader.take(told)?;
        reader.take(4)?;
        let chunk = &whole[..whole.len() - reader.0.len()];
        match (&name, size) {
            (b"IHDR", None) => size = Some(Picture::check_size(header_size(data)?)?),
            (b"IHDR", Some(_)) => return Err(PictureFault::Damaged("it has several headers")),
            (_, None) => return Err(PictureFault::Damaged("it does not begin with its header")),
            (b"IDAT", Some(_)) => has_data = true,
            (b"IEND", Some((width, height))) if has_data && data.is_empty() => {
                content.extend_from_slice(chunk);
                return Ok(Picture { kind: MediaType::Png, width, height, content });
            }
            (b"IEND", Some(_)) => return Err(PictureFault::Damaged("it has no image")),
            _ => {}
        }
        if SHOWN.contains(&&name) {
            content.extend_from_slice(chunk);
        }
    }
}

fn header_size(data: &[u8]) -> Result<(u32, u32), PictureFault> {
    if data.len() != 13 {
        return Err(PictureFault::Damaged("its header has another length"));
    }
    let mut reader = Reader(data);
    Ok((reader.big_u32()?, reader.big_u32()?))
}
