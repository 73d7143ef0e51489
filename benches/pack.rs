//! A tar on standard input to a layer in a store: `pack STORE < FILE.tar`.

use std::io::{BufReader, Read, Write as _};
use std::ops::ControlFlow;
use std::path::Path;

use terroir::oci::MediaType;
use terroir::store::Store;
use terroir::tree::{Codec, Limits, read_layer};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // `cargo test --benches` and `cargo bench` pass arguments of their own.
    let Some(folder) = std::env::args()
        .nth(1)
        .filter(|folder| !folder.starts_with('-'))
    else {
        return Ok(());
    };
    let store = Store::open(Path::new(&folder))?;
    let input = BufReader::with_capacity(1 << 20, std::io::stdin().lock());
    let packed = store.pack(Codec::Zstd, |writer| {
        let mut put = |entry, content: &mut dyn Read| {
            writer.append(&entry, content)?;
            Ok(ControlFlow::Continue(()))
        };
        read_layer(input, &MediaType::ImageLayer, &Limits::default(), &mut put)?;
        Ok::<_, Box<dyn std::error::Error>>(())
    })?;
    writeln!(
        std::io::stdout(),
        "{} {} {}",
        packed.diff_id,
        packed.digest,
        packed.size
    )?;
    Ok(())
}
