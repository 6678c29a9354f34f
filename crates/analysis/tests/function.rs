//! What the text of one function tells.

use tasklets_analysis::{EditKind, Form, NameUse, Uses, analyse_function};

fn names(text: &str) -> Vec<String> {
    let found = analyse_function(text).expect(text);
    found.names.into_iter().map(|name| name.name).collect()
}

fn uses(text: &str) -> u32 {
    analyse_function(text).expect(text).uses
}

fn form(text: &str) -> Form {
    analyse_function(text).expect(text).form
}

fn name_uses(text: &str, name: &str) -> u32 {
    let found = analyse_function(text).expect(text);
    found.names.iter().find(|known| known.name == name).expect(name).uses
}

/// What the edits of a kind would replace.
fn edited(text: &str, kind: EditKind) -> Vec<&str> {
    let found = analyse_function(text).expect(text);
    let edits = found.edits.iter().filter(|edit| edit.0 == kind);
    edits.map(|&(_, start, end)| &text[start as usize..end as usize]).collect()
}

#[test]
fn free_variables() {
    let cases: &[(&str, &[&str])] = &[
        ("() => 42", &[]),
        ("(a, {b, c: [d]}, ...e) => a + b + d + e + f", &["f"]),
        ("() => x + x + y", &["x", "y"]),
        ("function f() { return f() + g() }", &["g"]),
        ("function f(f) { return f }", &[]),
        ("() => { let a = 1; { var b; function c() {} } return a + b + c }", &[]),
        ("() => { for (const a of list) { use(a) } }", &["list", "use"]),
        ("() => { try {} catch (e) { return e } return e }", &["e"]),
        ("() => ({ key, other: value, [computed]: 1 })", &["key", "value", "computed"]),
        ("() => a.b.c + a?.d", &["a"]),
        ("() => `${a}${`${b}`}`", &["a", "b"]),
        ("() => tag`${a}`", &["tag", "a"]),
        ("() => typeof maybe", &["maybe"]),
        ("(a = b, c = a) => c", &["b"]),
        ("(a = () => z) => { let z; return a }", &["z"]),
        ("(a = () => a) => a", &[]),
        ("(a = (b = z) => b) => { let z; return a }", &["z"]),
        ("function f(a = arguments) { return () => arguments }", &[]),
        ("() => { label: for (;;) break label }", &[]),
        ("() => class A extends B { [c] = d; static e = f; static { g() } #h = i }", &["B", "c", "d", "f", "g", "i"]),
        ("async function* f() { yield await a; for await (const b of c) b }", &["a", "c"]),
        ("() => { undefined; NaN }", &["undefined", "NaN"]),
        ("é => é + π", &["π"]),
    ];
    for (text, expected) in cases {
        let mut found = names(text);
        let mut expected: Vec<_> = expected.iter().map(ToString::to_string).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn reads_and_writes() {
    let both = NameUse::READ | NameUse::WRITE;
    for (text, expected) in [
        ("() => x", NameUse::READ),
        ("() => { x = 1 }", NameUse::WRITE),
        ("() => { x += 1 }", both),
        ("() => x++", both),
        ("() => { [x] = [1] }", NameUse::WRITE),
        ("() => { ({ a: x } = {}) }", NameUse::WRITE),
        ("() => { for (x of []); }", NameUse::WRITE),
        ("() => (x ??= 1)", both),
        ("() => { x.y = 1 }", NameUse::READ),
        ("() => { delete x.y }", NameUse::READ),
    ] {
        assert_eq!(name_uses(text, "x") & both, expected, "{text}");
    }
}

#[test]
fn forms() {
    for text in ["() => 1", "async x => x", "function () {}", "async function* f() {}", "function(){}"] {
        assert_eq!(form(text), Form::Expression, "{text}");
    }
    for text in [
        "foo() {}",
        "async foo() {}",
        "*foo() {}",
        "async *foo() {}",
        "get foo() { return 1 }",
        "set foo(v) {}",
        "get() {}",
        "async() {}",
        "'a b'() {}",
        "12() {}",
        "[a + b]() {}",
    ] {
        assert_eq!(form(text), Form::Method, "{text}");
    }
    assert_eq!(form("#foo() { return this.#bar }"), Form::PrivateMethod);
    assert_eq!(form("class A {}"), Form::Class);
    for text in ["function () { [native code] }", "function max() { [native code] }", "", "1", "(() => 1)()", "a, b"] {
        assert_eq!(analyse_function(text), None, "{text}");
    }
}

#[test]
fn ties_to_the_place() {
    for (text, expected) in [
        ("() => this", Uses::THIS),
        ("() => () => this.x", Uses::THIS),
        ("() => function () { return this }", 0),
        ("() => ({ m() { return this } })", 0),
        ("() => class { a = this; static { this } m() { return this } }", 0),
        ("() => class extends this.x {}", Uses::THIS),
        ("function () { return this }", 0),
        ("() => new.target", Uses::NEW_TARGET),
        ("function () { return new.target }", 0),
        ("() => arguments", Uses::ARGUMENTS),
        ("(a = arguments) => a", Uses::ARGUMENTS),
        ("function () { return () => arguments }", 0),
        ("foo() { return super.foo() }", Uses::SUPER),
        ("foo() { return () => super.foo() }", Uses::SUPER),
        ("foo() { return { bar() { return super.bar() } } }", 0),
        ("() => eval('x')", Uses::EVAL),
        ("() => (0, eval)('x')", 0),
        ("() => { const eval = 1; eval('x') }", 0),
        ("function () { with (a) { b } }", Uses::WITH),
        ("() => import('x')", Uses::IMPORT),
        ("() => import.meta.url", Uses::IMPORT_META),
        ("foo() { return this.#x }", Uses::PRIVATE),
        ("foo(x) { return #x in x }", Uses::PRIVATE),
        ("() => class { #x; m() { return this.#x } }", 0),
        ("class A { #x = 1 }", Uses::PRIVATE_INSTANCE),
        ("class A { #x() {} }", Uses::PRIVATE_INSTANCE),
        ("class A { static #x = 1; static y() { return A.#x } }", 0),
    ] {
        let tied = Uses::THIS
            | Uses::SUPER
            | Uses::NEW_TARGET
            | Uses::ARGUMENTS
            | Uses::EVAL
            | Uses::WITH
            | Uses::IMPORT
            | Uses::IMPORT_META
            | Uses::PRIVATE
            | Uses::PRIVATE_INSTANCE;
        assert_eq!(uses(text) & tied, expected, "{text}");
    }
}

#[test]
fn strictness() {
    assert_eq!(uses("function () { 'use strict' }") & Uses::STRICT, Uses::STRICT);
    assert_eq!(uses("() => { 'use strict' }") & Uses::STRICT, Uses::STRICT);
    assert_eq!(uses("() => 'use strict'") & Uses::STRICT, 0);
    assert_eq!(uses("class {}") & Uses::STRICT, Uses::STRICT);
}

#[test]
fn a_name_of_its_own() {
    let own = analyse_function("function fib(n) { return fib(n - 1) }").and_then(|found| found.own).expect("a name");
    assert_eq!((own.name.as_str(), own.uses), ("fib", NameUse::READ));
    let own = analyse_function("function fib(fib) { return fib }").and_then(|found| found.own).expect("a name");
    assert_eq!(own.uses, 0);
    assert_eq!(analyse_function("() => 1").and_then(|found| found.own), None);
}

#[test]
fn edits() {
    assert_eq!(edited("() => import('x')", EditKind::Import), ["import"]);
    assert_eq!(edited("() => import . meta.url", EditKind::ImportMeta), ["import . meta"]);
    assert_eq!(edited("['a' + b]() {}", EditKind::OwnKey), ["'a' + b"]);
    let class = "class A extends mix(B) { static a = f(); static { g() } static #b = h(); static #c; [k]() {} d = i; static j = () => this.l(m) }";
    assert_eq!(edited(class, EditKind::Heritage), ["mix(B)"]);
    assert_eq!(edited(class, EditKind::Static), ["static a = f();", "static { g() }", "static j = () => this.l(m)"]);
    assert_eq!(edited(class, EditKind::StaticFunction), ["() => this.l(m)"]);
    assert_eq!(edited(class, EditKind::PrivateName), ["#b", "#c"]);
    assert_eq!(edited(class, EditKind::PrivateValue), ["h()", ""]);
    assert_eq!(edited(class, EditKind::Key), ["k"]);
    // What has been evaluated when the class was defined is not needed any more.
    let mut found = names(class);
    found.sort();
    assert_eq!(found, ["h", "i", "k", "m"]);
    assert_eq!(name_uses(class, "k"), NameUse::READ | NameUse::KEY);
    assert_eq!(name_uses(class, "h"), NameUse::READ | NameUse::STATIC);
    assert_eq!(name_uses(class, "i"), NameUse::READ | NameUse::BODY);
}

#[test]
fn offsets_are_units_of_utf16() {
    let text = "(é, 𝒳 = '→') => import(é)";
    let (_, start, end) = analyse_function(text).expect(text).edits[0];
    let units: Vec<u16> = text.encode_utf16().collect();
    assert_eq!(String::from_utf16_lossy(&units[start as usize..end as usize]), "import");
}

#[test]
fn no_text_is_too_deep_for_the_stack() {
    let kinds: [(&str, &str, usize); 12] = [
        ("a+", "", 300_000),
        ("[", "]", 5_000),
        ("(", ")", 5_000),
        ("{a:", "}", 5_000),
        ("function(){return ", "}", 5_000),
        ("class{a=", "}", 5_000),
        ("`${", "}`", 5_000),
        ("f(", ")", 5_000),
        ("a=>", "", 10_000),
        ("a=", "", 10_000),
        ("!", "", 10_000),
        ("new ", "", 10_000),
    ];
    for (open, close, levels) in kinds {
        let text = format!("() => ({}b{})", open.repeat(levels), close.repeat(levels));
        // The stack of a thread of Node.js, at most.
        let small = std::thread::Builder::new().stack_size(512 << 10);
        let found = small.spawn(move || analyse_function(&text)).expect("there is memory").join().expect("it ends");
        let found = found.expect(open);
        assert_eq!(found.uses & Uses::TOO_DEEP, 0);
        assert!(found.names.iter().any(|name| name.name == "b"), "{open}");
    }
}

#[test]
fn what_is_longer_or_deeper_than_anything_sensible_is_not_analysed() {
    let long = format!("() => '{}'", "x".repeat(16 << 20));
    let deep = format!("() => {}1{}", "[".repeat(100_001), "]".repeat(100_001));
    for text in [long, deep] {
        assert_eq!(uses(&text), Uses::TOO_DEEP);
    }
}
