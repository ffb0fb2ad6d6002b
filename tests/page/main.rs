//! The page in a real browser: Chromium, by its driver.
//!
//! The program is started as a user starts it. Screenshots go to the folder that `PULSATRIX_SCREENSHOTS` names.

mod browser;
mod page;
