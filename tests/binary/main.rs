//! The built `manifold`, as an operator starts and stops it: signals, standard streams, exit codes.
#![expect(clippy::unwrap_used, reason = "tests")]

mod commands;
mod memory;
mod program;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use program::{PATIENCE, Program};

const ENDPOINTS: &str = r#"
backends: { labs: { rest: {}, url: "http://127.0.0.1:1" } }
endpoints:
  - get: /results
    access: public
    calls: { results: { backend: labs, get: /results } }
"#;

/// A configuration whose service serves on for this long before it drains.
fn lame_for(lame_duck: &str) -> String {
    format!(
        r#"server: {{ listen: "127.0.0.1:0", admin: "127.0.0.1:0", workers: 1, lame_duck: {lame_duck}, drain: 5s }}{ENDPOINTS}"#
    )
}

/// The status of a GET.
fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().to_owned()
}

#[test]
fn sigterm_drains_and_ends_well_with_the_last_access_lines_written() {
    let service = Program::serve(&lame_for("0s"), "info");
    assert_eq!(get(service.address, "/livez"), "200");
    assert_eq!(get(service.address, "/results"), "502");
    service.signal("TERM");
    let (code, output) = service.ended();
    assert_eq!(code, Some(0));
    let lines: Vec<_> = output.lines().collect();
    assert_eq!(lines.len(), 2, "{output}");
    assert!(output.contains(r#""endpoint":"GET /results","status":502"#));
}

#[test]
fn after_sigterm_it_is_not_ready_and_serves_on_and_a_second_signal_ends_it_at_once() {
    let mut service = Program::serve(&lame_for("60m"), "info");
    assert_eq!(get(service.admin, "/readyz"), "200");
    service.signal("TERM");
    service.says("leaving: not ready, still serving");
    assert_eq!(get(service.admin, "/readyz"), "503");
    assert_eq!(get(service.address, "/livez"), "200");
    service.signal("TERM");
    assert_eq!(service.ended().0, Some(1));
}

#[test]
fn ctrl_c_drains_without_the_lame_duck_time() {
    let service = Program::serve(&lame_for("60m"), "info");
    assert_eq!(get(service.address, "/livez"), "200");
    service.signal("INT");
    assert_eq!(service.ended().0, Some(0));
}

#[test]
fn a_log_that_nobody_reads_stops_neither_the_service_nor_its_end() {
    let service = Program::serve(&lame_for("0s"), "trace,actix_http=trace");
    // At this level a request writes more than a kilobyte; the pipe holds 64.
    for _ in 0..300 {
        assert_eq!(get(service.address, "/results"), "502");
    }
    assert_eq!(get(service.admin, "/livez"), "200");
    service.signal("TERM");
    assert_eq!(service.ended().0, Some(0));
}

#[test]
fn an_address_that_is_taken_is_said_once() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let yaml = format!("server: {{ listen: \"{address}\" }}{ENDPOINTS}");
    let (code, _, log) = Program::run_to_end(&yaml);
    assert_eq!(code, Some(1));
    for said in [address.as_str(), "in use", "`server.listen`"] {
        assert_eq!(log.matches(said).count(), 1, "{log}");
    }
}

#[test]
fn sighup_takes_up_the_configuration_as_it_is_now_and_refuses_a_faulty_one() {
    let mut service = Program::serve(&lame_for("0s"), "info");
    assert_eq!(get(service.address, "/added"), "404");
    let added = lame_for("0s").replace("get: /results\n    access", "get: /added\n    access");
    service.rewrite(&added);
    service.signal("HUP");
    service.says("configuration taken up");
    assert_eq!(get(service.address, "/added"), "502");
    assert_eq!(get(service.address, "/results"), "404");

    service.rewrite(&added.replace("backend: labs", "backend: lasb"));
    service.signal("HUP");
    service.says("the configuration was not taken up");
    service.says("did you mean `labs`");
    assert_eq!(get(service.address, "/added"), "502");
    service.signal("TERM");
    assert_eq!(service.ended().0, Some(0));
}

#[test]
fn what_strangers_send_that_is_no_http_is_not_in_the_log() {
    let mut service = Program::serve(&lame_for("0s"), "info");
    let mut stream = TcpStream::connect(service.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(b"GARBAGE\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    service.signal("TERM");
    let said = service.says_until("stopped");
    assert!(!said.contains("ERROR"), "{said}");
    assert!(!said.contains("stream error"), "{said}");
    assert_eq!(service.ended().0, Some(0));
}
