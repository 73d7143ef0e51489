//! Kernel arguments of installers, quoted for each boot loader.

use crate::kickstart::model::host::Host;
use crate::kickstart::output::argument::{
    HOST_ARGUMENT, INSTALLER_ARGUMENT, TOKEN, TOKEN_ARGUMENT,
};
use crate::kickstart::output::path;
use crate::kickstart::preseed::network;
use crate::kickstart::template::scene::Scene;
use crate::kickstart::value::target::{Installer, Target};

/// The arguments of an installer's kernel, as the kernel is to see them.
///
/// `BOOTIF` is not among them: each loader adds the interface that it used in its own way.
pub(super) fn arguments(scene: &Scene<'_>, host: &Host, target: Target) -> Vec<String> {
    let server = &*scene.site.server.url;
    let name = &*host.name;
    let answer = path::answer(name, host.installer);
    let answer = answer.strip_prefix("http/").unwrap_or(&answer);
    let tree = scene.site.installers.get(&target);
    let tree = tree.map(|tree| tree.url.trim_end_matches('/').to_owned());
    let mut words = match host.installer {
        Installer::Anaconda => {
            let stage = tree.map(|tree| format!("inst.stage2={tree}"));
            let mut words: Vec<String> = stage.into_iter().collect();
            words.push(format!("inst.ks={server}/{answer}"));
            // The server may know a machine by these headers.
            words.extend(["inst.ks.sendmac", "inst.ks.sendsn", "ip=dhcp"].map(str::to_owned));
            words
        }
        Installer::Debian => {
            let mut words = vec![
                "auto=true".to_owned(),
                "priority=critical".to_owned(),
                format!("url={server}/{answer}"),
                "netcfg/dhcp_timeout=60".to_owned(),
                format!("hostname={}", host.short_name()),
            ];
            words.extend(host.domain().map(|domain| format!("domain={domain}")));
            words.extend(network::arguments(scene.site, host));
            words
        }
        Installer::Ubuntu => {
            let mut words = vec![
                "autoinstall".to_owned(),
                format!("ds=nocloud-net;s={server}/{}/", path::host_folder(name)),
                "ip=dhcp".to_owned(),
                "root=/dev/ram0".to_owned(),
                "ramdisk_size=1500000".to_owned(),
                "cloud-config-url=/dev/null".to_owned(),
            ];
            words.extend(tree.map(|tree| format!("url={tree}")));
            words
        }
        Installer::Own => vec![
            INSTALLER_ARGUMENT.to_owned(),
            format!("{HOST_ARGUMENT}{server}/{answer}"),
        ],
    };
    if scene.tokens {
        words.push(format!("{TOKEN_ARGUMENT}{TOKEN}"));
    }
    // The installer has the consoles of the installed system.
    let facts = host.image.as_ref().and_then(|image| image.facts.as_ref());
    let of_flavour = facts.into_iter().flat_map(|facts| &facts.kernel_arguments);
    let of_host = host.kernel_arguments.iter().map(|word| &word.value);
    let consoles = of_flavour
        .chain(of_host)
        .filter(|word| word.starts_with("console="));
    for console in consoles {
        // The last one that is named becomes /dev/console, also when it is named again.
        words.retain(|word| word != console);
        words.push(console.clone());
    }
    words
}

/// Arguments as a line of pxelinux, which has no quoting and takes everything literally.
pub(super) fn for_pxelinux(words: &[String]) -> String {
    words.join(" ")
}

/// Arguments as words of GRUB, where `;` and other signs end a word unless they are quoted.
pub(super) fn for_grub(words: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,=".contains(c);
    let quoted = words.iter().map(|word| {
        if word.chars().all(plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

/// Arguments as words of iPXE, which has no quoting either but expands `${…}`.
pub(super) fn for_ipxe(words: &[String]) -> String {
    words.join(" ").replace("${", "$${}{")
}
