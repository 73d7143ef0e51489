//! The answers of the tests' registry: distribution-spec 1.1, read strictly.

use std::sync::Mutex;

use serde_json::{Value, json};
use terroir::oci::Digest;

use super::registry::{Lie, Mount, Recorded, State, lock};
use super::registry_auth::{allowed, token};
use super::registry_http::{Answer, Body, Head};

/// Answers one request to the registry and remembers it.
pub(crate) fn answer(state: &Mutex<State>, head: &Head, body: &mut Body<'_>) -> Option<Answer> {
    // The body is read without the lock, so that uploads are parallel.
    let half = body.len() / 2;
    let mut guard = lock(state);
    let is_upload = head.method == "PUT" && head.path.contains("/blobs/uploads/");
    if is_upload && half > 0 && allowed(&guard, head).is_ok() {
        if take(&mut guard.faults.dropped_uploads) {
            record(&mut guard, head, 0);
            drop(guard);
            let _ = body.take(half);
            return None;
        }
        if take(&mut guard.faults.failing_uploads) {
            record(&mut guard, head, 500);
            drop(guard);
            let _ = body.take(half);
            return Some(error(500, "UNKNOWN", "disk trouble"));
        }
    }
    drop(guard);
    let bytes = body.take(u64::MAX).ok()?;
    let mut state = lock(state);
    let answer = respond(&mut state, head, bytes);
    record(&mut state, head, answer.status);
    Some(answer)
}

/// Answers for the storage behind the registry.
pub(crate) fn answer_storage(state: &Mutex<State>, head: &Head) -> Answer {
    let mut state = lock(state);
    if let Some(authorization) = head.header("authorization") {
        state.leaks.push(authorization.to_owned());
    }
    let digest = head.path.trim_start_matches("/storage/");
    let found = state
        .blobs
        .iter()
        .find(|((_, key), _)| key.to_string() == digest);
    match found.map(|(_, bytes)| bytes.clone()) {
        Some(bytes) => give_blob(&mut state, head, &bytes),
        None => Answer::new(404, ""),
    }
}

fn record(state: &mut State, head: &Head, status: u16) {
    state.requests.push(Recorded {
        method: head.method.clone(),
        path: head.path.clone(),
        query: head.query.clone(),
        range: head.header("range").map(str::to_owned),
        status,
    });
}

/// Uses up one of the faults that are left.
fn take(left: &mut usize) -> bool {
    let any = *left > 0;
    *left = left.saturating_sub(1);
    any
}

pub(crate) fn error(status: u16, code: &str, message: &str) -> Answer {
    let body = json!({ "errors": [{ "code": code, "message": message }] });
    Answer::new(status, body.to_string()).with("Content-Type", "application/json")
}

fn respond(state: &mut State, head: &Head, body: Vec<u8>) -> Answer {
    if head.path == "/token" {
        return token(state, head, &body);
    }
    if let Err(refused) = allowed(state, head) {
        return refused;
    }
    if head.path == "/v2/" {
        return Answer::new(200, "{}");
    }
    if take(&mut state.faults.too_many) {
        let answer = error(429, "TOOMANYREQUESTS", "slow down");
        return match state.faults.retry_after {
            Some(after) => answer
                .with("Date", "Sun, 06 Nov 1994 08:49:37 GMT")
                .with("Retry-After", after),
            None => answer,
        };
    }
    let Some((repository, kind, name)) = split(&head.path) else {
        return Answer::new(404, "<html>what?</html>").with("Content-Type", "text/html");
    };
    match (head.method.as_str(), kind) {
        ("GET" | "HEAD", "manifests") => manifest(state, head, &repository, name),
        ("PUT", "manifests") => put_manifest(state, head, (&repository, name), body),
        ("GET" | "HEAD", "blobs") => blob(state, head, &repository, name),
        ("POST" | "PUT" | "PATCH" | "DELETE", "uploads") => {
            upload(state, head, (&repository, name), &body)
        }
        ("GET", "tags") => tags(state, head, &repository),
        ("GET", "referrers") if state.faults.lists_referrers => referrers(state, &repository, name),
        // Without a referrers API some registries answer such requests with a page for people.
        _ => Answer::new(404, "<html>what?</html>").with("Content-Type", "text/html"),
    }
}

