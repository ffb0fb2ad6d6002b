//! A formula cut into words, numbers and signs.

use std::ops::Range;

use super::mistake::Mistake;

/// What a formula is made of.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Name(String),
    Sign(&'static str),
    End,
}

/// A token and its bytes in the formula.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) span: Range<usize>,
}

/// The longer ones first, so that `<=` is not read as `<`.
const SIGNS: [&str; 22] = [
    "**", "<=", ">=", "==", "!=", "&&", "||", "+", "-", "*", "/", "^", "(", ")", "[", "]", ",",
    "<", ">", "=", "!", "'",
];

impl Token {
    /// In words, for messages.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Number(value) => format!("the number {value}"),
            Self::Name(name) => format!("`{name}`"),
            Self::Sign(sign) => format!("`{sign}`"),
            Self::End => "the end".into(),
        }
    }
}

/// All tokens of a formula, and [`Token::End`] behind them.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, (Range<usize>, Mistake)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (token, length) = if first.is_ascii_digit() || first == '.' {
            let length = number_length(rest);
            let word = &rest[..length];
            let value = word.parse().map_err(|_| {
                let found = word.to_owned();
                (at..at + length, Mistake::NotANumber { found })
            })?;
            (Token::Number(value), length)
        } else if first.is_alphabetic() || first == '_' {
            let inside = |c: char| c.is_alphanumeric() || c == '_';
            let length = rest.find(|c| !inside(c)).unwrap_or(rest.len());
            (Token::Name(rest[..length].to_owned()), length)
        } else {
            match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
                Some(sign) => (Token::Sign(sign), sign.len()),
                None => {
                    let span = at..at + first.len_utf8();
                    return Err((span, Mistake::UnknownSign { found: first }));
                }
            }
        };
        found.push(Placed {
            token,
            span: at..at + length,
        });
        at += length;
    }
    found.push(Placed {
        token: Token::End,
        span: text.len()..text.len(),
    });
    Ok(found)
}

/// Bytes of the number at the start: digits, a point, an exponent.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        let rest = &bytes[from.min(bytes.len())..];
        from + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_names_and_signs_are_told_apart() {
        let words = |text: &str| -> Vec<Token> {
            let found = tokens(text).unwrap();
            found.into_iter().map(|placed| placed.token).collect()
        };
        assert_eq!(
            words("2e-3*τ_1<=.5"),
            [
                Token::Number(2e-3),
                Token::Sign("*"),
                Token::Name("τ_1".into()),
                Token::Sign("<="),
                Token::Number(0.5),
                Token::End
            ]
        );
        // an exponent needs digits
        assert_eq!(words("2e")[1], Token::Name("e".into()));
        let (span, mistake) = tokens("a + §").unwrap_err();
        assert_eq!((span, mistake), (4..6, Mistake::UnknownSign { found: '§' }));
        assert!(matches!(
            tokens("1 + ."),
            Err((_, Mistake::NotANumber { .. }))
        ));
    }
}
