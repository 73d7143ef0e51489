//! The values that the templates of installers of packages share.

use serde_json::{Map, Value, json};

use super::host_values::values;
use super::scene::Scene;
use super::trust::authorities;
use crate::kickstart::model::host::Host;
use crate::kickstart::model::site::SiteNetwork;
use crate::kickstart::value::target::Target;

/// The values of a host that is installed from packages, with `more` of its installer; `templates`
/// are those of the answers and of the two scripts.
pub(in crate::kickstart) fn package_values(
    scene: &Scene<'_>,
    host: &Host,
    target: Target,
    [answers, early, late]: [&str; 3],
    more: Value,
) -> Map<String, Value> {
    let site = scene.site;
    let known = site.network_of(host);
    let shared = json!({
        "source": {
            "inventory": &*site.inventory,
            "sha256": site.digest,
            "template": scene.templates.source(answers),
            "early": scene.templates.source(early),
            "late": scene.templates.source(late),
        },
        "ntp": known.map_or_else(Vec::new, SiteNetwork::time_servers),
        "authorities": authorities(site),
    });
    let mut all = values(scene, host, target);
    for map in [shared, more] {
        if let Value::Object(map) = map {
            all.extend(map);
        }
    }
    all
}
