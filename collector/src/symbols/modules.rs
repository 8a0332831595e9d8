//! Modules by the paths of their files, as rustc finds files by the names of modules.

/// The module of a Rust file below a `src` folder, with its crate: `tokio::runtime::park` for
/// `…/tokio-1.54.1/src/runtime/park.rs`. `None` for other files.
pub(super) fn of_file(file: &str) -> Option<String> {
    let inside = file.strip_suffix(".rs")?;
    let (before, path) = inside.rsplit_once("/src/")?;
    let folder = before.rsplit('/').next().filter(|folder| !folder.is_empty())?;
    let mut module = without_version(folder).replace('-', "_");
    for part in path.split('/').filter(|part| !matches!(*part, "mod" | "lib" | "main" | "bin")) {
        module.push_str("::");
        module.push_str(part);
    }
    Some(module)
}

/// `tokio` of `tokio-1.54.1`.
fn without_version(folder: &str) -> &str {
    match folder.rsplit_once('-') {
        Some((name, version))
            if version.starts_with(|c: char| c.is_ascii_digit()) && version.contains('.') =>
        {
            name
        }
        _ => folder,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_of_known_layouts() {
        for (file, module) in [
            ("/rustc/59807616e1fa/library/alloc/src/raw_vec/mod.rs", "alloc::raw_vec"),
            (
                "/root/.cargo/registry/src/index.crates.io-1949/tokio-1.54.1/src/runtime/park.rs",
                "tokio::runtime::park",
            ),
            ("/home/x/my-shop/src/main.rs", "my_shop"),
            ("./shop/src/orders.rs", "shop::orders"),
        ] {
            assert_eq!(of_file(file).as_deref(), Some(module), "{file}");
        }
        for file in ["", "main.rs", "/src/lib.rs", "./nptl/pthread_create.c", "/x/examples/a.rs"] {
            assert_eq!(of_file(file), None, "{file}");
        }
    }
}
