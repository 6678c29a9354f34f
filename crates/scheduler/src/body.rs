//! Bytes that the scheduler carries and never reads, arguments on the way in, a result or an error on the way out: a
//! [`Payload`] on their way into a record, a [`Body`] in it.

use smallvec::SmallVec;

use crate::buffer::Buffer;

/// Bytes of a body that need no memory of their own: a few numbers, a short string.
const SMALL: usize = 32;

/// A recycled record keeps room for a body of this size; a larger one is given back.
const KEPT: usize = 4096;

/// A value on its way into a record.
#[derive(Debug, Default)]
pub struct Payload<'a> {
    encoded: Encoded<'a>,
    buffers: Vec<Buffer>,
}

#[derive(Debug)]
enum Encoded<'a> {
    /// The record takes a copy, mostly into memory that it has.
    Short(&'a [u8]),
    /// More than a record keeps room for: the copy that it takes over.
    Long(Vec<u8>),
}

impl Default for Encoded<'_> {
    fn default() -> Self {
        Self::Short(&[])
    }
}

impl<'a> Payload<'a> {
    /// An encoded value and its large binary parts. None: there is no memory for a copy of it.
    #[must_use]
    pub fn of(bytes: &'a [u8], buffers: Vec<Buffer>) -> Option<Self> {
        let encoded = if bytes.len() > KEPT { Encoded::Long(copy_of(bytes)?) } else { Encoded::Short(bytes) };
        Some(Self { encoded, buffers })
    }
}

/// What the scheduler is told once and gives to many, such as how a worker ended: it has memory for that, or none at all.
impl<'a> From<&'a [u8]> for Payload<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self { encoded: Encoded::Short(bytes), buffers: Vec::new() }
    }
}

/// A copy of what may be too large. None: there is no memory for it.
#[must_use]
pub fn copy_of(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(bytes.len()).ok()?;
    copy.extend_from_slice(bytes);
    Some(copy)
}

/// A value in a record.
#[derive(Debug, Default)]
pub struct Body {
    /// The encoded value. A small one stands in the record itself.
    pub bytes: SmallVec<[u8; SMALL]>,
    /// Its large binary parts.
    pub buffers: Vec<Buffer>,
}

impl Body {
    /// The same once more, for a task that may have to be run again. None: there is no memory for it.
    pub(crate) fn copied(&self) -> Option<Self> {
        let buffers = self.copied_buffers()?;
        Some(Self { bytes: copy_of(&self.bytes)?.into(), buffers })
    }

    /// Its large binary parts once more. None: there is no memory for them.
    #[must_use]
    pub fn copied_buffers(&self) -> Option<Vec<Buffer>> {
        self.buffers.iter().map(|buffer| Buffer::copied_from(buffer.as_slice())).collect()
    }

    /// Whether it is so large that it is not worth keeping its room.
    pub(crate) fn is_heavy(&self) -> bool {
        self.bytes.len() > KEPT
    }

    pub(crate) fn replace(&mut self, payload: Payload<'_>) {
        self.buffers = payload.buffers;
        match payload.encoded {
            Encoded::Long(bytes) => self.bytes = bytes.into(),
            Encoded::Short(bytes) => {
                self.bytes.clear();
                if self.bytes.capacity() > KEPT {
                    self.bytes = SmallVec::new();
                }
                self.bytes.extend_from_slice(bytes);
            }
        }
    }

    pub(crate) fn empty(&mut self) {
        self.replace(Payload::default());
    }
}

impl From<Payload<'_>> for Body {
    fn from(payload: Payload<'_>) -> Self {
        let bytes = match payload.encoded {
            Encoded::Long(bytes) => bytes.into(),
            Encoded::Short(bytes) => SmallVec::from_slice(bytes),
        };
        Self { bytes, buffers: payload.buffers }
    }
}
