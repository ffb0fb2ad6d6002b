//! The server: what all requests have in common, and how it begins and ends.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::about::About;
use super::limits::{Counts, Place, Places, Rates};
use super::listener::{Doors, Peer};
use super::{Limits, Machines, Refusal, endpoints, page};

/// How long answers under way may take after the signal to stop.
const FAREWELL: Duration = Duration::from_secs(3);

/// Headers of every answer: nothing from elsewhere, nothing inline, no frame around the page.
const HEADERS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=()",
    ),
];

/// Why the page cannot be served.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address is taken, or not ours.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The system refuses threads or sockets.
    #[error("the server has stopped: {0}")]
    Broken(#[from] std::io::Error),
}

/// The page and its endpoints. Cheap to clone.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

struct Inner {
    machines: Arc<Machines>,
    about: About,
    limits: Limits,
    /// Cores for short work and for long, so that neither waits for the other.
    cores: [Arc<Semaphore>; 2],
    classifications: Places,
    computations: Places,
    streams: Places,
    rates: Rates,
    counts: Counts,
    /// Whether the page is served to this machine alone.
    local: AtomicBool,
    stopping: AtomicBool,
    ready: Instant,
}

/// How long work takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// Milliseconds.
    Short,
    /// Seconds.
    Long,
}

/// Tells a computation that nobody waits for it.
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Service {
    /// A service with these machines, within these limits.
    #[must_use]
    pub fn new(machines: impl Into<Arc<Machines>>, limits: Limits) -> Self {
        let machines = machines.into();
        Self(Arc::new(Inner {
            about: machines.about(),
            machines,
            cores: [(); 2].map(|()| Arc::new(Semaphore::new(limits.threads.max(1)))),
            classifications: Places::new("classifications", limits.classifications),
            computations: Places::new("computations", limits.computations),
            streams: Places::new("streams", limits.streams),
            rates: Rates::new(limits.rate),
            counts: Counts::default(),
            local: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            ready: Instant::now(),
            limits,
        }))
    }

    pub(super) fn machines(&self) -> Arc<Machines> {
        Arc::clone(&self.0.machines)
    }

    pub(super) fn about(&self) -> &About {
        &self.0.about
    }

    pub(super) fn limits(&self) -> Limits {
        self.0.limits
    }

    pub(super) fn classifications(&self) -> &Places {
        &self.0.classifications
    }

    pub(super) fn computations(&self) -> &Places {
        &self.0.computations
    }

    pub(super) fn streams(&self) -> &Places {
        &self.0.streams
    }

    pub(super) fn counts(&self) -> &Counts {
        &self.0.counts
    }

    pub(super) fn uptime(&self) -> Duration {
        self.0.ready.elapsed()
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.0.stopping.load(Ordering::Relaxed)
    }

    /// Computes in the background when a core is free. The place is given back when the computation ends, not when
    /// its reader leaves; `work` can ask whether anybody still waits for it.
    pub(super) async fn compute<T: Send + 'static>(
        &self,
        kind: Work,
        place: Place,
        work: impl FnOnce(&dyn Fn() -> bool) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let cores = Arc::clone(&self.0.cores[kind as usize]).acquire_owned();
        let core = match tokio::time::timeout(self.0.limits.run_time, cores).await {
            Ok(Ok(core)) => core,
            _ => return Err(Refusal::busy("all cores are busy")),
        };
        let stop = Arc::new(AtomicBool::new(false));
        let waiting = Waiting(Arc::clone(&stop));
        let service = self.clone();
        let result = tokio::task::spawn_blocking(move || {
            let _held = (place, core);
            work(&|| stop.load(Ordering::Relaxed) || service.is_stopping())
        });
        let result = result.await;
        drop(waiting);
        result.unwrap_or_else(|_| {
            Err(Refusal::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "a computation has failed",
                "this is a fault of the server; tell its keeper",
            ))
        })
    }

    /// All routes, as a service of tower: what a test or another server can call.
    pub fn router(&self) -> Router {
        let unknown = || async {
            let status = StatusCode::NOT_FOUND;
            Refusal::new(status, "there is nothing here", "see /api/openapi.json")
        };
        let method = |method: Method| async move {
            let status = StatusCode::METHOD_NOT_ALLOWED;
            Refusal::new(
                status,
                format!("{method} is not answered here"),
                "see /api/openapi.json",
            )
        };
        page::routes()
            .merge(endpoints::routes())
            .fallback(unknown)
            .method_not_allowed_fallback(method)
            .layer(from_fn_with_state(self.clone(), guard))
            .with_state(self.clone())
    }

    /// Takes an address, so that one that is taken is noticed before anything is trained.
    ///
    /// # Errors
    /// [`ServeError::Listen`] if it cannot be listened on.
    pub fn listen(address: SocketAddr) -> Result<std::net::TcpListener, ServeError> {
        let listener = std::net::TcpListener::bind(address);
        listener.map_err(|source| ServeError::Listen { address, source })
    }

    /// Serves until Ctrl-C or the signal to end; `ready` is called with the address.
    ///
    /// # Errors
    /// [`ServeError::Broken`] if the system refuses.
    pub fn run(
        &self,
        listener: std::net::TcpListener,
        ready: impl FnOnce(SocketAddr),
    ) -> Result<(), ServeError> {
        listener.set_nonblocking(true)?;
        let streams = self.0.limits.streams + 2 * self.0.limits.threads;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(self.0.limits.threads.clamp(1, 8))
            .max_blocking_threads(streams.max(1))
            .enable_all()
            .build()?;
        let served = runtime.block_on(async {
            let listener = TcpListener::from_std(listener)?;
            let address = listener.local_addr()?;
            let mut asked = Signals::new()?;
            ready(address);
            self.serve(listener, async move { asked.wait().await })
                .await
        });
        // runs look at the flag at every step
        runtime.shutdown_timeout(FAREWELL);
        served
    }

    /// Serves a listener until `stop` is ready, and lets answers under way end.
    ///
    /// # Errors
    /// [`ServeError::Broken`] if the system refuses.
    pub async fn serve(
        &self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        let local = listener.local_addr()?.ip().is_loopback();
        self.0.local.store(local, Ordering::Relaxed);
        let doors = Doors::new(listener, self.0.limits.connections, self.0.limits.idle_time);
        let service = self.clone();
        let (told, heard) = tokio::sync::oneshot::channel();
        let stop = async move {
            stop.await;
            service.0.stopping.store(true, Ordering::Relaxed);
            // nobody hears it if the server has broken
            let _ = told.send(());
        };
        let make = self.router().into_make_service_with_connect_info::<Peer>();
        let serving = axum::serve(doors, make).with_graceful_shutdown(stop);
        let late = async {
            match heard.await {
                Ok(()) => tokio::time::sleep(FAREWELL).await,
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            served = async { serving.await } => Ok(served?),
            () = late => Ok(()),
        }
    }
}

