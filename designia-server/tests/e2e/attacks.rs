//! What people do who mean harm, and what it gets them. `docs/security.md` names these tests.

mod bodies;
mod files;
mod guessing;
mod listening;
mod raw;
mod tokens;
mod wires;
