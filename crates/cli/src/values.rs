//! Values on the command line: sizes, shares, reasons.

use seepage_detect::ResemblanceMin;
use seepage_engine::SkipReason;

use crate::memory::MEMORY_MIN;

pub(crate) fn parse_reason(text: &str) -> Result<SkipReason, String> {
    SkipReason::of_name(text).ok_or_else(|| {
        let names = SkipReason::ALL.map(SkipReason::name).join(", ");
        format!("not a reason; the reasons are {names}")
    })
}

/// Milliseconds since 1970-01-01 UTC.
pub(crate) fn parse_moment(text: &str) -> Result<i64, String> {
    let moment = seepage_engine::first_millisecond(text);
    moment.ok_or_else(|| "not a time; write e.g. `2026-01-31` or `2026-01-31T12:00:00Z`".to_owned())
}

pub(crate) fn parse_resemblance(text: &str) -> Result<ResemblanceMin, String> {
    // What is no number at all is no share either.
    let share = text.parse().unwrap_or(f32::NAN);
    ResemblanceMin::new(share).map_err(|error| error.to_string())
}

/// Memory for a job.
pub(crate) fn parse_memory(text: &str) -> Result<usize, String> {
    match parse_bytes(text)? {
        memory if memory < MEMORY_MIN => Err("a job needs `64M` of memory at least".to_owned()),
        memory => Ok(memory),
    }
}

/// The length of a record.
pub(crate) fn parse_size(text: &str) -> Result<usize, String> {
    // Offsets in a record are 32 bits wide.
    match parse_bytes(text)? {
        0 => Err("a record of 0 bytes holds no text".to_owned()),
        size if u32::try_from(size).is_err() => {
            Err("a record can have at most 4 GiB less one byte".to_owned())
        }
        size => Ok(size),
    }
}

fn parse_bytes(text: &str) -> Result<usize, String> {
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
    fn a_size_has_a_unit_of_1024_or_none() {
        for (text, expected) in
            [("1", 1), ("500K", 500 << 10), ("64M", 64 << 20), ("1GiB", 1 << 30), ("2 mb", 2 << 20)]
        {
            assert_eq!(parse_size(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_size_is_refused() {
        for text in [
            "",
            "0",
            "M",
            "-1",
            "1.5M",
            "1T",
            "4G",
            "99999999999999999999",
            "18446744073709551615G",
            "é",
        ] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn memory_is_a_size_of_64_mib_or_more() {
        for (text, expected) in [
            ("64M", Ok(64 << 20)),
            ("2G", Ok(2 << 30)),
            ("300GiB", Ok(300 << 30)),
            ("65535K", Err("a job needs `64M` of memory at least")),
            ("0", Err("a job needs `64M` of memory at least")),
            ("2", Err("a job needs `64M` of memory at least")),
            ("lots", Err("`LOTS` is not a unit; the units are K, M and G")),
            ("-2G", Err("not a size; write e.g. `64M`")),
        ] {
            assert_eq!(expected.map_err(str::to_owned), parse_memory(text), "{text}");
        }
    }

    #[test]
    fn every_reason_can_be_accepted_by_its_name() {
        for reason in SkipReason::ALL {
            assert_eq!(parse_reason(reason.name()), Ok(reason));
        }
        assert_eq!(
            parse_reason("all"),
            Err("not a reason; the reasons are not-json, no-text-field, too-long, binary, unsupported-container".to_owned())
        );
    }
}
