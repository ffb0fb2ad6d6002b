//! Connections: how many at a time, and how long.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout};

/// How long to wait when the system refuses a connection, for want of file handles as a rule.
const BREATH: Duration = Duration::from_millis(100);

/// What a connection is told that finds no place, in the form of every refusal.
const FULL: &str =
    r#"{"error":{"message":"all connections are taken","help":"come back in a second"}}"#;

/// How long a connection that finds no place may take to read that.
const GOODBYE: Duration = Duration::from_secs(1);

/// A listener that serves so many connections at a time; the others are told so at once.
pub(super) struct Doors {
    listener: TcpListener,
    free: Arc<Semaphore>,
    idle: Duration,
}

/// A connection to which something must be written now and then.
pub(super) struct Door {
    stream: TcpStream,
    idle: Duration,
    closes: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

/// Who is at the other end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub SocketAddr);

impl Connected<IncomingStream<'_, Doors>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Doors>) -> Self {
        Self(*stream.remote_addr())
    }
}

impl Doors {
    pub fn new(listener: TcpListener, connections: usize, idle: Duration) -> Self {
        Self {
            listener,
            free: Arc::new(Semaphore::new(connections)),
            idle,
        }
    }
}

impl Listener for Doors {
    type Io = Door;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Door, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    let Ok(place) = Arc::clone(&self.free).try_acquire_owned() else {
                        tokio::spawn(timeout(GOODBYE, turn_away(stream)));
                        continue;
                    };
                    // answers are small and whole
                    let _ = stream.set_nodelay(true);
                    let door = Door {
                        stream,
                        idle: self.idle,
                        closes: Box::pin(sleep(self.idle)),
                        _place: place,
                    };
                    return (door, address);
                }
                Err(_) => sleep_until(Instant::now() + BREATH).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// Says that there is no place, and waits until that is read: what is closed with a request unread is cut off.
async fn turn_away(mut stream: TcpStream) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 1\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n",
        FULL.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(FULL.as_bytes()).await?;
    stream.shutdown().await?;
    let mut unread = [0; 1024];
    while stream.read(&mut unread).await? > 0 {}
    Ok(())
}

impl Door {
    /// What the stream says, or that its time is over.
    fn or_close<T>(
        &mut self,
        context: &mut Context<'_>,
        polled: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if polled.is_pending() && self.closes.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        polled
    }

    fn written<T>(&mut self, polled: &Poll<io::Result<T>>) {
        if polled.is_ready() {
            self.closes.as_mut().reset(Instant::now() + self.idle);
        }
    }
}

impl AsyncRead for Door {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.or_close(context, polled)
    }
}

impl AsyncWrite for Door {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(&polled);
        self.or_close(context, polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.written(&polled);
        self.or_close(context, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
