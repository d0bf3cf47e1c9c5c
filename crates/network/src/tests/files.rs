//! Files that change under a running process.
#![expect(clippy::indexing_slicing, reason = "tests")]

use testkit_network::Authority;

use super::Folder;
use crate::{LOOK_EVERY, Networks};

#[test]
fn changed_files_are_taken_up_and_broken_ones_are_not() {
    let folder = Folder::new();
    let authority = Authority::new();
    let (first, second) = (authority.issue(&["us"]), authority.issue(&["us"]));
    let network = Networks::default()
        .open(&folder.settings(&authority, &first))
        .unwrap();
    let begun = network.generation();
    assert!(!network.look());
    // Halfway through a change the key is not that of the certificate.
    folder.write("us.pem", &second.pem);
    assert!(!network.look());
    assert_eq!(network.generation(), begun);
    folder.write("us.key", &second.key);
    assert!(network.look());
    assert_eq!(network.generation(), begun + 1);
    assert!(!network.look());

    std::fs::remove_file(folder.0.path().join("ca.pem")).unwrap();
    assert!(!network.look());
    // As it was before: nothing has changed.
    folder.write("ca.pem", authority.pem());
    assert!(!network.look());
    assert_eq!(network.generation(), begun + 1);
    folder.write("ca.pem", authority.pem() + &Authority::new().pem());
    assert!(network.look());
    assert_eq!(network.generation(), begun + 2);
}

#[test]
fn equal_settings_are_one_network_for_as_long_as_somebody_uses_it() {
    let folder = Folder::new();
    let authority = Authority::new();
    let (first, second) = (authority.issue(&["us"]), authority.issue(&["us"]));
    let networks = Networks::default();
    let settings = folder.settings(&authority, &first);
    let network = networks.open(&settings).unwrap();
    // Opening it again takes up what has changed.
    folder.settings(&authority, &second);
    let again = networks.open(&settings).unwrap();
    assert_eq!(network, again);
    assert_eq!(network.generation(), 2);
    let id = network.0.id;
    // Opening it again when it is broken leaves it as it is.
    folder.write("us.key", "");
    assert_eq!(networks.open(&settings).unwrap().0.id, id);
    drop((network, again));
    assert!(networks.open(&settings).is_err());
    folder.write("us.key", &second.key);
    assert_ne!(networks.open(&settings).unwrap().0.id, id);
}

#[tokio::test(start_paused = true)]
async fn files_are_looked_at_while_the_process_runs() {
    let folder = Folder::new();
    let authority = Authority::new();
    let networks = Networks::default();
    let settings = folder.settings(&authority, &authority.issue(&["us"]));
    let network = networks.open(&settings).unwrap();
    let watch = tokio::spawn(networks.clone().watch());
    tokio::time::sleep(LOOK_EVERY * 2).await;
    assert_eq!(network.generation(), 1);
    folder.settings(&authority, &authority.issue(&["us"]));
    // Two looks at most: one may have begun before.
    tokio::time::sleep(LOOK_EVERY * 2).await;
    assert_eq!(network.generation(), 2);
    watch.abort();
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_a_file_keeps_nobody() {
    let folder = Folder::new();
    let authority = Authority::new();
    let settings = folder.settings(&authority, &authority.issue(&["us"]));
    let network = Networks::default().open(&settings).unwrap();
    let file = folder.0.path().join("ca.pem");
    std::fs::remove_file(&file).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&file).status();
    assert!(made.unwrap().success());
    assert!(!network.look());
    let faults = settings.faults();
    assert!(
        faults[0]
            .to_string()
            .ends_with("is not a regular file; name the file itself")
    );
}

#[expect(clippy::await_holding_lock, reason = "the look that hangs")]
#[tokio::test(start_paused = true)]
async fn a_look_that_hangs_keeps_no_other_file_from_being_looked_at() {
    let (here, there) = (Folder::new(), Folder::new());
    let authority = Authority::new();
    let networks = Networks::default();
    let open = |folder: &Folder| {
        let settings = folder.settings(&authority, &authority.issue(&["us"]));
        networks.open(&settings).unwrap()
    };
    let (hung, fine) = (open(&here), open(&there));
    let _hung = hung.0.refused.lock().unwrap();
    let watch = tokio::spawn(networks.clone().watch());
    tokio::time::sleep(LOOK_EVERY * 2).await;
    there.settings(&authority, &authority.issue(&["us"]));
    tokio::time::sleep(LOOK_EVERY * 2).await;
    assert_eq!(fine.generation(), 2);
    watch.abort();
}

#[test]
fn certificate_and_key_may_be_one_file_among_other_things() {
    let folder = Folder::new();
    let authority = Authority::new();
    let ours = authority.issue(&["us"]);
    let mut settings = folder.settings(&authority, &ours);
    let parameters =
        "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    let text = [
        "subject=us\n",
        &ours.pem,
        parameters,
        &ours.key,
        &authority.pem(),
    ]
    .concat();
    if let Some(client) = &mut settings.client {
        client.certificate = folder.write("us.both.pem", text);
        client.key.clone_from(&client.certificate);
    }
    assert!(settings.faults().is_empty(), "{:?}", settings.faults());
    assert!(Networks::default().open(&settings).is_ok());
}
