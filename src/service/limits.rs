//! How much is taken on: bodies, rates, computations, streams.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Refusal;

/// Bounds of everything that a request may use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Bytes of a body: 19,600 numbers of a drawing of 140 x 140 with ten characters each, and room.
    pub body: usize,
    /// Time in which a body must have come.
    pub body_time: Duration,
    /// Time after which a connection is closed to which nothing was written: one that sends its head slowly, one that
    /// reads nothing, one that is not used. Longer than `run_time`; streams are kept alive by a comment.
    pub idle_time: Duration,
    /// Connections at a time; those beyond are answered 503 and closed.
    pub connections: usize,
    /// Requests a second from one address, and at once.
    pub rate: f64,
    /// Classifications that wait or run at a time.
    pub classifications: usize,
    /// Longer computations (recall, predictive coding, atlases) that wait or run at a time.
    pub computations: usize,
    /// Streams at a time.
    pub streams: usize,
    /// Threads that compute.
    pub threads: usize,
    /// Time after which a computation that can be stopped is.
    pub run_time: Duration,
}

impl Default for Limits {
    /// For a laptop that is shown to colleagues; all chosen. The threads are those of the machine.
    fn default() -> Self {
        Self {
            body: 1 << 18,
            body_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(30),
            connections: 256,
            rate: 5000.0,
            classifications: 128,
            computations: 16,
            streams: 8,
            threads: std::thread::available_parallelism().map_or(2, Into::into),
            run_time: Duration::from_secs(20),
        }
    }
}

/// Places for work of one kind; who finds none is refused at once.
#[derive(Debug, Clone)]
pub(super) struct Places {
    taken: Arc<AtomicUsize>,
    all: usize,
    name: &'static str,
}

/// A place that is given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Places {
    pub fn new(name: &'static str, all: usize) -> Self {
        Self {
            taken: Arc::default(),
            all,
            name,
        }
    }

    /// Takes a place.
    pub fn enter(&self) -> Result<Place, Refusal> {
        let free = |taken: usize| (taken < self.all).then_some(taken + 1);
        match self
            .taken
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, free)
        {
            Ok(_) => Ok(Place(Arc::clone(&self.taken))),
            Err(taken) => Err(Refusal::busy(format!(
                "{taken} {} at a time are all",
                self.name
            ))),
        }
    }

    pub fn taken(&self) -> usize {
        self.taken.load(Ordering::Acquire)
    }
}

/// Addresses that are remembered; when there are more, those that have been silent are forgotten. Chosen: 100 kB.
const ADDRESSES: usize = 1024;

/// Rates of requests, address by address: a bucket that a second fills.
#[derive(Debug)]
pub(super) struct Rates {
    rate: f64,
    buckets: Mutex<HashMap<IpAddr, (f64, Instant)>>,
}

impl Rates {
    pub fn new(rate: f64) -> Self {
        Self {
            rate,
            buckets: Mutex::default(),
        }
    }

    /// Counts a request from an address at a time.
    pub fn count(&self, address: IpAddr, now: Instant) -> Result<(), Refusal> {
        let address = network(address);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= ADDRESSES && !buckets.contains_key(&address) {
            // a bucket that a second has filled is as good as none
            buckets.retain(|_, (_, last)| now.duration_since(*last) < Duration::from_secs(1));
            if buckets.len() >= ADDRESSES {
                return Err(Refusal::busy("requests come from too many addresses"));
            }
        }
        let (left, last) = buckets.entry(address).or_insert((self.rate, now));
        let filled = *left + self.rate * now.duration_since(*last).as_secs_f64();
        (*left, *last) = (filled.min(self.rate), now);
        if *left < 1.0 {
            return Err(Refusal::too_fast(self.rate));
        }
        *left -= 1.0;
        Ok(())
    }
}

/// What counts as one address: of IPv6 the network of 64 bits, within which anybody has as many as he likes.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            [a, b, c, d, 0, 0, 0, 0].into()
        }
    }
}

/// How many requests were answered, and how many refused.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub answered: AtomicU64,
    pub refused: AtomicU64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_back() {
        let places = Places::new("tests", 2);
        let (first, second) = (places.enter().unwrap(), places.enter().unwrap());
        let refusal = places.enter().unwrap_err();
        assert_eq!(
            (refusal.status(), refusal.message()),
            (503, "2 tests at a time are all")
        );
        drop(first);
        assert!(places.enter().is_ok());
        drop(second);
        assert_eq!(places.taken(), 0);
    }

    #[test]
    fn a_bucket_empties_and_fills() {
        let rates = Rates::new(3.0);
        let (start, one, other) = (Instant::now(), [127, 0, 0, 1].into(), [127, 0, 0, 2].into());
        for _ in 0..3 {
            assert!(rates.count(one, start).is_ok());
        }
        assert_eq!(rates.count(one, start).unwrap_err().status(), 429);
        assert!(rates.count(other, start).is_ok());
        let later = start + Duration::from_millis(400);
        assert!(rates.count(one, later).is_ok());
        assert_eq!(rates.count(one, later).unwrap_err().status(), 429);
        assert!(rates.count(one, later + Duration::from_secs(9)).is_ok());
    }

    /// However many addresses come, the table stays small, and the neighbours in a network share a bucket.
    #[test]
    fn addresses_are_forgotten() {
        let rates = Rates::new(1.0);
        let start = Instant::now();
        let address = |n: usize| IpAddr::from([10, (n >> 16) as u8, (n >> 8) as u8, n as u8]);
        let accepted = (0..5000).filter(|n| rates.count(address(*n), start).is_ok());
        assert_eq!(accepted.count(), ADDRESSES);
        assert!(
            rates
                .count(address(5000), start + Duration::from_secs(2))
                .is_ok()
        );
        assert!(rates.buckets.lock().unwrap().len() <= 1);
        let rates = Rates::new(1.0);
        let neighbour = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, last]);
        assert!(rates.count(neighbour(1), start).is_ok());
        assert!(rates.count(neighbour(2), start).is_err());
    }
}
