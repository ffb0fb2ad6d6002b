//! The page in a real browser: Chromium, by its driver.
//!
//! The program is started as a user starts it. Screenshots go to the folder that `PULSATRIX_SCREENSHOTS` names.

// helpers of tests are no tests to clippy
#![allow(clippy::unwrap_used)]

mod browser;
mod page;
