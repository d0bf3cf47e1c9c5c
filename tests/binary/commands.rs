//! Commands that end by themselves: what they print where, and their exit codes.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Exit code, standard output and standard error.
type Ended = (Option<i32>, String, String);

fn manifold(folder: &Path, arguments: &[&str], input: &str) -> Ended {
    manifold_with(&[], folder, arguments, input)
}

fn manifold_with(
    variables: &[(&str, &str)],
    folder: &Path,
    arguments: &[&str],
    input: &str,
) -> Ended {
    let mut child = Command::new(env!("CARGO_BIN_EXE_manifold"))
        .args(arguments)
        .env_remove("MANIFOLD_LOG")
        .envs(variables.iter().copied())
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn an_empty_configuration_is_not_fine() {
    for text in ["", "# to be written\n"] {
        let folder = folder(&[("empty.yaml", text)]);
        let (code, output, errors) = manifold(folder.path(), &["check", "empty.yaml"], "");
        assert_eq!((code, output.as_str()), (Some(64), ""));
        assert!(errors.contains("it has no endpoints"), "{errors}");
        assert!(errors.contains("--> empty.yaml:1:1"), "{errors}");
    }
}

#[test]
fn a_warning_is_drawn_under_its_line_and_is_no_line_of_a_log() {
    let yaml = "backends: { labs: { rest: {}, url: \"http://127.0.0.1:1\" } }\n";
    let folder = folder(&[("manifold.yaml", yaml)]);
    let (code, output, errors) = manifold(folder.path(), &["check", "manifold.yaml"], "");
    assert_eq!(code, Some(0));
    assert_eq!(
        output,
        "manifold.yaml: usable, with 2 warnings (0 clients, 1 backend, 0 endpoints)\n"
    );
    assert!(errors.contains("warning: no call names this backend\n --> manifold.yaml:1:13\n"));
    assert!(!errors.contains("WARN"), "{errors}");
}

#[test]
fn a_folder_is_checked_as_one_configuration() {
    let backends = "backends: { labs: { rest: {}, url: \"http://127.0.0.1:1\" } }\n";
    let endpoints =
        "endpoints: [ { get: /x, access: public, calls: { x: { backend: labs, get: /x } } } ]\n";
    let folder = folder(&[("b.yml", backends), ("a.yaml", endpoints)]);
    let (code, output, errors) = manifold(folder.path(), &["check", "."], "");
    assert_eq!(
        (code, output.as_str(), errors.as_str()),
        (Some(0), ".: fine (0 clients, 1 backend, 1 endpoint)\n", "")
    );
    std::fs::write(folder.path().join("c.yaml"), backends).unwrap();
    let (code, _, errors) = manifold(folder.path(), &["check", "."], "");
    assert_eq!(code, Some(64));
    assert!(errors.contains("--> ./c.yaml:1:13"), "{errors}");
    assert!(errors.contains("line 1 of ./b.yml"), "{errors}");
}

#[test]
fn a_piped_secret_is_hashed_without_a_question() {
    let folder = folder(&[]);
    let (code, output, errors) = manifold(folder.path(), &["hash", "key"], "test\n");
    let sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n";
    assert_eq!(
        (code, output.as_str(), errors.as_str()),
        (Some(0), sha256, "")
    );
}

#[test]
fn wrong_usage_exits_as_the_help_says() {
    let folder = folder(&[]);
    for arguments in [&["run"][..], &[], &["serve"], &["check", "--fast", "."]] {
        let (code, output, errors) = manifold(folder.path(), arguments, "");
        assert_eq!((code, output.as_str()), (Some(64), ""), "{arguments:?}");
        assert!(errors.contains("Usage: manifold"), "{errors}");
    }
    let (code, output, errors) = manifold(folder.path(), &["--help"], "");
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    assert!(output.contains("64 wrong usage"), "{output}");
    assert_eq!(manifold(folder.path(), &["--version"], "").0, Some(0));
}

#[test]
fn a_misspelt_log_filter_is_said_and_stops_nothing() {
    let folder = folder(&[]);
    let filtered = |filter| {
        let variables = [("MANIFOLD_LOG", filter)];
        let (code, output, errors) = manifold_with(&variables, folder.path(), &["schema"], "");
        assert_eq!(code, Some(0));
        assert!(output.starts_with('{'), "{output}");
        errors
    };
    let errors = filtered("inof");
    assert!(
        errors.contains("MANIFOLD_LOG is not used: `inof` is no level"),
        "{errors}"
    );
    assert_eq!(filtered("info,backend=debug"), "");
}
