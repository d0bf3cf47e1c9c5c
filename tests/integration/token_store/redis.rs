//! As much of Redis as a token store asks for, over a socket. The real one is in the store's own
//! tests and in the interop suite.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

type Bytes = Vec<u8>;

#[derive(Default)]
struct State {
    entries: Mutex<HashMap<Bytes, Bytes>>,
    refuses: AtomicBool,
}

pub(super) struct Redis {
    state: Arc<State>,
    port: u16,
}

impl Redis {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let served = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&served)));
            }
        });
        Self { state, port }
    }

    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(super) fn refuses(&self, refuses: bool) {
        self.state.refuses.store(refuses, Ordering::SeqCst);
    }

    /// All keys and values, readable where they are text.
    pub(super) fn everything(&self) -> String {
        let mut text = String::new();
        for (key, value) in self.state.entries.lock().unwrap().iter() {
            let (key, value) = (String::from_utf8_lossy(key), String::from_utf8_lossy(value));
            writeln!(text, "{key} {value}").unwrap();
        }
        text
    }
}

/// One connection. A command is an array of strings (RESP).
async fn serve(stream: TcpStream, state: Arc<State>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let count = number(&mut stream).await?;
        let mut words = Vec::new();
        for _ in 0..count {
            let mut word = vec![0; number(&mut stream).await? + 2];
            stream.read_exact(&mut word).await.ok()?;
            word.truncate(word.len() - 2);
            words.push(word);
        }
        let answer = state.answer(&words);
        stream.write_all(&answer).await.ok()?;
        stream.flush().await.ok()?;
    }
}

/// The number after the first character of a line.
async fn number(stream: &mut BufReader<TcpStream>) -> Option<usize> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    line.get(1..)?.trim().parse().ok()
}

impl State {
    fn answer(&self, words: &[Bytes]) -> Bytes {
        let mut entries = self.entries.lock().unwrap();
        match words[0].as_slice() {
            b"CLIENT" | b"AUTH" | b"SELECT" => b"+OK\r\n".to_vec(),
            _ if self.refuses.load(Ordering::SeqCst) => b"-LOADING the dataset\r\n".to_vec(),
            // `GETRANGE key 0 last`: what is not there is empty.
            b"GETRANGE" => {
                let value = entries.get(&words[1]).map_or(&b""[..], Vec::as_slice);
                let head = format!("${}\r\n", value.len()).into_bytes();
                [&head, value, &b"\r\n"[..]].concat()
            }
            // `SET key value NX PX milliseconds`
            b"SET" if entries.contains_key(&words[1]) => b"$-1\r\n".to_vec(),
            b"SET" => {
                entries.insert(words[1].clone(), words[2].clone());
                b"+OK\r\n".to_vec()
            }
            // The one script: compares the key with one value, and sets it to another.
            b"EVAL" => {
                let (key, old, new) = (&words[3], &words[4], &words[5]);
                if entries.get(key).map_or(&b""[..], Vec::as_slice) != old {
                    return b":0\r\n".to_vec();
                }
                if new.is_empty() {
                    entries.remove(key);
                } else {
                    entries.insert(key.clone(), new.clone());
                }
                b":1\r\n".to_vec()
            }
            _ => b"-ERR unknown command\r\n".to_vec(),
        }
    }
}
