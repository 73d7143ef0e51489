//! Answers in the protocol of registries.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use super::cache::{Found, ImageCache, Wanted};
use super::incoming::Failed;
use super::part::part;
use super::send::Source;
use crate::oci::{Digest, MAX_DOCUMENT};
use crate::serve::answer::Server;
use crate::serve::counts::Key;

/// A request below `/v2`.
#[derive(Debug)]
pub(in crate::serve) struct Asked<'a> {
    /// The path behind `v2`, without the slash at its beginning.
    pub(in crate::serve) path: &'a str,
    /// From where it comes.
    pub(in crate::serve) address: &'a str,
    /// Its headers.
    pub(in crate::serve) headers: &'a HeaderMap,
    /// When it came.
    pub(in crate::serve) now: u64,
}

/// What a path names.
#[derive(Debug, PartialEq, Eq)]
struct Named<'a> {
    repository: &'a str,
    is_manifest: bool,
    selector: &'a str,
}

fn named(path: &str) -> Option<Named<'_>> {
    let (rest, selector) = path.rsplit_once('/')?;
    let (repository, kind) = rest.rsplit_once('/')?;
    let is_manifest = match kind {
        "manifests" => true,
        "blobs" => false,
        _ => return None,
    };
    Some(Named {
        repository,
        is_manifest,
        selector,
    })
}

/// Answers a request for images of the hosts of the site.
pub(in crate::serve) async fn answer(
    server: &Arc<Server>,
    cache: &ImageCache,
    asked: &Asked<'_>,
) -> Response<Body> {
    let response = decide(server, cache, asked).await;
    server.counts().add(Key {
        protocol: "http",
        answer: "image",
        status: response.status().as_u16(),
    });
    response
}

async fn decide(server: &Arc<Server>, cache: &ImageCache, asked: &Asked<'_>) -> Response<Body> {
    if asked.path.is_empty() {
        return base();
    }
    let served = server.served();
    let images = served.images();
    let found = named(asked.path).and_then(|named| {
        let reference = images.of.get(named.repository)?;
        Some((named, reference))
    });
    let Some((named, reference)) = found else {
        if cache.tells(asked.now) {
            note(
                server,
                asked,
                &format!("refused: no host has {}", asked.path),
            )
            .await;
        }
        return no(404, "NAME_UNKNOWN", "no host of the site has such an image");
    };
    let Ok(digest) = named.selector.parse::<Digest>() else {
        return no(
            404,
            "MANIFEST_UNKNOWN",
            "images are asked for by digest here",
        );
    };
    let wanted = Wanted {
        registry: images.registry.clone(),
        reference: reference.clone(),
        digest,
        is_manifest: named.is_manifest,
    };
    let source = match find(server, cache, (asked, wanted)).await {
        Ok(source) => source,
        Err(response) => return response,
    };
    match named.is_manifest {
        true => manifest(source, &digest).await,
        false => blob(source, &digest, asked.headers),
    }
}

