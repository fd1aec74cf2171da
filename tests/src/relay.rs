//! A way to a server on which answers can be held back.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

/// Passes everything on in both directions, until the n-th request that begins like this has come: it is passed on too, and
/// the answer to it is not.
#[derive(Debug)]
pub struct Relay {
    address: String,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    beginning: Vec<u8>,
    left: AtomicUsize,
    holding: AtomicBool,
    held: Mutex<bool>,
    told: Condvar,
}

impl Relay {
    /// A relay to the server at `to`, such as `http://127.0.0.1:8085`.
    pub fn to(server: &str, nth: usize, beginning: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = server.trim_start_matches("http://").to_owned();
        let state = Arc::new(State {
            beginning: beginning.as_bytes().to_vec(),
            left: AtomicUsize::new(nth),
            holding: AtomicBool::new(false),
            held: Mutex::new(false),
            told: Condvar::new(),
        });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(&server).unwrap();
                let (from_client, to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let (asking, answering) = (Arc::clone(&shared), Arc::clone(&shared));
                thread::spawn(move || pass(from_client, to_server, |bytes| asking.asked(bytes)));
                thread::spawn(move || pass(server, client, |_| answering.answered()));
            }
        });
        Self { address, state }
    }

    /// The address to give to a client.
    pub fn base_url(&self) -> String {
        self.address.clone()
    }

    /// Waits until an answer is held back: the server has done then what it was asked for.
    pub fn wait(&self) {
        let held = self.state.held.lock().unwrap();
        drop(self.state.told.wait_while(held, |held| !*held).unwrap());
    }
}

impl State {
    /// A client sends this; it is passed on.
    fn asked(&self, bytes: &[u8]) -> bool {
        // Requests begin where a client writes: only bodies take several reads.
        if bytes.starts_with(&self.beginning) && self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.holding.store(true, Ordering::SeqCst);
        }
        true
    }

    /// A server sends something; whether it is passed on.
    fn answered(&self) -> bool {
        let holding = self.holding.load(Ordering::SeqCst);
        if holding {
            *self.held.lock().unwrap() = true;
            self.told.notify_all();
        }
        !holding
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, look: impl Fn(&[u8]) -> bool) {
    let mut buffer = vec![0; 65_536];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if look(&buffer[..read]) && to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    drop(to.shutdown(Shutdown::Both));
}
