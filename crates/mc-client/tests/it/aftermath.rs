//! What an error says of the connection, by the async client.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use mc_client::{Behaviors, Client, Connection};

macro_rules! go {
    ($call:expr) => {
        $call.await
    };
}

macro_rules! next {
    ($rows:expr) => {
        $rows.next().await
    };
}

mod list;

/// For an answer: that the server closes the connection instead.
pub(crate) const HANGS_UP: &str = "";
/// For an answer: that there is none.
pub(crate) const SILENT: &str = " ";

/// The late answer is thrown away when it comes.
const AFTER_A_DEADLINE: Connection = Connection::Kept;

/// A server that answers one request after the other as it is told, over however many connections.
pub(crate) struct Scripted {
    pub(crate) address: String,
    accepted: Arc<AtomicUsize>,
}

impl Scripted {
    pub(crate) fn start<const N: usize>(answers: [&'static str; N]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let accepted = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&accepted);
        let answers = Arc::new(Mutex::new(VecDeque::from(answers)));
        thread::spawn(move || {
            for stream in listener.incoming() {
                counter.fetch_add(1, Ordering::SeqCst);
                let answers = Arc::clone(&answers);
                thread::spawn(move || serve(&stream.unwrap(), &answers));
            }
        });
        Self { address, accepted }
    }

    /// How many connections there have been.
    pub(crate) fn connections(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

fn serve(mut stream: &TcpStream, answers: &Mutex<VecDeque<&'static str>>) {
    let mut lines = BufReader::new(stream).lines();
    while let Some(Ok(line)) = lines.next() {
        if line.starts_with("set ") {
            lines.next();
        }
        let answer = answers.lock().unwrap().pop_front();
        match answer.expect("more is asked than the script has answers") {
            HANGS_UP => return,
            SILENT => {}
            said => stream.write_all(said.as_bytes()).unwrap(),
        }
    }
}

fn client(server: &str, behaviors: Behaviors) -> Client {
    let builder = Client::builder().servers([server]).unwrap();
    builder.behaviors(behaviors).build().unwrap()
}

#[tokio::test]
async fn refusals() {
    list::refusals().await;
}

#[tokio::test]
async fn answers() {
    list::answers().await;
}

#[tokio::test]
async fn rows() {
    list::rows().await;
}

#[tokio::test]
async fn buffers() {
    list::buffers().await;
}

#[tokio::test]
async fn none() {
    list::none().await;
}

#[tokio::test]
async fn datagrams() {
    list::datagrams().await;
}
