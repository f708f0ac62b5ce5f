//! JPEG: segments up to the end of the image.
//!
//! ITU-T T.81, annex B. Of the application segments only those stay that change how the picture looks: JFIF, the colour profile,
//! Adobe's transform, and of Exif the orientation.

use super::orientation::{self, Orientation};
use super::reader::Reader;
use super::{MediaType, Picture, PictureFault};

const START: u8 = 0xd8;
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;
const APP14: u8 = 0xee;
const COMMENT: u8 = 0xfe;

pub(super) fn read(file: &[u8]) -> Result<Picture, PictureFault> {
    let mut reader = Reader(file);
    reader.take(2)?;
    let mut content = Vec::with_capacity(file.len());
    content.extend([0xff, START]);
    let (mut size, mut scans) = (None, 0);
    loop {
        match marker(&mut reader)? {
            END => break,
            SCAN => {
                if size.is_none() {
                    return Err(PictureFault::Damaged("it has no frame before its scan"));
                }
                scans += 1;
                put(&mut content, SCAN, body(&mut reader)?);
                content.extend_from_slice(coded(&mut reader)?);
            }
            kind if is_frame(kind) => {
                let body = body(&mut reader)?;
                if size.replace(Picture::check_size(frame_size(body)?)?).is_some() {
                    return Err(PictureFault::Damaged("it has several frames"));
                }
                put(&mut content, kind, body);
            }
            kind => keep_what_shows(&mut content, kind, body(&mut reader)?),
        }
    }
    match (size, scans) {
        (Some((width, height)), 1..) => {
            content.extend([0xff, END]);
            Ok(Picture { kind: MediaType::Jpeg, width, height, content })
        }
        _ => Err(PictureFault::Damaged("it has no scan")),
    }
}

/// The next marker. Any number of fill bytes may stand before it.
fn marker(reader: &mut Reader<'_>) -> Result<u8, PictureFault> {
    if reader.byte()? != 0xff {
        return Err(PictureFault::Damaged("a segment is missing"));
    }
    loop {
        match reader.byte()? {
            0xff => {}
            0x00 | 0x01 | 0xd0..=START => return Err(PictureFault::Damaged("a marker is where none belongs")),
            kind => return Ok(kind),
        }
    }
}

fn body<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], PictureFault> {
    let length = usize::from(reader.big_u16()?);
    reader.take(length.checked_sub(2).ok_or(PictureFault::Damaged("a segment is shorter than its length"))?)
}

/// What follows the header of a scan: up to the next marker that is neither stuffing nor a restart.
fn coded<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], PictureFault> {
    let all = reader.0;
    let is_end = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xd0..=0xd7);
    let end = all.windows(2).position(is_end).ok_or(PictureFault::Damaged("it ends too early"))?;
    reader.take(end)
}

/// Start of frame, of whatever process; the others in this range are tables.
const fn is_frame(kind: u8) -> bool {
    matches!(kind, 0xc0..=0xcf) && !matches!(kind, 0xc4 | 0xc8 | 0xcc)
}

fn frame_size(body: &[u8]) -> Result<(u32, u32), PictureFault> {
    let mut reader = Reader(body);
    reader.byte()?;
    let (height, width) = (reader.big_u16()?, reader.big_u16()?);
    Ok((width.into(), height.into()))
}

fn keep_what_shows(content: &mut Vec<u8>, kind: u8, body: &[u8]) {
    match kind {
        APP0 if !body.starts_with(b"JFIF\0") => {}
        APP2 if !body.starts_with(b"ICC_PROFILE\0") => {}
        APP14 if !body.starts_with(b"Adobe") => {}
        APP1 => {
            if let Some(turned) = body.strip_prefix(b"Exif\0\0").and_then(Orientation::of_exif) {
                put(content, APP1, &orientation::exif(turned));
            }
        }
        // The other application segments, which programs fill as they like.
        0xe3..=0xed | 0xef | COMMENT => {}
        _ => put(content, kind, body),
    }
}

fn put(content: &mut Vec<u8>, kind: u8, body: &[u8]) {
    // It was read with a length of two bytes, or is ours and short.
    let length = u16::try_from(body.len() + 2).unwrap_or(u16::MAX);
    content.extend([0xff, kind]);
    content.extend(length.to_be_bytes());
    content.extend_from_slice(body);
}
