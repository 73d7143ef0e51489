//! The arguments of the verbs about unattended installation.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::options::Print;
use crate::kickstart::{Size, Target};

/// `terroir kickstart`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Kickstart {
    /// What to do.
    #[command(subcommand)]
    pub verb: KickstartVerb,
}

/// The verbs of `terroir kickstart`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum KickstartVerb {
    /// Write the files that install the hosts of an inventory
    #[command(before_help = "Example:\n  terroir kickstart render kickstart/paris.yml -o site")]
    Render(Render),
    /// Show where the values of a host come from
    #[command(
        before_help = "Example:\n  terroir kickstart explain kickstart/paris.yml web1 storage.layout"
    )]
    Explain(ExplainHost),
    /// Check a rendered site, also with the programs that read its files if they are installed
    #[command(before_help = "Example:\n  terroir kickstart check site")]
    Check(Check),
    /// Write a host's kickstart to a small volume, for machines that cannot boot from the network
    #[command(before_help = "Example:\n  terroir kickstart volume site web1 -o web1.iso")]
    Volume(Volume),
    /// Push an inventory or a rendered site as an OCI artifact
    #[command(
        before_help = "Example:\n  terroir kickstart push kickstart/paris.yml registry.example.org/os/paris:1.0"
    )]
    Push(PushSite),
    /// Pull an inventory or a site into a folder
    #[command(
        before_help = "Example:\n  terroir kickstart pull registry.example.org/os/paris:1.0 -o site"
    )]
    Pull(PullSite),
    /// Answer machines that start from the network, by what each may do now
    #[command(
        before_help = "Example:\n  terroir kickstart serve kickstart/paris.yml --files site --listen 192.0.2.2:80 --tftp 192.0.2.2:69"
    )]
    Serve(Box<Serve>),
    /// Let hosts install themselves at their next start from the network
    #[command(before_help = "Example:\n  terroir kickstart arm web1 web2")]
    Arm(Arm),
    /// Take that back
    #[command(before_help = "Example:\n  terroir kickstart disarm web1")]
    Disarm(Hosts),
    /// Note that hosts are not used any more
    #[command(before_help = "Example:\n  terroir kickstart retire web1")]
    Retire(Hosts),
    /// Let hosts clear their disks at their next start from the network, and switch off
    #[command(before_help = "Example:\n  terroir kickstart wipe web1")]
    Wipe(Hosts),
    /// Show the state of hosts, machines that the inventory does not have, and the log
    #[command(before_help = "Example:\n  terroir kickstart status --log 20")]
    Status(Status),
    /// Show the recovery keys that a host reported for its encrypted disks; the log says that they were read
    #[command(before_help = "Example:\n  terroir kickstart recovery-key web1")]
    RecoveryKey(RecoveryKey),
}

/// Where the states of hosts are.
#[derive(Debug, Args)]
pub(in crate::cli) struct States {
    /// File of states and of the log
    #[arg(
        long,
        value_name = "FILE",
        default_value = "/var/lib/terroir-serve/states.sqlite"
    )]
    pub states: PathBuf,
}

/// `terroir kickstart serve`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Serve {
    /// The inventory; a change of it counts at once
    #[arg(required_unless_present = "from")]
    pub inventory: Option<PathBuf>,
    /// Serve an inventory that `terroir kickstart push` pushed; it is pulled once
    #[arg(long, value_name = "REF@sha256:…", conflicts_with = "inventory")]
    pub from: Option<String>,
    /// Address and port to listen at
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "[::]:80")]
    pub listen: SocketAddr,
    /// Also answer HTTPS at this address and port; secrets go over it
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        requires = "certificate",
        requires = "key"
    )]
    pub tls: Option<SocketAddr>,
    /// PEM file of the certificate for HTTPS, with those of its issuers behind it; a change counts at once
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub certificate: Option<PathBuf>,
    /// PEM file of the certificate's key
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub key: Option<PathBuf>,
    /// Also serve TFTP at this address and port, such as [::]:69
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub tftp: Option<SocketAddr>,
    /// Also answer DHCP in proxy mode, beside another DHCP server; this server's address on the network of the
    /// machines
    #[arg(long, value_name = "ADDRESS", requires = "tftp")]
    pub dhcp_proxy: Option<Ipv4Addr>,
    /// Answer DHCP only at this interface
    #[arg(long, value_name = "NAME", requires = "dhcp_proxy")]
    pub dhcp_interface: Option<String>,
    /// A rendered site, for the kernels and boot loaders in its folders http and tftp
    #[arg(long, value_name = "DIR")]
    pub files: Option<PathBuf>,
    /// Folder that keeps images for hosts, for an inventory with `server: { images: cache }`
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
    /// How large that folder may be, such as 50G
    #[arg(long, value_name = "SIZE", default_value = "20G", requires = "cache")]
    pub cache_size: Size,
    /// How many hosts may install at once; others start from their disk and wait
    #[arg(long, value_name = "COUNT")]
    pub installs: Option<usize>,
    /// Hand secrets out over connections that are not encrypted
    #[arg(long)]
    pub plain_secrets: bool,
    /// Also serve pages and an interface for administrators at this address and port
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub admin: Option<SocketAddr>,
    /// File of the token that administrators need [default: admin-token beside the states, which is made]
    #[arg(long, value_name = "FILE", requires = "admin")]
    pub admin_token: Option<PathBuf>,
    /// States.
    #[command(flatten)]
    pub states: States,
}

