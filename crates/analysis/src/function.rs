//! One function by its own text (what `Function.prototype.toString` gives): the variables it needs from outside, what
//! else ties it to its place, and the parts of it that must be edited before it can be compiled elsewhere.

mod visitor;

use oxc_allocator::Allocator;
use oxc_ast::ast::*;
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::SemanticBuilder;
use oxc_span::SourceType;

use crate::room::with_room;
use crate::utf16::{Utf16, narrow};
use visitor::{Root, Visitor};

/// How the text has to be wrapped to be an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `(text)`: a function or an arrow.
    Expression,
    /// `({text})`: a method, a getter or a setter.
    Method,
    /// `(class {text})`: a private method, which nothing can stand in for.
    PrivateMethod,
    /// `(text)`: a class.
    Class,
}

/// What else than free variables ties a function to its place, as bits.
pub struct Uses;

impl Uses {
    /// `this` of the place around an arrow.
    pub const THIS: u32 = 1;
    /// `super` of the place around an arrow, or of the object a method belongs to.
    pub const SUPER: u32 = 2;
    /// `new.target` of the place around an arrow.
    pub const NEW_TARGET: u32 = 4;
    /// `arguments` of the function around an arrow.
    pub const ARGUMENTS: u32 = 8;
    /// A direct call of `eval`.
    pub const EVAL: u32 = 16;
    /// A `with` statement.
    pub const WITH: u32 = 32;
    /// `import(…)`.
    pub const IMPORT: u32 = 64;
    /// `import.meta`.
    pub const IMPORT_META: u32 = 128;
    /// A `#private` name that is declared outside of the text.
    pub const PRIVATE: u32 = 256;
    /// The class gives `#private` members to its instances.
    pub const PRIVATE_INSTANCE: u32 = 512;
    /// The function is an arrow.
    pub const ARROW: u32 = 1024;
    /// The function says `'use strict'` itself (or is a class).
    pub const STRICT: u32 = 2048;
    /// The class has a heritage.
    pub const DERIVED: u32 = 4096;
    /// The function has a name of its own that its body can see.
    pub const NAMED: u32 = 8192;
    /// The text is too long, or nested too deeply, and nothing else is known of it.
    pub const TOO_DEEP: u32 = 16384;
}

/// How a free variable is used, as bits.
pub struct NameUse;

impl NameUse {
    pub const READ: u32 = 1;
    pub const WRITE: u32 = 2;
    /// Used when the function runs.
    pub const BODY: u32 = 4;
    /// Used in a computed name of a class's member, which is evaluated when the class is defined.
    pub const KEY: u32 = 8;
    /// Used in the initial value of a static private field.
    pub const STATIC: u32 = 16;
}

/// A part of the text that is not compiled as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditKind {
    /// The word `import` of an `import(…)`.
    Import,
    /// `import.meta`.
    ImportMeta,
    /// What stands behind `extends`.
    Heritage,
    /// A static field or static block of the class: its effect is to be seen in the class's properties.
    Static,
    /// The initial value of a static private field; empty, behind its name, where it has none.
    PrivateValue,
    /// The expression in the brackets of a computed member name of the class.
    Key,
    /// The expression in the brackets of the method's own name.
    OwnKey,
    /// The name of a static private field, whose `PrivateValue` follows.
    PrivateName,
    /// A function that is the initial value of a static field, within a `Static`.
    StaticFunction,
}

/// A variable that the function uses and does not declare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub name: String,
    /// Bits of [`NameUse`].
    pub uses: u32,
}

/// What the text of a function tells. Offsets are UTF-16 units from the start of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    pub form: Form,
    /// Bits of [`Uses`].
    pub uses: u32,
    pub names: Vec<Name>,
    /// The name that the function's body sees for itself, and how it uses it.
    pub own: Option<Name>,
    pub edits: Vec<(EditKind, u32, u32)>,
}

/// Analyses a function's text; `None` where it is not JavaScript (a native function, for one).
pub fn analyse_function(text: &str) -> Option<Function> {
    with_room(text, || analyse(text)).unwrap_or_else(|| {
        let (names, edits) = (Vec::new(), Vec::new());
        Some(Function { form: Form::Expression, uses: Uses::TOO_DEEP, names, own: None, edits })
    })
}

fn analyse(text: &str) -> Option<Function> {
    let forms = [(Form::Expression, "(", ")"), (Form::Method, "({", "})"), (Form::PrivateMethod, "(class{", "})")];
    for (form, before, after) in forms {
        let source = [before, text, after].concat();
        for kind in [SourceType::cjs(), SourceType::mjs()] {
            if let Some(found) = analyse_as(&source, kind, form, narrow(before.len())) {
                return Some(found);
            }
        }
    }
    None
}

fn analyse_as(source: &str, kind: SourceType, form: Form, lead: u32) -> Option<Function> {
    let allocator = Allocator::default();
    let options = ParseOptions { preserve_parens: false, parse_regular_expression: false, ..ParseOptions::default() };
    let parsed = Parser::new(&allocator, source, kind).with_options(options).parse();
    if parsed.panicked || !parsed.diagnostics.is_empty() {
        return None;
    }
    let program = allocator.alloc(parsed.program);
    let scoping = SemanticBuilder::new().with_build_nodes(false).build(program).semantic.into_scoping();
    let [Statement::ExpressionStatement(statement)] = program.body.as_slice() else {
        return None;
    };
    let mut visitor = Visitor::new(&scoping, form, lead);
    let root = match (&statement.expression, form) {
        (Expression::FunctionExpression(function), Form::Expression) => Root::Function(function),
        (Expression::ArrowFunctionExpression(arrow), Form::Expression) => Root::Arrow(arrow),
        (Expression::ClassExpression(class), Form::Expression) => Root::Class(class),
        (Expression::ObjectExpression(object), Form::Method) => match object.properties.as_slice() {
            [ObjectPropertyKind::ObjectProperty(property)] => Root::Method(property),
            _ => return None,
        },
        (Expression::ClassExpression(class), Form::PrivateMethod) => match class.body.body.as_slice() {
            [ClassElement::MethodDefinition(_)] => Root::Outside(class),
            _ => return None,
        },
        _ => return None,
    };
    visitor.root(&root);
    Some(visitor.finish(&root, &Utf16::new(source)))
}
