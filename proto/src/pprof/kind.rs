//! What a profile is about, told by what it measures.

/// The kind of a profile in one word, from the names of its sample types and its default one.
///
/// Go's block and mutex profiles measure the same things under the same names, so both are
/// `contention`. Empty for a profile of none of the known kinds.
pub(super) fn profile_kind(types: &[&str], default: &str) -> &'static str {
    let has = |kind: &str| types.contains(&kind);
    if has("cpu") {
        "cpu"
    } else if has("alloc_space") && default == "alloc_space" {
        "allocs"
    } else if has("inuse_space") || has("alloc_space") {
        "heap"
    } else if has("contentions") {
        "contention"
    } else {
        let named = ["goroutineleak", "goroutine", "threadcreate"];
        named.into_iter().find(|kind| has(kind)).unwrap_or_default()
    }
}
