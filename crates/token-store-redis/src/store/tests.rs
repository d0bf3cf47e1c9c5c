//! What goes over the wire, and what comes of answers that no honest server gives. A real server is
//! in `tests/against_redis`.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::{Arc, Mutex};

use base64::Engine;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use url::Url;

use super::*;

const KEY: StoreKey = StoreKey::new([0xab; 32]);

type Commands = Arc<Mutex<Vec<Vec<String>>>>;

/// Answers commands by their first word; without an answer it goes.
#[derive(Clone)]
struct Script {
    answer: fn(&str) -> &'static str,
    seen: Commands,
    tls: Option<TlsAcceptor>,
}

fn fine(command: &str) -> &'static str {
    match command {
        "EVAL" => ":1\r\n",
        "GETRANGE" => "$0\r\n\r\n",
        _ => "+OK\r\n",
    }
}

async fn serve(script: Script) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let scheme = if script.tls.is_some() {
        "rediss"
    } else {
        "redis"
    };
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(accept(stream, script.clone()));
        }
    });
    format!("{scheme}://localhost:{port}/2").parse().unwrap()
}

async fn accept(stream: TcpStream, script: Script) -> Option<()> {
    match &script.tls {
        Some(tls) => answer(tls.accept(stream).await.ok()?, &script).await,
        None => answer(stream, &script).await,
    }
}

/// One connection. A command is an array of strings (RESP).
async fn answer(stream: impl AsyncRead + AsyncWrite + Unpin, script: &Script) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let count = number(&mut stream).await?;
        let mut words = Vec::new();
        for _ in 0..count {
            let mut word = vec![0; number(&mut stream).await? + 2];
            stream.read_exact(&mut word).await.ok()?;
            word.truncate(word.len() - 2);
            words.push(String::from_utf8(word).ok()?);
        }
        let answer = (script.answer)(&words[0]);
        script.seen.lock().unwrap().push(words);
        if answer.is_empty() {
            return None;
        }
        stream.write_all(answer.as_bytes()).await.ok()?;
        stream.flush().await.ok()?;
    }
}

/// The number after the first character of a line.
async fn number(stream: &mut (impl AsyncBufReadExt + Unpin)) -> Option<usize> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    line.get(1..)?.trim().parse().ok()
}

fn script(answer: fn(&str) -> &'static str) -> Script {
    Script {
        answer,
        seen: Commands::default(),
        tls: None,
    }
}

async fn store(script: &Script) -> RedisStore {
    let settings = Settings::new(serve(script.clone()).await);
    RedisStore::new(&settings).unwrap()
}

#[tokio::test]
async fn each_question_is_one_command_under_names_that_tell_nothing() {
    let script = script(fine);
    let mut settings = Settings::new(serve(script.clone()).await);
    settings.prefix = "here".into();
    settings.username = Some("anna".into());
    settings.password = Some("pass".into());
    let store = RedisStore::new(&settings).unwrap();
    let old = Bytes::from_static(b"old");
    let new = Entry {
        sealed: Bytes::from_static(b"new"),
        life: Duration::from_millis(1500),
    };
    let holder = Holder::new("me".into());
    assert_eq!(store.read(&KEY).await, Ok(None));
    assert_eq!(store.replace(&KEY, Some(&old), Some(new)).await, Ok(true));
    assert_eq!(store.replace(&KEY, None, None).await, Ok(true));
    let life = Duration::from_micros(10);
    assert_eq!(store.lease(&KEY, &holder, life).await, Ok(true));
    assert_eq!(store.release(&KEY, &holder).await, Ok(()));

    let hash = "ab".repeat(32);
    let (token, lease) = (format!("here:token:{hash}"), format!("here:lease:{hash}"));
    let seen = script.seen.lock().unwrap();
    let seen: Vec<Vec<&str>> = seen
        .iter()
        .filter(|words| words[0] != "CLIENT")
        .map(|words| words.iter().map(String::as_str).collect())
        .collect();
    let (script, last) = (COMPARE_AND_SET, LAST_BYTE.to_string());
    assert_eq!(
        seen,
        [
            vec!["AUTH", "anna", "pass"],
            vec!["SELECT", "2"],
            vec!["GETRANGE", &token, "0", &last],
            vec!["EVAL", script, "1", &token, "old", "new", "1500", &last],
            vec!["EVAL", script, "1", &token, "", "", "1", &last],
            vec!["SET", &lease, "me", "NX", "PX", "1"],
            vec!["EVAL", script, "1", &lease, "me", "", "1", &last],
        ]
    );
}

