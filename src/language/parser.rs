//! From tokens to a tree, by the precedence of operators.
//!
//! V. R. Pratt, "Top down operator precedence", POPL 1973, doi:10.1145/512927.512931.

use std::ops::Range;

use super::function::Binary;
use super::mistake::Mistake;
use super::syntax::{Expression, Kind, Reference};
use super::token::{Placed, Token, tokens};

/// Brackets within brackets (chosen: far more than a person writes, far less than the stack holds).
const DEEPEST: usize = 100;

/// Operations within operations, as of the terms of a long sum (chosen: trees of this height, and twice that of functions
/// put in place, are gone through well within the two megabytes that a thread has).
pub(super) const HIGHEST: usize = 1000;

/// Binding strength of a minus sign in front: below `^`, so that `-x^2` is `-(x^2)`.
const MINUS: u8 = 13;

type Parsed<T> = Result<T, (Range<usize>, Mistake)>;

/// A formula that is being read.
pub(super) struct Parser {
    tokens: Vec<Placed>,
    at: usize,
    depth: usize,
    /// Height of the tree that was read last.
    height: usize,
}

/// Reads a whole formula.
pub(super) fn parse(text: &str) -> Parsed<Expression> {
    let mut parser = Parser::new(text)?;
    let expression = parser.expression()?;
    parser.end()?;
    Ok(expression)
}

impl Parser {
    pub(super) fn new(text: &str) -> Parsed<Self> {
        Ok(Self {
            tokens: tokens(text)?,
            at: 0,
            depth: 0,
            height: 0,
        })
    }

    fn peek(&self) -> &Placed {
        &self.tokens[self.at]
    }

    fn take(&mut self) -> Placed {
        let placed = self.tokens[self.at].clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        placed
    }

    /// Takes the sign if it is next.
    pub(super) fn accept(&mut self, sign: &str) -> bool {
        let next = matches!(&self.peek().token, Token::Sign(found) if *found == sign);
        if next {
            self.take();
        }
        next
    }

    /// Takes the name if it is next.
    pub(super) fn name(&mut self) -> Option<(String, Range<usize>)> {
        let Placed {
            token: Token::Name(name),
            span,
        } = self.peek().clone()
        else {
            return None;
        };
        self.take();
        Some((name, span))
    }

    fn unexpected(&self, expected: &'static str) -> (Range<usize>, Mistake) {
        let Placed { token, span } = self.peek();
        let found = token.describe();
        let behind = self.at.checked_sub(1).map(|at| &self.tokens[at].token);
        let value_ends = matches!(
            behind,
            Some(Token::Number(_) | Token::Name(_) | Token::Sign(")" | "]"))
        );
        let value_begins = matches!(token, Token::Number(_) | Token::Name(_) | Token::Sign("("));
        let mistake = if value_ends && value_begins {
            Mistake::MissingOperator { found }
        } else if *token == Token::Sign("**") {
            Mistake::PowerSign
        } else {
            Mistake::Unexpected { found, expected }
        };
        (span.clone(), mistake)
    }

    /// Refuses all but the end.
    pub(super) fn end(&self) -> Parsed<()> {
        match self.peek().token {
            Token::End => Ok(()),
            _ => Err(self.unexpected("an operator or the end")),
        }
    }

    /// An expression up to where it ends.
    pub(super) fn expression(&mut self) -> Parsed<Expression> {
        self.binding(0)
    }

