//! What is wrong with a text is said with its place and a remedy.

use pulsatrix::language::{Data, SystemText};

/// All mistakes, but for the parameter that most of these formulas do not read.
fn said(text: &SystemText) -> Vec<String> {
    let errors = text
        .compile()
        .err()
        .map(|errors| errors.0)
        .unwrap_or_default();
    let words = errors.iter().map(ToString::to_string);
    words
        .filter(|words| !words.contains("no formula reads the parameter `alpha`"))
        .collect()
}

fn base() -> SystemText {
    SystemText::new()
        .size("N", 3)
        .parameter("alpha", 1.0)
        .function("S(x) = logistic(x)")
        .data("A", Data::matrix(3, vec![1.0; 9]))
        .equation("y[i]", "-y[i]")
        .history("y[i]", "0")
}

#[test]
fn mistakes_in_formulas_have_columns_and_remedies() {
    for (formula, words) in [
        (
            "1 + alhpa",
            "column 5: nothing is called `alhpa`; did you mean `alpha`?",
        ),
        (
            "2*snh(1)",
            "column 3: nothing is called `snh`; did you mean `sinh`?",
        ),
        (
            "1 +",
            "column 4: expected a number, a name or `(`, found the end",
        ),
        ("(1 + 2", "column 1: this bracket is never closed with `)`"),
        (
            "2 alpha",
            "column 3: an operator is missing before `alpha`: write `*` for a product",
        ),
        ("x**2", "column 2: write a power as `x^2`"),
        (
            "S(1, 2)",
            "column 1: `S` takes one argument, but is given 2",
        ),
        ("S + 1", "column 1: `S` is a function: write `S(...)`"),
        (
            "alpha(1)",
            "column 1: `alpha` is a parameter and takes no arguments: write `alpha*(...)` for a product",
        ),
        (
            "A[1]",
            "column 1: `A` takes 2 indices in [ ], but is given 1",
        ),
        (
            "A[1, 3]",
            "column 6: `A` has entries 0 to 2, but the index takes the value 3",
        ),
        (
            "y[x]",
            "column 3: an index must not depend on time or state",
        ),
        (
            "x(t + 1)",
            "column 3: the lag is -1: a delayed value lies in the past",
        ),
        (
            "x(t - x(t - 1))",
            "column 3: a delayed time may depend on time and on the present state, not on delayed values",
        ),
        (
            "x'",
            "column 1: a derivative can be read in the past only: write `x'(t - tau)`",
        ),
        (
            "sum(j, y[k])",
            "column 10: nothing is called `k`; did you mean `N`?",
        ),
        ("x § 2", "column 3: the sign `§` means nothing here"),
    ] {
        let found = said(&base().equation("x", formula).history("x", "0"));
        let found = found.first().map_or("", String::as_str);
        if formula.contains("y[k]") {
            assert!(
                found.contains("column 10: nothing is called `k`"),
                "{found}"
            );
            continue;
        }
        assert_eq!(found, format!("equations.x, {words}"), "{formula}");
    }
}

#[test]
fn mistakes_of_functions_and_histories_are_theirs() {
    let text = base()
        .function("f(x) = x + bta")
        .equation("x", "f(2)")
        .history("x", "y[0]");
    let found = said(&text);
    assert!(
        found[0].starts_with("functions.f, column 12: nothing is called `bta`"),
        "{found:?}"
    );
    assert!(
        found[1].starts_with("history.x, column 1: `y` cannot be read here"),
        "{found:?}"
    );
    let found = said(
        &base()
            .function("f(x) = f(x)")
            .equation("x", "f(2)")
            .history("x", "1"),
    );
    assert_eq!(
        found,
        ["functions.f, column 8: the function `f` calls itself"]
    );
    let found = said(&base().equation("x", "1").equation("x", "2"));
    assert!(found[0].contains("`x` is already a variable"), "{found:?}");
    let found = said(&base().equation("x", "1"));
    assert_eq!(
        found,
        ["history.x, column 1: the history of `x` is missing"]
    );
    let found = said(&base().parameter("sin", 1.0));
    assert!(
        found[0].contains("`sin` is already part of the language"),
        "{found:?}"
    );
    assert!(said(&SystemText::new())[0].contains("an equation is missing"));
    let found = said(&base().size("M", 2).equation("z[i]", "1").history("z", "0"));
    assert!(
        found[0].contains("over which size does `i` run? Write `i in N`"),
        "{found:?}"
    );
}

#[test]
fn a_parameter_that_nothing_reads_is_a_slip() {
    let text = base()
        .parameter("alhpa", 2.0)
        .equation("x", "alpha")
        .history("x", "0");
    assert_eq!(
        said(&text),
        [
            "parameters.alhpa, column 1: no formula reads the parameter `alhpa`; did you mean `alpha`?"
        ]
    );
}
