//! Real connections: slow, broken off, too many, and the end.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use pulsatrix::service::{Limits, ServeError};
use serde_json::Value;
use tokio::sync::oneshot;

use crate::support::service;

/// Far beyond what a loaded machine needs; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server on a free port of this machine.
struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), ServeError>>>,
}

impl Server {
    fn start(limits: Limits) -> Self {
        let service = service(limits);
        let (tell, heard) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
                tell.send(listener.local_addr()?).unwrap();
                service
                    .serve(listener, async { stopped.await.unwrap_or(()) })
                    .await
            })
        });
        Self {
            address: heard.recv_timeout(PATIENCE).unwrap(),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends a whole request and reads the whole answer.
    fn ask(&self, request: &str) -> (u16, String) {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        answer(stream)
    }

    fn get(&self, path: &str) -> (u16, String) {
        self.ask(&format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        ))
    }

    fn health(&self) -> Value {
        let (status, text) = self.get("/api/health");
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(text.split("\r\n\r\n").nth(1).unwrap()).unwrap()
    }

    fn wait_until(&self, what: impl Fn(&Value) -> bool) {
        let begun = Instant::now();
        while !what(&self.health()) {
            assert!(begun.elapsed() < PATIENCE, "{}", self.health());
            sleep(Duration::from_millis(20));
        }
    }

    fn end(mut self) -> Result<(), ServeError> {
        let _ = self.stop.take().unwrap().send(());
        self.thread.take().unwrap().join().unwrap()
    }
}

fn answer(mut stream: TcpStream) -> (u16, String) {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    (status.unwrap_or(0), text)
}

/// Reads until a word has come.
fn read_until(stream: &mut TcpStream, word: &str) {
    let (mut seen, mut some) = (String::new(), [0; 256]);
    while !seen.contains(word) {
        let count = stream.read(&mut some).unwrap();
        assert!(count > 0, "the end came first: {seen}");
        seen.push_str(&String::from_utf8_lossy(&some[..count]));
    }
}

