//! Sections of a model file for the kind `text`.

use super::labelled::{SHIPPED, Texts, numbered};
use crate::experiment::Diagnostic;
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{
    Choice, Count, Fraction, Mistakes, NonNegative, OneOrMore, Placed, Positive, Words, require,
    settings,
};
use crate::networks::text::Average;
use crate::training::flow::Descent;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The texts.
        pub data: DataSettings,
        /// Their words.
        pub words: WordSettings,
        /// The separable network; its rivals have as many parameters.
        pub network: NetworkSettings,
        /// How networks learn.
        pub training: TrainingSettings,
    }

    /// Section `[data]`.
    pub struct DataSettings {
        /// `"sotu"`, or a file of tab-separated columns, .tsv or .tsv.gz.
        pub train: Words,
        /// The same of texts that are not learnt; that of the shipped set if nothing is said.
        pub test: Option<Words>,
        /// Name of the column of texts.
        pub text: Words = "text",
        /// Names of the columns of labels, each a task of its own.
        pub label: OneOrMore<Words>,
    }

    /// Section `[words]`.
    pub struct WordSettings {
        /// Times that a word stands in the training texts, at least, to be told apart from unknown ones.
        pub least: Count = 2,
        /// Words that are told apart, at most.
        pub most: Count = 20_000,
        /// Words of a text that are read, at most.
        pub length: Count = 200,
    }

    /// Section `[network]`.
    pub struct NetworkSettings {
        /// Numbers of the embedding of a word.
        pub embedding: Count = 32,
        /// Positions that a separable convolution sees, odd.
        pub kernel: Count = 5,
        /// Positions that the ordinary convolution beside it sees, odd: at equal parameters a long one has few channels.
        pub ordinary_kernel: Count = 5,
        /// Channels of every block: a separable convolution, then a pooling.
        pub channels: Vec<Count>,
        /// Positions of a max pooling behind every block; 1 for none.
        pub pool: Count = 3,
        /// Positions that the last convolution sees, odd.
        pub last: Count = 3,
        /// Over what the last mean is taken.
        pub average: Choice<Average> = Average::Words,
        /// Networks of each kind for each task, with a start and an order of the texts of their own.
        pub networks: Count,
    }

    /// Section `[training]`.
    pub struct TrainingSettings {
        /// From the mean gradient of a batch to a step.
        pub rule: Choice<Descent> = Descent::Adam { rate: 2e-3 },
        /// Texts of a batch.
        pub batch: Count = 32,
        /// Epochs at most.
        pub epochs: Count,
        /// Epochs without a smaller loss of the texts held out, after which a training ends.
        pub patience: Count = 3,
        /// Share of the training texts that is held out.
        pub held_out: Positive = 0.1,
        /// Share of the words that a step leaves out.
        pub words_dropped: Fraction = 0.0,
        /// Share of what the last convolution reads that a step leaves out.
        pub features_dropped: Fraction = 0.0,
        /// Half of it times the sum of all squared parameters is added to the mean loss.
        pub penalty: NonNegative = 0.0,
        /// The same of the logistic regression, beside the sum of its losses.
        pub regression_penalty: Positive = 1.0,
    }
}

/// One column of labels.
pub struct Task {
    /// Name of the column.
    pub label: String,
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Class of every training text.
    pub training: Vec<usize>,
    /// Class of every test.
    pub tests: Vec<usize>,
}

impl Settings {
    /// Reads the training texts and the tests, and their labels.
    pub(super) fn read(&self) -> Result<([Vec<String>; 2], Vec<Task>), Mistakes> {
        let DataSettings {
            train,
            test,
            text,
            label,
        } = &self.data;
        let columns = (text, &label[..]);
        let training = Texts::read(train, Texts::shipped(train, false), columns)?;
        let test_file = match test {
            Some(test) => test,
            None if &**train == SHIPPED => train,
            None => {
                let missing = Diagnostic::new("there is no file of texts for tests")
                    .at(train.place().bytes());
                return Err(missing
                    .label("needs a second file")
                    .help("give `test`, a file with the same columns of texts that are not learnt")
                    .into());
            }
        };
        let tests = Texts::read(test_file, Texts::shipped(test_file, true), columns)?;
        let mut tasks = Vec::new();
        for (index, label) in label.iter().enumerate() {
            let pair = (&training.labels[index][..], &tests.labels[index][..]);
            let (classes, learnt, tested) = numbered(pair, (label, train, test_file))?;
            tasks.push(Task {
                label: label.to_string(),
                classes,
                training: learnt,
                tests: tested,
            });
        }
        Ok(([training.texts, tests.texts], tasks))
    }