/// Repository, kind and name of a path.
pub(crate) fn split(path: &str) -> Option<(String, &str, &str)> {
    let rest = path.strip_prefix("/v2/")?;
    [
        "/blobs/uploads/",
        "/manifests/",
        "/blobs/",
        "/tags/",
        "/referrers/",
    ]
    .into_iter()
    .find_map(|mark| {
        let (repository, name) = rest.split_once(mark)?;
        let kind = mark.trim_matches('/').rsplit('/').next()?;
        Some((repository.to_owned(), kind, name))
    })
}

fn manifest(state: &mut State, head: &Head, repository: &str, name: &str) -> Answer {
    let tag = (repository.to_owned(), name.to_owned());
    let quirk = name
        .strip_prefix("sha256-")
        .filter(|_| state.faults.resolves_digest_tags)
        .and_then(|hex| format!("sha256:{hex}").parse::<Digest>().ok());
    let digest = state
        .tags
        .get(&tag)
        .copied()
        .or(name.parse().ok())
        .or(quirk);
    let found = digest.and_then(|digest| {
        let found = state.manifests.get(&(repository.to_owned(), digest))?;
        Some((digest, found.clone()))
    });
    let Some((digest, (kind, bytes))) = found else {
        return error(404, "MANIFEST_UNKNOWN", "no such manifest");
    };
    if !head.header("accept").unwrap_or_default().contains(&kind) {
        return error(404, "MANIFEST_UNKNOWN", "not in a kind that you accept");
    }
    let is_head = head.method == "HEAD";
    if !is_head {
        state.reads.manifests += bytes.len() as u64;
    }
    let stated = match state.faults.lie {
        Lie::Digest => Digest::of(b"a lie"),
        _ => digest,
    };
    let mut answer = Answer::new(200, bytes).with("Content-Type", kind);
    if is_head && state.faults.terse_head {
        answer.length = None;
        return answer;
    }
    answer
        .headers
        .push(("Docker-Content-Digest", stated.to_string()));
    answer
}

fn put_manifest(
    state: &mut State,
    head: &Head,
    (repository, name): (&str, &str),
    body: Vec<u8>,
) -> Answer {
    let digest = Digest::of(&body);
    let document: Value = match serde_json::from_slice(&body) {
        Ok(document) => document,
        Err(_) => return error(400, "MANIFEST_INVALID", "not JSON"),
    };
    let kind = head.header("content-type").unwrap_or_default().to_owned();
    if document["mediaType"]
        .as_str()
        .is_some_and(|stated| stated != kind)
    {
        return error(400, "MANIFEST_INVALID", "two kinds");
    }
    let known = |value: &Value, is_blob: bool| {
        let digest = value["digest"].as_str().and_then(|text| text.parse().ok());
        let key = digest.map(|digest| (repository.to_owned(), digest));
        key.is_some_and(|key| match is_blob {
            true => state.blobs.contains_key(&key),
            false => state.manifests.contains_key(&key),
        })
    };
    let list = |name: &str| document[name].as_array().cloned().unwrap_or_default();
    let complete = list("manifests").iter().all(|child| known(child, false))
        && list("layers").iter().all(|layer| known(layer, true))
        && (document["config"].is_null() || known(&document["config"], true));
    if !complete {
        return error(400, "MANIFEST_BLOB_UNKNOWN", "push what it names first");
    }
    match name.parse::<Digest>() {
        Ok(wanted) if wanted != digest => return error(400, "DIGEST_INVALID", "not its digest"),
        Ok(_) => {}
        Err(_) => {
            state
                .tags
                .insert((repository.to_owned(), name.to_owned()), digest);
        }
    }
    state
        .manifests
        .insert((repository.to_owned(), digest), (kind, body));
    let stated = match state.faults.lie {
        Lie::Digest => Digest::of(b"a lie"),
        _ => digest,
    };
    let mut answer = Answer::new(201, "");
    if let Some(subject) = document["subject"]["digest"].as_str()
        && state.faults.lists_referrers
    {
        answer = answer.with("OCI-Subject", subject);
    }
    answer
        .with("Location", format!("/v2/{repository}/manifests/{digest}"))
        .with("Docker-Content-Digest", stated.to_string())
}

