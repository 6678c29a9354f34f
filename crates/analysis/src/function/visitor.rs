//! The walk through a function's text, which collects what ties it to its place and what has to be edited.

use std::cell::Cell;
use std::collections::HashMap;

use oxc_ast::AstKind;
use oxc_ast::ast::*;
use oxc_ast_visit::{Visit, walk};
use oxc_semantic::Scoping;
use oxc_span::{GetSpan, Span};
use oxc_syntax::scope::{ScopeFlags, ScopeId};

use super::{EditKind, Form, Function, Name, NameUse, Uses};
use crate::utf16::{Utf16, narrow};

/// What the text turned out to be.
pub(super) enum Root<'b, 'a> {
    Function(&'b oxc_ast::ast::Function<'a>),
    Arrow(&'b ArrowFunctionExpression<'a>),
    Class(&'b Class<'a>),
    Method(&'b ObjectProperty<'a>),
    /// A private method, within the class that was put around it.
    Outside(&'b Class<'a>),
}

/// A function around the node being visited, needed because the parser's scopes hold parameters and body together.
struct Around {
    scope: Option<ScopeId>,
    body: Span,
    in_parameters: bool,
}

/// What it has come to know on its way through the text.
pub(super) struct Visitor<'s> {
    scoping: &'s Scoping,
    form: Form,
    /// Length in bytes of what was put before the text.
    lead: u32,
    uses: u32,
    names: Vec<Name>,
    index: HashMap<String, usize>,
    edits: Vec<(EditKind, Span)>,
    around: Vec<Around>,
    /// How many functions (or other places with a `this` of their own) are around the node.
    depth: u32,
    /// Private names declared by the classes around the node.
    private: Vec<Vec<String>>,
    /// Which of `BODY`, `KEY` and `STATIC` the references being visited belong to; 0 where they are dropped.
    region: u32,
}

impl<'s> Visitor<'s> {
    pub(super) fn new(scoping: &'s Scoping, form: Form, lead: u32) -> Self {
        Self {
            scoping,
            form,
            lead,
            uses: 0,
            names: Vec::new(),
            index: HashMap::new(),
            edits: Vec::new(),
            around: Vec::new(),
            depth: 0,
            private: Vec::new(),
            region: NameUse::BODY,
        }
    }

    pub(super) fn root(&mut self, root: &Root<'_, '_>) {
        match root {
            Root::Function(function) => {
                if function.has_use_strict_directive() {
                    self.uses |= Uses::STRICT;
                }
                self.visit_function(function, ScopeFlags::Function);
            }
            Root::Arrow(arrow) => {
                self.uses |= Uses::ARROW;
                if arrow.has_use_strict_directive() {
                    self.uses |= Uses::STRICT;
                }
                self.visit_arrow_function_expression(arrow);
            }
            Root::Method(property) => {
                // The name was evaluated when the object was made, and is not needed to call the method.
                if property.computed {
                    self.edits.push((EditKind::OwnKey, property.key.span()));
                }
                if let Expression::FunctionExpression(function) = &property.value {
                    if function.has_use_strict_directive() {
                        self.uses |= Uses::STRICT;
                    }
                    self.visit_function(function, ScopeFlags::Function);
                }
            }
            Root::Class(class) => self.root_class(class),
            Root::Outside(class) => {
                self.uses |= Uses::PRIVATE;
                self.visit_class(class);
            }
        }
    }

