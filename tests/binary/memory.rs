//! What others send may be as large as they like: the process holds no more of it than its caps.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use testkit::{Fault, FaultSettings, StubSet};

use crate::program::{PATIENCE, Program};

const MEBIBYTE: usize = 1024 * 1024;
/// `max_body` of every backend, and `max` of every upload.
const CAP: usize = 4 * MEBIBYTE;
/// Requests that are answered at the same time.
const AT_ONCE: usize = 16;
/// What the process may grow by. Each request holds one body up to its cap; as much again is for the
/// buffers on its way, which double as they grow.
const BOUND: usize = 2 * CAP * AT_ONCE;
/// What an endless body is sent in.
const PIECE: usize = 64 * 1024;
/// The bomb, unpacked.
const BOMB_MEBIBYTES: usize = 1024;

fn configuration(bomb: &str, endless: &str) -> String {
    format!(
        r#"
server: {{ listen: "127.0.0.1:0", admin: "127.0.0.1:0", workers: 2, lame_duck: 0s, body_timeout: 30s }}
backends:
  bomb: {{ rest: {{}}, url: "{bomb}", max_body: 4MiB, timeout: 30s }}
  endless: {{ rest: {{}}, url: "{endless}", max_body: 4MiB, timeout: 30s }}
endpoints:
  - {{ get: /bomb, access: public, budget: 30s, calls: {{ it: {{ backend: bomb, get: / }} }} }}
  - {{ get: /bomb/file, access: public, budget: 30s, calls: {{ it: {{ backend: bomb, get: /, accept: ["*/*"] }} }} }}
  - {{ get: /endless, access: public, budget: 30s, calls: {{ it: {{ backend: endless, get: / }} }} }}
  - {{ get: /endless/file, access: public, budget: 30s, calls: {{ it: {{ backend: endless, get: /, accept: ["*/*"] }} }} }}
  - post: /upload
    access: public
    body: {{ max: 4MiB }}
    calls: {{ it: {{ backend: endless, post: /, body: client }} }}
  - post: /upload/file
    access: public
    body: {{ max: 4MiB, media_types: ["*/*"] }}
    calls: {{ it: {{ backend: endless, post: /, body: client }} }}
"#
    )
}

/// A backend that does so with each connection once its request has come.
fn serve(answer: impl Fn(&mut TcpStream) + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, answer) = (stream.unwrap(), answer.clone());
            thread::spawn(move || {
                // The head of a GET comes in one piece.
                if stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {
                    answer(&mut stream);
                }
            });
        }
    });
    url
}

/// A JSON string whose length is not announced and which never ends.
fn answer_endlessly(stream: &mut TcpStream) {
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n\"";
    if stream.write_all(head).is_ok() {
        send_endlessly(stream, "x".repeat(PIECE).as_bytes());
    }
}

/// Until the other side has had enough.
fn send_endlessly(stream: &mut TcpStream, piece: &[u8]) {
    while stream.write_all(piece).is_ok() {}
}

/// One request, whose problem has this code; `line` is method and path. An upload never ends by itself.
fn ask(address: SocketAddr, line: &str, code: &str) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let is_upload = line.starts_with("POST");
    let framing = if is_upload {
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
    } else {
        "Connection: close\r\n"
    };
    let head = format!("{line} HTTP/1.1\r\nHost: x\r\n{framing}\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let uploading = is_upload.then(|| {
        let mut stream = stream.try_clone().unwrap();
        thread::spawn(move || {
            let piece = "x".repeat(PIECE);
            stream.write_all(b"1\r\n\"\r\n").unwrap();
            let piece = format!("{:x}\r\n{piece}\r\n", piece.len());
            send_endlessly(&mut stream, piece.as_bytes());
        })
    });
    let answer = receive(&mut stream, code);
    assert!(answer.contains(code), "{line}: {answer}");
    drop(stream);
    if let Some(uploading) = uploading {
        uploading.join().unwrap();
    }
}

/// What comes, up to and with these words if they come.
fn receive(stream: &mut TcpStream, words: &str) -> String {
    let mut answer = Vec::new();
    let ends = |answer: &[u8]| answer.ends_with(words.as_bytes());
    while !ends(&answer) && stream.take(1).read_to_end(&mut answer).unwrap_or(0) > 0 {}
    String::from_utf8(answer).unwrap()
}

/// The peak of a fresh process, when many ask for the same. One has asked before, so that what is made
/// once is there.
fn assert_bounded(yaml: &str, line: &'static str, code: &'static str) {
    let program = Program::serve(yaml, "info");
    let address = program.address;
    ask(address, line, code);
    let before = program.peak_memory();
    let asking: Vec<_> = (0..AT_ONCE)
        .map(|_| thread::spawn(move || ask(address, line, code)))
        .collect();
    for one in asking {
        one.join().unwrap();
    }
    // The system counts in lots, and is a little behind at times.
    let grown = program.peak_memory().saturating_sub(before);
    assert!(grown <= BOUND, "{line}: {grown} bytes, of {BOUND}");
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(
    not(target_os = "linux"),
    ignore = "only Linux tells of a process's peak"
)]
async fn what_is_larger_than_its_cap_costs_no_more_memory_than_the_cap() {
    let bomb = bomb().await;
    let measuring = tokio::task::spawn_blocking(move || {
        assert!(unpacked(&bomb) > BOMB_MEBIBYTES * MEBIBYTE);
        // As it came, so that all of them get it at the same time.
        let bomb = serve(move |stream| drop(stream.write_all(&bomb)));
        let yaml = configuration(&bomb, &serve(answer_endlessly));
        for line in [
            "GET /bomb",
            "GET /bomb/file",
            "GET /endless",
            "GET /endless/file",
        ] {
            assert_bounded(&yaml, line, "upstream_too_large");
        }
        for line in ["POST /upload", "POST /upload/file"] {
            assert_bounded(&yaml, line, "payload_too_large");
        }
    });
    measuring.await.unwrap();
}

/// What a stub sends whose answer is a bomb, head and body.
async fn bomb() -> Vec<u8> {
    let stubs = StubSet::start(r#"{ "bomb": { "routes": [] } }"#).unwrap();
    let stub = stubs.server("bomb").unwrap();
    stub.fault_settings(FaultSettings {
        gzip_bomb_mebibytes: BOMB_MEBIBYTES,
        ..FaultSettings::default()
    });
    stub.fault(Some(Fault::GzipBomb)).await.unwrap();
    let address = stub.address();
    let reading = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream
            .write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    });
    reading.await.unwrap()
}

/// The bytes that the bomb says it is, unpacked (RFC 1952, ISIZE).
fn unpacked(bomb: &[u8]) -> usize {
    u32::from_le_bytes(*bomb.last_chunk().unwrap()) as usize
}
