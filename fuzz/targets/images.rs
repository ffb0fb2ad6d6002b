//! Any bytes as a file of images beside two labels.
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use pulsatrix::experiment::LabelledImages;

fuzz_target!(|bytes: &[u8]| {
    let folder = std::env::temp_dir().join(format!("pulsatrix-fuzz-{}", std::process::id()));
    let (images, labels) = (folder.join("images"), folder.join("labels"));
    fs::create_dir_all(&folder).expect("a temporary folder");
    fs::write(&labels, [0, 0, 8, 1, 0, 0, 0, 2, 1, 0]).expect("labels");
    fs::write(&images, bytes).expect("images");
    if let Ok(read) = LabelledImages::open(&images, &labels, 1.0) {
        assert_eq!(read.images.ncols(), 2);
    }
});