/// Finds what is wanted, or begins to fetch it.
async fn find(
    server: &Arc<Server>,
    cache: &ImageCache,
    (asked, wanted): (&Asked<'_>, Wanted),
) -> Result<Source, Response<Body>> {
    let is_manifest = wanted.is_manifest;
    let (cache, ledger, now) = (cache.clone(), server.clone(), asked.now);
    let address = asked.address.to_owned();
    let finding = tokio::task::spawn_blocking(move || {
        let limit = cache.clone();
        let tell = Box::new(move |line: &str, is_good: bool| {
            if is_good || limit.tells(now) {
                // What cannot be written is said by whatever else asks for the log.
                let _ = ledger.ledger().note(("", &address), ("image", line), now);
            }
        });
        cache.find(&wanted, tell)
    });
    match finding.await {
        Ok(Found::Kept(file, size)) => Ok(Source {
            file: Arc::new(file),
            size,
            progress: None,
        }),
        Ok(Found::Coming(incoming)) => match incoming.begun().await {
            Ok((file, size)) => Ok(Source {
                file,
                size,
                progress: Some(incoming.progress()),
            }),
            Err(failed) => Err(failure(is_manifest, &failed)),
        },
        Ok(Found::Busy) | Err(_) => Err(no(
            503,
            "TOOMANYREQUESTS",
            "too many images are fetched, ask again",
        )),
    }
}

/// What tells a client that this is a registry.
fn base() -> Response<Body> {
    let kind = HeaderValue::from_static("application/json");
    finished(Response::new(Body::from("{}")), (kind, 2), None)
}

async fn manifest(source: Source, digest: &Digest) -> Response<Body> {
    if source.size > MAX_DOCUMENT {
        return no(404, "MANIFEST_UNKNOWN", "it is no manifest");
    }
    let Ok(bytes) = source.whole().await else {
        return no(502, "UNAVAILABLE", "the registry did not give all of it");
    };
    let value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let stated = value.get("mediaType").and_then(Value::as_str);
    let kind = stated.unwrap_or(match value.get("manifests") {
        Some(_) => "application/vnd.oci.image.index.v1+json",
        None => "application/vnd.oci.image.manifest.v1+json",
    });
    let octets = || HeaderValue::from_static("application/octet-stream");
    let kind = HeaderValue::from_str(kind).unwrap_or_else(|_| octets());
    let about = (kind, bytes.len() as u64);
    finished(Response::new(Body::from(bytes)), about, Some(digest))
}

fn blob(source: Source, digest: &Digest, headers: &HeaderMap) -> Response<Body> {
    let range = headers.get(header::RANGE);
    let range = range.and_then(|range| range.to_str().ok());
    let size = source.size;
    let kind = HeaderValue::from_static("application/octet-stream");
    let Ok(part) = part(range, size) else {
        let mut response = no(416, "RANGE_INVALID", "the blob has no such part");
        put(
            &mut response,
            header::CONTENT_RANGE,
            &format!("bytes */{size}"),
        );
        return response;
    };
    let (at, end) = part.unwrap_or((0, size));
    let mut response = Response::new(source.body(at, end));
    if part.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let shown = format!("bytes {at}-{}/{size}", end.saturating_sub(1));
        put(&mut response, header::CONTENT_RANGE, &shown);
    }
    finished(response, (kind, end - at), Some(digest))
}

/// Puts the headers of whatever is found.
fn finished(
    mut response: Response<Body>,
    (kind, length): (HeaderValue, u64),
    digest: Option<&Digest>,
) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let version = HeaderValue::from_static("registry/2.0");
    headers.insert("docker-distribution-api-version", version);
    if let Some(digest) = digest {
        let name = header::HeaderName::from_static("docker-content-digest");
        put(&mut response, name, &digest.to_string());
    }
    response
}

fn put(response: &mut Response<Body>, name: header::HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        response.headers_mut().insert(name, value);
    }
}

fn failure(is_manifest: bool, failed: &Failed) -> Response<Body> {
    let code = match is_manifest {
        true => "MANIFEST_UNKNOWN",
        false => "BLOB_UNKNOWN",
    };
    match failed {
        Failed::Absent => no(404, code, "the registry does not have it"),
        Failed::TooLarge(_) => no(507, code, "it is larger than the cache of the server"),
        // The log has the reason.
        Failed::Other(_) => no(502, "UNAVAILABLE", "the registry does not give it"),
    }
}

/// A refusal as registries write it.
fn no(status: u16, code: &str, why: &str) -> Response<Body> {
    let text = json!({ "errors": [{ "code": code, "message": why }] }).to_string();
    let about = (
        HeaderValue::from_static("application/json"),
        text.len() as u64,
    );
    let mut response = finished(Response::new(Body::from(text)), about, None);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::NOT_FOUND);
    response
}

/// Writes into the log what was refused, shortened.
async fn note(server: &Arc<Server>, asked: &Asked<'_>, line: &str) {
    let (server, now) = (server.clone(), asked.now);
    let address = asked.address.to_owned();
    let shown = line.chars().filter(|c| !c.is_control());
    let line: String = shown.take(200).collect();
    let noting = tokio::task::spawn_blocking(move || {
        let _ = server.ledger().note(("", &address), ("image", &line), now);
    });
    let _ = noting.await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_a_repository_and_a_thing_in_it() {
        let is = |repository, is_manifest, selector| {
            Some(Named {
                repository,
                is_manifest,
                selector,
            })
        };
        for (path, expected) in [
            ("a/b/manifests/sha256:1", is("a/b", true, "sha256:1")),
            ("r_5000/a/blobs/x", is("r_5000/a", false, "x")),
            ("a/blobs/blobs/x", is("a/blobs", false, "x")),
            ("a/tags/list", None),
            ("a/blobs/uploads/x", None),
            ("blobs/x", None),
            ("_catalog", None),
        ] {
            assert_eq!(named(path), expected, "{path}");
        }
    }
}
