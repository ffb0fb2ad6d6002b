//! The endpoints of the page, in process and over sockets, without a browser.

// helpers of tests are no tests to clippy
#![allow(clippy::unwrap_used)]

mod documents;
mod drawings;
mod malformed;
mod sockets;
mod support;