    /// Whether there is such a network and such a training, before memory is taken.
    pub(super) fn check(&self) -> Result<(), Mistakes> {
        let mut mistakes = Mistakes::default();
        let NetworkSettings {
            embedding,
            kernel,
            ordinary_kernel,
            channels,
            last,
            networks,
            ..
        } = &self.network;
        for odd in [kernel, ordinary_kernel, last] {
            mistakes.note(require(
                odd,
                !(**odd).is_multiple_of(2),
                format!("a convolution over {odd} positions"),
                "even",
                "choose an odd number, so that it has a middle",
            ));
            let most = 2 * *self.words.length - 1;
            mistakes.note(require(
                odd,
                **odd <= most,
                format!(
                    "a convolution over {odd} positions of texts of {}",
                    self.words.length
                ),
                "longer than any text reaches",
                format!("choose a number up to {most}, twice `length` less one"),
            ));
        }
        mistakes.note(require(
            &self.network.pool,
            *self.network.pool <= *self.words.length,
            format!(
                "a pooling over {} of {} positions",
                self.network.pool, self.words.length
            ),
            "wider than any text",
            "choose a number up to `length`",
        ));
        mistakes.note(require(
            networks,
            !channels.is_empty(),
            "a separable network without a separable convolution",
            "networks of no block",
            "give `channels` at least one entry",
        ));
        let mut before = **embedding as f64;
        let mut weights = 0.0;
        for width in channels {
            weights += before * (**kernel as f64 + **width as f64);
            before = **width as f64;
            mistakes.note(require_memory(
                width,
                "the weights of a network",
                NUMBER * weights,
            ));
            let widest = (**kernel).max(**ordinary_kernel) as f64;
            let seen = NUMBER * widest * before * *self.words.length as f64 * 16.0;
            mistakes.note(require_memory(
                width,
                "what a convolution sees of sixteen texts",
                seen,
            ));
        }
        let table = NUMBER * *self.words.most as f64 * **embedding as f64;
        mistakes.note(require_memory(embedding, "the table of embeddings", table));
        let seen = NUMBER * **last as f64 * before * *self.words.length as f64 * 16.0;
        mistakes.note(require_memory(
            last,
            "what a convolution sees of sixteen texts",
            seen,
        ));
        let looks = NUMBER * 2.0 * *self.training.epochs as f64;
        mistakes.note(require_memory(
            &self.training.epochs,
            "the losses of all epochs",
            looks,
        ));
        let all = looks * **networks as f64 * 10.0;
        mistakes.note(require_memory(networks, "what all networks find", all));
        mistakes.note(require(
            &self.training.held_out,
            *self.training.held_out < 1.0,
            format!("a share of {} held out", self.training.held_out),
            "nothing is left to learn",
            "choose a share below 1, such as 0.1",
        ));
        mistakes.note(self.training.rule.check().map_err(|error| {
            Diagnostic::new(error.to_string())
                .at(self.training.rule.place().bytes())
                .label("this rule")
                .help("as in `rule = { adam = { rate = 1e-3 } }`")
        }));
        mistakes.end()
    }

    /// Whether the rows of so many texts fit into memory.
    pub(super) fn check_rows(&self, texts: usize) -> Result<(), Diagnostic> {
        let bytes = NUMBER * texts as f64 * *self.words.length as f64;
        require_memory(&self.words.length, "the words of all texts", bytes)
    }
}
