//! A real S3 server on the loopback, and a wire to it that breaks.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;

pub(crate) const KEY: &str = "quay";
pub(crate) const SECRET: &str = "a secret of the harbour";

pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.join("../..").canonicalize().unwrap()
}

/// A store with one bucket, `corpus`, and the wire to it.
pub(crate) struct Store {
    pub(crate) server: Child,
    pub(crate) directory: TempDir,
    pub(crate) wire: Wire,
}

impl Drop for Store {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Store {
    /// `None`, and a line that says so, where the server is not installed.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(&["--access-key", KEY, "--secret-key", SECRET])
    }

    /// One that takes everybody, by a wire that takes the tokens of Google's clients off what they ask: the interface is the
    /// same, but this server knows signatures only.
    pub(crate) fn start_like_google() -> Option<Self> {
        let store = Self::start_with(&[])?;
        store.wire.takes_tokens.store(true, Ordering::Relaxed);
        Some(store)
    }

    fn start_with(arguments: &[&str]) -> Option<Self> {
        let program = root().join("target/stores/bin/s3s-fs");
        if !program.exists() {
            println!("skipped: stores: `{}` is not there", program.display());
            return None;
        }
        let directory = TempDir::new().unwrap();
        fs::create_dir(directory.path().join("corpus")).unwrap();
        let port = free_port();
        let server = Command::new(program)
            .args(["--host", "127.0.0.1", "--port", &port.to_string()])
            .args(arguments)
            .arg(directory.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let wire = Wire::to(port);
        Some(Self { server, directory, wire })
    }

    /// The file that an object is.
    pub(crate) fn file(&self, key: &str) -> PathBuf {
        let path = self.directory.path().join("corpus").join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    /// Puts a fixture there.
    pub(crate) fn put(&self, fixture: &str, key: &str) {
        let fixture = root().join("fixtures/shards").join(fixture);
        fs::copy(fixture, self.file(key)).unwrap();
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.wire.port)
    }

    pub(crate) fn run(&self, secret: &str, arguments: &[&str]) -> (Option<i32>, String) {
        let endpoint = self.endpoint();
        let environment = [
            ("AWS_ENDPOINT", endpoint.as_str()),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", KEY),
            ("AWS_SECRET_ACCESS_KEY", secret),
        ];
        run(&environment, arguments)
    }

    #[track_caller]
    pub(crate) fn check(&self, code: i32, arguments: &[&str]) -> String {
        let (found, said) = self.run(SECRET, arguments);
        assert_eq!(found, Some(code), "{arguments:?}\n{said}");
        said
    }
}

/// The exit code, and all that was said.
pub(crate) fn run(environment: &[(&str, &str)], arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_seepage"))
        .args(arguments)
        .current_dir(root())
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

/// One that no other test was given: until a server listens on it, the system gives it to everybody who asks.
fn free_port() -> u16 {
    static GIVEN: Mutex<Vec<u16>> = Mutex::new(vec![]);
    let mut given = GIVEN.lock().unwrap();
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        if !given.contains(&port) {
            given.push(port);
            return port;
        }
    }
}

/// Passes bytes on to a server and back, counts those that come back, and breaks.
pub(crate) struct Wire {
    port: u16,
    pub(crate) carried: Arc<AtomicU64>,
    /// So many answers that are longer than a kilobyte break off there.
    pub(crate) breaks: Arc<AtomicU64>,
    /// What is asked has its tokens taken off.
    takes_tokens: Arc<AtomicBool>,
}

/// An answer shorter than this is no piece of a shard.
pub(crate) const ANSWER_LEN: usize = 20_000;

impl Wire {
    pub(crate) fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let wire = Self {
            port: listener.local_addr().unwrap().port(),
            carried: Arc::default(),
            breaks: Arc::default(),
            takes_tokens: Arc::default(),
        };
        let (carried, breaks) = (Arc::clone(&wire.carried), Arc::clone(&wire.breaks));
        let takes_tokens = Arc::clone(&wire.takes_tokens);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (carried, breaks) = (Arc::clone(&carried), Arc::clone(&breaks));
                let takes_tokens = takes_tokens.load(Ordering::Relaxed);
                std::thread::spawn(move || {
                    carry(client, server, takes_tokens, (&carried, &breaks));
                });
            }
        });
        wire
    }
}

fn carry(
    client: TcpStream,
    server: u16,
    takes_tokens: bool,
    (carried, breaks): (&AtomicU64, &AtomicU64),
) {
    // The server has just been started.
    let tries = (0..100).find_map(|_| {
        std::thread::sleep(Duration::from_millis(20));
        TcpStream::connect(("127.0.0.1", server)).ok()
    });
    let server = tries.unwrap();
    let (mut from_client, mut to_server) =
        (client.try_clone().unwrap(), server.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ = if takes_tokens {
            copy_without_tokens(&mut from_client, &mut to_server)
        } else {
            io::copy(&mut from_client, &mut to_server).map(drop)
        };
        let _ = to_server.shutdown(Shutdown::Write);
    });
    let (mut from_server, mut to_client) = (server, client);
    let mut buffer = vec![0; ANSWER_LEN];
    let mut of_answer = 0;
    while let Ok(len @ 1..) = from_server.read(&mut buffer) {
        let is_new = buffer.starts_with(b"HTTP/1.1");
        of_answer = if is_new { len } else { of_answer + len };
        let one_less = |left: u64| left.checked_sub(1);
        let breaks_off = of_answer >= ANSWER_LEN
            && breaks.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok();
        let len = if breaks_off { len / 2 } else { len };
        carried.fetch_add(len as u64, Ordering::Relaxed);
        if to_client.write_all(&buffer[..len]).is_err() || breaks_off {
            break;
        }
    }
    let _ = to_client.shutdown(Shutdown::Both);
    let _ = from_server.shutdown(Shutdown::Both);
}

/// Gives the header with the token another name of the same length. A head comes in one piece: it is short.
fn copy_without_tokens(from: &mut TcpStream, to: &mut TcpStream) -> io::Result<()> {
    const HEADER: &[u8] = b"authorization: Bearer";
    let mut buffer = vec![0; 64 << 10];
    while let len @ 1.. = from.read(&mut buffer)? {
        let asked = &mut buffer[..len];
        if let Some(at) = asked.windows(HEADER.len()).position(|part| part == HEADER) {
            asked[at] = b'x';
        }
        to.write_all(asked)?;
    }
    Ok(())
}
