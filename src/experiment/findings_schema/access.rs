//! Lists, structs and variants as serde walks through them.

use std::cell::RefCell;

use serde::de::value::{Error, StrDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde_json::{Map, Value, json};

use super::Answers;
use super::asked::Asked;

/// The entries of a list.
pub(super) struct Items<'a> {
    pub answers: &'a RefCell<Answers>,
    pub place: &'a str,
    pub depth: usize,
    pub left: usize,
    pub schemas: &'a mut Vec<Value>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let (mut schema, name) = (json!({}), self.schemas.len().to_string());
        let found = seed.deserialize(Asked::within(
            self.answers,
            self.place,
            &name,
            self.depth,
            &mut schema,
        ));
        self.schemas.push(schema);
        found.map(Some)
    }
}

/// The entries of a struct or a map.
pub(super) struct Entries<'a, 'b> {
    pub asked: &'a Asked<'b>,
    pub names: std::slice::Iter<'a, &'static str>,
    pub open: &'static str,
    pub schemas: Map<String, Value>,
}

impl<'de> MapAccess<'de> for &mut Entries<'_, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some(name) = self.names.next() else {
            return Ok(None);
        };
        self.open = name;
        let key: StrDeserializer<'_, Error> = name.into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let mut schema = json!({});
        let Asked {
            answers,
            place,
            depth,
            ..
        } = self.asked;
        let found = seed.deserialize(Asked::within(
            answers,
            place,
            self.open,
            *depth,
            &mut schema,
        ));
        self.schemas.insert(self.open.to_owned(), schema);
        found
    }
}

/// A variant of an enumeration.
pub(super) struct Variant<'a> {
    pub name: &'static str,
    pub asked: Asked<'a>,
}

impl<'de, 'a> EnumAccess<'de> for Variant<'a> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let name: StrDeserializer<'_, Error> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl Variant<'_> {
    /// The variant as an object with one entry.
    fn held<T>(self, ask: impl FnOnce(Asked<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let mut inner = json!({});
        let Asked {
            answers,
            place,
            depth,
            schema,
        } = self.asked;
        let found = ask(Asked {
            answers,
            place,
            depth,
            schema: &mut inner,
        });
        *schema = json!({
            "type": "object",
            "properties": { self.name: inner },
            "required": [self.name],
            "additionalProperties": false,
        });
        found
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        self.held(|asked| seed.deserialize(asked))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        self.held(|asked| asked.deserialize_tuple(length, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.held(|asked| asked.deserialize_struct("", fields, visitor))
    }
}