    /// The class that is being captured: what is evaluated when a class is defined has been evaluated already, and is
    /// taken from the class itself.
    fn root_class(&mut self, class: &Class<'_>) {
        self.uses |= Uses::STRICT;
        self.private.push(private_names(class));
        if let Some(heritage) = &class.heritage {
            self.uses |= Uses::DERIVED;
            self.edits.push((EditKind::Heritage, heritage.expression.span()));
        }
        for element in &class.body.body {
            match element {
                ClassElement::StaticBlock(block) => self.edits.push((EditKind::Static, block.span)),
                ClassElement::MethodDefinition(method) => {
                    if matches!(method.key, PropertyKey::PrivateIdentifier(_)) && !method.r#static {
                        self.uses |= Uses::PRIVATE_INSTANCE;
                    }
                    self.root_key(&method.key, method.computed);
                    self.visit_function(&method.value, ScopeFlags::Function);
                }
                ClassElement::PropertyDefinition(field) => {
                    let private = matches!(field.key, PropertyKey::PrivateIdentifier(_));
                    if field.r#static && !private {
                        self.edits.push((EditKind::Static, field.span));
                        // A function may need the class around it, and making it anew does nothing else.
                        if let Some(value) = &field.value
                            && value.is_function()
                            && !field.computed
                        {
                            self.edits.push((EditKind::StaticFunction, value.span()));
                            self.with_own_this(|visitor| visitor.visit_expression(value));
                        }
                        continue;
                    }
                    if private && field.r#static {
                        self.edits.push((EditKind::PrivateName, field.key.span()));
                    } else if private {
                        self.uses |= Uses::PRIVATE_INSTANCE;
                    }
                    self.root_key(&field.key, field.computed);
                    if private && field.r#static && field.value.is_none() {
                        let end = Span::empty(field.key.span().end);
                        self.edits.push((EditKind::PrivateValue, end));
                    }
                    if let Some(value) = &field.value {
                        if field.r#static {
                            self.edits.push((EditKind::PrivateValue, value.span()));
                        }
                        let region = if field.r#static { NameUse::STATIC } else { NameUse::BODY };
                        self.in_region(region, |visitor| {
                            visitor.with_own_this(|visitor| visitor.visit_expression(value))
                        });
                    }
                }
                ClassElement::AccessorProperty(_) | ClassElement::TSIndexSignature(_) => {}
            }
        }
        self.private.pop();
    }

    fn root_key(&mut self, key: &PropertyKey<'_>, computed: bool) {
        if computed {
            self.edits.push((EditKind::Key, key.span()));
            self.in_region(NameUse::KEY, |visitor| visitor.visit_property_key(key));
        }
    }

    fn in_region(&mut self, region: u32, visit: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.region, region);
        visit(self);
        self.region = before;
    }

    fn with_own_this(&mut self, visit: impl FnOnce(&mut Self)) {
        self.depth += 1;
        visit(self);
        self.depth -= 1;
    }

    fn within(&mut self, scope: &Cell<Option<ScopeId>>, body: Span, visit: impl FnOnce(&mut Self)) {
        self.around.push(Around { scope: scope.get(), body, in_parameters: false });
        visit(self);
        self.around.pop();
    }

    /// Whether the reference leads out of the text.
    fn is_free(&self, reference: &IdentifierReference<'_>) -> bool {
        let Some(id) = reference.reference_id.get() else {
            return true;
        };
        let Some(mut symbol) = self.scoping.get_reference(id).symbol_id() else {
            return true;
        };
        // A parameter's initial value does not see what the body declares, although both are in one scope here.
        for around in self.around.iter().rev().filter(|around| around.in_parameters) {
            let in_body = contains(around.body, self.scoping.symbol_span(symbol));
            if in_body && Some(self.scoping.symbol_scope_id(symbol)) == around.scope {
                let parent = around.scope.and_then(|scope| self.scoping.scope_parent_id(scope));
                match parent.and_then(|scope| self.scoping.find_binding(scope, reference.name)) {
                    Some(outer) => symbol = outer,
                    None => return true,
                }
            }
        }
        false
    }

    pub(super) fn finish(mut self, root: &Root<'_, '_>, utf16: &Utf16) -> Function {
        let own = match root {
            Root::Function(function) => function.id.as_ref(),
            Root::Class(class) => class.id.as_ref(),
            _ => None,
        };
        let own = own.map(|id| {
            self.uses |= Uses::NAMED;
            let mut uses = 0;
            if let Some(symbol) = id.symbol_id.get() {
                for reference in self.scoping.get_resolved_references(symbol) {
                    uses |= if reference.is_read() { NameUse::READ } else { 0 };
                    uses |= if reference.is_write() { NameUse::WRITE } else { 0 };
                }
            }
            Name { name: id.name.to_string(), uses }
        });
        let lead = utf16.units(self.lead);
        let mut edits: Vec<_> = self
            .edits
            .iter()
            .map(|(kind, span)| (*kind, utf16.units(span.start) - lead, utf16.units(span.end) - lead))
            .collect();
        edits.sort_by_key(|edit| edit.1);
        let form = if matches!(root, Root::Class(_)) { Form::Class } else { self.form };
        Function { form, uses: self.uses, names: self.names, own, edits }
    }
}

