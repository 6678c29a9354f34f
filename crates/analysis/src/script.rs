//! A whole script: what its variables are bound to, which of them are ever assigned, what it imports and exports.

use oxc_allocator::Allocator;
use oxc_ast::AstKind;
use oxc_ast::ast::*;
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::{Scoping, SemanticBuilder};
use oxc_span::SourceType;
use oxc_str::Ident;
use oxc_syntax::scope::ScopeId;
use oxc_syntax::symbol::{SymbolFlags, SymbolId};

use crate::room::with_room;
use crate::utf16::Utf16;

/// `import { imported as local } from specifier`; `imported` is `*` for the whole namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    pub local: String,
    pub imported: String,
    pub specifier: String,
}

/// `export { local as exported }`, or with a specifier `export { local as exported } from specifier`; `export * from`
/// has `*` for both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    pub exported: String,
    pub local: String,
    pub specifier: Option<String>,
}

/// What declares a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BindingKind {
    Const,
    Let,
    Var,
    Function,
    Class,
    Import,
    Parameter,
    Other,
}

/// A variable as one function sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    pub kind: BindingKind,
    /// Whether anything but its declaration gives it a value.
    pub assigned: bool,
    /// Whether it belongs to the script itself: there is one of it, however often functions run.
    pub top: bool,
    /// Which declaration it is: the same number, the same declaration.
    pub id: u32,
}

/// Where a function stands in its script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    scope: ScopeId,
    pub strict: bool,
    /// A declaration, whose name belongs to the scope around it (and not to itself, as an expression's does).
    pub declaration: bool,
}

struct Known {
    start: u32,
    end: u32,
    method: bool,
    place: Place,
}

/// What is known of a script.
pub struct Script {
    pub module: bool,
    pub imports: Vec<Import>,
    pub exports: Vec<Export>,
    scoping: Scoping,
    functions: Vec<Known>,
    assigned: Vec<bool>,
    parameters: Vec<bool>,
}

/// Analyses a script, which is a module if `module` says so and CommonJS otherwise; `None` where it does not parse,
/// or is too long or nested too deeply.
pub fn analyse_script(text: &str, module: bool) -> Option<Script> {
    with_room(text, || analyse(text, module)).flatten()
}

fn analyse(text: &str, module: bool) -> Option<Script> {
    let allocator = Allocator::default();
    let kind = if module { SourceType::mjs() } else { SourceType::cjs() };
    let options = ParseOptions {
        preserve_parens: false,
        parse_regular_expression: false,
        allow_return_outside_function: !module,
        ..ParseOptions::default()
    };
    let parsed = Parser::new(&allocator, text, kind).with_options(options).parse();
    if parsed.panicked || !parsed.diagnostics.is_empty() {
        return None;
    }
    let program = allocator.alloc(parsed.program);
    let semantic = SemanticBuilder::new().with_build_nodes(true).build(program).semantic;
    let utf16 = Utf16::new(text);
    let mut functions = Vec::new();
    let mut parameters = vec![false; semantic.scoping().symbols_len()];
    let mut assigned = assigned_symbols(semantic.scoping());
    for node in semantic.nodes().iter() {
        let declared = match node.kind() {
            AstKind::Function(function) => {
                let parent = semantic.nodes().parent_kind(node.id());
                let (start, method) = method_start(parent).map_or((function.span.start, false), |start| (start, true));
                function
                    .scope_id
                    .get()
                    .map(|scope| (start, function.span.end, method, function.is_declaration(), scope))
            }
            AstKind::ArrowFunctionExpression(arrow) => {
                arrow.scope_id.get().map(|scope| (arrow.span.start, arrow.span.end, false, false, scope))
            }
            AstKind::Class(class) => class
                .scope_id
                .get()
                .map(|scope| (class.span.start, class.span.end, false, class.is_declaration(), scope)),
            AstKind::FormalParameters(list) => {
                for symbol in list.items.iter().flat_map(|item| item.pattern.get_binding_identifiers()) {
                    mark(&mut parameters, symbol.symbol_id.get());
                }
                if let Some(rest) = &list.rest {
                    for symbol in rest.rest.argument.get_binding_identifiers() {
                        mark(&mut parameters, symbol.symbol_id.get());
                    }
                }
                None
            }
            // The loop gives the variable its values, although nothing is written as an assignment.
            AstKind::ForInStatement(statement) => {
                mark_loop(&mut assigned, &statement.left);
                None
            }
            AstKind::ForOfStatement(statement) => {
                mark_loop(&mut assigned, &statement.left);
                None
            }
            _ => None,
        };
        if let Some((start, end, method, declaration, inner)) = declared {
            let scoping = semantic.scoping();
            let strict = scoping.scope_flags(inner).is_strict_mode();
            let scope = scoping.scope_parent_id(inner).unwrap_or_else(|| scoping.root_scope_id());
            let place = Place { scope, strict, declaration };
            functions.push(Known { start: utf16.units(start), end: utf16.units(end), method, place });
        }
    }
    functions.sort_by_key(|function| (function.end, function.start));
    let (imports, exports) = declarations(program);
    let scoping = semantic.into_scoping();
    Some(Script { module, imports, exports, scoping, functions, assigned, parameters })
}

