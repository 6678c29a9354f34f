//! Sorting numbers as a typed array's `sort()` without a comparator does.

use rayon::slice::ParallelSliceMut;

/// What kind of number the bytes hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// Signed, 8 bits.
    I8,
    /// Unsigned, 8 bits.
    U8,
    /// Signed, 16 bits.
    I16,
    /// Unsigned, 16 bits.
    U16,
    /// Signed, 32 bits.
    I32,
    /// Unsigned, 32 bits.
    U32,
    /// Signed, 64 bits.
    I64,
    /// Unsigned, 64 bits.
    U64,
    /// Half precision.
    F16,
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}

/// A number's bits as an integer that orders like the number: -Infinity … -0, 0 … Infinity. NaN of either sign comes
/// last, as JavaScript wants it; `total_cmp` would put the negative ones first.
macro_rules! float_key {
    ($name:ident, $bits:ty, $key:ty, $infinity:expr) => {
        fn $name(bits: &$bits) -> $key {
            const SIGN: u32 = <$bits>::BITS - 1;
            if bits & !(1 << SIGN) > $infinity {
                return <$key>::MAX;
            }
            let signed = bits.cast_signed();
            signed ^ ((signed >> SIGN).cast_unsigned() >> 1).cast_signed()
        }
    };
}

float_key!(f16_key, u16, i16, 0x7c00);
float_key!(f32_key, u32, i32, f32::INFINITY.to_bits());
float_key!(f64_key, u64, i64, f64::INFINITY.to_bits());

fn elements<T>(bytes: &mut [u8]) -> &mut [T] {
    // SAFETY: `T` is an integer type in every use below, for which all bits are valid.
    let (head, elements, tail) = unsafe { bytes.align_to_mut::<T>() };
    assert!(head.is_empty() && tail.is_empty(), "the bytes are whole, aligned elements");
    elements
}

/// Sorts the elements in `bytes` in ascending order on the threads of the current rayon pool. `bytes` must be aligned
/// for the element and hold a whole number of them.
pub fn sort(element: Element, bytes: &mut [u8]) {
    match element {
        Element::I8 => elements::<i8>(bytes).par_sort_unstable(),
        Element::U8 => elements::<u8>(bytes).par_sort_unstable(),
        Element::I16 => elements::<i16>(bytes).par_sort_unstable(),
        Element::U16 => elements::<u16>(bytes).par_sort_unstable(),
        Element::I32 => elements::<i32>(bytes).par_sort_unstable(),
        Element::U32 => elements::<u32>(bytes).par_sort_unstable(),
        Element::I64 => elements::<i64>(bytes).par_sort_unstable(),
        Element::U64 => elements::<u64>(bytes).par_sort_unstable(),
        Element::F16 => elements::<u16>(bytes).par_sort_unstable_by_key(f16_key),
        Element::F32 => elements::<u32>(bytes).par_sort_unstable_by_key(f32_key),
        Element::F64 => elements::<u64>(bytes).par_sort_unstable_by_key(f64_key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_of(numbers: &[u64]) -> (Vec<u64>, usize) {
        (numbers.to_vec(), numbers.len() * 8)
    }

    fn sorted_f64(numbers: &[f64]) -> Vec<u64> {
        let (mut storage, length) = bytes_of(&numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>());
        // SAFETY: the storage holds `length` bytes, and any byte is valid.
        let bytes = unsafe { std::slice::from_raw_parts_mut(storage.as_mut_ptr().cast::<u8>(), length) };
        sort(Element::F64, bytes);
        storage
    }

    #[test]
    fn floats_in_the_order_of_javascript() {
        let negative_nan = f64::from_bits(f64::NAN.to_bits() | 1 << 63);
        let sorted = sorted_f64(&[f64::NAN, 1.0, negative_nan, 0.0, -0.0, f64::NEG_INFINITY, -1.5, f64::INFINITY]);
        let expected = [f64::NEG_INFINITY, -1.5, -0.0, 0.0, 1.0, f64::INFINITY].map(f64::to_bits);
        assert_eq!(sorted[..6], expected);
        assert!(sorted[6..].iter().all(|bits| f64::from_bits(*bits).is_nan()));
    }

    #[test]
    fn half_floats_by_their_bits() {
        let mut halves: Vec<u16> = vec![0x7e00, 0x3c00, 0x0000, 0x8000, 0xbc00, 0xfc00, 0x7c00];
        let length = halves.len() * 2;
        // SAFETY: the storage holds `length` bytes, and any byte is valid.
        let bytes = unsafe { std::slice::from_raw_parts_mut(halves.as_mut_ptr().cast::<u8>(), length) };
        sort(Element::F16, bytes);
        assert_eq!(halves, [0xfc00, 0xbc00, 0x8000, 0x0000, 0x3c00, 0x7c00, 0x7e00]);
    }
}