/// Ctrl-C, and what a service manager sends.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            let kind = tokio::signal::unix::SignalKind::terminate();
            Ok(Self {
                terminate: tokio::signal::unix::signal(kind)?,
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    async fn wait(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// What all requests go through: the name of the host, the rate of the address; and all answers: their headers.
async fn guard(State(service): State<Service>, request: Request<Body>, next: Next) -> Response {
    let mut response = match admitted(&service, &request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    let counts = service.counts();
    let refused = response.status().is_client_error() || response.status().is_server_error();
    let count = if refused {
        &counts.refused
    } else {
        &counts.answered
    };
    count.fetch_add(1, Ordering::Relaxed);
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

fn admitted(service: &Service, request: &Request<Body>) -> Result<(), Refusal> {
    // A page elsewhere can give its own name to this machine, and would then read what is served here.
    if service.0.local.load(Ordering::Relaxed)
        && let Some(host) = request.headers().get(header::HOST)
        && !host.to_str().is_ok_and(is_local)
    {
        return Err(Refusal::new(
            StatusCode::MISDIRECTED_REQUEST,
            "the page is served to this machine alone",
            "ask for http://localhost or http://127.0.0.1 with the port, or serve with --host",
        ));
    }
    match request.extensions().get::<ConnectInfo<Peer>>() {
        Some(ConnectInfo(Peer(address))) => service.0.rates.count(address.ip(), Instant::now()),
        None => Ok(()),
    }
}

/// Whether a host, with its port or without, is a name of the machine itself.
fn is_local(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || bare
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_machine_itself() {
        for name in [
            "localhost",
            "LOCALHOST:80",
            "127.0.0.1:8080",
            "[::1]:8080",
            "[::1]",
            "127.0.0.1",
        ] {
            assert!(is_local(name), "{name}");
        }
        for name in [
            "example.org",
            "localhost.example.org:80",
            "10.0.0.1",
            "",
            "127.0.0.1.example.org",
        ] {
            assert!(!is_local(name), "{name}");
        }
    }
}
