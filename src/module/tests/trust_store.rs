//! What becomes of authorities, and which files are none.

use crate::action::{Action, Content};
use crate::module::module_type::Configuration as _;
use crate::module::types::{Family, TrustStore};
use crate::module::{Compiled, Dialect, Distribution, FinishRequest, RunFacts, Surroundings};
use crate::origin::{Diagnostic, Origin, Sourced};
use crate::setting::tests::fake::Repository;

/// Self-signed certificates made by `openssl req -x509 -newkey ec`; nobody has their keys.
pub(crate) const ONE: &str = "\
-----BEGIN CERTIFICATE-----
MIIBczCCARmgAwIBAgIUM9yZ42zDdeS+BHQSQAVf9e5O3KkwCgYIKoZIzj0EAwIw
DjEMMAoGA1UEAwwDb25lMCAXDTI2MTEyMTExMjY0NFoYDzIxMjYxMDI4MTEyNjQ0
WjAOMQwwCgYDVQQDDANvbmUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQWjtQH
Gfbautud6hx3HQMs+8A9V12T9di7fCSFVhSCaQl0T6VgUhMQHLZBPycDX2PiLqvm
U05H9eHca9r+JzJUo1MwUTAdBgNVHQ4EFgQUxqFu4qfX1l0ZoawzfPkj4vycKksw
HwYDVR0jBBgwFoAUxqFu4qfX1l0ZoawzfPkj4vycKkswDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNIADBFAiEA9F7Ox5ahOrW8Q4y3PrBYUh3oRjDSOQfEoI1K
Ls53reMCIFRIr5EW5kPq6uFZVbE8PEcW+NLeL2lh+VFEZluvhnPp
-----END CERTIFICATE-----
";
const TWO: &str = "\
-----BEGIN CERTIFICATE-----
MIIBczCCARmgAwIBAgIUDUOwejYpZio8KxcXGx7h/6eco+YwCgYIKoZIzj0EAwIw
DjEMMAoGA1UEAwwDdHdvMCAXDTI2MTEyMTExMjY0NFoYDzIxMjYxMDI4MTEyNjQ0
WjAOMQwwCgYDVQQDDAN0d28wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAStKOnz
XvQXOHV7K29ntgs9Zb942GcpIIRL4W+5nkj6ugyXULgOfAKRPubETYInL5BzNKxo
CBuzUguChpzP3mVio1MwUTAdBgNVHQ4EFgQUGocvOyoYeZwtExCSU2dfeBCsEqww
HwYDVR0jBBgwFoAUGocvOyoYeZwtExCSU2dfeBCsEqwwDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNIADBFAiEAy5OjeHVGEtMTxW9vgRSeqbBjr+GzIQi0F9UD
cO2Eg/kCIHbC9DrG0+ES0YpxfLPcxHz36J6i1B0tLB3jyAXvamIz
-----END CERTIFICATE-----
";

fn compile(family: Family, files: &[(&str, &str)]) -> Result<Compiled, Vec<Diagnostic>> {
    let mut repository = Repository::default();
    let mut authorities = Vec::new();
    for (index, (path, text)) in files.iter().enumerate() {
        repository = repository.file(path, text);
        let mut origin = Origin::of_file("recipe.yml");
        origin.line = u32::try_from(index).expect("few files") + 1;
        authorities.push(Sourced::new((*path).to_owned(), origin));
    }
    let origin = Origin::of_file("recipe.yml");
    TrustStore {
        authorities,
        family,
    }
    .compile(&Surroundings {
        dialect: Dialect::Native,
        origin: &origin,
        inputs: &repository,
        image: None,
        name: "test",
        distribution: Distribution::default(),
        root: &repository,
        run: RunFacts::default(),
    })
}

fn written(compiled: &Compiled) -> Vec<(String, String)> {
    let write = |action: &Action| match action {
        Action::Write {
            path,
            content: Content::Text(text),
            mode: 0o644,
            ..
        } => (path.to_string(), text.to_string()),
        other => panic!("not a file of mode 0644: {other:?}"),
    };
    compiled.actions.iter().map(write).collect()
}

#[test]
fn puts_each_authority_where_the_family_looks() {
    let debian = compile(Family::Debian, &[("ca/one.pem", ONE)]).expect("a certificate");
    let place = "/usr/local/share/ca-certificates/one.crt".to_owned();
    assert_eq!(written(&debian), [(place, ONE.to_owned())]);
    assert_eq!(debian.finish, [FinishRequest::TrustStore]);
    let fedora = compile(Family::Fedora, &[("one.crt", ONE)]).expect("a certificate");
    let place = "/etc/pki/ca-trust/source/anchors/one.crt".to_owned();
    assert_eq!(written(&fedora), [(place, ONE.to_owned())]);
}

#[test]
fn splits_bundles_and_drops_what_stands_around() {
    let bundle = format!(
        "subject=CN=one\r\n{}issuer=x\n{TWO}",
        ONE.replace('\n', "\r\n")
    );
    let compiled = compile(Family::Debian, &[("ca.pem", &bundle)]).expect("two certificates");
    let place = |name: &str| format!("/usr/local/share/ca-certificates/{name}");
    assert_eq!(
        written(&compiled),
        [
            (place("ca-1.crt"), ONE.to_owned()),
            (place("ca-2.crt"), TWO.to_owned())
        ]
    );
}

#[test]
fn no_authority_asks_for_nothing() {
    assert_eq!(compile(Family::Debian, &[]), Ok(Compiled::default()));
}

#[test]
fn refuses_what_is_no_authority() {
    let key = format!("{ONE}-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n");
    let cut = ONE.replace("MIIBczCC", "MIIBczC");
    let shorter: Vec<_> = ONE
        .lines()
        .filter(|line| !line.starts_with("DjEMMAo"))
        .collect();
    let cases = [
        (key.as_str(), "holds a private key"),
        ("", "holds no certificate"),
        ("just text", "holds no certificate"),
        (&cut, "certificate 1 of `a.pem` is damaged"),
        (&shorter.join("\n"), "certificate 1 of `a.pem` is damaged"),
        (
            &ONE.replace("-----END CERTIFICATE-----", ""),
            "certificate 1 of `a.pem` is damaged",
        ),
        (
            &ONE.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
            "holds `TRUSTED CERTIFICATE`",
        ),
        (
            "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
            "is damaged",
        ),
        (
            &format!("{ONE}-----BEGIN X509 CRL-----\n"),
            "holds `X509 CRL`",
        ),
    ];
    for (text, words) in cases {
        let problems = compile(Family::Debian, &[("a.pem", text)]).expect_err(words);
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0].message.contains(words),
            "{words}: {}",
            problems[0]
        );
        assert!(problems[0].hint.is_some());
    }
}

#[test]
fn reports_all_wrong_files_at_once() {
    let files = [
        ("a/ca.pem", ONE),
        ("b/ca.crt", TWO),
        ("c.pem", "no"),
        ("d.pem", "no"),
    ];
    let problems = compile(Family::Debian, &files).expect_err("three are wrong");
    let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "recipe.yml:2:0: `b/ca.crt` would be `ca.crt`, which is taken",
            "recipe.yml:3:0: `c.pem` holds no certificate in PEM form",
            "recipe.yml:4:0: `d.pem` holds no certificate in PEM form",
        ]
    );
    assert_eq!(problems[0].related[0].0.line, 1);
}
