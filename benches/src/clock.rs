//! Time, as a machine that others use allows to measure it.

use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

/// Times each measurement is taken; the median is reported.
pub(crate) const REPEATS: usize = 5;

/// Processor time that all threads of this program have used: what a neighbour on the machine does not change much.
fn processor_seconds() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
}

/// What one run took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Took {
    pub(crate) processor: f64,
    pub(crate) wall: f64,
}

pub(crate) fn time(run: impl FnOnce()) -> Took {
    let (wall, processor) = (Instant::now(), processor_seconds());
    run();
    Took { processor: processor_seconds() - processor, wall: wall.elapsed().as_secs_f64() }
}

/// Runs all of `rivals` in turn, [`REPEATS`] times, so that what disturbs one disturbs all, and gives for each the medians
/// in seconds. The first round warms the caches and does not count.
pub(crate) fn medians<const N: usize>(mut rivals: [&mut dyn FnMut(); N]) -> [Took; N] {
    let mut taken: [Vec<Took>; N] = [const { Vec::new() }; N];
    for round in 0..=REPEATS {
        for (rival, taken) in rivals.iter_mut().zip(&mut taken) {
            let took = time(rival);
            if round > 0 {
                taken.push(took);
            }
        }
    }
    taken.map(|taken| Took {
        processor: median(taken.iter().map(|took| took.processor).collect()),
        wall: median(taken.iter().map(|took| took.wall).collect()),
    })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
