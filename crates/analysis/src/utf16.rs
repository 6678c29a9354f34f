//! Offsets: the parser counts bytes of UTF-8, JavaScript counts units of UTF-16.

/// Translates between the two countings of one text; costs nothing where the text is ASCII.
pub(crate) struct Utf16 {
    /// For each character that is longer in bytes than in units: the byte offset behind it, and how far the two
    /// countings are apart from there on.
    steps: Vec<(u32, u32)>,
}

impl Utf16 {
    pub(crate) fn new(text: &str) -> Self {
        let mut steps = Vec::new();
        if !text.is_ascii() {
            let mut apart = 0;
            for (offset, character) in text.char_indices() {
                let bytes = character.len_utf8();
                if bytes > 1 {
                    apart += narrow(bytes - character.len_utf16());
                    steps.push((narrow(offset + bytes), apart));
                }
            }
        }
        Self { steps }
    }

    /// The offset in units of a byte offset that stands on a character's boundary.
    pub(crate) fn units(&self, bytes: u32) -> u32 {
        let before = self.steps.partition_point(|step| step.0 <= bytes);
        match before.checked_sub(1) {
            Some(last) => bytes - self.steps[last].1,
            None => bytes,
        }
    }
}

/// The parser refuses texts of 4 GiB and more, so an offset always fits.
pub(crate) fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::Utf16;

    #[test]
    fn counts_units_behind_wide_characters() {
        let text = "aé→𝒳b";
        let map = Utf16::new(text);
        for (offset, _) in text.char_indices() {
            let expected: usize = text[..offset].chars().map(char::len_utf16).sum();
            assert_eq!(map.units(offset as u32) as usize, expected);
        }
    }

    #[test]
    fn ascii_is_left_alone() {
        assert_eq!(Utf16::new("plain").units(3), 3);
    }
}
