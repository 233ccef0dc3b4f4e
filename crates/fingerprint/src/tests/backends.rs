//! Which backends there are, and which one is in use.

use crate::{Backend, BackendError, prefetch};

#[test]
fn a_backend_is_had_by_its_name_and_only_where_it_is() {
    assert_eq!(Some(Backend::SCALAR), Backend::available().next());
    assert_eq!(Some(Backend::best()), Backend::available().last());
    let mut names = vec![];
    for backend in Backend::available() {
        assert_eq!(Ok(backend), Backend::named(backend.name()));
        names.push(backend.name());
    }
    let listed = names.join(", ");
    for (name, expected) in [
        ("sse9", format!("there is no backend `sse9`; here is {listed}")),
        ("", format!("there is no backend ``; here is {listed}")),
        ("avx512", format!("this processor has no backend `avx512`; here is {listed}")),
        ("neon", format!("this processor has no backend `neon`; here is {listed}")),
    ] {
        match Backend::named(name) {
            Err(error) => assert_eq!(expected, error.to_string()),
            Ok(backend) => assert_eq!(name, backend.name()),
        }
    }
}

#[test]
#[cfg(target_arch = "aarch64")]
fn every_64_bit_arm_processor_has_neon() {
    assert_eq!("neon", Backend::best().name());
}

#[test]
fn a_backend_in_use_stays() {
    let current = Backend::current();
    assert_eq!(Ok(()), Backend::choose(current));
    for backend in Backend::available().filter(|&other| other != current) {
        let refused = Backend::choose(backend);
        assert_eq!(Err(BackendError::InUse { current, backend }), refused);
        assert_eq!(current, Backend::current());
    }
}

#[test]
fn what_does_not_exist_can_be_asked_for() {
    for offset in [0, 2, 3, usize::MAX] {
        prefetch(b"abc", offset);
    }
    prefetch(&[], 0);
}