#[tokio::test]
async fn an_answer_that_is_none_is_told_apart() {
    type Answer = fn(&str) -> &'static str;
    let refused = |code: &str| StoreError::Refused(code.into());
    let all: [(Answer, StoreError); 6] = [
        (
            |_| "-NOAUTH Authentication required.\r\n",
            refused("NOAUTH"),
        ),
        (
            |command| {
                if command == "GETRANGE" {
                    "-LOADING the dataset\r\n"
                } else {
                    "+OK\r\n"
                }
            },
            refused("LOADING"),
        ),
        (
            |command| {
                if command == "GETRANGE" {
                    ":12\r\n"
                } else {
                    "+OK\r\n"
                }
            },
            StoreError::Malformed,
        ),
        (
            |command| {
                if command == "GETRANGE" {
                    "HTTP/1.1 400 Bad Request\r\n\r\n"
                } else {
                    "+OK\r\n"
                }
            },
            StoreError::Malformed,
        ),
        (
            |command| if command == "GETRANGE" { "" } else { "+OK\r\n" },
            StoreError::Unreachable,
        ),
        (|_| "", StoreError::Unreachable),
    ];
    for (answer, expected) in all {
        let store = store(&script(answer)).await;
        let found = store.read(&KEY).await.map(drop);
        assert_eq!(found.unwrap_err(), expected);
    }
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let url = format!("redis://127.0.0.1:{port}").parse().unwrap();
    let store = RedisStore::new(&Settings::new(url)).unwrap();
    assert_eq!(store.read(&KEY).await, Err(StoreError::Unreachable));
}

#[tokio::test]
async fn a_connection_is_kept_while_it_works_and_made_anew_after_a_fault() {
    static FAULTS: Mutex<u32> = Mutex::new(0);
    let script = script(|command| match command {
        "GETRANGE" => {
            let mut faults = FAULTS.lock().unwrap();
            *faults += 1;
            if *faults == 3 {
                "-READONLY a replica\r\n"
            } else {
                "$0\r\n\r\n"
            }
        }
        _ => "+OK\r\n",
    });
    let store = store(&script).await;
    for expected in [true, true, false, true, true] {
        assert_eq!(store.read(&KEY).await.is_ok(), expected);
    }
    let seen = script.seen.lock().unwrap();
    let connections = seen.iter().filter(|words| words[0] == "SELECT").count();
    assert_eq!(connections, 2);
}

#[tokio::test]
async fn a_question_that_is_given_up_takes_its_connection_along() {
    static QUESTIONS: Mutex<u32> = Mutex::new(0);
    // The first answer is never whole.
    let script = script(|command| match command {
        "GETRANGE" => {
            let mut questions = QUESTIONS.lock().unwrap();
            *questions += 1;
            if *questions == 1 {
                "$5\r\nab"
            } else {
                "$0\r\n\r\n"
            }
        }
        _ => "+OK\r\n",
    });
    let store = store(&script).await;
    let given_up = tokio::time::timeout(Duration::from_millis(300), store.read(&KEY)).await;
    assert!(given_up.is_err());
    assert_eq!(store.read(&KEY).await, Ok(None));
}

fn pem(certificate: &[u8]) -> String {
    let text = base64::prelude::BASE64_STANDARD.encode(certificate);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

#[tokio::test]
async fn a_server_that_the_given_authorities_do_not_know_is_not_talked_to() {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let another = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .ok();
    let tls = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], PrivateKeyDer::from(key))
        .unwrap();
    let script = Script {
        tls: Some(TlsAcceptor::from(Arc::new(tls))),
        ..script(fine)
    };
    let url = serve(script.clone()).await;
    for (ca, expected) in [
        (None, Err(StoreError::Tls)),
        (Some(pem(another.cert.der())), Err(StoreError::Tls)),
        (Some(pem(certified.cert.der())), Ok(None)),
    ] {
        let mut settings = Settings::new(url.clone());
        settings.ca = ca.map(String::into_bytes);
        let store = RedisStore::new(&settings).unwrap();
        assert_eq!(store.read(&KEY).await, expected);
    }
    assert!(script.seen.lock().unwrap().len() <= 4);
}
