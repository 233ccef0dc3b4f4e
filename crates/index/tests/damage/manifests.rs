//! A manifest with a right checksum that does not fit its files.

use crate::Victim;

#[test]
fn manifests_that_promise_something_else_are_an_error() {
    let rows = [
        ("\"kgram_len\": 32", "\"kgram_len\": 16", "section `words` of `MANIFEST.json`"),
        ("\"window_len\": 32", "\"window_len\": 31", "section `words` of `MANIFEST.json`"),
        ("\"guarantee_len\": 79", "\"guarantee_len\": 7", "section `skeleton` of `MANIFEST.json`"),
        ("\"passages\": 6", "\"passages\": 5", "counts other passages than"),
        (
            "\"authors\": 2",
            "\"authors\": 1",
            "section `segments` of `MANIFEST.json` counts other removed authors than their file",
        ),
        (
            "\"passages\": 6",
            "\"passages\": 4294967295",
            "section `segments` of `MANIFEST.json` counts more passages than an index can hold",
        ),
        (
            "\"segments\": [\n    {",
            "\"segments\": [\n    {\n      \"more\": 1,",
            "fails its checksum",
        ),
        ("  ],\n", "  ],\n  \"more\": 1,\n", "fails its checksum"),
    ];
    for (from, to, words) in rows {
        let victim = Victim::new();
        victim.change_manifest(from, to);
        assert!(victim.error().contains(words), "{from}: {}", victim.error());
    }
}
