//! One run of the binary: its configuration file, its streams, its end.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tempfile::TempDir;

/// Longer than anything that a healthy test waits for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

const FILE: &str = "manifold.yaml";

/// A running `manifold run`; killed when it is dropped.
pub(crate) struct Program {
    child: Child,
    folder: TempDir,
    /// Where its log says that clients and operators connect.
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    /// Open to the end, and read only for what a test waits for.
    log: Option<BufReader<ChildStderr>>,
    output: Option<JoinHandle<String>>,
}

impl Program {
    /// Starts it and waits until it serves. `filter`: of its log.
    pub(crate) fn serve(yaml: &str, filter: &str) -> Self {
        let (mut child, folder) = spawn(yaml, filter);
        let mut output = child.stdout.take().unwrap();
        let reading = std::thread::spawn(move || {
            let mut text = String::new();
            output.read_to_string(&mut text).unwrap();
            text
        });
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut program = Self {
            log: child.stderr.take().map(BufReader::new),
            child,
            folder,
            address: nowhere,
            admin: nowhere,
            output: Some(reading),
        };
        let line = program.says("serving address=");
        let value = |name: &str| {
            let (_, rest) = line.split_once(name).unwrap();
            rest.split_whitespace().next().unwrap().parse().unwrap()
        };
        (program.address, program.admin) = (value("address="), value("admin="));
        program
    }

    /// Runs it for its end: exit code, standard output, standard error.
    pub(crate) fn run_to_end(yaml: &str) -> (Option<i32>, String, String) {
        let (child, _folder) = spawn(yaml, "info");
        let ended = within_patience(move || child.wait_with_output()).unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (ended.status.code(), text(ended.stdout), text(ended.stderr))
    }

    /// The first line of its log from here on that says so.
    pub(crate) fn says(&mut self, words: &str) -> String {
        let said = self.says_until(words);
        said.lines().last().unwrap().to_owned()
    }

    /// Its log from here on, up to and with the first line that says so.
    pub(crate) fn says_until(&mut self, words: &str) -> String {
        let mut log = self.log.take().unwrap();
        let words = words.to_owned();
        let (log, said) = within_patience(move || {
            let mut said = String::new();
            loop {
                let mut line = String::new();
                let read = log.read_line(&mut line).unwrap();
                assert!(read > 0, "never said: {words}\n{said}");
                said.push_str(&line);
                if line.contains(&words) {
                    return (log, said);
                }
            }
        });
        self.log = Some(log);
        said
    }

    /// Replaces its configuration file at one stroke.
    pub(crate) fn rewrite(&self, yaml: &str) {
        let next = self.folder.path().join("next");
        std::fs::write(&next, yaml).unwrap();
        std::fs::rename(next, self.folder.path().join(FILE)).unwrap();
    }

    /// Sends SIG`name`.
    pub(crate) fn signal(&self, name: &str) {
        let command = format!("kill -{name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &command]).status().unwrap();
        assert!(sent.success());
    }

    /// The most memory that it has held so far, in bytes (`VmHWM` of proc(5)).
    pub(crate) fn peak_memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let peak = status.split_once("VmHWM:").unwrap().1;
        let kibibytes: usize = peak.split_whitespace().next().unwrap().parse().unwrap();
        kibibytes * 1024
    }

    /// Waits for the end: exit code, standard output.
    pub(crate) fn ended(mut self) -> (Option<i32>, String) {
        let output = self.output.take().unwrap();
        // At the end of its output it has exited, or is about to.
        let text = within_patience(move || output.join().unwrap());
        (self.child.wait().unwrap().code(), text)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn spawn(yaml: &str, filter: &str) -> (Child, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(FILE);
    std::fs::write(&file, yaml).unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_manifold"))
        .arg("run")
        .arg(file)
        .env("MANIFOLD_LOG", filter)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    (child.unwrap(), folder)
}

/// What `wait` returns; the test fails when that takes too long.
fn within_patience<T: Send + 'static>(wait: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, waited): (_, Receiver<T>) = channel();
    std::thread::spawn(move || done.send(wait()));
    waited.recv_timeout(PATIENCE).unwrap()
}
