//! Held packages and pinned versions of dnf: its version locks.

use super::command::with_either;
use super::run;
use crate::module::package::{Item, Pin, Plan, quoted, rpm, unsupported};
use crate::origin::Sourced;

/// Where dnf4's plugin looks, and what is said when it is not there.
const FOUR: &str = "    list=/etc/dnf/plugins/versionlock.list
    [ -e /etc/dnf/plugins/versionlock.conf ] || {
        echo 'dnf4 locks versions with python3-dnf-plugin-versionlock only: install it before' >&2
        exit 1
    }
    touch \"$list\"
";

/// Locks the installed versions with dnf5.
const HOLD_FIVE: &str = r#"    for name; do
        specs=$(rpm -q --qf '%{NAME}-%{EVR}\n' -- "$name") || { echo "$specs" >&2; exit 1; }
        "$dnf" -y versionlock add $specs
    done
"#;

/// Locks the installed versions with dnf4.
const HOLD_FOUR: &str = r#"    for name; do
        specs=$(rpm -q --qf '%{NAME}-%{EPOCHNUM}:%{VERSION}-%{RELEASE}.*\n' -- "$name") || {
            echo "$specs" >&2
            exit 1
        }
        echo "$specs" | while IFS= read -r spec; do
            grep -qxF -- "$spec" "$list" || echo "$spec" >> "$list"
        done
    done
"#;

/// Takes locks away with dnf4.
const RELEASE_FOUR: &str = r#"    for name; do
        while IFS= read -r line; do
            case $line in
                "$name"-[0-9]*:*) ;;
                *) printf '%s\n' "$line" ;;
            esac
        done < "$list" > /tmp/versionlock.list
        cat /tmp/versionlock.list > "$list"
    done
"#;

/// Locks versions with dnf4 that are not installed yet.
const PIN_FOUR: &str = r#"    for spec; do
        grep -qxF -- "$spec" "$list" || echo "$spec" >> "$list"
    done
"#;

/// Lets later upgrades leave packages alone.
pub(super) fn hold(items: &[Sourced<Item>], plan: &mut Plan<'_>) {
    let names = plan.names(items, rpm);
    lock("dnf versionlock add", (HOLD_FIVE, HOLD_FOUR), &names, plan);
}

/// Lets later upgrades not leave packages alone any more.
pub(super) fn release(items: &[Sourced<Item>], plan: &mut Plan<'_>) {
    let names = plan.names(items, rpm);
    let five = "    \"$dnf\" -y versionlock delete \"$@\"\n";
    lock("dnf versionlock delete", (five, RELEASE_FOUR), &names, plan);
}

/// Keeps packages at versions.
pub(super) fn pin(pins: &[Pin], plan: &mut Plan<'_>) {
    let mut specs = Vec::new();
    for pin in pins {
        let origin = &pin.package.origin;
        if pin.release.is_some() || pin.origin.is_some() || pin.priority.is_some() {
            let hint = "give the repository a `priority`, or the pin a `version`";
            plan.wrong.push(unsupported(
                origin,
                "dnf",
                "pins by release, origin or priority",
                hint,
            ));
        } else if let Some(version) = &pin.version {
            for package in pin.package.split_whitespace() {
                let spec = Sourced::new(format!("{package}-{version}"), origin.clone());
                specs.extend(plan.keep(rpm(&spec).map(|()| spec.value.clone())));
            }
        } else {
            let hint = "give the pin a `version`";
            plan.wrong
                .push(unsupported(origin, "dnf", "pins without a version", hint));
        }
    }
    let five = "    \"$dnf\" -y versionlock add \"$@\"\n";
    lock("dnf versionlock add", (five, PIN_FOUR), &specs, plan);
}

fn lock(label: &str, (five, four): (&str, &str), words: &[String], plan: &mut Plan<'_>) {
    if words.is_empty() {
        return;
    }
    let set = format!("set -- {}\n", quoted(words));
    let script = with_either(&set, five, &format!("{FOUR}{four}"));
    run::script(plan, label, &script, &[]);
}
