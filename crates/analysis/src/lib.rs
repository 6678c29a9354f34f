//! What the text of a JavaScript function, or of the script it stands in, tells about it. Knows nothing of Node; the
//! addon hands its answers on to JavaScript.

#![forbid(unsafe_code)]

mod function;
mod room;
mod script;
mod utf16;

pub use function::{EditKind, Form, Function, Name, NameUse, Uses, analyse_function};
pub use script::{Binding, BindingKind, Export, Import, Place, Script, analyse_script};
