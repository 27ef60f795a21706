//! The real binary as a process of its own, and a connection to it without a client library in between.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use super::{Client, stored};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_milepost-collector");

/// A collector in a process of its own, killed when dropped.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) client: Client,
}

impl Running {
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    pub(crate) fn start_with(data: &Path, arguments: &[&str]) -> Self {
        Self::spawn(Command::new(BINARY).args(serve(data)).args(arguments))
    }

    /// Starts a command that is the collector or becomes it.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        Self::spawn_logging(command, Stdio::null())
    }

    /// The same, with its log.
    pub(crate) fn spawn_logging(command: &mut Command, log: Stdio) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let base = line.trim_end().strip_prefix("listening on ").unwrap_or_else(|| panic!("not listening: {line:?}"));
        let client = Client::new(base);
        Self { child, client }
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::open(&self.client.base)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a collector is started with.
pub(crate) fn serve(data: &Path) -> [&std::ffi::OsStr; 5] {
    ["serve".as_ref(), "--listen".as_ref(), "127.0.0.1:0".as_ref(), "--data".as_ref(), data.as_os_str()]
}

/// A kept connection.
pub(crate) struct Connection(BufReader<TcpStream>);

/// Status, `Retry-After` and body.
pub(crate) type Reply = (u16, Option<u64>, String);

impl Connection {
    pub(crate) fn open(base: &str) -> Self {
        let stream = TcpStream::connect(base.strip_prefix("http://").unwrap()).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        Self(BufReader::new(stream))
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0.get_mut().write_all(bytes)
    }

    /// Sends the head of a batch that is to have `length` bytes.
    pub(crate) fn head(&mut self, length: usize) -> std::io::Result<()> {
        self.write(format!("POST /v1/batch HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n").as_bytes())
    }

    pub(crate) fn batch(&mut self, body: &[u8]) -> std::io::Result<Reply> {
        self.head(body.len())?;
        self.write(body)?;
        self.reply()
    }

    /// Reads one answer; an end before its end is an error.
    pub(crate) fn reply(&mut self) -> std::io::Result<Reply> {
        let (mut status, mut retry_after, mut length) = (None, None, 0);
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let line = line.trim_end().to_ascii_lowercase();
            match line.split_once(": ") {
                None if line.is_empty() => break,
                None => status = line.split(' ').nth(1).and_then(|code| code.parse().ok()),
                Some(("content-length", value)) => length = value.parse().unwrap(),
                Some(("retry-after", value)) => retry_after = value.parse().ok(),
                Some(_) => {}
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok((status.unwrap(), retry_after, String::from_utf8(body).unwrap()))
    }
}

/// The single number that a query of a database answers.
pub(crate) fn number(data: &Path, sql: &str) -> u64 {
    rusqlite::Connection::open(milepost_collector::database_file(data)).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Every identity that was acknowledged is there, and nothing is there twice.
pub(crate) fn assert_kept(data: &Path, acknowledged: &std::collections::HashSet<(String, u64)>) {
    let stored = stored(data);
    assert_eq!(number(data, "SELECT count(*) FROM events"), stored.len() as u64, "none is there twice");
    let lost: Vec<_> = acknowledged.difference(&stored).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
}
