//! Tokens: what a registry accepts as proof, fetched once for each set of scopes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;

use super::challenge::Challenge;
use super::credentials::{self, Credentials, Secret};
use super::scopes::Scopes;
use crate::registry::error::invalid;
use crate::registry::transport::refusal;
use crate::registry::transport::{Request, Transport};
use crate::registry::{Error, Reference};

/// Largest answer of a token server that is read, in bytes.
const MAX_ANSWER: u64 = 1 << 20;

/// Lifetime of a token that does not state one (distribution-spec, token authentication).
const LIFETIME: u64 = 60;

/// A token is not used in its last moments.
const MARGIN: Duration = Duration::from_secs(5);

/// Knows how each registry wants to be asked and holds the tokens it gave.
#[derive(Default)]
pub(in crate::registry) struct Tokens {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    challenges: BTreeMap<String, Challenge>,
    tokens: BTreeMap<(String, Scopes), Token>,
    credentials: BTreeMap<String, Option<Credentials>>,
}

#[derive(Clone)]
struct Token {
    header: HeaderValue,
    until: Option<Instant>,
}

/// What a token server answers.
#[derive(Deserialize)]
struct Answer {
    token: Option<String>,
    access_token: Option<String>,
    expires_in: Option<u64>,
}

/// Who asks a token server for what.
struct Application<'a> {
    subject: &'a Reference,
    credentials: Option<&'a Credentials>,
    realm: Url,
    service: Option<&'a str>,
}

impl Tokens {
    /// The value of `Authorization` for a request; none for a registry that has not asked for one.
    pub(in crate::registry) fn header(
        &self,
        transport: &Arc<Transport>,
        subject: &Reference,
        scopes: &Scopes,
    ) -> Result<Option<HeaderValue>, Error> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (subject.host().to_owned(), scopes.clone());
        match known.tokens.get(&key) {
            Some(token) if token.until.is_none_or(|until| Instant::now() < until) => {
                Ok(Some(token.header.clone()))
            }
            _ => known.obtain(transport, subject, key),
        }
    }

    /// A better value after `used` was refused; none when there is nothing else to try.
    pub(in crate::registry) fn renew(
        &self,
        transport: &Arc<Transport>,
        (subject, scopes): (&Reference, &Scopes),
        used: Option<&HeaderValue>,
        refusal: &HeaderMap,
    ) -> Result<Option<HeaderValue>, Error> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (subject.host().to_owned(), scopes.clone());
        if let Some(token) = known.tokens.get(&key)
            && used != Some(&token.header)
        {
            return Ok(Some(token.header.clone()));
        }
        let Some(challenge) = Challenge::of(refusal) else {
            return Ok(None);
        };
        known.challenges.insert(key.0.clone(), challenge);
        known.tokens.remove(&key);
        let header = known.obtain(transport, subject, key)?;
        Ok(header.filter(|header| used != Some(header)))
    }

    /// Which credentials are used for a repository, for messages.
    pub(in crate::registry) fn describe(
        &self,
        transport: &Transport,
        subject: &Reference,
    ) -> String {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match known.credentials(transport, subject) {
            Ok(Some(credentials)) => credentials.describe(),
            _ => credentials::describe_none(&transport.settings, subject),
        }
    }
}

impl Known {
    fn credentials(
        &mut self,
        transport: &Transport,
        subject: &Reference,
    ) -> Result<Option<Credentials>, Error> {
        let key = format!("{}/{}", subject.registry(), subject.repository());
        if let Some(found) = self.credentials.get(&key) {
            return Ok(found.clone());
        }
        let found = credentials::find(&transport.settings, subject)?;
        self.credentials.insert(key, found.clone());
        Ok(found)
    }

