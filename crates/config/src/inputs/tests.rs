#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::tests::KEYS;
use crate::{Inputs, load_noting};

const YAML: &str = "
credentials: { c: { bearer: \"${file:secret}\" } }
backends: { b: { rest: {}, url: \"http://127.0.0.1:1\", credential: c } }
endpoints: [{ get: /a, access: public, calls: { a: { backend: b, get: /a } } }]
";

fn read(path: &Path) -> (Inputs, bool) {
    let mut inputs = Inputs::default();
    let loaded = load_noting(path, &|_| None, &mut inputs).is_ok();
    assert!(
        inputs.look() == inputs,
        "a look right after a load agrees with it"
    );
    (inputs, loaded)
}

#[test]
fn a_change_of_the_text_of_a_secret_and_of_the_folder_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    fs::write(file("a.yaml"), YAML).unwrap();
    fs::write(file("secret"), "one\n").unwrap();
    for root in [file("a.yaml"), folder.path().to_owned()] {
        let (before, loaded) = read(&root);
        assert!(loaded);
        fs::write(file("secret"), "two\n").unwrap();
        assert!(before.look() != before);
        let (after, _) = read(&root);
        assert_eq!(
            before.revision(),
            after.revision(),
            "a secret is no part of it"
        );
        fs::write(file("a.yaml"), format!("{YAML}\n# more")).unwrap();
        assert!(after.look() != after);
        assert_ne!(read(&root).0.revision(), after.revision());
        fs::write(file("a.yaml"), YAML).unwrap();
        fs::write(file("secret"), "one\n").unwrap();
        assert!(before.look() == before, "what was put back is no change");
    }
    let (before, _) = read(folder.path());
    fs::write(file("b.yaml"), "").unwrap();
    assert!(before.look() != before);
}

#[test]
fn a_mounted_volume_that_swaps_its_link_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for (version, secret) in [("v1", "one"), ("v2", "two")] {
        fs::create_dir(at(version)).unwrap();
        fs::write(at(version).join("manifold.yaml"), YAML).unwrap();
        fs::write(at(version).join("secret"), secret).unwrap();
    }
    symlink("v1", at("..data")).unwrap();
    symlink("..data/manifold.yaml", at("manifold.yaml")).unwrap();
    symlink("..data/secret", at("secret")).unwrap();
    for (root, other) in [
        (at("manifold.yaml"), "v2"),
        (folder.path().to_owned(), "v1"),
    ] {
        let (before, loaded) = read(&root);
        assert!(loaded);
        symlink(other, at("..new")).unwrap();
        fs::rename(at("..new"), at("..data")).unwrap();
        assert!(before.look() != before, "{}", root.display());
    }
}

#[test]
fn what_a_faulty_configuration_was_read_from_is_known_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.yaml");
    let (missing, loaded) = read(&file);
    assert!(!loaded);
    fs::write(&file, YAML).unwrap();
    assert!(missing.look() != missing);
    let (without_secret, loaded) = read(&file);
    assert!(!loaded);
    fs::write(folder.path().join("secret"), "hunter2").unwrap();
    assert!(without_secret.look() != without_secret);
    let (whole, loaded) = read(&file);
    assert!(loaded);
    assert!(!format!("{whole:?}").contains("hunter2"));
    fs::write(&file, [0xff, 0xfe]).unwrap();
    assert!(!read(&file).1);
    fs::write(&file, "#".repeat(4 * 1024 * 1024 + 1)).unwrap();
    assert!(!read(&file).1);
    fs::write(&file, YAML).unwrap();
    fs::write(folder.path().join("secret"), "x".repeat(1024 * 1024 + 1)).unwrap();
    assert!(!read(&file).1);
}

fn pipe_at(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

#[test]
fn every_file_of_a_folder_is_noted_and_each_that_cannot_be_read_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    symlink("nowhere", file("1.yaml")).unwrap();
    fs::write(file("2.yaml"), [0xff, 0xfe]).unwrap();
    pipe_at(&file("3.yaml"));
    fs::write(file("4.yaml"), "endpoints: {").unwrap();
    fs::write(file("5.yaml"), YAML).unwrap();
    let mut inputs = Inputs::default();
    let faults = load_noting(folder.path(), &|_| None, &mut inputs).unwrap_err();
    assert!(inputs.look() == inputs, "or it would be read for ever");
    let told = faults.to_string();
    for said in ["1.yaml", "2.yaml", "3.yaml", "4.yaml", "not a regular file"] {
        assert!(told.contains(said), "{said}: {told}");
    }
}

#[test]
fn a_pipe_that_is_named_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    pipe_at(&pipe);
    let writer = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::write(pipe, YAML.replace("${file:secret}", "plain")).unwrap()
    });
    let (inputs, loaded) = read(&pipe);
    writer.join().unwrap();
    assert!(loaded && inputs.look() == inputs);
}

/// Without a secret, and with what else it names.
fn yaml(credential: &str, network: &str) -> String {
    let yaml = YAML.replace("{ bearer: \"${file:secret}\" }", credential);
    format!("{network}\n{yaml}")
}

const SIGNED: &str = "{ oauth2: { token_url: \"https://sso.example/token\", client_id: m, authentication: private_key_jwt, private_key_file: key.pem, algorithm: RS384 } }";

#[test]
fn certificates_and_keys_that_a_faulty_configuration_names_are_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    for (yaml, name) in [
        (yaml("{ bearer: x }", "network: { ca: ca.pem }"), "ca.pem"),
        (yaml(SIGNED, ""), "key.pem"),
    ] {
        fs::write(file("a.yaml"), yaml).unwrap();
        let (without, loaded) = read(&file("a.yaml"));
        assert!(!loaded);
        fs::write(file(name), "no certificate, no key").unwrap();
        assert!(without.look() != without, "{name}");
        let (wrong, loaded) = read(&file("a.yaml"));
        assert!(!loaded);
        fs::write(file(name), "another").unwrap();
        assert!(wrong.look() != wrong, "{name}");
    }
}

#[test]
fn keys_in_use_are_looked_after_by_those_who_use_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    fs::write(file("a.yaml"), yaml(SIGNED, "")).unwrap();
    fs::copy(Path::new(KEYS).join("rsa.pkcs8.pem"), file("key.pem")).unwrap();
    let (inputs, loaded) = read(&file("a.yaml"));
    assert!(loaded);
    fs::write(file("key.pem"), "rotated").unwrap();
    assert!(inputs.look() == inputs);
}
