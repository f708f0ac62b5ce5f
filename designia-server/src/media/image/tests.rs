//! Real pictures of a few pixels, and what has been done to them.

use proptest::prelude::*;

use super::*;

/// As Pillow writes them; three have Exif with a maker, a place and an orientation, and the text chunk or comment `secret`.
const SAMPLES: [(&str, &[u8], MediaType); 6] = [
    ("turned.jpg", include_bytes!("samples/turned.jpg"), MediaType::Jpeg),
    ("progressive.jpg", include_bytes!("samples/progressive.jpg"), MediaType::Jpeg),
    ("told.png", include_bytes!("samples/told.png"), MediaType::Png),
    ("extended.webp", include_bytes!("samples/extended.webp"), MediaType::Webp),
    ("lossless.webp", include_bytes!("samples/lossless.webp"), MediaType::Webp),
    ("simple.webp", include_bytes!("samples/simple.webp"), MediaType::Webp),
];

fn sample(name: &str) -> Vec<u8> {
    SAMPLES.iter().find(|sample| sample.0 == name).unwrap().1.to_vec()
}

fn has(file: &[u8], word: &[u8]) -> bool {
    file.windows(word.len()).any(|part| part == word)
}

#[test]
fn a_picture_is_known_by_its_content_and_its_size_is_in_its_header() {
    for (name, file, kind) in SAMPLES {
        let picture = Picture::read(file).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert_eq!((picture.kind, picture.width, picture.height), (kind, 6, 4), "{name}");
        assert_eq!(Picture::read(&picture.content), Ok(picture), "{name}: what was written is read the same");
    }
}

#[test]
fn who_when_and_where_are_taken_off_and_which_side_is_up_stays() {
    for (name, file, _) in SAMPLES {
        let content = Picture::read(file).unwrap().content;
        for word in [b"secret".as_slice(), b"SecretCam"] {
            assert!(!has(&content, word), "{name}");
        }
    }
    assert!(
        has(&sample("turned.jpg"), b"SecretCam") && has(&sample("told.png"), b"secret author"),
        "the samples have them"
    );
    let turned = Picture::read(&sample("turned.jpg")).unwrap().content;
    let at = turned.windows(6).position(|part| part == b"Exif\0\0").unwrap();
    assert_eq!(
        orientation::Orientation::of_exif(&turned[at + 6..]).map(orientation::exif).unwrap(),
        turned[at..at + 32]
    );
    assert!(!has(&Picture::read(&sample("progressive.jpg")).unwrap().content, b"Exif"));
}

#[test]
fn what_hangs_on_behind_the_end_is_cut_off() {
    for (name, file, _) in SAMPLES {
        let clean = Picture::read(file).unwrap();
        let polyglot = [file, b"<script>alert(1)</script>PK\x03\x04"].concat();
        assert_eq!(Picture::read(&polyglot), Ok(clean), "{name}");
    }
}

#[test]
fn a_page_inside_a_picture_does_not_survive() {
    let script = b"<html><script>alert(1)</script></html>";
    let segment = [&[0xff, 0xfe, 0, 40][..], script].concat();
    let mut jpeg = sample("progressive.jpg");
    jpeg.splice(2..2, segment);
    let mut png = sample("told.png");
    let chunk = [&38_u32.to_be_bytes()[..], b"tEXt", script, &[0; 4]].concat();
    png.splice(33..33, chunk);
    for file in [jpeg, png] {
        assert!(has(&file, script) && !has(&Picture::read(&file).unwrap().content, b"<script>"));
    }
}

#[test]
fn what_is_no_picture_is_refused_whatever_it_is_called() {
    for file in [
        b"".as_slice(),
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<!doctype html><script>",
        b"GIF89a\x01\0\x01\0",
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"MZ",
        b"\0\0\0\x20ftypheic",
        b"BM",
        b" \xff\xd8\xff",
        b"RIFF\x04\0\0\0WAVE",
    ] {
        assert_eq!(Picture::read(file), Err(PictureFault::OfAnotherKind), "{}", file.escape_ascii());
    }
    assert_eq!(Picture::read(include_bytes!("samples/moving.webp")), Err(PictureFault::Animated));
}

#[test]
fn a_picture_that_is_cut_short_is_refused_wherever_it_was_cut() {
    for (name, file, _) in SAMPLES {
        let whole = Picture::read(file).unwrap().content;
        for end in 3..whole.len() {
            assert!(Picture::read(&whole[..end]).is_err(), "{name} up to {end}");
        }
    }
}

#[test]
fn a_few_bytes_that_promise_too_many_pixels_are_refused() {
    let mut png = sample("told.png");
    for (width, height, fault) in [
        (20_000_u32, 2_000_u32, None),
        (20_000, 2_001, Some(PictureFault::TooManyPixels)),
        (20_001, 1, Some(PictureFault::TooManyPixels)),
        (u32::MAX, u32::MAX, Some(PictureFault::TooManyPixels)),
        (0, 1, Some(PictureFault::Damaged("it has no pixels"))),
    ] {
        png[16..20].copy_from_slice(&width.to_be_bytes());
        png[20..24].copy_from_slice(&height.to_be_bytes());
        assert_eq!(Picture::read(&png).err(), fault, "{width} × {height}");
    }
    let mut jpeg = sample("progressive.jpg");
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc2]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xff);
    assert_eq!(Picture::read(&jpeg), Err(PictureFault::TooManyPixels));
    let mut webp = sample("extended.webp");
    let inner = webp.windows(3).position(|three| three == [0x9d, 0x01, 0x2a]).unwrap();
    webp[inner + 3..inner + 7].copy_from_slice(&[0xff, 0x3f, 0xff, 0x3f]);
    assert_eq!(
        Picture::read(&webp),
        Err(PictureFault::TooManyPixels),
        "what is inside counts, not what the file says of it"
    );
}

#[test]
fn more_than_ten_megabytes_are_not_looked_at() {
    assert_eq!(Picture::read(&vec![0xff; MAX_BYTES + 1]), Err(PictureFault::TooManyBytes));
}

proptest! {
    #[test]
    fn whatever_the_bytes_are_reading_ends_and_what_is_taken_is_a_picture(
        index in 0..SAMPLES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut file = SAMPLES[index].1.to_vec();
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        file.truncate(cut.index(file.len() * 2).max(1));
        if let Ok(picture) = Picture::read(&file) {
            prop_assert!(picture.content.len() <= file.len() + 64);
            prop_assert_eq!(Picture::read(&picture.content), Ok(picture));
        }
    }
}
