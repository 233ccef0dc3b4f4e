use super::*;

/// The one place that knows how lines are asked for.
#[track_caller]
fn check(input: &[u8], line_len_max: usize, expected: &[Option<&str>]) {
    for buffer_len in [1, 3, 64] {
        let inner = BufReader::with_capacity(buffer_len, io::Cursor::new(input.to_vec()));
        let mut reader = LineReader::new(Box::new(inner), line_len_max);
        let mut actual = vec![];
        while let Some(line) = reader.next_line().unwrap() {
            actual.push(match line {
                Line::Bytes(bytes) => Some(String::from_utf8(bytes.to_vec()).unwrap()),
                Line::TooLong => None,
            });
        }
        let actual: Vec<_> = actual.iter().map(Option::as_deref).collect();
        assert_eq!(expected, actual, "buffer of {buffer_len}");
        assert_eq!(input.len() as u64, reader.bytes);
    }
}

#[test]
fn lines_end_with_a_newline_a_crlf_or_the_file() {
    check(b"", 9, &[]);
    check(b"\n", 9, &[Some("")]);
    check(b"a\r\nb\n\nc", 9, &[Some("a"), Some("b"), Some(""), Some("c")]);
}

#[test]
fn a_byte_order_mark_is_not_part_of_the_first_line() {
    check(b"\xef\xbb\xbfa\n\xef\xbb\xbfb", 9, &[Some("a"), Some("\u{feff}b")]);
}

#[test]
fn a_line_over_the_limit_is_skipped_and_the_next_is_read() {
    check(b"123456789\n1234567890\nx\n1234567890", 9, &[Some("123456789"), None, Some("x"), None]);
}