fn classify(length: usize) -> String {
    format!(
        "POST /api/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )
}

fn body() -> String {
    format!("{{\"pixels\":[{}]}}", ["0.5"; 64].join(","))
}

#[test]
fn slow_bodies_and_slow_heads_are_ended() {
    let server = Server::start(Limits {
        body_time: Duration::from_millis(200),
        idle_time: Duration::from_millis(600),
        ..Limits::default()
    });
    let mut slow = server.connect();
    slow.write_all(classify(5000).as_bytes()).unwrap();
    slow.write_all(b"{\"pixels\":[0,").unwrap();
    let (status, text) = answer(slow);
    assert_eq!(status, 408, "{text}");
    let mut head = server.connect();
    head.write_all(b"GET / HTTP/1.1\r\nHost: local").unwrap();
    assert_eq!(answer(head), (0, String::new()));
    assert_eq!(server.health()["classifying"], 0);
    server.end().unwrap();
}

#[test]
fn broken_requests_leave_nothing_behind() {
    let server = Server::start(Limits::default());
    for _ in 0..50 {
        let mut broken = server.connect();
        broken.write_all(classify(5000).as_bytes()).unwrap();
        broken.write_all(b"{\"pixels\":[0,").unwrap();
    }
    for _ in 0..50 {
        let mut gone = server.connect();
        let body = body();
        gone.write_all(format!("{}{body}", classify(body.len())).as_bytes())
            .unwrap();
    }
    for garbage in [
        "\0\0\0\0",
        "GET\r\n\r\n",
        "POST /api/classify HTTP/9.9\r\n\r\n",
        "\u{16}\u{3}\u{1}",
    ] {
        let mut stream = server.connect();
        stream.write_all(garbage.as_bytes()).unwrap();
    }
    server.wait_until(|health| health["classifying"] == 0);
    let body = body();
    let (status, text) = server.ask(&format!("{}{body}", classify(body.len())));
    assert_eq!(status, 200, "{text}");
    server.end().unwrap();
}

/// A run whose reader has left ends, long before its own end.
#[test]
fn a_run_without_a_reader_is_cancelled() {
    let server = Server::start(Limits {
        streams: 2,
        ..Limits::default()
    });
    let path = "/api/stream?pattern=110&a=1&b=0.5&c=-44&h=3.3&time=2000&speed=5";
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let mut readers: Vec<TcpStream> = (0..2).map(|_| server.connect()).collect();
    for reader in &mut readers {
        reader.write_all(request.as_bytes()).unwrap();
        read_until(reader, "event: slice");
    }
    assert_eq!(server.health()["streaming"], 2);
    let (status, text) = server.get(path);
    assert!(
        status == 503 && text.to_lowercase().contains("retry-after: 1"),
        "{text}"
    );
    drop(readers);
    server.wait_until(|health| health["streaming"] == 0);
    server.end().unwrap();
}

/// With room for one classification, those beyond are refused at once, and the next one is answered.
#[test]
fn what_is_too_much_is_refused_and_passes() {
    let server = Server::start(Limits {
        classifications: 1,
        ..Limits::default()
    });
    let mut first = server.connect();
    first.write_all(classify(body().len()).as_bytes()).unwrap();
    server.wait_until(|health| health["classifying"] == 1);
    let body = body();
    let whole = format!("{}{body}", classify(body.len()));
    let (status, text) = server.ask(&whole);
    assert!(
        status == 503 && text.contains("1 classifications at a time are all"),
        "{text}"
    );
    first.write_all(body.as_bytes()).unwrap();
    assert_eq!(answer(first).0, 200);
    server.wait_until(|health| health["classifying"] == 0);
    assert_eq!(server.ask(&whole).0, 200);
    server.end().unwrap();
}

#[test]
fn an_address_that_asks_too_often_is_told_so() {
    let server = Server::start(Limits {
        rate: 5.0,
        ..Limits::default()
    });
    let statuses: Vec<u16> = (0..40).map(|_| server.get("/api/health").0).collect();
    assert_eq!(statuses[..5], [200; 5]);
    assert!(statuses.contains(&429), "{statuses:?}");
    sleep(Duration::from_millis(500));
    assert_eq!(server.get("/api/health").0, 200);
    server.end().unwrap();
}

/// The name that another page has given to this machine is not answered.
#[test]
fn other_names_of_this_machine_are_refused() {
    let server = Server::start(Limits::default());
    let named = |host: &str| {
        server
            .ask(&format!(
                "GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            ))
            .0
    };
    assert_eq!(
        (
            named("localhost"),
            named("127.0.0.1:80"),
            named("evil.example")
        ),
        (200, 200, 421)
    );
    server.end().unwrap();
}

/// The signal to stop ends streams with a last word, and the server with success.
#[test]
fn the_end_is_clean() {
    let server = Server::start(Limits::default());
    let mut reader = server.connect();
    let path = "/api/stream?pattern=110&a=1&b=0.5&c=-44&h=3.3&time=2000&speed=5";
    reader
        .write_all(
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                .as_bytes(),
        )
        .unwrap();
    read_until(&mut reader, "event: slice");
    server.end().unwrap();
    let (_, rest) = answer(reader);
    assert!(rest.contains("\"reason\":\"stopped\""), "{rest}");
}

/// Who finds no place is told so, and a place that is given back is used.
#[test]
fn connections_beyond_the_last_are_told_so() {
    let server = Server::start(Limits {
        connections: 2,
        ..Limits::default()
    });
    let mut held: Vec<TcpStream> = (0..2).map(|_| server.connect()).collect();
    for stream in &mut held {
        stream
            .write_all(b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .unwrap();
        read_until(stream, "\"refused\"");
    }
    let (status, text) = server.get("/api/health");
    let body = text.split("\r\n\r\n").nth(1).unwrap();
    let reason: Value = serde_json::from_str(body).unwrap();
    assert_eq!(status, 503, "{text}");
    assert_eq!(reason["error"]["message"], "all connections are taken");
    drop(held);
    let begun = Instant::now();
    while server.get("/api/health").0 != 200 {
        assert!(begun.elapsed() < PATIENCE);
        sleep(Duration::from_millis(20));
    }
    server.end().unwrap();
}

/// Slices that come more rarely than an idle connection lives do not end their stream.
#[test]
fn a_slow_stream_is_kept_alive() {
    let server = Server::start(Limits {
        idle_time: Duration::from_millis(450),
        ..Limits::default()
    });
    let mut reader = server.connect();
    let path = "/api/stream?pattern=10&a=1&b=0.5&c=-44&h=3.3&time=0.3&speed=0.1";
    reader
        .write_all(
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                .as_bytes(),
        )
        .unwrap();
    let (status, text) = answer(reader);
    assert_eq!(status, 200);
    assert!(text.contains("\"reason\":\"done\""), "{text}");
    server.end().unwrap();
}

/// Two atlases that hold the one core for long work; one of them waits for it.
const LONG: &str = "/api/atlas?neurons=5&a=0.1&b=0.001&c=-10&h=0.01&lambda=1";

/// While long work takes all that there is for it, short work is done; the end does not wait for either.
#[test]
fn short_work_does_not_wait_for_long_work() {
    let server = Server::start(Limits {
        threads: 1,
        ..Limits::default()
    });
    let mut long: Vec<TcpStream> = (0..2).map(|_| server.connect()).collect();
    for stream in &mut long {
        let request =
            format!("GET {LONG} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
    }
    server.wait_until(|health| health["computing"] == 2);
    let body = body();
    let (status, text) = server.ask(&format!("{}{body}", classify(body.len())));
    assert_eq!(status, 200, "{text}");
    assert_eq!(server.health()["computing"], 2, "neither atlas has ended");
    drop(long);
    server.wait_until(|health| health["computing"] == 0);
    server.end().unwrap();
}
