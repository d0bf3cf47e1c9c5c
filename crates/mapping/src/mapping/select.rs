//! Values in their places: each is the bytes that came.

use json::{CheckedJson, Key, Kind, Splice};

use super::value::{Place, Values};

/// JSON with places in it.
#[derive(Clone, Debug)]
pub enum Node {
    /// As it is.
    Constant(CheckedJson),
    /// One value.
    Value(Place),
    /// A text with values in it; `null` when one of them is not there.
    Text(Vec<Piece>),
    /// Members in order.
    Object(Vec<(Key, Node)>),
    /// Elements in order.
    Array(Vec<Node>),
}

/// A piece of a text.
#[derive(Clone, Debug)]
pub enum Piece {
    /// As it is.
    Literal(String),
    /// A scalar.
    Value(Place),
}

/// The value of `node`.
pub(super) fn render(node: &Node, values: &Values<'_>) -> Result<CheckedJson, String> {
    Ok(match node {
        Node::Constant(json) => json.clone(),
        Node::Value(place) => values.find(place)?.unwrap_or_else(CheckedJson::null),
        Node::Text(pieces) => match text(pieces, values)? {
            Some(text) => {
                CheckedJson::serialize(&text).map_err(|_| "a text cannot be written".to_owned())?
            }
            None => CheckedJson::null(),
        },
        Node::Object(members) => {
            let mut object = Splice::object();
            for (key, member) in members {
                object.member_key(key, render(member, values)?);
            }
            object.finish()
        }
        Node::Array(elements) => {
            let mut array = Splice::array();
            for element in elements {
                array.element(render(element, values)?);
            }
            array.finish()
        }
    })
}

/// The pieces joined; `None` when a value is not there.
pub(super) fn text(pieces: &[Piece], values: &Values<'_>) -> Result<Option<String>, String> {
    let mut text = String::new();
    for piece in pieces {
        let place = match piece {
            Piece::Literal(literal) => {
                text.push_str(literal);
                continue;
            }
            Piece::Value(place) => place,
        };
        let Some(found) = values.find(place)? else {
            return Ok(None);
        };
        let bytes = found.bytes();
        match found.kind() {
            Kind::Null => return Ok(None),
            Kind::String => text.push_str(
                &json::string(&bytes)
                    .ok_or_else(|| format!("{}: not Unicode", place.expression))?,
            ),
            Kind::Number | Kind::Boolean => text.push_str(&String::from_utf8_lossy(&bytes)),
            Kind::Object | Kind::Array => {
                return Err(format!("{}: not a scalar", place.expression));
            }
        }
    }
    Ok(Some(text))
}