    /// Answers the registry's challenge, if it has made one.
    fn obtain(
        &mut self,
        transport: &Arc<Transport>,
        subject: &Reference,
        key: (String, Scopes),
    ) -> Result<Option<HeaderValue>, Error> {
        let Some(challenge) = self.challenges.get(&key.0).cloned() else {
            return Ok(None);
        };
        let credentials = self.credentials(transport, subject)?;
        let token = match challenge {
            Challenge::Basic => match credentials.map(|found| found.secret) {
                Some(Secret::Password { user, password }) => Token {
                    header: basic(&user, &password),
                    until: None,
                },
                _ => return Ok(None),
            },
            Challenge::Bearer { realm, service } => {
                let realm = Url::parse(&realm).map_err(|error| {
                    invalid(
                        subject,
                        format!("the token server {realm:?} is not an address: {error}"),
                    )
                })?;
                let application = Application {
                    subject,
                    credentials: credentials.as_ref(),
                    realm,
                    service: service.as_deref(),
                };
                application.fetch_any(transport, &key.1)?
            }
        };
        let header = token.header.clone();
        self.tokens.insert(key, token);
        Ok(Some(header))
    }
}

impl Application<'_> {
    /// Asks for all scopes at once; where one of them is forbidden altogether, for the first alone.
    fn fetch_any(&self, transport: &Arc<Transport>, scopes: &Scopes) -> Result<Token, Error> {
        match self.fetch(transport, scopes.all()) {
            Err(Error::Unauthorized { .. }) if scopes.all().len() > 1 => {
                self.fetch(transport, scopes.first())
            }
            other => other,
        }
    }

    fn fetch(&self, transport: &Arc<Transport>, scopes: &[String]) -> Result<Token, Error> {
        let (request, authorization) = self.request(scopes);
        let reply = crate::registry::retry::retry(&transport.settings, || {
            let reply = transport.send(self.subject, &request, authorization.as_ref())?;
            if reply.status() == StatusCode::OK {
                return Ok(reply);
            }
            let tried = match self.credentials {
                Some(credentials) => credentials.describe(),
                None => credentials::describe_none(&transport.settings, self.subject),
            };
            Err(refusal(self.subject, reply, "the token", &tried))
        })?;
        let bytes = reply.bytes(MAX_ANSWER)?;
        let wrong = || invalid(self.subject, format!("{} gives no token", self.realm));
        let answer: Answer = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
        let token = answer.token.or(answer.access_token).ok_or_else(wrong)?;
        let lifetime = Duration::from_secs(answer.expires_in.unwrap_or(LIFETIME));
        Ok(Token {
            header: sensitive(&format!("Bearer {token}")).ok_or_else(wrong)?,
            until: Instant::now().checked_add(lifetime.saturating_sub(MARGIN)),
        })
    }

    /// A GET with the password, or an OAuth2 POST with the identity token.
    fn request(&self, scopes: &[String]) -> (Request, Option<HeaderValue>) {
        let mut request = Request::new(Method::GET, self.realm.clone());
        if let Some(Secret::Identity(token)) = self.credentials.map(|found| &found.secret) {
            let mut form = self.realm.clone();
            form.query_pairs_mut()
                .clear()
                .append_pair("grant_type", "refresh_token")
                .append_pair("refresh_token", token)
                .append_pair("service", self.service.unwrap_or_default())
                .append_pair("scope", &scopes.join(" "))
                .append_pair("client_id", "terroir");
            request.method = Method::POST;
            request.body = Bytes::from(form.query().unwrap_or_default().to_owned());
            let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
            request.headers.insert(CONTENT_TYPE, kind);
            return (request, None);
        }
        let mut pairs = request.url.query_pairs_mut();
        if let Some(service) = self.service {
            pairs.append_pair("service", service);
        }
        for scope in scopes {
            pairs.append_pair("scope", scope);
        }
        drop(pairs);
        let header = self.credentials.and_then(|found| match &found.secret {
            Secret::Password { user, password } => Some(basic(user, password)),
            Secret::Identity(_) => None,
        });
        (request, header)
    }
}

fn basic(user: &str, password: &str) -> HeaderValue {
    let encoded = STANDARD.encode(format!("{user}:{password}"));
    sensitive(&format!("Basic {encoded}")).expect("base64 fits into a header")
}

fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
