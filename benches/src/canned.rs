//! A server that has its answers in memory: what a client takes from it is what the client takes.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use crate::{Order, data_values_full, events_page};

/// Events a page, as the program asks for them.
const EVENTS_A_PAGE: usize = 5_000;

/// The answers of a server of version 2.42 to who asks for the values of one data set, or the events of one program.
#[derive(Clone)]
pub struct Canned {
    data_values: Arc<str>,
    events: Arc<[String]>,
}

impl std::fmt::Debug for Canned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Canned").finish_non_exhaustive()
    }
}

impl Canned {
    /// So many data values in one answer, so many pages of 5,000 events with ten values each.
    pub fn new(data_values: usize, pages: u32) -> Self {
        let page = |page| events_page(page, page == pages, EVENTS_A_PAGE, 10, Order::Servers);
        Self { data_values: data_values_full(data_values).into(), events: (1..=pages).map(page).collect() }
    }

    /// The answer to a request for this path and query. Objects that are looked up are there, whatever their uid.
    pub fn answer(&self, target: &str) -> Answer {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let parameter = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        match path {
            "/api/system/info" => Answer::Text(r#"{"version":"2.42.5.2","serverTimeZoneId":"UTC"}"#.to_owned()),
            "/api/me" => Answer::Text(r#"{"id":"M5zQapPyTZI","username":"admin"}"#.to_owned()),
            "/api/dataValueSets.json" => Answer::Values(Arc::clone(&self.data_values)),
            "/api/tracker/events" => {
                let page = parameter("page").and_then(|page| page.parse::<usize>().ok()).unwrap_or(1);
                Answer::Page(Arc::clone(&self.events), page - 1)
            }
            _ => {
                let uids = parameter("filter").unwrap_or_default().split(['[', ']', ',', ':']);
                let uids = uids.flat_map(|text| text.split("%5B")).flat_map(|text| text.split("%5D"));
                let uids = uids.flat_map(|text| text.split("%2C")).flat_map(|text| text.split("%3A"));
                let objects: Vec<String> = uids
                    .filter(|text| text.len() == 11)
                    .map(|uid| format!(r#"{{"id":"{uid}","path":"/{uid}","programType":"WITHOUT_REGISTRATION"}}"#))
                    .collect();
                Answer::Text(format!(r#"{{"{}":[{}]}}"#, path.trim_start_matches("/api/"), objects.join(",")))
            }
        }
    }
}

/// An answer that is there already.
#[derive(Debug)]
pub enum Answer {
    /// A short one.
    Text(String),
    /// All data values.
    Values(Arc<str>),
    /// A page of events.
    Page(Arc<[String]>, usize),
}

impl Answer {
    /// Its bytes.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Values(values) => values,
            Self::Page(pages, page) => pages.get(*page).map_or(r#"{"events":[]}"#, |page| page),
        }
    }
}

/// Serves it on the loopback interface as long as the program runs.
///
/// # Errors
/// Those of the system where there is no port to listen on.
pub fn serve(canned: &Canned) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let canned = canned.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let canned = canned.clone();
            // A client that goes away is no failure of the server.
            thread::spawn(move || drop(converse(&stream, &canned)));
        }
    });
    Ok(address)
}

fn converse(stream: &TcpStream, canned: &Canned) -> io::Result<()> {
    let mut requests = BufReader::new(stream);
    let mut answers = stream;
    loop {
        let mut target = String::new();
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            if requests.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some(rest) = line.strip_prefix("GET ") {
                rest.split(' ').next().unwrap_or_default().clone_into(&mut target);
            }
        }
        let answer = canned.answer(&target);
        let length = answer.text().len();
        write!(answers, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n")?;
        answers.write_all(answer.text().as_bytes())?;
    }
}