impl Script {
    /// The function whose text stands from `start` to `end`, in UTF-16 units.
    pub fn place(&self, start: u32, end: u32) -> Option<Place> {
        let first = self.functions.partition_point(|known| known.end < end);
        let ending = self.functions[first..].iter().take_while(|known| known.end == end);
        // A method's text begins behind `static`, so its start is not asked for exactly.
        ending
            .filter(|known| known.start == start || (known.method && known.start < start))
            .max_by_key(|known| known.start)
            .map(|known| known.place)
    }

    /// What `name` means to the function at `place`; `None` where the script does not declare it.
    pub fn binding(&self, place: Place, name: &str) -> Option<Binding> {
        self.scoping.find_binding(place.scope, Ident::from(name)).map(|symbol| self.describe(symbol))
    }

    /// What `name` means at the top of the script.
    pub fn top(&self, name: &str) -> Option<Binding> {
        self.scoping.get_root_binding(Ident::from(name)).map(|symbol| self.describe(symbol))
    }

    fn describe(&self, symbol: SymbolId) -> Binding {
        let flags = self.scoping.symbol_flags(symbol);
        let kind = if flags.contains(SymbolFlags::ConstVariable) {
            BindingKind::Const
        } else if flags.contains(SymbolFlags::Import) {
            BindingKind::Import
        } else if flags.contains(SymbolFlags::Class) {
            BindingKind::Class
        } else if self.parameters[symbol.index()] {
            BindingKind::Parameter
        } else if flags.contains(SymbolFlags::Function) {
            BindingKind::Function
        } else if flags.contains(SymbolFlags::BlockScopedVariable) {
            BindingKind::Let
        } else if flags.contains(SymbolFlags::FunctionScopedVariable) {
            BindingKind::Var
        } else {
            BindingKind::Other
        };
        let scope = self.scoping.symbol_scope_id(symbol);
        let root = self.scoping.root_scope_id();
        let eval = self.scoping.root_scope_flags().contains_direct_eval();
        Binding {
            kind,
            assigned: eval || self.assigned[symbol.index()],
            top: scope == root,
            id: crate::utf16::narrow(symbol.index()),
        }
    }
}

fn assigned_symbols(scoping: &Scoping) -> Vec<bool> {
    scoping
        .symbol_ids()
        .map(|symbol| scoping.symbol_is_mutated(symbol) || !scoping.symbol_redeclarations(symbol).is_empty())
        .collect()
}

