//! Load on the server of the page: 50 requests in flight for 10 s on loopback, then more than it takes on, then rest.
//!
//! `cargo bench --features serve --bench serve` prints rates, times and memory. Client and server share the machine.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use pulsatrix::experiment::{LabelledImages, Silent};
use pulsatrix::service::{Limits, Machines, Service};

/// Times of the answers with each status, in milliseconds.
#[derive(Default)]
struct Seen {
    answered: Vec<f64>,
    refused: Vec<f64>,
    failed: usize,
}

impl Seen {
    fn print(mut self, name: &str, seconds: f64) {
        let at = |times: &mut Vec<f64>, share: f64| {
            times.sort_by(f64::total_cmp);
            let place = (share * times.len() as f64) as usize;
            times
                .get(place.min(times.len().saturating_sub(1)))
                .copied()
                .unwrap_or(f64::NAN)
        };
        println!(
            "{name}: {:.0} answers a second, {:.0} refusals a second, {} failures; answers {:.1} ms (median), {:.1} ms (99 %); refusals {:.1} ms (median), {:.1} ms (99 %)",
            self.answered.len() as f64 / seconds,
            self.refused.len() as f64 / seconds,
            self.failed,
            at(&mut self.answered, 0.5),
            at(&mut self.answered, 0.99),
            at(&mut self.refused, 0.5),
            at(&mut self.refused, 0.99),
        );
    }
}

/// One client that asks again and again over one connection.
fn client(address: SocketAddr, request: &[u8], end: Instant) -> Seen {
    let mut seen = Seen::default();
    let Ok(stream) = TcpStream::connect(address) else {
        return Seen { failed: 1, ..seen };
    };
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(&stream);
    while Instant::now() < end {
        let begun = Instant::now();
        match exchange(&mut (&stream), &mut reader, request) {
            Ok(200) => seen.answered.push(1e3 * begun.elapsed().as_secs_f64()),
            Ok(429 | 503) => {
                seen.refused.push(1e3 * begun.elapsed().as_secs_f64());
                // refused clients come back, if not as late as they are told
                std::thread::sleep(Duration::from_millis(20));
            }
            Ok(_) | Err(_) => {
                seen.failed += 1;
                return seen;
            }
        }
    }
    seen
}

fn exchange(to: &mut impl Write, from: &mut impl BufRead, request: &[u8]) -> std::io::Result<u16> {
    to.write_all(request)?;
    let (mut status, mut length, mut line) = (0, 0, String::new());
    loop {
        line.clear();
        from.read_line(&mut line)?;
        if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
            status = rest[..3].parse().unwrap_or(0);
        }
        if let Some(rest) = line.strip_prefix("content-length: ") {
            length = rest.trim().parse().unwrap_or(0);
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok(status)
}

fn load(
    name: &str,
    address: SocketAddr,
    requests: &Arc<Vec<Vec<u8>>>,
    clients: usize,
    seconds: u64,
) {
    let end = Instant::now() + Duration::from_secs(seconds);
    let threads: Vec<_> = (0..clients)
        .map(|number| {
            let requests = Arc::clone(requests);
            std::thread::spawn(move || client(address, &requests[number % requests.len()], end))
        })
        .collect();
    let mut all = Seen::default();
    for thread in threads {
        let Ok(seen) = thread.join() else {
            all.failed += 1;
            continue;
        };
        all.answered.extend(seen.answered);
        all.refused.extend(seen.refused);
        all.failed += seen.failed;
    }
    all.print(name, seconds as f64);
    println!("  memory of the process: {:.1} MB", memory());
}

/// Resident memory, client threads included; not a number where the system does not tell.
fn memory() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.map_or(f64::NAN, |kilobytes| kilobytes / 1024.0)
}

fn main() {
    let machines = Machines::train(None, &Silent).expect("machines");
    let facts = &machines.about().machines[0];
    println!(
        "{} features, trained in {:.1} s",
        facts.features,
        machines.about().seconds
    );
    let (_, tests) = LabelledImages::small_mnist(255.0, 1).expect("digits");
    let images: Vec<Vec<f64>> = (0..50)
        .map(|place| tests.images.column(place).as_slice().to_vec())
        .collect();
    let begun = Instant::now();
    for image in &images {
        let request = serde_json::from_value(serde_json::json!({ "pixels": image }));
        machines
            .classify(&request.expect("a request"))
            .expect("a class");
    }
    println!(
        "one at a time, without a server: {:.2} ms",
        1e3 * begun.elapsed().as_secs_f64() / 50.0
    );
    let requests: Vec<Vec<u8>> = images
        .iter()
        .map(|image| {
            let levels: Vec<String> = image.iter().map(|level| format!("{level:.3}")).collect();
            let body = format!("{{\"pixels\":[{}]}}", levels.join(","));
            let head = format!(
                "POST /api/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            [head, body].concat().into_bytes()
        })
        .collect();
    let requests = Arc::new(requests);
    let (tell, heard) = channel();
    let service = Service::new(machines, Limits::default());
    std::thread::spawn(move || {
        let served = service.run(
            Service::listen(([127, 0, 0, 1], 0).into()).expect("a free port"),
            |address| {
                tell.send(address).expect("a listener");
            },
        );
        served.expect("a server");
    });
    let address = heard.recv().expect("an address");
    println!("memory of the process: {:.1} MB", memory());
    load("warm, 50 in flight for 2 s", address, &requests, 50, 2);
    load("50 in flight for 10 s", address, &requests, 50, 10);
    load(
        "240 in flight for 5 s, beyond the limit of 128",
        address,
        &requests,
        240,
        5,
    );
    load(
        "50 in flight for 5 s, after that",
        address,
        &requests,
        50,
        5,
    );
}
