//! The endpoints of the page, in process and over sockets, without a browser.

mod documents;
mod drawings;
mod malformed;
mod sockets;
mod support;