fn mark(marks: &mut [bool], symbol: Option<SymbolId>) {
    if let Some(symbol) = symbol {
        marks[symbol.index()] = true;
    }
}

fn mark_loop(assigned: &mut [bool], left: &ForStatementLeft<'_>) {
    if let ForStatementLeft::VariableDeclaration(declaration) = left
        && declaration.kind.is_var()
    {
        for declarator in &declaration.declarations {
            for identifier in declarator.id.get_binding_identifiers() {
                mark(assigned, identifier.symbol_id.get());
            }
        }
    }
}

fn method_start(parent: AstKind<'_>) -> Option<u32> {
    match parent {
        AstKind::MethodDefinition(method) => Some(method.span.start),
        AstKind::ObjectProperty(property) if property.method || property.kind != PropertyKind::Init => {
            Some(property.span.start)
        }
        _ => None,
    }
}

fn declarations(program: &Program<'_>) -> (Vec<Import>, Vec<Export>) {
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    for statement in &program.body {
        match statement {
            Statement::ImportDeclaration(declaration) => import(declaration, &mut imports),
            Statement::ExportNamedDeclaration(declaration) => {
                for specifier in &declaration.specifiers {
                    exports.push(Export {
                        exported: specifier.exported.name().to_string(),
                        local: specifier.local.name().to_string(),
                        specifier: None,
                    });
                }
            }
            Statement::ExportFromDeclaration(declaration) => {
                for specifier in &declaration.specifiers {
                    exports.push(Export {
                        exported: specifier.exported.name().to_string(),
                        local: specifier.local.name().to_string(),
                        specifier: Some(declaration.source.value.to_string()),
                    });
                }
            }
            Statement::ExportAllDeclaration(declaration) => {
                let exported = declaration.exported.as_ref().map_or("*".to_string(), |name| name.name().to_string());
                let specifier = Some(declaration.source.value.to_string());
                exports.push(Export { exported, local: "*".to_string(), specifier });
            }
            Statement::ExportDeclaration(declaration) => export_declared(&declaration.declaration, &mut exports),
            Statement::ExportDefaultDeclaration(declaration) => {
                let local = match &declaration.declaration {
                    ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                        function.id.as_ref().map(|id| id.name)
                    }
                    ExportDefaultDeclarationKind::ClassDeclaration(class) => class.id.as_ref().map(|id| id.name),
                    _ => None,
                };
                let local = local.map_or("*default*".to_string(), |name| name.to_string());
                exports.push(Export { exported: "default".to_string(), local, specifier: None });
            }
            _ => {}
        }
    }
    (imports, exports)
}

fn import(declaration: &ImportDeclaration<'_>, imports: &mut Vec<Import>) {
    for specifier in declaration.specifiers.iter().flatten() {
        let (local, imported) = match specifier {
            ImportDeclarationSpecifier::ImportSpecifier(it) => (&it.local, it.imported.name().to_string()),
            ImportDeclarationSpecifier::ImportDefaultSpecifier(it) => (&it.local, "default".to_string()),
            ImportDeclarationSpecifier::ImportNamespaceSpecifier(it) => (&it.local, "*".to_string()),
        };
        let specifier = declaration.source.value.to_string();
        imports.push(Import { local: local.name.to_string(), imported, specifier });
    }
}

fn export_declared(declaration: &Declaration<'_>, exports: &mut Vec<Export>) {
    let mut push = |name: String| exports.push(Export { exported: name.clone(), local: name, specifier: None });
    match declaration {
        Declaration::VariableDeclaration(variables) => {
            for declarator in &variables.declarations {
                for identifier in declarator.id.get_binding_identifiers() {
                    push(identifier.name.to_string());
                }
            }
        }
        Declaration::FunctionDeclaration(function) => function.id.iter().for_each(|id| push(id.name.to_string())),
        Declaration::ClassDeclaration(class) => class.id.iter().for_each(|id| push(id.name.to_string())),
        _ => {}
    }
}
