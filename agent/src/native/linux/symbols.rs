//! Names of functions, from the symbol tables of the mapped files. No DWARF: that is the collector's.

use std::collections::HashMap;
use std::path::Path;

use super::elf::SymbolTable;
use super::unwind;
use crate::native::modules::{Module, Modules};
use crate::native::symbol::Symbol;

/// Names for one answer; dropped with it, so that nothing stays in memory.
#[derive(Debug)]
pub(crate) struct Symbols {
    modules: Modules,
    /// By the row of the module; `None` for a file without symbols.
    tables: HashMap<usize, Option<SymbolTable>>,
    names: HashMap<u64, Option<Symbol>>,
}

impl Symbols {
    /// For the modules that are loaded now; files are opened when they are needed.
    pub(crate) fn new() -> Self {
        Self { modules: unwind::modules(), tables: HashMap::new(), names: HashMap::new() }
    }

    /// The module that `pc` is in.
    pub(crate) fn module(&self, pc: u64) -> Option<&Module> {
        self.modules.find(pc).map(|(_, module)| module)
    }

    /// The function around `pc`; `None` where no table names it.
    pub(crate) fn name_of(&mut self, pc: u64) -> Option<Symbol> {
        if let Some(known) = self.names.get(&pc) {
            return known.clone();
        }
        let symbol = self.look_up(pc);
        self.names.insert(pc, symbol.clone());
        symbol
    }

    fn look_up(&mut self, pc: u64) -> Option<Symbol> {
        let (row, module) = self.modules.find(pc)?;
        let table = self.tables.entry(row).or_insert_with(|| open(module));
        let address = pc.checked_sub(module.bias)?;
        let (mangled, start) = table.as_ref()?.find(address)?;
        Some(Symbol { name: demangled(&mangled), offset: address - start })
    }
}

/// The file of a module. The program's own is open to us even if its name leads elsewhere by now.
fn open(module: &Module) -> Option<SymbolTable> {
    let path = if module.main { "/proc/self/exe" } else { &*module.path };
    SymbolTable::open(Path::new(path))
}

/// As the program's author wrote it, without the hash.
fn demangled(mangled: &str) -> String {
    rustc_demangle::try_demangle(mangled)
        .map(|name| format!("{name:#}"))
        .unwrap_or_else(|_| mangled.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_function_has_a_name() {
        let here = unwind::capture_here(0).pcs[0];
        let symbol = Symbols::new().name_of(here).expect("it has a symbol");
        assert!(symbol.name.contains("this_function_has_a_name"), "{symbol:?}");
        assert!(symbol.offset > 0);
    }

    #[test]
    fn what_is_no_code_has_none() {
        let data = 7u64;
        assert_eq!(Symbols::new().name_of((&raw const data) as u64), None);
        assert_eq!(Symbols::new().name_of(0), None);
    }
}
