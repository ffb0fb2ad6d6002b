//! A server, a driver and a browser that end with the test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};

/// Far beyond what a loaded machine needs; a test that waits so long has failed.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A process that ends with its handle.
pub struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The program on a free port, and its address; or the one that `PULSATRIX_ADDRESS` names, which runs already.
pub fn serve() -> (Option<Process>, String) {
    if let Ok(address) = std::env::var("PULSATRIX_ADDRESS") {
        return (None, address);
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_simulate"))
        .args(["serve", "--port", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = child.stdout.take().unwrap();
    let process = Process(child);
    let mut address = String::new();
    BufReader::new(output).read_line(&mut address).unwrap();
    assert!(address.starts_with("http://127.0.0.1:"), "{address}");
    (Some(process), address.trim().to_owned())
}

/// A driver on a free port.
pub fn driver() -> (Process, String) {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let name = std::env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".into());
    let child = Command::new(name)
        .arg(format!("--port={port}"))
        .stdout(Stdio::null())
        .spawn()
        .expect("chromedriver, from the package chromium-driver");
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < PATIENCE, "the driver does not listen");
        std::thread::sleep(Duration::from_millis(50));
    }
    (Process(child), format!("http://127.0.0.1:{port}"))
}

/// A fresh browser with a window of that size.
pub async fn open(driver: &str, profile: &std::path::Path) -> Client {
    let arguments = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
    ];
    let mut arguments: Vec<String> = arguments.map(str::to_owned).to_vec();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    let mut capabilities = Map::new();
    capabilities.insert("goog:chromeOptions".into(), json!({ "args": arguments }));
    capabilities.insert("goog:loggingPrefs".into(), json!({ "browser": "ALL" }));
    // plain connections: driver and browser are on this machine
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(capabilities);
    builder.connect(driver).await.unwrap()
}

/// A command of the driver that fantoccini does not have, and its value.
pub async fn command(client: &Client, driver: &str, path: &str, body: &Value) -> Value {
    let session = client.session_id().await.unwrap().unwrap();
    let host = driver.trim_start_matches("http://");
    let body = body.to_string();
    let request = format!(
        "POST /session/{session}/{path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut reader = BufReader::new(stream);
    let (mut length, mut line) = (0, String::new());
    while reader.read_line(&mut line).unwrap() > 2 {
        if let Some(rest) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = rest.trim().parse().unwrap();
        }
        line.clear();
    }
    let mut text = vec![0; length];
    reader.read_exact(&mut text).unwrap();
    let answer: Value = serde_json::from_slice(&text).unwrap();
    assert!(answer["value"]["error"].is_null(), "{path}: {answer}");
    answer["value"].clone()
}

/// A command of the browser's own protocol, for what a user sets in the system: colours, the size of a phone.
pub async fn tell(client: &Client, driver: &str, name: &str, parameters: Value) {
    let body = json!({ "cmd": name, "params": parameters });
    command(client, driver, "goog/cdp/execute", &body).await;
}

/// Asks the page again and again until a script gives `true`.
pub async fn until(client: &Client, script: &str) {
    let begun = Instant::now();
    loop {
        let found = client
            .execute(&format!("return Boolean({script});"), vec![])
            .await
            .unwrap();
        if found == Value::Bool(true) {
            return;
        }
        if begun.elapsed() > PATIENCE {
            let page = client
                .find(Locator::Css("main"))
                .await
                .unwrap()
                .text()
                .await
                .unwrap();
            panic!("never came: {script}\n{page}");
        }
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
}

/// Keeps a picture of the window, if a folder is named.
pub async fn picture(client: &Client, name: &str) {
    let bytes = client.screenshot().await.unwrap();
    assert!(bytes.len() > 5_000, "{name} is blank");
    if let Some(folder) = std::env::var_os("PULSATRIX_SCREENSHOTS") {
        let folder = std::path::PathBuf::from(folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), bytes).unwrap();
    }
}
