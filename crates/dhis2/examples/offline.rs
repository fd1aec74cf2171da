//! A recording made once, and an extract from it without any server. The server that is recorded is simulated in this process.
//!
//! `cargo run -p dhis2 --example offline`

use dhis2::{Connection, Credentials};
use dhis2_simulator::{SUPERUSER_TOKEN, Simulator, World, WorldSize};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let recording = std::env::temp_dir().join("dhis2-example-programs.har");

    let world = World::generate(&WorldSize::default(), 1);
    let server = Simulator::builder().version("2.41.9.1")?.world(world).start().await?;
    let online =
        Connection::to(server.base_url()).credentials(Credentials::token(SUPERUSER_TOKEN)).record(&recording).open()?;
    let programs = online.get_programs(&[]).await?;
    online.finish_recording()?;
    drop(server);

    // No address and no account: everything comes from the file.
    let offline = Connection::replay([recording]).open()?;
    let replayed = offline.get_programs(&[]).await?;
    println!("{replayed}");
    if !replayed.equals_missing(&programs) {
        return Err("the recording gave another frame than the server".into());
    }
    Ok(())
}
