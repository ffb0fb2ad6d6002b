//! Questions of serde, answered and written down.

use std::cell::RefCell;

use serde::de::value::Error;
use serde::de::{Deserializer, Visitor};
use serde_json::{Map, Value, json};

use super::Answers;
use super::access::{Entries, Items, Variant};

/// Nesting beyond which lists are empty and options absent: types may hold themselves.
const DEEPEST: usize = 20;

/// Answers to a question for a text, tried in turn: words, numbers, orders and patterns are texts in reports.
const TEXTS: [&str; 5] = ["x", "1", "1-2", "110", "infinity"];

/// One question.
pub(super) struct Asked<'a> {
    pub answers: &'a RefCell<Answers>,
    pub place: String,
    pub depth: usize,
    pub schema: &'a mut Value,
}

impl<'a> Asked<'a> {
    /// Which of so many answers is given here.
    fn answer(&self, count: usize) -> usize {
        let mut answers = self.answers.borrow_mut();
        answers.last = (self.place.clone(), count);
        answers
            .chosen
            .get(&self.place)
            .copied()
            .unwrap_or_default()
            .min(count - 1)
    }

    /// Whether a list or an option here has nothing in it.
    fn is_empty(&self) -> bool {
        let mut answers = self.answers.borrow_mut();
        answers.open.insert(self.place.clone());
        self.depth > DEEPEST || answers.empty.contains(&self.place)
    }

    /// The question within it that has a name.
    pub fn within<'b>(
        answers: &'b RefCell<Answers>,
        place: &str,
        name: &str,
        depth: usize,
        schema: &'b mut Value,
    ) -> Asked<'b> {
        Asked {
            answers,
            place: format!("{place}/{name}"),
            depth: depth + 1,
            schema,
        }
    }
}

