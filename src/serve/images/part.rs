//! The part of a blob that is asked for (RFC 9110, 14.1.2).

/// What a header `Range` asks for of so many bytes: the first byte and the one behind the last.
///
/// None stands for all of it: without the header, and where it asks for several parts or is no range of
/// bytes, which a server may leave aside.
///
/// # Errors
/// Nothing of it is there.
pub(super) fn part(range: Option<&str>, size: u64) -> Result<Option<(u64, u64)>, ()> {
    let asked = range.and_then(|range| range.strip_prefix("bytes="));
    let Some((first, last)) = asked.and_then(|asked| asked.trim().split_once('-')) else {
        return Ok(None);
    };
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
        is_number.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let (from, to) = match (first, number(first), last, number(last)) {
        ("", _, _, Some(0)) => return Err(()),
        ("", _, _, Some(count)) => (size.saturating_sub(count), size),
        (_, Some(from), "", _) => (from, size),
        (_, Some(from), _, Some(last)) if last >= from => (from, size.min(last.saturating_add(1))),
        _ => return Ok(None),
    };
    match from < size {
        true => Ok(Some((from, to))),
        false => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_of_one_part() {
        for (range, expected) in [
            ("bytes=0-0", Ok(Some((0, 1)))),
            ("bytes=2-", Ok(Some((2, 10)))),
            ("bytes=2-4", Ok(Some((2, 5)))),
            ("bytes=2-99", Ok(Some((2, 10)))),
            ("bytes=-3", Ok(Some((7, 10)))),
            ("bytes=-99", Ok(Some((0, 10)))),
            ("bytes=10-", Err(())),
            ("bytes=99999999999999999999-", Err(())),
            ("bytes=-0", Err(())),
            ("bytes=4-2", Ok(None)),
            ("bytes=1-2,4-5", Ok(None)),
            ("bytes=a-b", Ok(None)),
            ("bytes=-", Ok(None)),
            ("lines=1-2", Ok(None)),
        ] {
            assert_eq!(part(Some(range), 10), expected, "{range}");
        }
        assert_eq!(part(None, 10), Ok(None));
        assert_eq!(part(Some("bytes=0-"), 0), Err(()));
    }
}
