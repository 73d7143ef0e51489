//! Permissions in the registry of the tests: passwords, tokens and their scopes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::registry::{Auth, IDENTITY, PASSWORD, State, USER};
use super::registry_http::{Answer, Head, parse_query};
use super::registry_protocol::{error, split};

/// The scopes that a request needs.
fn needs(head: &Head) -> Vec<String> {
    let Some((repository, ..)) = split(&head.path) else {
        return Vec::new();
    };
    let action = match head.method.as_str() {
        "GET" | "HEAD" => "pull",
        _ => "push",
    };
    let mut needs = vec![format!("{repository}:{action}")];
    needs.extend(head.parameter("from").map(|from| format!("{from}:pull")));
    needs
}

/// Refuses a request of an unknown client.
pub(crate) fn allowed(state: &State, head: &Head) -> Result<(), Answer> {
    let given = head.header("authorization").unwrap_or_default();
    let challenge = match state.faults.auth {
        Auth::Open => return Ok(()),
        Auth::Basic if given == basic() => return Ok(()),
        Auth::Basic => "Basic realm=\"test, registry\"".to_owned(),
        Auth::Bearer => {
            let token = given
                .strip_prefix("Bearer token-")
                .and_then(|one| one.parse().ok());
            let granted = token.and_then(|one: usize| state.tokens.get(one));
            if granted.is_some_and(|granted| needs(head).iter().all(|need| granted.contains(need)))
            {
                return Ok(());
            }
            let realm = format!("http://{}/token", state.address);
            format!("Bearer realm=\"{realm}\",service=\"test, registry\",scope=\"x:y:pull,push\"")
        }
    };
    Err(error(401, "UNAUTHORIZED", "who are you?").with("WWW-Authenticate", challenge))
}

fn basic() -> String {
    format!("Basic {}", STANDARD.encode(format!("{USER}:{PASSWORD}")))
}

/// Gives a token for as many scopes as its owner has.
pub(crate) fn token(state: &mut State, head: &Head, body: &[u8]) -> Answer {
    let form = parse_query(std::str::from_utf8(body).unwrap_or_default());
    let of_form = |name: &str| {
        let found = form.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    let (known, scopes): (bool, Vec<&str>) = if head.method == "POST" {
        let known = of_form("refresh_token") == IDENTITY
            && of_form("grant_type") == "refresh_token"
            && of_form("service") == "test, registry";
        (known, of_form("scope").split(' ').collect())
    } else {
        let scopes = head.query.iter().filter(|(key, _)| key == "scope");
        let known = head.header("authorization") == Some(&basic())
            && head.parameter("service") == Some("test, registry");
        (known, scopes.map(|(_, value)| value.as_str()).collect())
    };
    let repository = |scope: &&str| scope.split(':').nth(1).unwrap_or_default().to_owned();
    let forbidden = state.faults.forbidden;
    if !known
        || scopes
            .iter()
            .any(|scope| forbidden.contains(&repository(scope).as_str()))
    {
        return error(401, "UNAUTHORIZED", "wrong password");
    }
    let mut granted = Vec::new();
    for scope in &scopes {
        let repository = repository(scope);
        if state.faults.ungranted.contains(&repository.as_str()) {
            continue;
        }
        let actions = scope.rsplit(':').next().unwrap_or_default().split(',');
        granted.extend(actions.map(|action| format!("{repository}:{action}")));
    }
    let text = json!({ "token": format!("token-{}", state.tokens.len()), "expires_in": 300 });
    state.tokens.push(granted);
    Answer::new(200, text.to_string())
}