    /// An expression whose operators bind at least as strongly as `least`.
    fn binding(&mut self, least: u8) -> Parsed<Expression> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err((self.peek().span.clone(), Mistake::TooDeep { most: DEEPEST }));
        }
        let mut left = self.prefix()?;
        let mut height = self.height;
        while let Some((strength, right_strength, operator)) = self.operator() {
            if strength < least {
                break;
            }
            let place = self.take().span;
            let right = self.binding(right_strength)?;
            height = 2 + height.max(self.height);
            if height > 2 * HIGHEST {
                return Err((place, Mistake::TooLong { most: HIGHEST }));
            }
            let span = left.span.start..right.span.end;
            // larger is smaller turned round, so that one kind of comparison is enough
            let (operator, negated, turned) = operator;
            let (left_side, right_side) = if turned { (right, left) } else { (left, right) };
            let kind = Kind::Binary(operator, Box::new(left_side), Box::new(right_side));
            left = Expression { kind, span };
            if negated {
                let span = left.span.clone();
                let kind = Kind::Not(Box::new(left));
                left = Expression { kind, span };
            }
        }
        self.depth -= 1;
        self.height = height;
        Ok(left)
    }

    /// The next operator: how strongly it binds to the left and to the right; what it is, whether it
    /// is negated, and whether its sides are exchanged.
    fn operator(&self) -> Option<(u8, u8, (Binary, bool, bool))> {
        let plain = |operator| (operator, false, false);
        let (strength, operator) = match &self.peek().token {
            Token::Sign("||") => (1, plain(Binary::Or)),
            Token::Name(name) if name == "or" => (1, plain(Binary::Or)),
            Token::Sign("&&") => (3, plain(Binary::And)),
            Token::Name(name) if name == "and" => (3, plain(Binary::And)),
            Token::Sign("<") => (7, plain(Binary::Less)),
            Token::Sign("<=") => (7, plain(Binary::LessOrEqual)),
            Token::Sign(">") => (7, (Binary::Less, false, true)),
            Token::Sign(">=") => (7, (Binary::LessOrEqual, false, true)),
            Token::Sign("==") => (7, plain(Binary::Equal)),
            Token::Sign("!=") => (7, (Binary::Equal, true, false)),
            Token::Sign("+") => (9, plain(Binary::Add)),
            Token::Sign("-") => (9, plain(Binary::Subtract)),
            Token::Sign("*") => (11, plain(Binary::Multiply)),
            Token::Sign("/") => (11, plain(Binary::Divide)),
            // to the right first: 2^3^2 is 2^9, and 2^-x is allowed
            Token::Sign("^") => return Some((16, 15, plain(Binary::Power))),
            _ => return None,
        };
        Some((strength, strength + 1, operator))
    }

    fn prefix(&mut self) -> Parsed<Expression> {
        let start = self.peek().span.clone();
        if self.accept("-") {
            let operand = self.binding(MINUS)?;
            self.height += 1;
            let span = start.start..operand.span.end;
            let kind = Kind::Minus(Box::new(operand));
            return Ok(Expression { kind, span });
        }
        if self.accept("+") {
            return self.binding(MINUS);
        }
        let word = matches!(&self.peek().token, Token::Name(name) if name == "not");
        if word || self.peek().token == Token::Sign("!") {
            self.take();
            let operand = self.binding(5)?;
            self.height += 1;
            let span = start.start..operand.span.end;
            let kind = Kind::Not(Box::new(operand));
            return Ok(Expression { kind, span });
        }
        if self.accept("(") {
            let mut inner = self.expression()?;
            self.close(")", &start)?;
            inner.span = start.start..self.tokens[self.at - 1].span.end;
            return Ok(inner);
        }
        if let Token::Number(value) = self.peek().token {
            self.take();
            self.height = 0;
            let kind = Kind::Number(value);
            return Ok(Expression { kind, span: start });
        }
        match self.name() {
            Some((name, place)) => self.reference(name, place),
            None => Err(self.unexpected("a number, a name or `(`")),
        }
    }

    fn close(&mut self, sign: &'static str, open: &Range<usize>) -> Parsed<()> {
        if self.accept(sign) {
            return Ok(());
        }
        if self.peek().token == Token::End {
            return Err((open.clone(), Mistake::NotClosed { with: sign }));
        }
        Err(self.unexpected(if sign == ")" {
            "`)` or `,`"
        } else {
            "`]` or `,`"
        }))
    }

    /// What stands behind a name.
    fn reference(&mut self, name: String, place: Range<usize>) -> Parsed<Expression> {
        let mut reference = Reference {
            name,
            place: place.clone(),
            indices: Vec::new(),
            slope: self.accept("'"),
            arguments: None,
        };
        let open = self.peek().span.clone();
        let mut height = 0;
        if self.accept("[") {
            reference.indices = self.list("]", &open)?;
            height = self.height;
        }
        reference.slope |= self.accept("'");
        let open = self.peek().span.clone();
        if self.accept("(") {
            reference.arguments = Some(self.list(")", &open)?);
            height = height.max(self.height);
        }
        self.height = height + 1;
        let span = place.start..self.tokens[self.at - 1].span.end;
        let kind = Kind::Reference(reference);
        Ok(Expression { kind, span })
    }

    fn list(&mut self, sign: &'static str, open: &Range<usize>) -> Parsed<Vec<Expression>> {
        let mut entries = Vec::new();
        let mut height = 0;
        if self.accept(sign) {
            self.height = height;
            return Ok(entries);
        }
        loop {
            entries.push(self.entry()?);
            height = height.max(self.height);
            if !self.accept(",") {
                break;
            }
        }
        self.close(sign, open)?;
        self.height = height;
        Ok(entries)
    }

    /// An entry of a list: an expression, or `j in N`.
    fn entry(&mut self) -> Parsed<Expression> {
        let entry = self.expression()?;
        let within = matches!(&self.peek().token, Token::Name(name) if name == "in");
        let index = entry.as_name().filter(|_| within).map(str::to_owned);
        let Some(index) = index else {
            return Ok(entry);
        };
        self.take();
        let Some((size, place)) = self.name() else {
            return Err(self.unexpected("the name of a size"));
        };
        let span = entry.span.start..place.end;
        let kind = Kind::Over { index, size };
        Ok(Expression { kind, span })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree with all its brackets.
    fn shown(expression: &Expression) -> String {
        match &expression.kind {
            Kind::Number(value) => value.to_string(),
            Kind::Reference(reference) => {
                let list = |entries: &[Expression]| -> String {
                    entries.iter().map(shown).collect::<Vec<_>>().join(",")
                };
                let mut text = reference.name.clone();
                if !reference.indices.is_empty() {
                    text += &format!("[{}]", list(&reference.indices));
                }
                text += if reference.slope { "'" } else { "" };
                if let Some(arguments) = &reference.arguments {
                    text += &format!("({})", list(arguments));
                }
                text
            }
            Kind::Minus(inner) => format!("-{}", shown(inner)),
            Kind::Not(inner) => format!("!{}", shown(inner)),
            Kind::Binary(operator, left, right) => {
                format!("({operator:?} {} {})", shown(left), shown(right))
            }
            Kind::Over { index, size } => format!("{index} in {size}"),
        }
    }

    #[test]
    fn operators_bind_as_in_mathematics() {
        for (text, tree) in [
            ("1 + 2*x", "(Add 1 (Multiply 2 x))"),
            ("a - b - c", "(Subtract (Subtract a b) c)"),
            ("-x^2", "-(Power x 2)"),
            ("2^3^2", "(Power 2 (Power 3 2))"),
            ("2^-x", "(Power 2 -x)"),
            ("-a*b", "(Multiply -a b)"),
            ("a > b", "(Less b a)"),
            ("a != b", "!(Equal a b)"),
            ("not a < b and c < d", "(And !(Less a b) (Less c d))"),
            ("theta[j]'(t - D[i, j])", "theta[j]'((Subtract t D[i,j]))"),
            ("sum(j in N, x[j])", "sum(j in N,x[j])"),
        ] {
            assert_eq!(shown(&parse(text).unwrap()), tree, "{text}");
        }
    }

    #[test]
    fn mistakes_know_their_place() {
        for (text, start, mistake) in [
            (
                "2 x",
                2,
                Mistake::MissingOperator {
                    found: "`x`".into(),
                },
            ),
            ("x**2", 1, Mistake::PowerSign),
            ("sin(x", 3, Mistake::NotClosed { with: ")" }),
            (
                "a + * b",
                4,
                Mistake::Unexpected {
                    found: "`*`".into(),
                    expected: "a number, a name or `(`",
                },
            ),
        ] {
            let (span, found) = parse(text).unwrap_err();
            assert_eq!((span.start, found), (start, mistake), "{text}");
        }
        for chain in [
            "-x+", "x*", "x - ", "x/", "x and ", "x or ", "x < ", "x > ", "x != ", "x*(y + ", "-",
            "not ", "x^",
        ] {
            let (_, mistake) = parse(&format!("{}x", chain.repeat(100_000))).unwrap_err();
            let refused = matches!(mistake, Mistake::TooLong { .. } | Mistake::TooDeep { .. });
            assert!(refused, "{chain}: {mistake}");
        }
        let long = format!("{}x", "-x+".repeat(900));
        assert!(parse(&long).is_ok());
        let deep = "(".repeat(5000);
        assert!(matches!(parse(&deep), Err((_, Mistake::TooDeep { .. }))));
    }
}
