//! The certificate of the server and its key: two files of PEM, which are read again when they change.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{InconsistentKeys, ServerConfig};

use super::error::Error;

/// A certificate with its key.
#[derive(Debug)]
pub struct Certificate {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<ServerConfig>>,
    look: Mutex<[Look; 2]>,
}

/// What changes with a file: its time, its length, its number.
type Look = Option<(SystemTime, u64, u64)>;

impl Certificate {
    /// Reads a certificate, those of its issuers behind it, and its key.
    ///
    /// # Errors
    /// A file that cannot be read or has something else, or a key of another certificate.
    pub fn read(certificate: PathBuf, key: PathBuf) -> Result<Arc<Self>, Error> {
        // What changes while it is read has to be seen: it is looked at before.
        let look = [look(&certificate), look(&key)];
        let current = RwLock::new(Arc::new(read(&certificate, &key)?));
        Ok(Arc::new(Self {
            certificate,
            key,
            current,
            look: Mutex::new(look),
        }))
    }

    /// The files, read again if they have changed; what is wrong with them then, while the old ones stay in use.
    /// None where nothing has changed.
    pub fn again(&self) -> Option<Result<(), Error>> {
        let now = [look(&self.certificate), look(&self.key)];
        let mut before = self.look.lock().unwrap_or_else(PoisonError::into_inner);
        if *before == now {
            return None;
        }
        *before = now;
        let changed = read(&self.certificate, &self.key).map(|changed| {
            let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
            *current = Arc::new(changed);
        });
        Some(changed)
    }

    /// What connections begin with now.
    pub(super) fn current(&self) -> Arc<ServerConfig> {
        let current = self.current.read();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn look(path: &Path) -> Look {
    use std::os::unix::fs::MetadataExt as _;
    let about = path.metadata().ok()?;
    Some((about.modified().ok()?, about.len(), about.ino()))
}

fn read(certificate: &Path, key: &Path) -> Result<ServerConfig, Error> {
    let wrong = |path: &Path, why: String| Error::Certificate {
        path: path.to_path_buf(),
        why,
    };
    let unread = |path: &Path, what: &str, error: &pem::Error| match error {
        pem::Error::NoItemsFound => wrong(path, format!("it has no {what} in PEM")),
        error => wrong(path, error.to_string()),
    };
    let chain = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
    let chain: Vec<CertificateDer<'static>> =
        chain.map_err(|error| unread(certificate, "certificate", &error))?;
    if chain.is_empty() {
        return Err(unread(
            certificate,
            "certificate",
            &pem::Error::NoItemsFound,
        ));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| unread(key, "key", &error))?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let made = builder.and_then(|builder| {
        let builder = builder.with_no_client_auth();
        builder.with_single_cert(chain, secret)
    });
    let mut made = made.map_err(|error| match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => wrong(
            key,
            format!("it is not the key of {}", certificate.display()),
        ),
        error => wrong(certificate, error.to_string()),
    })?;
    made.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(made)
}