fn contains(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

fn private_names(class: &Class<'_>) -> Vec<String> {
    let key = |element: &ClassElement<'_>| match element.property_key() {
        Some(PropertyKey::PrivateIdentifier(name)) => Some(name.name.to_string()),
        _ => None,
    };
    class.body.body.iter().filter_map(key).collect()
}

impl<'a> Visit<'a> for Visitor<'_> {
    fn enter_node(&mut self, kind: AstKind<'a>) {
        match kind {
            AstKind::PrivateIdentifier(name)
                if !self.private.iter().flatten().any(|known| known.as_str() == name.name.as_str()) =>
            {
                self.uses |= Uses::PRIVATE;
            }
            AstKind::WithStatement(_) => self.uses |= Uses::WITH,
            AstKind::ThisExpression(_) if self.depth == 0 => self.uses |= Uses::THIS,
            AstKind::NewTarget(_) if self.depth == 0 => self.uses |= Uses::NEW_TARGET,
            // The method's own home counts as outside: the object it belongs to is not part of the text.
            AstKind::Super(_) if self.depth == 0 || (self.depth == 1 && self.form == Form::Method) => {
                self.uses |= Uses::SUPER;
            }
            AstKind::ImportMeta(meta) => {
                self.uses |= Uses::IMPORT_META;
                self.edits.push((EditKind::ImportMeta, meta.span));
            }
            AstKind::ImportExpression(import) => {
                self.uses |= Uses::IMPORT;
                let word = Span::new(import.span.start, import.span.start + narrow("import".len()));
                self.edits.push((EditKind::Import, word));
            }
            _ => {}
        }
    }

    fn visit_identifier_reference(&mut self, it: &IdentifierReference<'a>) {
        if self.region == 0 || !self.is_free(it) {
            return;
        }
        if it.name == "arguments" {
            if self.depth == 0 {
                self.uses |= Uses::ARGUMENTS;
            }
            return;
        }
        let mut uses = self.region;
        if let Some(id) = it.reference_id.get() {
            let reference = self.scoping.get_reference(id);
            uses |= if reference.is_read() { NameUse::READ } else { 0 };
            uses |= if reference.is_write() { NameUse::WRITE } else { 0 };
        }
        match self.index.get(it.name.as_str()) {
            Some(&at) => self.names[at].uses |= uses,
            None => {
                self.index.insert(it.name.to_string(), self.names.len());
                self.names.push(Name { name: it.name.to_string(), uses });
            }
        }
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        if let Expression::Identifier(callee) = &it.callee
            && callee.name == "eval"
            && self.is_free(callee)
        {
            self.uses |= Uses::EVAL;
        }
        walk::walk_call_expression(self, it);
    }

    fn visit_function(&mut self, it: &oxc_ast::ast::Function<'a>, flags: ScopeFlags) {
        let body = it.body.as_ref().map_or(it.span, |body| body.span);
        self.with_own_this(|visitor| {
            visitor.within(&it.scope_id, body, |visitor| walk::walk_function(visitor, it, flags));
        });
    }

    fn visit_arrow_function_expression(&mut self, it: &ArrowFunctionExpression<'a>) {
        self.within(&it.scope_id, it.body.span(), |visitor| walk::walk_arrow_function_expression(visitor, it));
    }

    fn visit_formal_parameters(&mut self, it: &FormalParameters<'a>) {
        if let Some(around) = self.around.last_mut() {
            around.in_parameters = true;
        }
        walk::walk_formal_parameters(self, it);
        if let Some(around) = self.around.last_mut() {
            around.in_parameters = false;
        }
    }

    fn visit_class(&mut self, it: &Class<'a>) {
        self.private.push(private_names(it));
        walk::walk_class(self, it);
        self.private.pop();
    }

    fn visit_property_definition(&mut self, it: &PropertyDefinition<'a>) {
        self.visit_property_key(&it.key);
        if let Some(value) = &it.value {
            self.with_own_this(|visitor| visitor.visit_expression(value));
        }
    }

    fn visit_static_block(&mut self, it: &StaticBlock<'a>) {
        self.with_own_this(|visitor| walk::walk_static_block(visitor, it));
    }
}
