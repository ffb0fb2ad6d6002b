//! A printed output against the one in the guide.

/// How far numbers may be apart.
#[derive(Clone, Copy)]
pub enum Closeness {
    /// One unit of the last digit in the guide.
    Digits,
    /// A tenth of the larger one.
    Tenth,
    /// Only that both are numbers.
    Form,
}

/// Below this a number in the guide is what rounding or a tolerance leaves of zero, which depends on the processor: both
/// have to be that small. No quantity of interest in the guide is (chosen).
const ROUNDING: f64 = 1e-7;

/// The first line that differs, of the guide and of the output.
pub fn difference(guide: &[String], output: &[String], closeness: Closeness) -> Option<String> {
    let length = guide.len().max(output.len());
    (0..length).find_map(|line| {
        let (guide, output) = (guide.get(line), output.get(line));
        match (guide, output) {
            (Some(one), Some(other)) if agree(one, other, closeness) => None,
            _ => Some(format!(
                "    guide:  {}\n    output: {}",
                guide.map_or("(ends)", String::as_str),
                output.map_or("(ends)", String::as_str)
            )),
        }
    })
}

/// Whether two lines agree. The spaces of a table and its rules are as wide as its numbers, so that runs of them count as one.
fn agree(guide: &str, output: &str, closeness: Closeness) -> bool {
    let (one, other) = (pieces(guide), pieces(output));
    one.len() == other.len()
        && one.iter().zip(&other).enumerate().all(|(index, pair)| match pair {
            (Piece::Words(first), Piece::Words(second)) => first == second,
            (Piece::Number(first), Piece::Number(second)) => {
                let unit = one.get(index + 1);
                // Seconds are those of the machine.
                matches!(unit, Some(Piece::Words(words)) if words == " s" || words.starts_with(" s "))
                    || close(first, second, closeness)
            }
            _ => false,
        })
}

fn close(guide: &str, output: &str, closeness: Closeness) -> bool {
    let (one, other): (f64, f64) = (guide.parse().unwrap(), output.parse().unwrap());
    let largest = one.abs().max(other.abs());
    let allowed = match closeness {
        Closeness::Digits => 1.001 * last_digit(guide),
        Closeness::Tenth => 0.1 * largest,
        Closeness::Form => f64::INFINITY,
    };
    (one - other).abs() <= allowed || largest < ROUNDING
}

/// One unit of the last digit; whole numbers are counts and have to agree.
fn last_digit(number: &str) -> f64 {
    let (digits, exponent) = number.split_once('e').unwrap_or((number, "0"));
    let decimals = digits
        .split_once('.')
        .map_or(0, |(_, decimals)| decimals.len());
    let exponent: i32 = exponent.parse().unwrap();
    if decimals == 0 && exponent == 0 {
        0.0
    } else {
        10f64.powi(exponent - decimals as i32)
    }
}

#[derive(Debug, PartialEq)]
enum Piece {
    Words(String),
    Number(String),
}

/// Numbers, and what stands between them.
fn pieces(line: &str) -> Vec<Piece> {
    let letters: Vec<char> = line.trim_end().chars().collect();
    let (mut pieces, mut words, mut at) = (Vec::new(), String::new(), 0);
    while at < letters.len() {
        let before = at.checked_sub(1).map_or(' ', |index| letters[index]);
        let end = if before.is_alphanumeric() {
            at
        } else {
            number(&letters, at)
        };
        if end > at {
            if !words.is_empty() {
                pieces.push(Piece::Words(std::mem::take(&mut words)));
            }
            pieces.push(Piece::Number(letters[at..end].iter().collect()));
            at = end;
        } else {
            let letter = letters[at];
            let run = matches!(letter, ' ' | '─') && words.ends_with(letter);
            if !run {
                words.push(letter);
            }
            at += 1;
        }
    }
    if !words.is_empty() {
        pieces.push(Piece::Words(words));
    }
    pieces
}

/// Where the number that starts at `at` ends, or `at`.
fn number(letters: &[char], at: usize) -> usize {
    let digits = |from: usize| {
        from + letters[from.min(letters.len())..]
            .iter()
            .take_while(|letter| letter.is_ascii_digit())
            .count()
    };
    let before = at.checked_sub(1).map_or(' ', |index| letters[index]);
    let signed = letters[at] == '-' && !before.is_ascii_digit() && before != ')';
    let start = at + usize::from(signed);
    let mut end = digits(start);
    if end == start {
        return at;
    }
    if letters.get(end) == Some(&'.') && digits(end + 1) > end + 1 {
        end = digits(end + 1);
    }
    if letters.get(end) == Some(&'e') {
        let power = end + 1 + usize::from(letters.get(end + 1) == Some(&'-'));
        if digits(power) > power {
            end = digits(power);
        }
    }
    end
}

#[test]
fn numbers_are_compared_to_their_digits_and_words_as_they_stand() {
    let digits = |one, other| agree(one, other, Closeness::Digits);
    assert!(digits("T  32.10658  memory", "T 32.10659 memory"));
    assert!(!digits("T 32.10658", "T 32.10660"));
    assert!(!digits("7 of 7", "6 of 7"));
    assert!(!digits("period 4.5", "length 4.5"));
    assert!(digits("error 1.2e-13", "error 9.9e-12"));
    assert!(!digits("error 1.2e-6", "error 1.4e-6"));
    assert!(digits("in 0.3 s", "in 12.5 s"));
    assert!(!digits("order 1-2-3", "order 1-3-2"));
    assert!(!digits("x -1.5", "x 1.5"));
    assert!(
        agree("at 128.1133", "at 159.9046", Closeness::Form)
            && !agree("at 1.5", "at -", Closeness::Form)
    );
    assert!(agree("loss 0.100", "loss 0.105", Closeness::Tenth));
    assert!(!agree("loss 0.100", "loss 0.115", Closeness::Tenth));
}