/// Numbers of a kind, with one of several answers.
macro_rules! numbers {
    ($($method:ident $visit:ident $schema:tt, $answers:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            *self.schema = json!($schema);
            visitor.$visit($answers[self.answer(3)])
        }
    )*};
}

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = Error;

    numbers! {
        deserialize_i8 visit_i8 { "type": "integer" }, [1, 0, 3];
        deserialize_i16 visit_i16 { "type": "integer" }, [1, 0, 3];
        deserialize_i32 visit_i32 { "type": "integer" }, [1, 0, 3];
        deserialize_i64 visit_i64 { "type": "integer" }, [1, 0, 3];
        deserialize_u8 visit_u8 { "type": "integer", "minimum": 0 }, [1, 0, 3];
        deserialize_u16 visit_u16 { "type": "integer", "minimum": 0 }, [1, 0, 3];
        deserialize_u32 visit_u32 { "type": "integer", "minimum": 0 }, [1, 0, 3];
        deserialize_u64 visit_u64 { "type": "integer", "minimum": 0 }, [1, 0, 3];
        deserialize_f32 visit_f32 { "type": "number" }, [1.0, 0.0, 3.0];
        deserialize_f64 visit_f64 { "type": "number" }, [1.0, 0.0, 3.0];
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        *self.schema = json!({});
        match self.answer(4 + TEXTS.len()) {
            0 => visitor.visit_unit(),
            1 => visitor.visit_f64(1.0),
            2 => visitor.visit_bool(true),
            3 => visitor.visit_seq(Items {
                answers: self.answers,
                place: &self.place,
                depth: self.depth,
                left: 0,
                schemas: &mut Vec::new(),
            }),
            text => visitor.visit_str(TEXTS[text - 4]),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        *self.schema = json!({ "type": "boolean" });
        visitor.visit_bool(self.answer(2) == 0)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        *self.schema = json!({ "type": "string" });
        visitor.visit_char('x')
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        *self.schema = json!({ "type": "string" });
        let text = TEXTS[self.answer(TEXTS.len())];
        visitor.visit_str(text)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.is_empty() {
            *self.schema = json!({});
            return visitor.visit_none();
        }
        let mut inner = json!({});
        let found = visitor.visit_some(Asked {
            schema: &mut inner,
            ..self
        });
        let anything = inner.as_object().is_some_and(Map::is_empty);
        // the place of the schema is that of the option
        *self.schema = if anything {
            inner
        } else {
            json!({ "anyOf": [inner, { "type": "null" }] })
        };
        found
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        *self.schema = json!({ "type": "null" });
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let left = usize::from(!self.is_empty());
        let mut schemas = Vec::new();
        let items = Items {
            answers: self.answers,
            place: &self.place,
            depth: self.depth,
            left,
            schemas: &mut schemas,
        };
        let found = visitor.visit_seq(items);
        *self.schema =
            json!({ "type": "array", "items": schemas.pop().unwrap_or_else(|| json!({})) });
        found
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        left: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        let mut schemas = Vec::new();
        let items = Items {
            answers: self.answers,
            place: &self.place,
            depth: self.depth,
            left,
            schemas: &mut schemas,
        };
        let found = visitor.visit_seq(items);
        *self.schema =
            json!({ "type": "array", "items": schemas, "minItems": left, "maxItems": left });
        found
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        left: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_tuple(left, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut entries = Entries {
            asked: &self,
            names: ["1"].iter(),
            open: "1",
            schemas: Map::new(),
        };
        let found = visitor.visit_map(&mut entries);
        let value = entries.schemas.into_iter().next();
        *self.schema = json!({ "type": "object", "additionalProperties": value.map_or(json!({}), |(_, value)| value) });
        found
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let mut entries = Entries {
            asked: &self,
            names: fields.iter(),
            open: "",
            schemas: Map::new(),
        };
        let found = visitor.visit_map(&mut entries);
        let properties = entries.schemas;
        if name == "Array" && fields == ["array", "shape", "axes", "holds", "values"] {
            *self.schema = array();
            return found;
        }
        let may_be_absent = |schema: &Value| {
            let options = schema.get("anyOf").and_then(Value::as_array);
            options.is_some_and(|options| options.contains(&json!({ "type": "null" })))
                || schema.as_object().is_some_and(Map::is_empty)
        };
        let needed: Vec<&String> = properties
            .iter()
            .filter(|(_, schema)| !may_be_absent(schema))
            .map(|(name, _)| name)
            .collect();
        let mut schema =
            json!({ "type": "object", "properties": properties, "additionalProperties": false });
        if let (Some(entries), false) = (schema.as_object_mut(), needed.is_empty()) {
            entries.insert("required".into(), json!(needed));
        }
        *self.schema = schema;
        found
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let shown = {
            let mut answers = self.answers.borrow_mut();
            let (shown, all) = answers
                .variants
                .entry(self.place.clone())
                .or_insert((0, variants.len()));
            (*shown).min(all.saturating_sub(1))
        };
        let name = variants.get(shown).copied().unwrap_or_default();
        let mut schema = json!({ "enum": [name] });
        let asked = Self::within(self.answers, &self.place, name, self.depth, &mut schema);
        let found = visitor.visit_enum(Variant { name, asked });
        let mut answers = self.answers.borrow_mut();
        answers.shown.insert((self.place.clone(), shown), schema);
        let all = answers
            .shown
            .iter()
            .filter(|((place, _), _)| *place == self.place);
        let all: Vec<&Value> = all.map(|(_, schema)| schema).collect();
        let words: Vec<&Value> = all
            .iter()
            .filter_map(|schema| schema.get("enum")?.get(0))
            .collect();
        *self.schema = if words.len() == all.len() {
            json!({ "enum": words })
        } else {
            let rest: Vec<Value> = all
                .iter()
                .filter(|schema| schema.get("enum").is_none())
                .map(|schema| (*schema).clone())
                .collect();
            let words: Vec<Value> = if words.is_empty() {
                Vec::new()
            } else {
                vec![json!({ "enum": words })]
            };
            let choices = [words, rest].concat();
            json!({ "anyOf": choices })
        };
        found
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }
}

/// What a report says in the place of an array, whose numbers are in a file.
pub(super) fn array() -> Value {
    json!({
        "type": "object",
        "description": "numbers in the file <array>.npy of the run directory; none of them is a number where `file` is false",
        "properties": {
            "array": { "type": "string" },
            "shape": { "type": "array", "items": { "type": "integer", "minimum": 0 } },
            "file": { "type": "boolean" },
        },
        "required": ["array", "shape"],
        "additionalProperties": false,
    })
}
