//! Numbers, as people read and write them.

const BYTE_UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
const COUNT_UNITS: [&str; 7] = ["", "k", "M", "G", "T", "P", "E"];

/// `12.3 MB`; a kB is 1,000 bytes.
pub(crate) fn bytes(len: u64) -> String {
    let (value, unit) = scale(len as f64);
    format!("{} {}", digits(value, unit), BYTE_UNITS[unit])
}

/// `3.1 of 7.6 GB`: both in the unit of `total`.
pub(crate) fn bytes_of(done: u64, total: u64) -> String {
    let (value, unit) = scale(total as f64);
    let done = (0..unit).fold(done as f64, |value, _| value / 1000.0);
    format!("{} of {} {}", digits(done, unit), digits(value, unit), BYTE_UNITS[unit])
}

/// `410 MB/s`; `None` where no time has passed.
pub(crate) fn bytes_per_second(len: u64, seconds: f64) -> Option<String> {
    (seconds > 0.0).then(|| format!("{}/s", bytes((len as f64 / seconds) as u64)))
}

/// `1,234,567`.
pub(crate) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 shard`, `2 shards`.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// `9,999`, then `10.0 k`, `1.2 M`: for a line that changes while it is read.
pub(crate) fn count_short(number: u64) -> String {
    if number < 10_000 {
        return count(number);
    }
    let (value, unit) = scale(number as f64);
    format!("{} {}", digits(value, unit), COUNT_UNITS[unit])
}

/// `0.8 s`, `41 s`, `3 min 20 s`, `2 h 5 min`.
pub(crate) fn seconds(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        _ if seconds < 0.05 => "0.0 s".to_owned(),
        _ if seconds < 9.95 => format!("{seconds:.1} s"),
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

/// `28 %`, rounded down, so that 100 % means all of it.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    match whole {
        0 => "0 %".to_owned(),
        _ => format!("{} %", u128::from(part) * 100 / u128::from(whole)),
    }
}

/// A share of 0 to 1 as [`percent`].
pub(crate) fn share(share: f32) -> String {
    // A cast of a float saturates, and a NaN is 0.
    format!("{} %", (f64::from(share) * 100.0 + 1e-4) as u8)
}

/// Scales until at most three digits stand before the point.
fn scale(mut value: f64) -> (f64, usize) {
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < BYTE_UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    (value, unit)
}

fn digits(value: f64, unit: usize) -> String {
    if unit == 0 || value >= 99.95 { format!("{value:.0}") } else { format!("{value:.1}") }
}

/// A size as people write it: `64M`; a unit counts by 1,024.
pub(crate) fn parse_bytes(text: &str) -> Result<usize, String> {
    let (digits, shift) = match text.trim_end_matches(|c: char| c.is_ascii_alphabetic()) {
        digits if digits.len() == text.len() => (digits, 0),
        digits => match text[digits.len()..].to_ascii_uppercase().as_str() {
            "K" | "KB" | "KIB" => (digits, 10),
            "M" | "MB" | "MIB" => (digits, 20),
            "G" | "GB" | "GIB" => (digits, 30),
            unit => return Err(format!("`{unit}` is not a unit; the units are K, M and G")),
        },
    };
    let number: usize =
        digits.trim().parse().map_err(|_| "not a size; write e.g. `64M`".to_owned())?;
    let size = number.checked_mul(1 << shift);
    size.ok_or_else(|| "larger than this machine can count".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_has_at_most_three_digits_and_a_unit() {
        for (len, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (12_345, "12.3 kB"),
            (99_949, "99.9 kB"),
            (99_950, "100 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (12_345_678, "12.3 MB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(bytes(len), expected, "{len}");
        }
    }

    #[test]
    fn both_sides_of_a_progress_have_the_unit_of_the_whole() {
        for (done, total, expected) in [
            (0, 0, "0 of 0 B"),
            (3_100_000_000, 7_600_000_000, "3.1 of 7.6 GB"),
            (5_000, 7_600_000_000, "0.0 of 7.6 GB"),
            (12, 500, "12 of 500 B"),
        ] {
            assert_eq!(bytes_of(done, total), expected);
        }
    }

    #[test]
    fn a_count_is_grouped_by_three() {
        for (number, expected, short) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (1000, "1,000", "1,000"),
            (9_999, "9,999", "9,999"),
            (10_000, "10,000", "10.0 k"),
            (1_234_567, "1,234,567", "1.2 M"),
        ] {
            assert_eq!(count(number), expected);
            assert_eq!(count_short(number), short);
        }
        assert_eq!(counted(1, "shard", "shards"), "1 shard");
        assert_eq!(counted(0, "shard", "shards"), "0 shards");
    }

    #[test]
    fn a_time_has_two_units_at_most() {
        for (time, expected) in [
            (0.0, "0.0 s"),
            (0.84, "0.8 s"),
            (9.94, "9.9 s"),
            (9.96, "10 s"),
            (59.4, "59 s"),
            (59.6, "1 min 0 s"),
            (200.0, "3 min 20 s"),
            (7_500.0, "2 h 5 min"),
        ] {
            assert_eq!(seconds(time), expected, "{time}");
        }
    }

    #[test]
    fn a_hundred_percent_means_all() {
        assert_eq!(percent(999, 1000), "99 %");
        assert_eq!(percent(0, 0), "0 %");
        assert_eq!(percent(u64::MAX, u64::MAX), "100 %");
        assert_eq!(share(0.999), "99 %");
        assert_eq!(share(0.29), "29 %");
        assert_eq!(share(1.0), "100 %");
        assert_eq!(share(f32::NAN), "0 %");
    }

    #[test]
    fn a_speed_needs_time() {
        assert_eq!(bytes_per_second(820_000_000, 2.0).as_deref(), Some("410 MB/s"));
        assert_eq!(bytes_per_second(1, 0.0), None);
    }
}
