//! The names of a system: what each of them is.

use std::collections::HashMap;
use std::sync::Arc;

use super::course::TimeCourse;
use super::function;
use super::mistake::{Mistake, nearest};
use super::syntax::Expression;

/// A vector or a matrix of numbers, the last index fastest.
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    /// Length of every axis.
    pub shape: Vec<usize>,
    /// The numbers.
    pub values: Vec<f64>,
}

impl Data {
    /// A vector.
    #[must_use]
    pub fn vector(values: Vec<f64>) -> Self {
        Self {
            shape: vec![values.len()],
            values,
        }
    }

    /// A matrix, row after row.
    #[must_use]
    pub fn matrix(columns: usize, values: Vec<f64>) -> Self {
        Self {
            shape: vec![values.len() / columns.max(1), columns],
            values,
        }
    }
}

/// A component of the state, or a family of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Variable {
    /// Number of its first component.
    pub(super) first: usize,
    /// Number of components and name of their index; none without an index.
    pub(super) family: Option<(usize, String)>,
}

impl Variable {
    pub(super) fn length(&self) -> usize {
        self.family.as_ref().map_or(1, |(length, _)| *length)
    }
}

/// A function of the system.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Function {
    pub(super) arguments: Vec<String>,
    pub(super) body: Expression,
    /// Number of its text among the functions.
    pub(super) text: usize,
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meaning {
    Parameter(f64),
    Size(usize),
    Data(Data),
    Variable(Variable),
    Function(Function),
    /// A function of time, by its points.
    Input(Arc<TimeCourse>),
    /// A parameter that events change, and the component that holds it.
    Changing(f64, Variable),
}

impl Meaning {
    pub(super) fn in_words(&self) -> &'static str {
        match self {
            Self::Parameter(_) | Self::Changing(..) => "a parameter",
            Self::Input(_) => "an input",
            Self::Size(_) => "a size",
            Self::Data(_) => "a vector or matrix of numbers",
            Self::Variable(_) => "a variable",
            Self::Function(_) => "a function",
        }
    }
}

/// All names.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    meanings: HashMap<String, Meaning>,
    /// In the order of definition, which `meanings` forgets.
    order: Vec<String>,
}

impl Scope {
    /// Gives a name its meaning.
    pub(super) fn define(&mut self, name: &str, meaning: Meaning) -> Result<(), Mistake> {
        let taken = |as_what| {
            Err(Mistake::NameTaken {
                name: name.to_owned(),
                as_what,
            })
        };
        if function::is_reserved(name) {
            return taken("part of the language");
        }
        if let Some(before) = self.meanings.get(name) {
            return taken(before.in_words());
        }
        self.order.push(name.to_owned());
        self.meanings.insert(name.to_owned(), meaning);
        Ok(())
    }

    /// Makes a component of a parameter; whether it is one.
    pub(super) fn let_change(&mut self, name: &str, component: usize) -> bool {
        let Some(Meaning::Parameter(value)) = self.meanings.get(name) else {
            return false;
        };
        let variable = Variable {
            first: component,
            family: None,
        };
        let changing = Meaning::Changing(*value, variable);
        self.meanings.insert(name.to_owned(), changing);
        true
    }

    pub(super) fn get(&self, name: &str) -> Option<&Meaning> {
        self.meanings.get(name)
    }

    /// The mistake of a name that means nothing; `local` are names that mean something here only.
    pub(super) fn unknown(&self, name: &str, local: &[String]) -> Mistake {
        let own = self.order.iter().chain(local).map(String::as_str);
        let language: Vec<&str> = function::names().chain(["t", "pi"]).collect();
        let names = own.chain(language);
        Mistake::UnknownName {
            name: name.to_owned(),
            near: nearest(name, names),
        }
    }

    /// The size that an index runs over: the one named, or the only one that there is.
    pub(super) fn size(&self, index: &str, size: Option<&str>) -> Result<usize, Mistake> {
        let sizes: Vec<(String, usize)> = self
            .order
            .iter()
            .filter_map(|name| match self.meanings.get(name) {
                Some(Meaning::Size(length)) => Some((name.clone(), *length)),
                _ => None,
            })
            .collect();
        let found = match (size, &sizes[..]) {
            (Some(size), all) => all.iter().find(|(name, _)| name == size),
            (None, [only]) => Some(only),
            (None, _) => {
                return Err(Mistake::WhichSize {
                    index: index.to_owned(),
                    sizes: sizes.into_iter().map(|(name, _)| name).collect(),
                });
            }
        };
        found
            .map(|(_, length)| *length)
            .ok_or_else(|| Mistake::UnknownName {
                name: size.unwrap_or("").to_owned(),
                near: nearest(
                    size.unwrap_or(""),
                    sizes.iter().map(|(name, _)| name.as_str()),
                ),
            })
    }
}