/// What is attached to a manifest, of whatever type: filters need not be heard.
fn referrers(state: &State, repository: &str, subject: &str) -> Answer {
    let attached = state
        .manifests
        .iter()
        .filter_map(|((of, digest), (kind, bytes))| {
            let document: Value = serde_json::from_slice(bytes).ok()?;
            let is_it = of == repository && document["subject"]["digest"] == subject;
            is_it.then(|| {
                json!({ "mediaType": kind, "digest": digest, "size": bytes.len(),
                "artifactType": document["artifactType"] })
            })
        });
    let attached: Vec<Value> = attached.collect();
    let kind = "application/vnd.oci.image.index.v1+json";
    let list = json!({ "schemaVersion": 2, "mediaType": kind, "manifests": attached });
    Answer::new(200, list.to_string()).with("Content-Type", kind)
}

fn blob(state: &mut State, head: &Head, repository: &str, name: &str) -> Answer {
    let key = name
        .parse()
        .ok()
        .map(|digest| (repository.to_owned(), digest));
    let Some(bytes) = key.and_then(|key| state.blobs.get(&key).cloned()) else {
        return error(404, "BLOB_UNKNOWN", "no such blob");
    };
    if head.method == "HEAD" {
        return Answer::new(200, bytes).with("Docker-Content-Digest", name);
    }
    if state.faults.redirects_blobs {
        let location = format!("http://{}/storage/{name}", state.storage);
        return Answer::new(307, "").with("Location", location);
    }
    give_blob(state, head, &bytes)
}

/// Gives a blob, or the range of it that was asked for, with all faults of downloads.
fn give_blob(state: &mut State, head: &Head, whole: &[u8]) -> Answer {
    let digest = Digest::of(whole).to_string();
    let is_config = state.manifests.values().any(|(_, bytes)| {
        let document: Value = serde_json::from_slice(bytes).unwrap_or_default();
        document["config"]["digest"] == digest.as_str()
    });
    let range = head
        .header("range")
        .filter(|_| !state.faults.ignores_ranges);
    let start = range.and_then(|range| {
        range
            .strip_prefix("bytes=")?
            .trim_end_matches('-')
            .parse()
            .ok()
    });
    let mut answer = match start {
        Some(start) if start >= whole.len() => return Answer::new(416, ""),
        Some(start) => {
            let range = format!("bytes {start}-{}/{}", whole.len() - 1, whole.len());
            Answer::new(206, whole.get(start..).unwrap_or_default()).with("Content-Range", range)
        }
        None => Answer::new(200, whole),
    };
    match state.faults.lie {
        Lie::Length => {
            answer.body.push(0);
            answer.length = Some(answer.body.len());
        }
        Lie::Bytes => answer.body[0] ^= 1,
        Lie::Longer => {
            answer.body.push(0);
            answer.length = None;
            answer.cut = Some(answer.body.len());
        }
        Lie::Nothing | Lie::Digest => {}
    }
    if take(&mut state.faults.dropped_downloads) {
        answer.cut = Some(answer.body.len() / 2);
    }
    let given = answer.cut.unwrap_or(answer.body.len()) as u64;
    match is_config {
        true => state.reads.configs += given,
        false => state.reads.blobs += given,
    }
    answer
}

