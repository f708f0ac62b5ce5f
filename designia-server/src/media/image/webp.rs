//! WebP: a RIFF file with the chunks of one still picture.
//!
//! Google's container specification, and RFC 9649. Exif and XMP stay out, and so does what nobody has defined.

use super::reader::{Reader, length};
use super::{MediaType, Picture, PictureFault};

/// Of the flags of an extended file: a colour profile and an alpha channel.
const PROFILE_AND_ALPHA: u8 = 0x20 | 0x10;

const ANIMATION: u8 = 0x02;

pub(super) fn read(file: &[u8]) -> Result<Picture, PictureFault> {
    let mut outer = Reader(file);
    outer.take(4)?;
    let told = length(outer.little_u32()?);
    let mut reader = Reader(outer.take(told)?);
    reader.take(4)?;
    let mut body = Vec::with_capacity(file.len());
    let (mut canvas, mut bitmap) = (None, None);
    while !reader.is_empty() {
        let (name, size) = (reader.array::<4>()?, reader.little_u32()?);
        let data = reader.take(length(size))?;
        if size % 2 == 1 {
            // Some writers leave the padding of the last chunk out.
            let _ = reader.byte();
        }
        let size_of = match (&name, canvas, bitmap) {
            (b"VP8X", None, None) => {
                canvas = Some(canvas_size(data)?);
                let mut data = data.to_vec();
                data[0] &= PROFILE_AND_ALPHA;
                put(&mut body, name, &data);
                continue;
            }
            (b"VP8 ", _, None) => lossy_size(data)?,
            (b"VP8L", _, None) => lossless_size(data)?,
            (b"VP8X" | b"VP8 " | b"VP8L", ..) => return Err(PictureFault::Damaged("it has several pictures")),
            (b"ANIM" | b"ANMF", ..) => return Err(PictureFault::Animated),
            (b"ICCP" | b"ALPH", Some(_), None) => {
                put(&mut body, name, data);
                continue;
            }
            _ => continue,
        };
        bitmap = Some(Picture::check_size(size_of)?);
        put(&mut body, name, data);
    }
    let (width, height) = bitmap.ok_or(PictureFault::Damaged("it has no image"))?;
    if canvas.is_some_and(|canvas| canvas != (width, height)) {
        return Err(PictureFault::Damaged("it has another size than it says"));
    }
    let mut content = b"RIFF".to_vec();
    content.extend(u32::try_from(body.len() + 4).unwrap_or(u32::MAX).to_le_bytes());
    content.extend_from_slice(b"WEBP");
    content.append(&mut body);
    Ok(Picture { kind: MediaType::Webp, width, height, content })
}

fn canvas_size(data: &[u8]) -> Result<(u32, u32), PictureFault> {
    let mut reader = Reader(data);
    if reader.array::<4>()?[0] & ANIMATION != 0 {
        return Err(PictureFault::Animated);
    }
    let mut side = || reader.array::<3>().map(|[a, b, c]| u32::from_le_bytes([a, b, c, 0]) + 1);
    Ok((side()?, side()?))
}

/// A key frame of VP8 (RFC 6386, 9.1): three bytes of tag, three of start code, and two sides of 14 bits.
fn lossy_size(data: &[u8]) -> Result<(u32, u32), PictureFault> {
    let mut reader = Reader(data);
    let is_key_frame = reader.array::<3>()?[0] & 1 == 0;
    if !is_key_frame || reader.take(3)? != [0x9d, 0x01, 0x2a] {
        return Err(PictureFault::Damaged("it does not begin with a whole picture"));
    }
    let mut side = || reader.array().map(|pair| u32::from(u16::from_le_bytes(pair) & 0x3fff));
    Ok((side()?, side()?))
}

/// A signature, and two sides of 14 bits, each less one (RFC 9649, 3.4).
fn lossless_size(data: &[u8]) -> Result<(u32, u32), PictureFault> {
    let mut reader = Reader(data);
    if reader.byte()? != 0x2f {
        return Err(PictureFault::Damaged("it has no signature"));
    }
    let bits = reader.little_u32()?;
    Ok(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
}

fn put(body: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    // It was read with a length of four bytes.
    body.extend(name);
    body.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes());
    body.extend_from_slice(data);
    if data.len() % 2 == 1 {
        body.push(0);
    }
}
