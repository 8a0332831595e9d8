//! The attributes of taskscope-agent: `main` and `test`.