fn upload(state: &mut State, head: &Head, (repository, id): (&str, &str), body: &[u8]) -> Answer {
    if head.method == "POST" {
        return begin_upload(state, head, repository);
    }
    let Some(held) = state.uploads.get_mut(id) else {
        return error(404, "BLOB_UPLOAD_UNKNOWN", "no such upload");
    };
    // The parameters of the location must come back as they were given.
    if head.parameter("state") != Some("a b/c") {
        return error(400, "BLOB_UPLOAD_INVALID", "the location was changed");
    }
    let location = format!("/v2/{repository}/blobs/uploads/{id}?state=a%20b%2Fc");
    let range = format!(
        "{}-{}",
        held.len(),
        held.len() + body.len().saturating_sub(1)
    );
    match head.method.as_str() {
        "DELETE" => {
            state.uploads.remove(id);
            Answer::new(204, "")
        }
        "PATCH" if head.header("content-range") != Some(&range) => {
            let end = held.len().saturating_sub(1);
            error(416, "BLOB_UPLOAD_INVALID", "chunks come in order")
                .with("Location", location)
                .with("Range", format!("0-{end}"))
        }
        "PATCH" => {
            held.extend_from_slice(body);
            let end = held.len().saturating_sub(1);
            Answer::new(202, "")
                .with("Location", location)
                .with("Range", format!("0-{end}"))
        }
        _ => {
            held.extend_from_slice(body);
            let digest = Digest::of(held);
            if head.parameter("digest") != Some(&digest.to_string()) {
                return error(400, "DIGEST_INVALID", "not its digest");
            }
            let bytes = state.uploads.remove(id).unwrap_or_default();
            store(state, repository, digest, bytes)
        }
    }
}

fn store(state: &mut State, repository: &str, digest: Digest, bytes: Vec<u8>) -> Answer {
    state.blobs.insert((repository.to_owned(), digest), bytes);
    Answer::new(201, "")
        .with("Location", format!("/v2/{repository}/blobs/{digest}"))
        .with("Docker-Content-Digest", digest.to_string())
}

fn begin_upload(state: &mut State, head: &Head, repository: &str) -> Answer {
    if let (Some(digest), Some(from)) = (head.parameter("mount"), head.parameter("from")) {
        let digest: Digest = digest.parse().expect("only sha256 is mounted");
        let found = state.blobs.get(&(from.to_owned(), digest)).cloned();
        match (state.faults.mount, found) {
            (Mount::Refuses(status), _) => return error(status, "DENIED", "no mounting"),
            (Mount::Works, Some(bytes)) => return store(state, repository, digest, bytes),
            (Mount::Works | Mount::Begins, _) => {}
        }
    }
    let id = format!("upload-{}", state.requests.len());
    let location = format!(
        "http://{}/v2/{repository}/blobs/uploads/{id}?state=a%20b%2Fc",
        state.address
    );
    state.uploads.insert(id, Vec::new());
    Answer::new(202, "").with("Location", location)
}

/// Two tags to a page, however many are wanted.
fn tags(state: &State, head: &Head, repository: &str) -> Answer {
    let last = head.parameter("last").unwrap_or_default();
    let mut names = state
        .tags
        .keys()
        .filter(|(of, name)| of == repository && name.as_str() > last)
        .map(|(_, name)| name.clone());
    let page: Vec<String> = names.by_ref().take(2).collect();
    if page.is_empty() && last.is_empty() {
        return error(404, "NAME_UNKNOWN", "no such repository");
    }
    let answer = Answer::new(200, json!({ "name": repository, "tags": page }).to_string());
    match (page.last(), names.next()) {
        (Some(last), Some(_)) => answer.with(
            "Link",
            format!("</v2/{repository}/tags/list?n=2&last={last}>; rel=\"next\""),
        ),
        _ => answer,
    }
}
