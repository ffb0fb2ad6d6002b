//! Tables of text: lines of words, whose first one may name the columns.
//!
//! Words are parted by tabs, else by semicolons, else by commas, whichever the first line has; in a file without any of
//! them by blanks. Blank lines and lines that begin with `#` do not count, and neither do quotes around a word or a byte
//! order mark.

/// What is wrong with a table, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::experiment) struct Flaw {
    /// Line of the file, from 1; 0 where it is no single one.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub remedy: &'static str,
}

impl Flaw {
    /// A flaw of a line.
    pub fn new(line: usize, problem: impl Into<String>, remedy: &'static str) -> Self {
        let problem = problem.into();
        Self {
            line,
            problem,
            remedy,
        }
    }

    /// The line and the problem, as a message says them.
    pub fn words(&self) -> String {
        match self.line {
            0 => self.problem.clone(),
            line => format!("line {line}: {}", self.problem),
        }
    }
}

/// The words of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::experiment) struct TextTable {
    /// Names of the columns; their numbers, from 1, if the file has none.
    pub names: Vec<String>,
    /// Whether the file names them.
    pub named: bool,
    /// Line of the file that does, or its first one.
    pub head: usize,
    /// Line of the file and words of every row.
    pub rows: Vec<(usize, Vec<String>)>,
}

impl TextTable {
    /// Splits a text into its words. A first line without any number names the columns.
    pub fn parse(text: &str) -> Result<Self, Flaw> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = text.lines().enumerate();
        let lines = lines.map(|(index, line)| (index + 1, line.trim()));
        let mut lines = lines
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
            .peekable();
        let mark = lines.peek().and_then(|(_, first)| mark(first));
        let mut rows: Vec<(usize, Vec<String>)> = lines
            .map(|(line, text)| (line, words(text, mark)))
            .collect();
        let (line, first) = rows.first().ok_or_else(|| {
            let remedy = "write one row a line, its numbers parted by commas";
            Flaw::new(0, "the file is empty", remedy)
        })?;
        let named = first.iter().all(|word| word.parse::<f64>().is_err());
        let names: Vec<String> = if named {
            first.clone()
        } else {
            (1..=first.len()).map(|column| column.to_string()).collect()
        };
        let twice =
            (0..names.len()).find(|&n| names[n].is_empty() || names[..n].contains(&names[n]));
        if let (true, Some(n)) = (named, twice) {
            let name = &names[n];
            let problem = format!(
                "column {} is named `{name}`, like another or not at all",
                n + 1
            );
            return Err(Flaw::new(
                *line,
                problem,
                "give every column a name of its own",
            ));
        }
        let head = *line;
        if named {
            rows.remove(0);
        }
        if let Some((line, row)) = rows.iter().find(|(_, row)| row.len() != names.len()) {
            let problem = format!("{} numbers for {} columns", row.len(), names.len());
            let remedy = "give every line one entry a column";
            return Err(Flaw::new(*line, problem, remedy));
        }
        Ok(Self {
            names,
            named,
            head,
            rows,
        })
    }

    /// Index of a column by its name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|found| found == name)
    }

    /// The finite number of a row in a column.
    pub fn number(&self, row: usize, column: usize) -> Result<f64, Flaw> {
        let (line, words) = &self.rows[row];
        let number = words[column].parse::<f64>().ok();
        number.filter(|number| number.is_finite()).ok_or_else(|| {
            let problem = format!(
                "`{}` in the column `{}` is no finite number",
                words[column], self.names[column]
            );
            let remedy = "write numbers with a point for decimals, and leave out lines and columns that are not \
                numbers";
            Flaw::new(*line, problem, remedy)
        })
    }

    /// The numbers of some columns, row after row.
    pub fn numbers(&self, columns: &[usize]) -> Result<Vec<f64>, Flaw> {
        let rows = 0..self.rows.len();
        let places = rows.flat_map(|row| columns.iter().map(move |column| (row, *column)));
        places
            .map(|(row, column)| self.number(row, column))
            .collect()
    }
}

/// What parts the words of a line, if anything but blanks does.
fn mark(line: &str) -> Option<char> {
    let outside: Vec<&str> = line.split('"').step_by(2).collect();
    let stands = |mark: &char| outside.iter().any(|part| part.contains(*mark));
    ['\t', ';', ','].into_iter().find(stands)
}

/// The words of a line.
fn words(line: &str, mark: Option<char>) -> Vec<String> {
    let Some(mark) = mark else {
        return line.split_whitespace().map(unquoted).collect();
    };
    let mut words = vec![String::new()];
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            letter if letter == mark && !quoted => words.push(String::new()),
            letter => words
                .iter_mut()
                .last()
                .into_iter()
                .for_each(|word| word.push(letter)),
        }
    }
    words.iter().map(|word| word.trim().to_owned()).collect()
}

fn unquoted(word: &str) -> String {
    word.trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_numbers_and_words_are_told_apart() {
        let table =
            TextTable::parse("\u{feff}a, b,kind\n# remark\n\n1,2, \"x, y\"\n3,4e-1,z\n").unwrap();
        assert_eq!(table.names, ["a", "b", "kind"]);
        assert_eq!(table.numbers(&[1, 0]).unwrap(), [2.0, 1.0, 0.4, 3.0]);
        assert_eq!((table.rows[0].0, table.rows[0].1[2].as_str()), (4, "x, y"));
        let flaw = table.numbers(&[2]).unwrap_err();
        assert!(
            flaw.line == 4 && flaw.problem.contains("`kind`"),
            "{flaw:?}"
        );
        let tabs = TextTable::parse("a\tb\n1\t2\n").unwrap();
        assert_eq!(tabs.numbers(&[1]).unwrap(), [2.0]);
        let bare = TextTable::parse("1 2\n3 4\n").unwrap();
        assert_eq!(
            (bare.names, bare.named),
            (vec!["1".into(), "2".into()], false)
        );
    }

    #[test]
    fn flaws_have_their_line() {
        for (text, line, what) in [
            ("\n# only\n", 0, "empty"),
            ("a,a\n1,2\n", 1, "like another"),
            ("a,b\n1,2\n\n1,2,3\n", 4, "3 numbers for 2"),
            // one mark parts the words of a file
            ("a;b\n1;2\n3,4\n", 3, "1 numbers for 2"),
        ] {
            let flaw = TextTable::parse(text).unwrap_err();
            assert!(flaw.line == line && flaw.problem.contains(what), "{flaw:?}");
        }
        // no decimal commas, which would be other numbers
        let commas = TextTable::parse("0;1;0,5;0,1\n").unwrap();
        let flaw = commas.numbers(&[0, 1, 2]).unwrap_err();
        assert!(flaw.line == 1 && flaw.problem.contains("`0,5`"), "{flaw:?}");
        let flaw = TextTable::parse("a\n1\ninf\n")
            .unwrap()
            .numbers(&[0])
            .unwrap_err();
        assert_eq!(
            flaw.words(),
            "line 3: `inf` in the column `a` is no finite number"
        );
    }
}