/// `terroir kickstart arm`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arm {
    /// Also a host whose installation is under way, which then starts over
    #[arg(long)]
    pub again: bool,
    /// Hosts.
    #[command(flatten)]
    pub hosts: Hosts,
}

/// The arguments of verbs about hosts.
#[derive(Debug, Args)]
pub(in crate::cli) struct Hosts {
    /// The hosts
    #[arg(required = true, value_name = "HOST")]
    pub hosts: Vec<String>,
    /// States.
    #[command(flatten)]
    pub states: States,
}

/// `terroir kickstart status`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Status {
    /// Only this host
    #[arg(value_name = "HOST")]
    pub host: Option<String>,
    /// Also the last lines of the log
    #[arg(long, value_name = "COUNT")]
    pub log: Option<u32>,
    /// States.
    #[command(flatten)]
    pub states: States,
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}

/// `terroir kickstart recovery-key`.
#[derive(Debug, Args)]
pub(in crate::cli) struct RecoveryKey {
    /// The host
    #[arg(value_name = "HOST")]
    pub host: String,
    /// States.
    #[command(flatten)]
    pub states: States,
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}

/// `terroir kickstart render`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Render {
    /// The inventory
    pub inventory: PathBuf,
    /// A new folder, an empty one, or one from an earlier render; or one archive, FILE.tar, .tar.zst or .tar.gz
    #[arg(short, long, value_name = "DIR|FILE")]
    pub output: PathBuf,
    /// Render only this host, without files of the others; repeatable
    #[arg(long, value_name = "NAME")]
    pub host: Vec<String>,
    /// Use this installer instead of each host's own
    #[arg(long, value_name = "TARGET")]
    pub target: Option<Target>,
    /// Also write what Foreman imports, into the folder foreman
    #[arg(long)]
    pub foreman: bool,
    /// Also write secrets, if the inventory says that the server hands out files
    #[arg(long)]
    pub secrets: bool,
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}

/// `terroir kickstart explain`.
#[derive(Debug, Args)]
pub(in crate::cli) struct ExplainHost {
    /// The inventory
    pub inventory: PathBuf,
    /// The host
    pub host: String,
    /// A key such as storage.layout; `*` matches any text [default: all keys]
    pub key: Option<String>,
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}

/// `terroir kickstart check`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Check {
    /// A folder that `terroir kickstart render` wrote
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}

/// `terroir kickstart push`.
#[derive(Debug, Args)]
pub(in crate::cli) struct PushSite {
    /// An inventory, or a folder that `terroir kickstart render` wrote
    pub site: PathBuf,
    /// References to push to, or oci:DIR:TAG
    #[arg(required = true, value_name = "REF")]
    pub references: Vec<String>,
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}

/// `terroir kickstart pull`.
#[derive(Debug, Args)]
pub(in crate::cli) struct PullSite {
    /// A reference, oci:DIR[:TAG] or oci-archive:FILE
    #[arg(value_name = "REF")]
    pub reference: String,
    /// A new folder, an empty one, or one from an earlier render
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}

/// `terroir kickstart volume`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Volume {
    /// A folder that `terroir kickstart render` wrote
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// The host
    pub host: String,
    /// File of the volume, to attach beside the installer's medium or to write to a USB stick
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}
