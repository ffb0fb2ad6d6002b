//! Why a request is not answered, in a form that programs and people can read.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::DrawingError;
use crate::experiment::RunError;
use crate::networks::NetworkError;

/// A status, what is wrong, and what to do: the body of every answer that is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    pub(super) status: StatusCode,
    message: String,
    help: &'static str,
    retry: Option<Duration>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, message: impl Into<String>, help: &'static str) -> Self {
        Self {
            status,
            message: message.into(),
            help,
            retry: None,
        }
    }

    /// 422: the form is right, the content is not.
    pub(super) fn content(message: impl Into<String>, help: &'static str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message, help)
    }

    /// 400: the form is wrong.
    pub(super) fn form(message: impl Into<String>, help: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message, help)
    }

    /// 503: too much at once.
    pub(super) fn busy(message: impl Into<String>) -> Self {
        Self {
            retry: Some(Duration::from_secs(1)),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                message,
                "come back in a second",
            )
        }
    }

    /// 429: too many from one address.
    pub(super) fn too_fast(rate: f64) -> Self {
        Self {
            retry: Some(Duration::from_secs(1)),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                format!("more than {rate} requests a second from one address"),
                "come back in a second",
            )
        }
    }

    /// What is wrong.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The status as a number.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }
}

impl From<DrawingError> for Refusal {
    fn from(error: DrawingError) -> Self {
        Self::content(error.to_string(), "see /api/openapi.json")
    }
}

impl From<RunError> for Refusal {
    fn from(error: RunError) -> Self {
        let help = "this is a fault of the server; tell its keeper";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string(), help)
    }
}

impl From<NetworkError> for Refusal {
    fn from(error: NetworkError) -> Self {
        Self::content(error.to_string(), "change that parameter")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({ "error": { "message": self.message, "help": self.help } });
        let json = HeaderValue::from_static("application/json");
        let mut response = (self.status, body.to_string()).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        if let Some(retry) = self.retry {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(retry.as_secs()));
        }
        response
    }
}
