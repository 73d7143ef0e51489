//! Containers of GVariant in their serialised form: alignment and framing offsets.
//!
//! The end of each element of variable size stands behind the elements, as small as the size of the
//! whole container allows; a tuple has them in reverse and leaves out that of its last member.

/// Pads with zeros up to an alignment.
pub(super) fn pad(out: &mut Vec<u8>, alignment: usize) {
    out.resize(out.len().next_multiple_of(alignment), 0);
}

/// Ends an array of elements that were appended one after the other, with the end of each.
pub(super) fn array(mut body: Vec<u8>, ends: &[usize]) -> Vec<u8> {
    let width = width_to_write(body.len(), ends.len());
    for end in ends {
        put(&mut body, *end, width);
    }
    body
}

/// Ends a tuple; `ends` are those of its members of variable size, without the last member's.
pub(super) fn tuple(mut body: Vec<u8>, ends: &[usize]) -> Vec<u8> {
    let width = width_to_write(body.len(), ends.len());
    for end in ends.iter().rev() {
        put(&mut body, *end, width);
    }
    body
}

/// An array of elements without alignment.
pub(super) fn array_of(elements: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let (mut body, mut ends) = (Vec::new(), Vec::new());
    for element in elements {
        body.extend_from_slice(&element);
        ends.push(body.len());
    }
    array(body, &ends)
}

/// The elements of an array of elements of variable size without alignment.
pub(super) fn elements(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    if bytes.is_empty() {
        return Some(Vec::new());
    }
    let width = width_of(bytes.len());
    let body = number(bytes, bytes.len().checked_sub(width)?, width)?;
    let table = bytes.get(body..)?;
    if table.len() % width != 0 {
        return None;
    }
    let mut start = 0;
    let mut elements = Vec::with_capacity(table.len() / width);
    for index in 0..table.len() / width {
        let end = number(table, index * width, width)?;
        elements.push(bytes.get(start..end)?);
        start = end;
    }
    Some(elements)
}

/// The two members of a tuple of two members of variable size without alignment.
pub(super) fn pair(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let width = width_of(bytes.len());
    let last = bytes.len().checked_sub(width)?;
    let end = number(bytes, last, width)?;
    Some((bytes.get(..end)?, bytes.get(end..last)?))
}

/// The text of a string, whose last byte is NUL.
pub(super) fn string(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes.strip_suffix(&[0])?).ok()
}

/// How wide the framing offsets of a container of that size are.
pub(super) fn width_of(size: usize) -> usize {
    match size {
        0..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xffff_ffff => 4,
        _ => 8,
    }
}

/// A number of that width at a position, the lowest byte first.
pub(super) fn number(bytes: &[u8], at: usize, width: usize) -> Option<usize> {
    let digits = bytes.get(at..at.checked_add(width)?)?;
    digits.iter().rev().try_fold(0_usize, |value, digit| {
        value.checked_mul(256)?.checked_add(usize::from(*digit))
    })
}

fn width_to_write(body: usize, count: usize) -> usize {
    [1, 2, 4]
        .into_iter()
        .find(|width| width_of(body + count * width) <= *width)
        .unwrap_or(8)
}

fn put(out: &mut Vec<u8>, value: usize, width: usize) {
    out.extend(value.to_le_bytes().iter().take(width));
}
