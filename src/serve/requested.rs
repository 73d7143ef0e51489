//! What a request asks for.

use crate::path::percent_decoded;

/// A path without its first slash, as text; none when it is not text.
pub(super) fn decoded(path: &str) -> Option<String> {
    String::from_utf8(percent_decoded(path.strip_prefix('/')?)?).ok()
}
