//! Text in other encodings than UTF-8: with a byte order mark, or with a word that names it.

use seepage_shards::{SkipReason, open_shard};

use crate::files::{fields, file, read_bytes};

fn utf16(text: &str, is_big: bool) -> Vec<u8> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(|unit| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

#[test]
fn text_with_a_mark_is_decoded() {
    // Pairs fall on every offset, and so on the ends of all buffers.
    let long = format!("x{}", "\u{1f980}\u{e9}".repeat(100_000));
    for text in ["a", "caf\u{e9}\r\n\u{1f980}", &long] {
        for is_big in [false, true] {
            let content = utf16(text, is_big);
            assert_eq!(read_bytes("a.py", &content, &fields(&[])).texts(), [text]);
        }
    }
}

#[test]
fn text_that_names_its_encoding_is_decoded() {
    // Far more than what is looked at to know it.
    let long = |start: &[u8]| [start, &b"caf\xe9 ".repeat(100_000)].concat();
    let content = long(b"# -*- coding: latin-1 -*-\n");
    let reading = read_bytes("a.py", &content, &fields(&[]));
    let expected = format!("# -*- coding: latin-1 -*-\n{}", "caf\u{e9} ".repeat(100_000));
    assert!(reading.texts() == [expected]);

    let gbk = b"<?xml version=\"1.0\" encoding=\"GBK\"?><p>\xc4\xe3\xba\xc3</p>";
    let expected = "<?xml version=\"1.0\" encoding=\"GBK\"?><p>\u{4f60}\u{597d}</p>";
    assert_eq!(read_bytes("a.xml", gbk, &fields(&[])).texts(), [expected]);
    // In a tar, too.
    let mut tar = tar::Builder::new(vec![]);
    let mut header = tar::Header::new_ustar();
    header.set_size(gbk.len() as u64);
    tar.append_data(&mut header, "a.xml", &gbk[..]).unwrap();
    let tar = tar.into_inner().unwrap();
    assert_eq!(read_bytes("a.tar", &tar, &fields(&[])).texts(), [expected]);

    // It is UTF-8, whatever it says; and nobody says what this is.
    let lie = "# coding: latin-1\ncaf\u{e9}";
    assert_eq!(read_bytes("a.py", lie.as_bytes(), &fields(&[])).texts(), [lie]);
    let unsaid = read_bytes("a.py", b"caf\xe9 au lait", &fields(&[]));
    assert_eq!(unsaid.texts(), ["caf\u{fffd} au lait"]);
}

#[test]
fn lines_of_json_with_a_mark_are_lines_of_json() {
    let content = utf16("{\"text\": \"\u{e9}\"}\r\n{\"text\": \"b\"}\r\n", false);
    for name in ["a.jsonl", "a.json", "a"] {
        let (_dir, path) = file(name, &content);
        assert_eq!(open_shard(&path, &fields(&[])).unwrap().format().name(), "json-lines");
        assert_eq!(read_bytes(name, &content, &fields(&[])).texts(), ["\u{e9}", "b"]);
    }
}

#[test]
fn half_a_pair_is_replaced_and_half_a_unit_is_an_error() {
    let mut content = utf16("a#b", false);
    content[4..6].copy_from_slice(&[0x00, 0xd8]);
    // Broken pairs at the start mean that it is something else.
    assert_eq!(read_bytes("a.py", &content, &fields(&[])).skips(), [(0, SkipReason::Binary)]);
    let mut content = utf16(&format!("{}#b", "a".repeat(10_000)), false);
    let place = content.len() - 4;
    content[place..place + 2].copy_from_slice(&[0x00, 0xd8]);
    let reading = read_bytes("a.py", &content, &fields(&[]));
    assert!(reading.texts()[0].ends_with("a\u{fffd}b"));
    content.pop();
    assert_eq!(read_bytes("a.py", &content, &fields(&[])).errors.len(), 1);
}
