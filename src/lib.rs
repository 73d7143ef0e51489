//! terroir builds an organisation's operating system as OCI images that derive from each other.
//!
//! The folders, from the lowest up. Each imports only folders above it in the table, a folder
//! inside a module only its neighbours and what its module may import; no two files import each
//! other, directly or in a ring (`tests/architecture.rs` checks that).
//!
//! | folder | what lives there | may import |
//! |---|---|---|
//! | [`oci`] | The OCI image format, without any I/O: digests, descriptors, manifests and the traits that move blobs | nothing |
//! | [`origin`] | Where a value was written: origins, sourced values and located diagnostics | nothing |
//! | [`path`] | Absolute paths inside a root, normalised and unable to climb out | nothing |
//! | [`process`] | The only place that starts programs: one program, its input, its output, a time limit | nothing |
//! | [`action`] | Actions: the only language in which anything changes a root | `oci`, `path` |
//! | [`registry`] | The registry client: references, credentials, pull, push, mount | `oci`, `process` |
//! | `registry/transport` | HTTP: addresses, connections, one request and its answer | `registry/error`, `registry/reference`, `registry/settings` |
//! | `registry/auth` | Proof of who asks: challenges, credentials, tokens | `registry/error`, `registry/reference`, `registry/retry`, `registry/settings`, `registry/transport` |
//! | `registry/pull` | Reading from a registry | `registry/auth`, `registry/client`, `registry/error`, `registry/reference`, `registry/retry`, `registry/session`, `registry/transport` |
//! | `registry/push` | Writing to a registry | `registry/auth`, `registry/client`, `registry/error`, `registry/pull`, `registry/reference`, `registry/retry`, `registry/session`, `registry/transport` |
//! | [`sandbox`] | One confined command in a root: namespaces, mounts, and the process that lives in them | `process` |
//! | [`tree`] | Trees of files as layers carry them: entries, tables, archives, unpacking, views | `oci`, `path` |
//! | `tree/archive` | Layers as tar archives: headers, records, reading and writing | `tree/entry`, `tree/error` |
//! | `tree/table` | The directories and links of a root, without its files | `tree/entry`, `tree/error` |
//! | `tree/root` | A root on disk: layers unpacked into it, files put into it, none outside it | `tree/archive`, `tree/entry`, `tree/error`, `tree/table` |
//! | `tree/snapshot` | A root in memory: the metadata of all its paths and the files that settings live in | `tree/archive`, `tree/entry`, `tree/error`, `tree/table` |
//! | `tree/changes` | What a run changed in a root | `tree/entry`, `tree/error`, `tree/root` |
//! | `tree/view` | Files of an image read without unpacking it | `tree/archive`, `tree/changes`, `tree/entry`, `tree/error` |
//! | [`yaml`] | YAML as people write it: nodes with origins, templates, typed values and all errors at once | `origin` |
//! | `yaml/parse` | From text to nodes | `yaml/limits`, `yaml/node`, `yaml/plain` |
//! | `yaml/template` | Templates and expressions in nodes | `yaml/limits`, `yaml/node`, `yaml/written` |
//! | `yaml/decode` | From nodes to typed values | `yaml/node`, `yaml/plain`, `yaml/template` |
//! | [`package`] | Package managers: bootstrapping a base | `action`, `oci`, `path`, `process`, `tree` |
//! | [`pipeline`] | GitLab pipelines from the graph of flavours: which images are built, in which order, by which jobs | `oci`, `yaml` |
//! | [`store`] | The local store: an OCI layout with caches of steps and records beside it | `oci`, `path`, `tree` |
//! | `store/file` | Files of a store: locked, written beside their place first, verified when read | `store/error` |
//! | `store/layout` | Image layouts: their index, tags and blobs | `store/error`, `store/file` |
//! | `store/transfer` | Images from archives, and into archives and layouts | `store/error`, `store/file`, `store/layout` |
//! | [`memo`] | What was computed from the same inputs is known: the facts that a result stands on, and whether they hold | `oci`, `store` |
//! | [`setting`] | Setting kinds: what a control asks of a root, how it is put there, and how it is checked | `action`, `origin`, `package`, `path`, `tree` |
//! | `setting/input` | What documents write settings with: scalars, paths, patterns, and files beside them | nothing |
//! | `setting/systemd` | Names, files and folders of systemd units | `setting/input` |
//! | `setting/contract` | What a kind of setting has to offer, and what it is given | `setting/input`, `setting/systemd` |
//! | `setting/root` | What a root contains: accounts, configuration files, and text files that settings change | `setting/contract`, `setting/input` |
//! | `setting/kinds` | The kinds of settings, each in the file or folder of its name | `setting/contract`, `setting/input`, `setting/root`, `setting/systemd` |
//! | `setting/kinds/config` | Single keys of configuration files that keep the rest of their text | nothing |
//! | `setting/kinds/file` | Whole files, and mode and owner of files that are there | nothing |
//! | `setting/kinds/firewall` | What may come in over the network, by one of nftables, ufw and firewalld | nothing |
//! | `setting/kinds/karg` | Kernel arguments: a list in which order and repetition count, in files of bootc's kargs.d | nothing |
//! | `setting/kinds/mount` | File systems and the options that they are mounted with (fstab(5), systemd.mount(5)) | nothing |
//! | `setting/kinds/pam` | Stacks of PAM, as Debian's `pam-auth-update` makes them from profiles | nothing |
//! | `setting/kinds/service` | Whether systemd units are enabled, disabled or masked, by the links that `systemctl` would make | nothing |
//! | `setting/kinds/sudo` | Who may become whom, and how: Defaults of sudo, and what its rules may not say (sudoers(5)) | nothing |
//! | `setting/kinds/user` | Users, what they may open, and rules for all of them | nothing |
//! | [`bootable`] | Images that boot: roots in the shape of a life cycle, checks of them, disks, and machines that start | `action`, `oci`, `origin`, `package`, `path`, `process`, `setting`, `store`, `tree` |
//! | `bootable/declared` | What images declare for their machines: accounts by sysusers.d(5), paths by tmpfiles.d(5), and how bootc's installer is to install them | nothing |
//! | `bootable/machine` | Virtual machines that start images and disks | `bootable/needed` |
//! | `bootable/ostree` | Images in OSTree repositories: layers as commits, and the whole as one commit that can be deployed | nothing |
//! | `bootable/ostree/repository` | OSTree repositories: their objects, references and settings, read and written as OSTree does | `bootable/ostree/error` |
//! | `bootable/ostree/import` | Images into repositories: each layer as a commit of its own, and the one commit of the whole | `bootable/ostree/error`, `bootable/ostree/repository` |
//! | `bootable/ostree/deploy` | Deployments of commits: system roots, kernel arguments, and where an image came from | `bootable/ostree/error`, `bootable/ostree/import`, `bootable/ostree/repository` |
//! | `bootable/ostree/archive` | Commits from an archive on a web server: what states that a commit is an image, and how it comes in | `bootable/ostree/deploy`, `bootable/ostree/error`, `bootable/ostree/import`, `bootable/ostree/repository` |
//! | `bootable/carried` | What an image carries for its machines: programs and units of the way back after a bad update | `bootable/ostree` |
//! | `bootable/disk` | Disk images: partitions, boot loader, and the root in the form of its life cycle | `bootable/machine`, `bootable/needed`, `bootable/ostree` |
//! | `bootable/disk/encryption` | An encrypted root: a LUKS2 volume that is written without the kernel's device mapper | `bootable/disk/error`, `bootable/disk/part`, `bootable/disk/tools` |
//! | `bootable/disk/file_system` | The file systems of a disk, made of folders without mounts, with the same bytes each time | `bootable/disk/device`, `bootable/disk/error`, `bootable/disk/needs`, `bootable/disk/part`, `bootable/disk/tools` |
//! | `bootable/disk/loader` | The boot loader of a disk: what GRUB reads, and GRUB itself where there is no UEFI | `bootable/disk/error`, `bootable/disk/part`, `bootable/disk/parts` |
//! | `bootable/disk/lvm` | A volume group on one partition, written as LVM2 keeps it | `bootable/disk/identity`, `bootable/disk/part` |
//! | `bootable/disk/image` | An image in the form of its life cycle: the folders that become file systems, and what is added | `bootable/disk/error`, `bootable/disk/loader`, `bootable/disk/order`, `bootable/disk/parts` |
//! | `bootable/disk/host` | What the one machine of a disk has beside its image: files, users and their homes, its network, its language, and what runs at its first start | `bootable/disk/error`, `bootable/disk/image`, `bootable/disk/own`, `bootable/disk/parts` |
//! | `bootable/disk/installer` | Disks that the image's own bootc fills, inside a machine that starts the image's kernel | `bootable/disk/convert`, `bootable/disk/error`, `bootable/disk/file_system`, `bootable/disk/identity`, `bootable/disk/image`, `bootable/disk/needs`, `bootable/disk/order`, `bootable/disk/part`, `bootable/disk/parts`, `bootable/disk/tools` |
//! | `bootable/shape` | The finish of a bootable root: kernel, links, accounts and /var where its life cycle wants them | `bootable/declared` |
//! | `bootable/lint` | Checks of finished images that are to boot: one rule a file, and the table of them | `bootable/declared`, `bootable/shape` |
//! | `bootable/lint/rules` | The rules, a file each | `bootable/lint/accounts`, `bootable/lint/ini`, `bootable/lint/initramfs`, `bootable/lint/layers`, `bootable/lint/root`, `bootable/lint/rule`, `bootable/lint/secret`, `bootable/lint/tmpfiles`, `bootable/lint/units`, `bootable/lint/var` |
//! | [`layer`] | Layer documents: named, parametrised bundles of controls and modules | `origin`, `setting`, `yaml` |
//! | [`module`] | Module types: configuration in, settings, actions and finish requests out | `action`, `bootable`, `oci`, `origin`, `path`, `registry`, `setting`, `yaml` |
//! | `module/package` | Package managers: one shape of configuration, and what each manager makes of it | `module/module_type`, `module/surroundings`, `module/union` |
//! | `module/sources` | What module types copy from: files and folders of the repository, stages and images | `module/surroundings` |
//! | `module/types` | The module types, a file or folder each, and the table of them | `module/environment`, `module/image_config`, `module/module_type`, `module/package`, `module/sources`, `module/surroundings`, `module/union` |
//! | `module/types/containerfile` | `type: containerfile`: instructions of a Containerfile, compiled to actions | nothing |
//! | `module/types/default_flatpaks` | `type: default-flatpaks`: Flatpaks that machines and users install when they start | nothing |
//! | `module/types/dnf` | `type: dnf`: repositories, keys, COPR projects, packages and groups, with dnf5 or dnf4 | nothing |
//! | `module/types/files` | `type: files`: copies files of the repository | nothing |
//! | `module/types/script` | `type: script`: runs scripts and lines of shell while the image is built | nothing |
//! | [`recipe`] | Recipes: files in two dialects become flavours with their whole ancestry | `action`, `layer`, `memo`, `module`, `oci`, `origin`, `package`, `path`, `registry`, `setting`, `tree`, `yaml` |
//! | `recipe/claims` | The settings of a flavour with every claim on them, and the rules that bind them | nothing |
//! | `recipe/flavour` | A flavour with its whole ancestry, its facts and tests, and the record in its image | `recipe/claims` |
//! | `recipe/document` | Documents as written, in two dialects: text to typed values, no disk, no merging | `recipe/flavour` |
//! | `recipe/lock` | terroir.lock: what recipes take from outside, its text, and what changes in it | `recipe/flavour` |
//! | `recipe/repository` | A repository of recipes: its root, its files, and the parents outside of it | `recipe/flavour` |
//! | `recipe/ancestry` | What a flavour inherits from its ancestors, and its settings merged over theirs | `recipe/claims`, `recipe/flavour`, `recipe/repository` |
//! | `recipe/entries` | The entries of a recipe, read into steps: conditions, files, layers, modules and stages | `recipe/ancestry`, `recipe/claims`, `recipe/document`, `recipe/flavour`, `recipe/repository` |
//! | `recipe/load` | The loader of recipes: from a file to a flavour, in either dialect | `recipe/ancestry`, `recipe/claims`, `recipe/document`, `recipe/entries`, `recipe/flavour`, `recipe/repository` |
//! | [`audit`] | Audits: a finished root checked against the controls of a benchmark | `layer`, `oci`, `origin`, `package`, `path`, `recipe`, `setting`, `tree`, `yaml` |
//! | `audit/benchmark` | The controls of a benchmark, and what a root has to meet for each | nothing |
//! | `audit/format` | Reports as files: for people, for scripts, and for what shows findings beside a change | `audit/finding`, `audit/report`, `audit/section` |
//! | `audit/expected` | Tests of recipes and layers, evaluated on a finished root | `audit/format` |
//! | [`kickstart`] | Unattended installation: from an inventory to the files that boot and install machines | `action`, `oci`, `origin`, `path`, `process`, `recipe`, `registry`, `store`, `tree`, `yaml` |
//! | `kickstart/value` | Single values of an inventory: targets, addresses, sizes, choices, and the rules of texts | nothing |
//! | `kickstart/inventory` | The inventory as it is written: its document, its levels merged, its schema | `kickstart/value` |
//! | `kickstart/output` | Rendered files and their paths | `kickstart/value` |
//! | `kickstart/model` | The complete site and its hosts, which all files are rendered from | `kickstart/inventory`, `kickstart/value` |
//! | `kickstart/resolve` | From an inventory to the complete site: every value checked, every error at once | `kickstart/inventory`, `kickstart/model`, `kickstart/output`, `kickstart/value` |
//! | `kickstart/resolve/host` | One host: its image, disks, volumes, encryption and network, each checked and completed | `kickstart/resolve/network`, `kickstart/resolve/surroundings` |
//! | `kickstart/template` | Templates: the shipped ones, those of an organisation, their filters and shared values | `kickstart/model`, `kickstart/output`, `kickstart/value` |
//! | `kickstart/anaconda` | Kickstarts for Anaconda, which installs images | `kickstart/model`, `kickstart/output`, `kickstart/template`, `kickstart/value` |
//! | `kickstart/autoinstall` | Autoinstall files for Ubuntu's Subiquity, which installs packages | `kickstart/model`, `kickstart/output`, `kickstart/template`, `kickstart/value` |
//! | `kickstart/own` | terroir's own installer: the document of a host | `kickstart/model`, `kickstart/output`, `kickstart/template`, `kickstart/value` |
//! | `kickstart/preseed` | Preseeds for debian-installer, which installs packages | `kickstart/model`, `kickstart/output`, `kickstart/template`, `kickstart/value` |
//! | `kickstart/boot` | The boot chain: configurations of boot loaders and DHCP servers, and the list of files that they need | `kickstart/model`, `kickstart/output`, `kickstart/preseed`, `kickstart/template`, `kickstart/value` |
//! | `kickstart/check` | Checks of a rendered site: terroir's own, and those of the programs that read its files | `kickstart/boot`, `kickstart/index`, `kickstart/output` |
//! | [`change`] | The differences between two images | `audit`, `oci`, `package`, `path`, `recipe`, `setting`, `tree` |
//! | `change/outdated` | What changed beneath flavours since their lock | nothing |
//! | `change/overview` | Two images at the level people think in: settings, packages, files, controls, layers, sizes | nothing |
//! | [`engine`] | From a flavour to an image: what the steps are, what they run, what the image is made of | `action`, `audit`, `bootable`, `memo`, `module`, `oci`, `origin`, `package`, `path`, `process`, `recipe`, `registry`, `sandbox`, `setting`, `store`, `tree` |
//! | `engine/root` | What is known of a root without unpacking it: its directories, its units, the files that matter, what the steps wrote so far | `engine/account`, `engine/error` |
//! | `engine/helper` | The work of the helper process inside its namespaces | `engine/account`, `engine/error`, `engine/root` |
//! | `engine/helper/run` | A run inside the namespaces: its folders and scratch folders, its jobs in order, and its changes as a layer | `engine/helper/error`, `engine/helper/files`, `engine/helper/task` |
//! | `engine/lower` | From actions to the entries of a layer | `engine/error`, `engine/root` |
//! | `engine/parent` | The image that a flavour derives from, with its layers, its config, its record and what a scan found in it | `engine/error`, `engine/root` |
//! | `engine/assemble` | From layers to the documents of an image: record, config, manifest and index | `engine/error`, `engine/lower`, `engine/parent`, `engine/root` |
//! | `engine/lock` | A lock in force: what it pins, what may be looked up again, and what a build used of it | `engine/error`, `engine/parent`, `engine/target` |
//! | `engine/runner` | The caller of the helper process: isolation, limits, the log, the folder of a run, and what later prunes such folders | `engine/cache`, `engine/error`, `engine/helper` |
//! | `engine/vendor` | Packages and bases kept as an OCI artifact, for the day when the archives have other versions | `engine/cache`, `engine/error`, `engine/lock`, `engine/target` |
//! | `engine/base` | A base that is bootstrapped from packages: made once for each state of the archive, or as the lock has it | `engine/error`, `engine/parent`, `engine/root`, `engine/vendor` |
//! | `engine/outside` | What a build takes from outside the repository: images in the store, in registries, layouts and archives, and bases made from packages | `engine/base`, `engine/error`, `engine/lock`, `engine/parent`, `engine/target`, `engine/vendor` |
//! | `engine/run` | Steps that run commands, seen from outside the helper: unpacked layers, jobs, packages and secrets | `engine/cache`, `engine/error`, `engine/helper`, `engine/lock`, `engine/lower`, `engine/outside`, `engine/parent`, `engine/root`, `engine/runner` |
//! | `engine/step` | The steps of a flavour in order: their keys, whether they are cached, their layers | `engine/error`, `engine/lock`, `engine/lower`, `engine/outside`, `engine/parent`, `engine/root`, `engine/run`, `engine/runner` |
//! | `engine/gate` | Checks of a finished root: mandatory settings, settings without effect, and the audit of the recipe | `engine/error`, `engine/parent`, `engine/root`, `engine/step` |
//! | `engine/builder` | From flavours to images: plan, resolve, execute | `engine/assemble`, `engine/error`, `engine/gate`, `engine/lock`, `engine/outside`, `engine/parallel`, `engine/parent`, `engine/root`, `engine/run`, `engine/runner`, `engine/step` |
//! | [`host`] | The running machine: what state it is in, its updates, and the way back | `action`, `audit`, `bootable`, `oci`, `origin`, `package`, `path`, `process`, `recipe`, `registry`, `sandbox`, `tree`, `yaml` |
//! | `host/machine` | The machine as it stands: its deployments, its files, and who may change them | `host/error` |
//! | `host/configuration` | What the machine's owner says about its updates, and what other policies say | `host/error`, `host/machine` |
//! | `host/record` | What the machine remembers across updates: its state, and what happened | `host/error`, `host/machine` |
//! | `host/loader` | The boot loader of the machine: shim and GRUB on the ESP follow those of the image, one try first | `host/configuration`, `host/error`, `host/machine`, `host/record` |
//! | `host/update` | From one image to the next, and back | `host/changes`, `host/configuration`, `host/error`, `host/expected`, `host/loader`, `host/machine`, `host/record` |
//! | `host/health` | Whether a new image works on this machine, and what becomes of one that does not | `host/configuration`, `host/error`, `host/expected`, `host/machine`, `host/record`, `host/update` |
//! | [`serve`] | The install server: answers for machines that start from the network, by what each may do now | `kickstart`, `oci`, `origin`, `path`, `registry` |
//! | `serve/admin` | Administration: pages for people, an interface for programs, metrics; on a listener of its own | `serve/answer`, `serve/connections`, `serve/error`, `serve/event`, `serve/fleet`, `serve/guesses`, `serve/ledger`, `serve/log`, `serve/requested`, `serve/served`, `serve/state` |
//! | `serve/dhcp` | DHCP in proxy mode: where the loader is, for machines that another DHCP server gives their addresses | `serve/answer`, `serve/error` |
//! | `serve/images` | Images for the machines of a site: a cache in front of registries, which speaks the reading half of their protocol (distribution-spec 1.1, "Pull") | `serve/answer`, `serve/counts`, `serve/error` |
//! | [`installer`] | terroir's own installer: what a machine boots from the network, and what installs it there | `action`, `bootable`, `engine`, `kickstart`, `oci`, `origin`, `path`, `process`, `recipe`, `registry`, `setting`, `store`, `tree`, `yaml` |
//! | `installer/document` | The document of a host: what an installer makes of the machine | nothing |
//! | `installer/folder` | The folder that machines boot an installer from | nothing |
//! | `installer/network` | The network of a host as the programs read it that may set it up: one file for each | nothing |
//! | `installer/tang` | Keys that Tang servers give back: what a server advertises is checked, and a key locked so that only it helps to open it again | nothing |
//! | `installer/medium` | Media that install: what is on one beside its boot loader, and how a machine finds its host there | `installer/folder` |
//! | `installer/machine` | What runs inside an installer, on the machine that is installed | `installer/document`, `installer/medium`, `installer/network`, `installer/tang` |
//! | [`cli`] | The command line: one file for each verb, in folders by subject | `action`, `audit`, `bootable`, `change`, `engine`, `host`, `installer`, `kickstart`, `layer`, `memo`, `oci`, `origin`, `package`, `path`, `pipeline`, `process`, `recipe`, `registry`, `sandbox`, `serve`, `setting`, `store`, `tree`, `yaml` |
//! | `cli/arguments` | The arguments of every verb, as clap reads them, and the help that it prints | nothing |
//! | `cli/output` | What people and scripts read: results, progress, diagnostics and failures | `cli/arguments` |
//! | `cli/context` | What a run knows of its machine: environment, store, registries, platforms, signals | `cli/arguments`, `cli/output` |
//! | `cli/doctor` | `terroir doctor`: what this machine can do | `cli/arguments`, `cli/context`, `cli/output` |
//! | `cli/repository` | The recipes of a repository: their files, their loading, and their lock | `cli/context`, `cli/output` |
//! | `cli/store` | The verbs about the store: ls and prune | `cli/arguments`, `cli/context`, `cli/output` |
//! | `cli/target` | What a target on the command line stands for, and where images go | `cli/arguments`, `cli/context`, `cli/output`, `cli/repository` |
//! | `cli/audit` | The verbs that check a root: audit and test | `cli/arguments`, `cli/context`, `cli/output`, `cli/target` |
//! | `cli/explain` | `terroir explain`: settings, controls and kernel arguments of a flavour | `cli/arguments`, `cli/context`, `cli/output`, `cli/repository`, `cli/target` |
//! | `cli/host` | `terroir host`: the verbs about the machine that runs | `cli/arguments`, `cli/context`, `cli/output`, `cli/target` |
//! | `cli/image` | The verbs about images: push, pull, inspect and unpack | `cli/arguments`, `cli/context`, `cli/output`, `cli/target` |
//! | `cli/kickstart` | `terroir kickstart`: the verbs about unattended installation | `cli/arguments`, `cli/context`, `cli/output`, `cli/repository`, `cli/target` |
//! | `cli/lock` | The verbs about terroir.lock: lock, update, outdated, why, vendor and rebuild | `cli/arguments`, `cli/context`, `cli/output`, `cli/repository`, `cli/target` |
//! | `cli/lock/outdated` | `terroir outdated` and `terroir why`: what changed beneath flavours since their lock | `cli/lock/resolve` |
//! | `cli/recipe` | The verbs about recipes: init, validate, plan and build | `cli/arguments`, `cli/context`, `cli/output`, `cli/repository`, `cli/target` |
//! | `cli/bootable` | The verbs about images that boot: checks and disks of them, and machines that start them | `cli/arguments`, `cli/audit`, `cli/context`, `cli/output`, `cli/target` |
//! | `cli/diff` | `terroir diff`: two images at the level people think in | `cli/arguments`, `cli/audit`, `cli/context`, `cli/output`, `cli/target` |
//! | `cli/fleet` | `terroir fleet`: hosts as the inventory wants them and as they are | `cli/arguments`, `cli/context`, `cli/kickstart`, `cli/output` |
//! | `cli/pipeline` | `terroir pipeline`: a GitLab pipeline that builds what is not built yet | `cli/arguments`, `cli/context`, `cli/lock`, `cli/output`, `cli/repository`, `cli/target` |
//! | `cli/installer` | The verbs of terroir's own installer | `cli/arguments`, `cli/bootable`, `cli/context`, `cli/kickstart`, `cli/output`, `cli/target` |

pub mod action;
pub mod audit;
pub mod bootable;
pub mod change;
pub mod cli;
pub mod engine;
pub mod host;
pub mod installer;
pub mod kickstart;
pub mod layer;
pub mod memo;
pub mod module;
pub mod oci;
pub mod origin;
pub mod package;
pub mod path;
pub mod pipeline;
pub mod process;
pub mod recipe;
pub mod registry;
pub mod sandbox;
pub mod serve;
pub mod setting;
pub mod store;
pub mod tree;
pub mod yaml;
