//! From a pid to an address: where port files are looked for, and what is said if there is none.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command};

use super::support::{answering, collector};

/// Another program, which listens nowhere.
struct Sleeper(Child);

impl Sleeper {
    fn start(variables: &[(&str, &Path)]) -> Self {
        let mut command = Command::new("sleep");
        for name in ["GOPS_CONFIG_DIR", "XDG_CONFIG_HOME", "HOME"] {
            command.env_remove(name);
        }
        Self(command.arg("60").envs(variables.iter().copied()).spawn().unwrap())
    }

    fn pid(&self) -> String {
        self.0.id().to_string()
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn own_pid() -> String {
    std::process::id().to_string()
}

fn agent() -> SocketAddr {
    answering("go1.26.8\n")
}

#[test]
fn the_port_file_of_a_pid_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let port = agent().port();
    let gops = dir.path().join("gops");
    std::fs::create_dir_all(dir.path().join(".config/gops")).unwrap();
    std::fs::create_dir_all(&gops).unwrap();
    std::fs::write(gops.join(own_pid()), format!("{port}\n")).unwrap();
    std::fs::write(dir.path().join(".config/gops").join(own_pid()), format!("{port}")).unwrap();
    let places = [("GOPS_CONFIG_DIR", gops.as_path()), ("XDG_CONFIG_HOME", dir.path()), ("HOME", dir.path())];
    for (variable, value) in places {
        let version = collector(&["version", &own_pid()]).env(variable, value).run().ok();
        assert_eq!(version, "go1.26.8\n", "{variable}");
    }
    let relative = collector(&["version", &own_pid()]).dir(dir.path()).env("GOPS_CONFIG_DIR", "gops").run();
    assert_eq!(relative.ok(), "go1.26.8\n");
}

#[test]
fn addresses_come_in_every_form() {
    let port = agent().port();
    for target in [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!(":{port}")] {
        assert_eq!(collector(&["version", &target]).run().ok(), "go1.26.8\n");
    }
    for bad in ["http://localhost:80", "nonsense", "host:port", "0", ""] {
        collector(&["version", bad]).run().fails(2, &["invalid value"]);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn the_environment_of_the_target_is_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let sleeper = Sleeper::start(&[("GOPS_CONFIG_DIR", dir.path())]);
    let port_file = dir.path().join(sleeper.pid());
    std::fs::write(&port_file, format!("{}", agent().port())).unwrap();
    // Found, and seen to be somebody else's port.
    let outcome = collector(&["version", &sleeper.pid()]).run();
    outcome.fails(1, &["does not listen on port", &port_file.display().to_string(), "left over"]);
}

#[test]
#[cfg(target_os = "linux")]
fn what_was_tried_is_listed() {
    let dir = tempfile::tempdir().unwrap();
    let sleeper = Sleeper::start(&[("XDG_CONFIG_HOME", dir.path())]);
    let theirs = dir.path().join("gops").join(sleeper.pid()).display().to_string();
    let ours = format!("/nonexistent/.config/gops/{}", sleeper.pid());
    let outcome = collector(&["version", &sleeper.pid()]).run();
    outcome.fails(1, &["sleep (pid", "no gops port file", &ours, &theirs, "no Go or Rust program"]);
}

#[test]
#[cfg(target_os = "linux")]
fn processes_that_are_gone_are_said_to_be_gone() {
    let dir = tempfile::tempdir().unwrap();
    let mut sleeper = Sleeper::start(&[]);
    let pid = sleeper.pid();
    sleeper.0.kill().unwrap();
    sleeper.0.wait().unwrap();
    let call = || collector(&["version", &pid]).env("GOPS_CONFIG_DIR", dir.path()).run();
    call().fails(1, &["no process has pid"]);
    std::fs::write(dir.path().join(&pid), "1").unwrap();
    call().fails(1, &["no process has pid", "left behind", &dir.path().display().to_string()]);
}

#[test]
fn odd_port_files_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    let port_file = dir.path().join(own_pid());
    let call = || collector(&["version", &own_pid()]).env("GOPS_CONFIG_DIR", dir.path()).run();
    for content in ["", "port", "99999", "0"] {
        std::fs::write(&port_file, content).unwrap();
        call().fails(1, &["cannot read the port file", "no port number"]);
    }
    std::fs::remove_file(&port_file).unwrap();
    std::fs::create_dir(&port_file).unwrap();
    call().fails(1, &["cannot read the port file", "not a file"]);
    let not_a_folder = dir.path().join("plain");
    std::fs::write(&not_a_folder, "").unwrap();
    let outcome = collector(&["version", &own_pid()]).env("GOPS_CONFIG_DIR", &not_a_folder).run();
    outcome.fails(1, &["no gops port file"]);
}
