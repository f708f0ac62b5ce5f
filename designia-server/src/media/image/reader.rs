//! Bytes taken one after the other, never beyond their end.

use super::PictureFault;

/// What is left of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    /// The next so many bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], PictureFault> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(PictureFault::Damaged("it ends too early"))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], PictureFault> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(super) fn byte(&mut self) -> Result<u8, PictureFault> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn big_u16(&mut self) -> Result<u16, PictureFault> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn big_u32(&mut self) -> Result<u32, PictureFault> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn little_u32(&mut self) -> Result<u32, PictureFault> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A length of a file's own telling. One that does not fit is beyond every end.
pub(super) fn length(told: u32) -> usize {
    usize::try_from(told).unwrap_or(usize::MAX)
}
