//! What a whole script tells of its functions' variables.

use tasklets_analysis::{Binding, BindingKind, Script, analyse_script};

fn at(text: &str, function: &str) -> (u32, u32) {
    let start = text.find(function).expect(function);
    (start as u32, (start + function.len()) as u32)
}

fn binding(script: &Script, text: &str, function: &str, name: &str) -> Option<Binding> {
    let (start, end) = at(text, function);
    script.binding(script.place(start, end).expect(function), name)
}

#[test]
fn what_names_are_bound_to() {
    let text =
        "const a = 1; let b = 2; b = 3; var c = 4; function d(e) { const a = 5; return () => a + b + c + d + e + z }";
    let script = analyse_script(text, false).expect(text);
    let arrow = "() => a + b + c + d + e + z";
    let of = |name| binding(&script, text, arrow, name);
    let known = |name| of(name).map(|found| (found.kind, found.assigned, found.top));
    assert_eq!(known("a"), Some((BindingKind::Const, false, false)));
    assert_eq!(known("b"), Some((BindingKind::Let, true, true)));
    assert_eq!(known("c"), Some((BindingKind::Var, false, true)));
    assert_eq!(known("d"), Some((BindingKind::Function, false, true)));
    assert_eq!(known("e"), Some((BindingKind::Parameter, false, false)));
    assert_eq!(known("z"), None);
    assert_ne!(of("a").map(|found| found.id), script.top("a").map(|found| found.id));
}

#[test]
fn what_counts_as_assigned() {
    for (text, expected) in [
        ("let x = 1; () => x", false),
        ("let x; x = 1; () => x", true),
        ("var x = 1; var x = 2; () => x", true),
        ("for (var x of []) {} () => x", true),
        ("for (var x in {}) {} () => x", true),
        ("function x() {} () => x", false),
        ("function x() {} x = 1; () => x", true),
        ("let x = 1; [x] = []; () => x", true),
        ("let x = 1; x++; () => x", true),
        ("let x = 1; eval(''); () => x", true),
        ("let x = { y: 1 }; x.y = 2; () => x", false),
    ] {
        let script = analyse_script(text, false).expect(text);
        let found = binding(&script, text, "() => x", "x").expect(text);
        assert_eq!(found.assigned, expected, "{text}");
    }
}

#[test]
fn where_functions_stand() {
    let text =
        "class A { static async m() { x } get y() { z } } const o = { n() { x } }; export default function f() {}";
    let script = analyse_script(text, true).expect(text);
    for function in [
        "async m() { x }",
        "get y() { z }",
        "n() { x }",
        "function f() {}",
        "class A { static async m() { x } get y() { z } }",
    ] {
        let (start, end) = at(text, function);
        assert!(script.place(start, end).is_some_and(|place| place.strict), "{function}");
    }
    assert!(script.place(3, 9).is_none());
    let (start, end) = at(text, "function f() {}");
    assert!(script.place(start, end).is_some_and(|place| place.declaration));
}

#[test]
fn strictness_of_functions() {
    let text = "(() => 1); function a() { 'use strict'; return () => 2 }";
    let script = analyse_script(text, false).expect(text);
    let strict = |function| {
        let (start, end) = at(text, function);
        script.place(start, end).map(|place| place.strict)
    };
    assert_eq!(strict("() => 1"), Some(false));
    assert_eq!(strict("() => 2"), Some(true));
    let script = analyse_script("'use strict'; (() => 1)", false).expect("strict");
    assert!(script.place(15, 22).is_some_and(|place| place.strict));
}

#[test]
fn imports_and_exports() {
    let text = "import a, { b as c } from 'x'; import * as d from './y.js'; import 'z';
        export { c as e, d as default }; export const f = 1, [g] = []; export function h() {}
        export class I {} export { j as k } from 'x'; export * from 'w'; export * as l from 'v'";
    let script = analyse_script(text, true).expect(text);
    let imports: Vec<_> =
        script.imports.iter().map(|it| (it.local.as_str(), it.imported.as_str(), it.specifier.as_str())).collect();
    assert_eq!(imports, [("a", "default", "x"), ("c", "b", "x"), ("d", "*", "./y.js")]);
    let exports: Vec<_> =
        script.exports.iter().map(|it| (it.exported.as_str(), it.local.as_str(), it.specifier.as_deref())).collect();
    assert_eq!(
        exports,
        [
            ("e", "c", None),
            ("default", "d", None),
            ("f", "f", None),
            ("g", "g", None),
            ("h", "h", None),
            ("I", "I", None),
            ("k", "j", Some("x")),
            ("*", "*", Some("w")),
            ("l", "*", Some("v")),
        ]
    );
}

#[test]
fn scripts_of_node() {
    assert!(analyse_script("#!/usr/bin/env node\nreturn await_", false).is_some());
    assert!(analyse_script("await x; import.meta", true).is_some());
    assert!(analyse_script("const x: number = 1", false).is_none());
}

#[test]
fn no_text_is_too_deep_for_the_stack() {
    for (open, close, levels) in [("a+", "", 300_000), ("[", "]", 5_000), ("class{a=", "}", 5_000)] {
        let text = format!("const a = 1, b = {}a{}; export {{ b }};", open.repeat(levels), close.repeat(levels));
        let found = analyse_script(&text, true).expect(open);
        assert_eq!(found.exports.len(), 1);
    }
}
