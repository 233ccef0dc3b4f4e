//! A shard that is cut or changed gives an error or a counted skip: no panic, and no row is lost in silence.

use std::time::{Duration, Instant};

use seepage_shards::{ReadOptions, ShardError};

use crate::files::{Reading, fields, gzip, read_bytes, zst};
use crate::parquet::{plain_parquet, two_groups};

fn lines() -> Vec<u8> {
    (0..40)
        .flat_map(|row| {
            format!("{{\"id\": {row}, \"text\": \"record {} of {row}\"}}\n", row * 7919)
                .into_bytes()
        })
        .collect()
}

/// Fewer rows need an error.
#[track_caller]
fn check(name: &str, content: &[u8], expected: &Reading, place: usize) {
    let reading = read_bytes(name, content, &ReadOptions { block_len: 128, ..fields(&[]) });
    assert!(reading.rows.len() <= expected.rows.len(), "{name} at {place}");
    if reading.rows.len() < expected.rows.len() {
        assert!(
            !reading.errors.is_empty(),
            "{name} at {place}: {} rows and no error",
            reading.rows.len()
        );
    }
    for error in &reading.errors {
        assert!(!error.to_string().is_empty());
    }
}

#[test]
fn a_compressed_shard_that_is_cut_anywhere_is_an_error() {
    for (name, content) in [("a.jsonl.gz", gzip(&lines())), ("a.jsonl.zst", zst(&lines()))] {
        let expected = read_bytes(name, &content, &fields(&[]));
        assert_eq!((expected.rows.len(), expected.errors.len()), (40, 0));
        for len in 0..content.len() {
            let reading =
                read_bytes(name, &content[..len], &ReadOptions { block_len: 128, ..fields(&[]) });
            assert_eq!(reading.errors.len(), 1, "{name} cut at {len}");
            // What was given is what stands there.
            assert_eq!(
                reading.rows[..],
                expected.rows[..reading.rows.len()],
                "{name} cut at {len}"
            );
            let is_right = match &reading.errors[0] {
                ShardError::Empty { .. } => len == 0,
                ShardError::Damaged { .. } => len < 4,
                ShardError::Truncated { .. } => len >= 2,
                _ => false,
            };
            assert!(is_right, "{name} cut at {len}: {:?}", reading.errors);
        }
    }
}

#[test]
fn a_plain_shard_that_is_cut_gives_a_skip_for_the_broken_line() {
    let content = lines();
    for len in 1..content.len() {
        let reading = read_bytes("a.jsonl", &content[..len], &fields(&[]));
        let line_ends = memchr::memchr_iter(b'\n', &content[..len]).count();
        let is_whole = matches!(content[len - 1], b'\n' | b'}');
        let lines = line_ends + usize::from(content[len - 1] != b'\n');
        if reading.errors.is_empty() {
            assert_eq!(reading.rows.len(), lines, "cut at {len}");
            assert_eq!(reading.skips().len(), usize::from(!is_whole), "cut at {len}");
        } else {
            assert_eq!(lines, 1, "cut at {len}: {:?}", reading.errors);
        }
    }
}

#[test]
fn a_flipped_byte_of_a_compressed_shard_does_not_lose_a_row_in_silence() {
    for (name, content) in [("a.jsonl.gz", gzip(&lines())), ("a.jsonl.zst", zst(&lines()))] {
        let expected = read_bytes(name, &content, &fields(&[]));
        for place in 0..content.len() {
            let mut flipped = content.clone();
            flipped[place] ^= 0x55;
            let reading =
                read_bytes(name, &flipped, &ReadOptions { block_len: 128, ..fields(&[]) });
            assert!(
                !reading.errors.is_empty() || reading.rows.len() == expected.rows.len(),
                "{name} flipped at {place}"
            );
        }
    }
}

#[test]
fn parquet_that_is_cut_anywhere_is_an_error() {
    let content = two_groups();
    for len in 0..content.len() {
        let reading = read_bytes("a.parquet", &content[..len], &fields(&[]));
        assert_eq!(reading.errors.len(), 1, "cut at {len}");
        assert!(reading.rows.is_empty());
    }
}

#[test]
fn parquet_with_a_flipped_byte_does_not_lose_a_row_in_silence() {
    for content in [two_groups(), plain_parquet()] {
        let expected = read_bytes("a.parquet", &content, &fields(&[]));
        assert!(expected.errors.is_empty());
        for place in 0..content.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut flipped = content.clone();
                flipped[place] ^= flip;
                check("a.parquet", &flipped, &expected, place);
            }
        }
    }
}

#[test]
fn parquet_with_a_piece_torn_out_does_not_lose_a_row_in_silence() {
    let content = two_groups();
    let expected = read_bytes("a.parquet", &content, &fields(&[]));
    for place in (0..content.len() - 16).step_by(3) {
        let torn = [&content[..place], &content[place + 16..]].concat();
        check("a.parquet", &torn, &expected, place);
    }
}

#[test]
fn a_schema_nested_without_end_does_not_end_the_program() {
    // FileMetaData { version: 1, schema: [ element with one child each ... ] }
    let depth: u32 = 200_000;
    let mut footer = vec![0x15, 0x02, 0x19, 0xfc];
    let mut rest = depth;
    while rest >= 0x80 {
        footer.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    footer.push(rest as u8);
    for _ in 0..depth {
        // repetition_type: required, name: "a", num_children: 1
        footer.extend([0x35, 0x00, 0x18, 0x01, b'a', 0x15, 0x02, 0x00]);
    }
    footer.push(0);
    let len = u32::try_from(footer.len()).unwrap();
    let content = [b"PAR1".as_slice(), &footer, &len.to_le_bytes(), b"PAR1"].concat();
    let reading = read_bytes("a.parquet", &content, &fields(&[]));
    let [error @ ShardError::Damaged { .. }] = &reading.errors[..] else { panic!("{reading:?}") };
    assert!(error.to_string().contains("100 levels"), "{error}");
}

#[test]
fn an_encrypted_file_is_named_as_such() {
    let mut content = two_groups();
    let len = content.len();
    content[len - 1] = b'E';
    assert!(matches!(
        read_bytes("a.parquet", &content, &fields(&[])).errors[..],
        [ShardError::Unsupported { .. }]
    ));
}

/// A field that nobody knows: a list that says it holds 2^31 - 1 truths, which take no bytes.
const TRUTHS: [u8; 7] = [0xf9, 0xf1, 0xff, 0xff, 0xff, 0xff, 0x07];

#[test]
fn lists_without_end_in_the_metadata_of_a_parquet_file_end_at_once() {
    let good = plain_parquet();
    let truths = TRUTHS.repeat(40);
    let mut in_page = good.clone();
    in_page[4..4 + truths.len()].copy_from_slice(&truths);

    // Behind the last field of the footer, before the byte that ends it.
    let (mut in_footer, tail) = (good[..good.len() - 9].to_vec(), &good[good.len() - 8..]);
    let len = u32::from_le_bytes(tail[..4].try_into().unwrap()) + truths.len() as u32;
    in_footer.extend_from_slice(&truths);
    in_footer.push(0);
    in_footer.extend_from_slice(&len.to_le_bytes());
    in_footer.extend_from_slice(b"PAR1");

    for content in [in_page, in_footer] {
        let started = Instant::now();
        let reading = read_bytes("a.parquet", &content, &fields(&[]));
        assert!(!reading.errors.is_empty());
        // The decoder alone takes minutes.
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}
