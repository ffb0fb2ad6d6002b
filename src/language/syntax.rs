//! What a formula says, as a tree.

use std::ops::Range;

use super::function::Binary;

/// A part of a formula and its bytes in it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expression {
    pub(super) kind: Kind,
    pub(super) span: Range<usize>,
}

/// What a part is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Number(f64),
    Reference(Reference),
    Minus(Box<Expression>),
    Not(Box<Expression>),
    Binary(Binary, Box<Expression>, Box<Expression>),
    /// `j in N`, the first argument of a sum.
    Over {
        index: String,
        size: String,
    },
}

/// A name with all that may stand behind it: `theta[j]'(t - D[i, j])`, `S(x)`, `a`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reference {
    pub(super) name: String,
    /// Bytes of the name alone.
    pub(super) place: Range<usize>,
    pub(super) indices: Vec<Expression>,
    pub(super) slope: bool,
    pub(super) arguments: Option<Vec<Expression>>,
}

impl Expression {
    /// The name, if this is nothing but one.
    pub(super) fn as_name(&self) -> Option<&str> {
        match &self.kind {
            Kind::Reference(reference) if reference.is_bare() => Some(&reference.name),
            _ => None,
        }
    }
}

impl Reference {
    /// Whether nothing stands behind the name.
    pub(super) fn is_bare(&self) -> bool {
        self.indices.is_empty() && !self.slope && self.arguments.is_none()
    }
}
