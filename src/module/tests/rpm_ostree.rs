//! Command plans of rpm-ostree.

use serde_json::json;

use super::managers::plan;
use crate::module::Dialect::BlueBuild;

const OSTREE: &str = " [network] [rpm-ostree /var/cache/rpm-ostree]";

#[test]
fn rpm_ostree_plans() {
    for (configuration, expected) in [
        (json!({"install": ["vim"]}), vec![format!("rpm-ostree install vim{OSTREE}")]),
        (json!({"remove": ["nano"]}), vec![format!("rpm-ostree override remove nano{OSTREE}")]),
        (json!({"install": ["vim", "https://x.example/a.rpm", "own.rpm"], "remove": ["nano"]}),
         vec![format!("rpm-ostree override remove nano --install=vim{OSTREE} [rpm-ostree/own.rpm /run/inputs]"),
              format!("rpm-ostree install https://x.example/a.rpm /run/inputs/rpm-ostree/own.rpm{OSTREE} [rpm-ostree/own.rpm /run/inputs]")]),
        (json!({"repos": ["own.repo", "https://x.example/d/a.repo?x=1"], "keys": ["https://x.example/k-%OS_VERSION%.asc"]}),
         vec!["write /etc/yum.repos.d/own.repo 644 rpm-ostree/own.repo".into(),
              "curl -fLsS --retry 5 --create-dirs -o /etc/yum.repos.d/x.example.d.a.repo https://x.example/d/a.repo?x=1 [network]".into(),
              "/bin/sh -euc . /etc/os-release\nexec rpm --import 'https://x.example/k-'\"$VERSION_ID\"'.asc' sh [network]".into()]),
        (json!({"replace": [{"from-repo": "https://copr.fedorainfracloud.org/coprs/me/mesa/repo/fedora-42/me-mesa.repo", "packages": ["mesa"]}]}),
         vec!["curl -fLsS --retry 5 --create-dirs -o /etc/yum.repos.d/me-mesa.repo https://copr.fedorainfracloud.org/coprs/me/mesa/repo/fedora-42/me-mesa.repo [network]".into(),
              format!("rpm-ostree override replace --experimental --from repo=copr:copr.fedorainfracloud.org:me:mesa mesa{OSTREE}"),
              "rm /etc/yum.repos.d/me-mesa.repo".into()]),
    ] {
        assert_eq!(plan("rpm-ostree", BlueBuild, &configuration), expected, "{configuration}");
    }
}
