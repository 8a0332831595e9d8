//! The committed protobuf code is what the schemas say. `UPDATE=1 cargo test` rewrites it.
#![allow(clippy::unwrap_used, reason = "a failing step is the failure of the test")]

use std::path::Path;

#[test]
fn wire_code_matches_the_schemas() {
    check("profile.proto", "perftools.profiles.rs", "profile.rs");
    check("agent.proto", "taskscope.agent.rs", "agent.rs");
    check("task_trace.proto", "taskscope.trace.rs", "task_trace.rs");
}

/// Generates `schema` anew and compares it with the committed file; `package_file` is prost's name for it.
fn check(schema: &str, package_file: &str, committed: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fresh = generate(&root.join("schema"), schema, package_file);
    let path = root.join("src/wire").join(committed);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == fresh, "{} is not what {schema} says; run the tests with UPDATE=1", path.display());
}

fn generate(folder: &Path, schema: &str, package_file: &str) -> String {
    let descriptors = protox::compile([folder.join(schema)], [folder]).unwrap();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(schema);
    std::fs::create_dir_all(&out).unwrap();
    prost_build::Config::new().out_dir(&out).compile_fds(descriptors).unwrap();
    std::fs::read_to_string(out.join(package_file)).unwrap()
}
