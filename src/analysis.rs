//! The analysis of functions and scripts, for `lib/capture`: nothing but the translation into JavaScript's values.

use napi_derive::napi;
use tasklets_analysis as analysis;

/// What the text of a function tells. `edits` are triples: kind, start, end, in UTF-16 units.
#[napi(object)]
pub struct FunctionAnalysis {
    pub form: u32,
    pub uses: u32,
    pub names: Vec<String>,
    pub name_uses: Vec<u32>,
    pub own_name: Option<String>,
    pub own_uses: u32,
    pub edits: Vec<u32>,
}

/// Analyses what `Function.prototype.toString` gave; null where that is not JavaScript.
#[napi(catch_unwind)]
pub fn analyse_function(text: String) -> Option<FunctionAnalysis> {
    let found = analysis::analyse_function(&text)?;
    let (names, name_uses) = found.names.into_iter().map(|name| (name.name, name.uses)).unzip();
    let own_uses = found.own.as_ref().map_or(0, |own| own.uses);
    Some(FunctionAnalysis {
        form: found.form as u32,
        uses: found.uses,
        names,
        name_uses,
        own_name: found.own.map(|own| own.name),
        own_uses,
        edits: found.edits.into_iter().flat_map(|(kind, start, end)| [kind as u32, start, end]).collect(),
    })
}

/// What is known of a script, kept on the native side and asked for one function at a time.
#[napi]
pub struct ScriptAnalysis {
    script: analysis::Script,
}

#[napi]
impl ScriptAnalysis {
    /// Throws where the text does not parse.
    #[napi(factory, catch_unwind)]
    pub fn of(text: String, module: bool) -> napi::Result<Self> {
        match analysis::analyse_script(&text, module) {
            Some(script) => Ok(Self { script }),
            None => Err(napi::Error::from_reason("the script cannot be parsed")),
        }
    }

    /// Triples: local name, imported name, specifier.
    #[napi(getter)]
    pub fn imports(&self) -> Vec<String> {
        let triple =
            |import: &analysis::Import| [import.local.clone(), import.imported.clone(), import.specifier.clone()];
        self.script.imports.iter().flat_map(triple).collect()
    }

    /// Triples: exported name, local name, specifier (empty where the export is the script's own).
    #[napi(getter)]
    pub fn exports(&self) -> Vec<String> {
        let triple = |export: &analysis::Export| {
            [export.exported.clone(), export.local.clone(), export.specifier.clone().unwrap_or_default()]
        };
        self.script.exports.iter().flat_map(triple).collect()
    }

    /// What the names mean to the function whose text stands from `start` to `end`: first a word on the function (1
    /// where it is known, 2 strict, 4 a declaration), then two words for each name: 0 where the script does not
    /// declare it, else the kind of its declaration and one, plus 16 where it is assigned and 32 where it belongs to
    /// the script itself; then the number of that declaration.
    #[napi(catch_unwind)]
    pub fn bindings(&self, start: u32, end: u32, names: Vec<String>) -> Vec<u32> {
        let Some(place) = self.script.place(start, end) else {
            return vec![0];
        };
        let mut answer = vec![1 | u32::from(place.strict) << 1 | u32::from(place.declaration) << 2];
        for name in names {
            answer.extend(words(self.script.binding(place, &name)));
        }
        answer
    }

    /// The same two words for a variable of the script itself.
    #[napi(catch_unwind)]
    pub fn top(&self, name: String) -> Vec<u32> {
        words(self.script.top(&name)).to_vec()
    }
}

fn words(binding: Option<analysis::Binding>) -> [u32; 2] {
    match binding {
        Some(found) => {
            let flags = u32::from(found.assigned) << 4 | u32::from(found.top) << 5;
            [(found.kind as u32 + 1) | flags, found.id]
        }
        None => [0, 0],
    }
}
