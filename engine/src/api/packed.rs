//! Columns of numbers as bytes: `#[serde(with = "packed")]`.
//!
//! A picture has tens of thousands of numbers and crosses from worker to page many times a second. Number by
//! number, a serde format takes longer to read them than the page takes to draw them; as little-endian bytes one
//! after the other they are copied.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};

use super::Mark;

/// A number of fixed size.
pub trait Packed: Copy {
    /// Bytes of one.
    const SIZE: usize;

    /// Appends the bytes.
    fn put(self, bytes: &mut Vec<u8>);

    /// The number of [`Self::SIZE`] bytes; `None` if they are none.
    fn get(bytes: &[u8]) -> Option<Self>;
}

/// Writes a column.
pub fn serialize<T: Packed, S: Serializer>(values: &[T], serializer: S) -> Result<S::Ok, S::Error> {
    let mut bytes = Vec::with_capacity(values.len() * T::SIZE);
    values.iter().for_each(|value| value.put(&mut bytes));
    serializer.serialize_bytes(&bytes)
}

/// Reads a column; an error if its bytes make no whole numbers.
pub fn deserialize<'de, T: Packed, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_bytes(Column(PhantomData))
}

struct Column<T>(PhantomData<T>);

impl<T: Packed> Visitor<'_> for Column<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bytes of a column of numbers")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<T>, E> {
        let numbers = bytes.chunks_exact(T::SIZE);
        if !numbers.remainder().is_empty() {
            return Err(E::invalid_length(bytes.len(), &self));
        }
        let mut column = Vec::with_capacity(numbers.len());
        for number in numbers {
            column.push(T::get(number).ok_or_else(|| E::custom("no such number"))?);
        }
        Ok(column)
    }
}

macro_rules! packed {
    ($($number:ty),*) => {$(
        impl Packed for $number {
            const SIZE: usize = size_of::<$number>();

            fn put(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }

            fn get(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(<$number>::from_le_bytes)
            }
        }
    )*};
}

packed!(u8, u32, i64, f32);

impl Packed for Mark {
    const SIZE: usize = 1;

    fn put(self, bytes: &mut Vec<u8>) {
        bytes.push(self as u8);
    }

    fn get(bytes: &[u8]) -> Option<Self> {
        Mark::ALL.get(usize::from(*bytes.first()?)).copied()
    }
}

#[cfg(test)]
mod tests {
    use serde::de::IntoDeserializer;
    use serde::de::value::{BytesDeserializer, Error};

    use super::*;

    fn read<T: Packed>(bytes: &[u8]) -> Result<Vec<T>, Error> {
        let bytes: BytesDeserializer<'_, Error> = bytes.into_deserializer();
        deserialize(bytes)
    }

    #[test]
    fn numbers_are_little_endian_and_whole() {
        assert_eq!(read::<u32>(&[1, 0, 0, 0, 0, 1, 0, 0]), Ok(vec![1, 256]));
        assert_eq!(read::<i64>(&[0xfe, 255, 255, 255, 255, 255, 255, 255]), Ok(vec![-2]));
        assert_eq!(read::<f32>(&0.5_f32.to_le_bytes()), Ok(vec![0.5]));
        assert_eq!(read::<u8>(&[]), Ok(vec![]));
        assert!(read::<u32>(&[1, 0, 0, 0, 7]).is_err());
    }

    #[test]
    fn marks_are_their_numbers() {
        for (number, mark) in (0..).zip(Mark::ALL) {
            let mut bytes = Vec::new();
            mark.put(&mut bytes);
            assert_eq!((&bytes[..], read::<Mark>(&bytes)), (&[number][..], Ok(vec![mark])));
        }
        assert!(read::<Mark>(&[Mark::ALL.len() as u8]).is_err());
    }
}
