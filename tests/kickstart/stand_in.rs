//! Fake machines: disks as the kernel and udev show them, below a folder of the test.

use std::os::unix::fs::symlink;
use std::path::Path;

/// A block device.
#[derive(Clone, Copy)]
pub(crate) struct Device {
    /// Its name.
    pub name: &'static str,
    /// Its number.
    number: &'static str,
    /// Its size in MiB.
    mib: u64,
    /// The folder of /sys/devices that it lies in.
    place: &'static str,
    /// What its host is: a class of /sys/class and the name of the driver.
    host: Option<(&'static str, &'static str)>,
    /// Further files below its folder.
    files: &'static [(&'static str, &'static str)],
    /// What udev tells, in the order in which lsblk prefers it.
    properties: &'static [(&'static str, &'static str)],
    /// Links below /dev/disk.
    links: &'static [&'static str],
    /// Its partitions, with what holds each, or nothing.
    parts: &'static [(&'static str, &'static str)],
    /// What it is a part of as a whole.
    holder: &'static str,
}

/// What devices have in common.
const PLAIN: Device = Device {
    name: "",
    number: "",
    mib: 0,
    place: "",
    host: None,
    files: &[],
    properties: &[],
    links: &[],
    parts: &[],
    holder: "",
};

/// What is put into machines; every name is there once.
pub(crate) const DEVICES: &[Device] = &[
    // SATA, system disk of before: a mirror and a volume group on partitions.
    Device {
        name: "sda",
        number: "8:0",
        mib: 457_862,
        place: "pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block",
        host: Some(("scsi_host", "ahci")),
        properties: &[
            ("ID_SERIAL_SHORT", "S5GXNX0T"),
            ("ID_SERIAL", "ACME_SSD_S5GXNX0T"),
            ("ID_WWN_WITH_EXTENSION", "0x5002538e40a1b2c3"),
        ],
        links: &[
            "by-id/ata-ACME_SSD_S5GXNX0T",
            "by-path/pci-0000:00:1f.2-ata-1",
        ],
        parts: &[("sda1", ""), ("sda2", "md126")],
        ..PLAIN
    },
    // Behind a SAS adapter, the same name but for one letter.
    Device {
        name: "sdaa",
        number: "65:160",
        mib: 953_869,
        place: "pci0000:00/0000:03:00.0/host2/port-2:0/end_device-2:0/target2:0:0/2:0:0:0/block",
        host: Some(("sas_host", "mpt3sas")),
        files: &[("queue/rotational", "1")],
        properties: &[
            ("ID_SCSI_SERIAL", "ZC1 0042"),
            ("ID_SERIAL_SHORT", "35000c500a1b2c3d4"),
            ("ID_WWN_WITH_EXTENSION", "0x5000c500a1b2c3d4"),
        ],
        links: &["by-id/wwn-0x5000c500a1b2c3d4"],
        parts: &[("sdaa1", "")],
        ..PLAIN
    },
    // Two volumes of a RAID controller, which shows no transport.
    Device {
        name: "sdb",
        number: "8:16",
        mib: 228_936,
        place: "pci0000:00/0000:05:00.0/host4/target4:2:0/4:2:0:0/block",
        host: Some(("scsi_host", "megaraid_sas")),
        files: &[("queue/rotational", "1")],
        properties: &[
            ("ID_SCSI_SERIAL", "005f4e3d2c1b4a2a001d4cefa0a38c6b"),
            ("ID_SERIAL_SHORT", "6b8ca3a0ef4c1d002a4a1b2c3d4e5f60"),
            (
                "ID_WWN_WITH_EXTENSION",
                "0x6b8ca3a0ef4c1d002a4a1b2c3d4e5f60",
            ),
            ("ID_WWN", "0x6b8ca3a0ef4c1d00"),
        ],
        ..PLAIN
    },
    Device {
        name: "sdc",
        number: "8:32",
        mib: 3_814_000,
        place: "pci0000:00/0000:05:00.0/host4/target4:2:1/4:2:1:0/block",
        host: Some(("scsi_host", "megaraid_sas")),
        files: &[("queue/rotational", "1")],
        properties: &[
            ("ID_SCSI_SERIAL", "00615f4e3d2c1b4a2a001d4cefa0a38c"),
            (
                "ID_WWN_WITH_EXTENSION",
                "0x6b8ca3a0ef4c1d002a4a1b2c3d4e5f61",
            ),
            ("ID_WWN", "0x6b8ca3a0ef4c1d00"),
        ],
        ..PLAIN
    },
    Device {
        name: "nvme0n1",
        number: "259:0",
        mib: 488_386,
        place: "pci0000:00/0000:01:00.0/nvme/nvme0",
        files: &[("device/transport", "pcie"), ("device/serial", "NV-1.0")],
        properties: &[
            ("ID_SERIAL_SHORT", "NV-1.0"),
            ("ID_SERIAL", "ACME_NVME_NV-1.0"),
            ("ID_WWN", "eui.0025385b21b0c9a1"),
        ],
        links: &["by-id/nvme-ACME_1"],
        ..PLAIN
    },
    // Of two ports, which the kernel shows as virtual.
    Device {
        name: "nvme1n1",
        number: "259:1",
        mib: 488_386,
        place: "virtual/nvme-subsystem/nvme-subsys1",
        files: &[("device/nvme1/transport", "pcie")],
        properties: &[
            ("ID_SERIAL_SHORT", "NV-1x0"),
            ("ID_WWN", "eui.0025385b21b0c9a2"),
        ],
        links: &["by-id/nvme-ACME_2"],
        ..PLAIN
    },
    Device {
        name: "nvme2n1",
        number: "259:2",
        mib: 102_400,
        place: "virtual/nvme-fabrics/ctl/nvme2",
        files: &[("device/transport", "tcp")],
        properties: &[("ID_SERIAL_SHORT", "FABRIC")],
        ..PLAIN
    },
    Device {
        name: "vda",
        number: "254:0",
        mib: 40_960,
        place: "pci0000:00/0000:00:05.0/virtio1/block",
        files: &[("serial", "WEB-0001")],
        properties: &[("ID_SERIAL", "WEB-0001")],
        links: &["by-id/virtio-WEB-0001", "by-path/pci-0000:00:05.0"],
        ..PLAIN
    },
    Device {
        name: "vdb",
        number: "254:16",
        mib: 20_480,
        place: "pci0000:00/0000:00:06.0/virtio2/block",
        links: &["by-path/pci-0000:00:06.0"],
        ..PLAIN
    },
    // A stick, which is removable, and a disk in a case, which is not.
    Device {
        name: "sdd",
        number: "8:48",
        mib: 14_900,
        place: "pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/host6/target6:0:0/6:0:0:0/block",
        host: Some(("scsi_host", "usb-storage")),
        files: &[
            ("removable", "1"),
            ("device/vendor", "ACME"),
            ("device/model", "Stick"),
        ],
        properties: &[("ID_SERIAL_SHORT", "STICK-1")],
        links: &["by-id/usb-ACME_Stick_STICK-1-0:0"],
        ..PLAIN
    },
    Device {
        name: "sde",
        number: "8:64",
        mib: 20_000,
        place: "pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host7/target7:0:0/7:0:0:0/block",
        host: Some(("scsi_host", "uas")),
        properties: &[("ID_SERIAL_SHORT", "CASE-1")],
        links: &["by-id/usb-ACME_Case_CASE-1-0:0"],
        ..PLAIN
    },
    // What a management controller plugs in.
    Device {
        name: "sdf",
        number: "8:80",
        mib: 12_100,
        place: "pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host8/target8:0:0/8:0:0:0/block",
        host: Some(("scsi_host", "usb-storage")),
        files: &[
            ("removable", "1"),
            ("device/vendor", "AMI"),
            ("device/model", "Virtual HDisk0"),
        ],
        properties: &[("ID_SERIAL_SHORT", "AAAABBBBCCCC3")],
        ..PLAIN
    },
    // Two paths to one disk, and their map.
    Device {
        name: "sdg",
        number: "8:96",
        mib: 204_800,
        place: "pci0000:00/0000:03:00.0/host2/port-2:1/end_device-2:1/target2:0:1/2:0:1:0/block",
        host: Some(("sas_host", "mpt3sas")),
        properties: &[
            ("ID_SERIAL_SHORT", "TWICE"),
            (
                "ID_WWN_WITH_EXTENSION",
                "0x600a0b80001234560000abcd5ef01234",
            ),
            ("DM_MULTIPATH_DEVICE_PATH", "1"),
        ],
        links: &["by-id/wwn-0x600a0b80001234560000abcd5ef01234"],
        holder: "dm-0",
        ..PLAIN
    },
    Device {
        name: "sdh",
        number: "8:112",
        mib: 204_800,
        place: "pci0000:00/0000:03:00.0/host2/port-2:2/end_device-2:2/target2:0:2/2:0:2:0/block",
        host: Some(("sas_host", "mpt3sas")),
        properties: &[
            ("ID_SERIAL_SHORT", "TWICE"),
            (
                "ID_WWN_WITH_EXTENSION",
                "0x600a0b80001234560000abcd5ef01234",
            ),
        ],
        ..PLAIN
    },
    Device {
        name: "dm-0",
        number: "253:0",
        mib: 204_800,
        place: "virtual/block",
        files: &[("dm/uuid", "mpath-3600a0b80001234560000abcd5ef01234")],
        ..PLAIN
    },
    // A whole disk in an array that holds data.
    Device {
        name: "sdi",
        number: "8:128",
        mib: 7_630_000,
        place: "pci0000:00/0000:00:1f.2/ata2/host1/target1:0:0/1:0:0:0/block",
        host: Some(("scsi_host", "ahci")),
        files: &[("queue/rotational", "1")],
        properties: &[
            ("ID_SERIAL_SHORT", "DATA-1"),
            ("ID_FS_TYPE", "linux_raid_member"),
        ],
        holder: "md127",
        ..PLAIN
    },
    Device {
        name: "md126",
        number: "9:126",
        mib: 457_000,
        place: "virtual/block",
        ..PLAIN
    },
    Device {
        name: "md127",
        number: "9:127",
        mib: 7_630_000,
        place: "virtual/block",
        ..PLAIN
    },
    Device {
        name: "mmcblk0",
        number: "179:0",
        mib: 29_820,
        place: "pci0000:00/0000:00:1c.0/mmc_host/mmc0/mmc0:0001/block",
        properties: &[("ID_SERIAL", "0xdeadbeef")],
        links: &["by-id/mmc-EMMC_0xdeadbeef"],
        ..PLAIN
    },
    Device {
        name: "mmcblk0boot0",
        number: "179:8",
        mib: 4,
        place: "pci0000:00/0000:00:1c.0/mmc_host/mmc0/mmc0:0001/block",
        ..PLAIN
    },
    Device {
        name: "sdj",
        number: "8:144",
        mib: 30_000,
        place: "pci0000:00/0000:00:1f.2/ata3/host10/target10:0:0/10:0:0:0/block",
        host: Some(("scsi_host", "ahci")),
        files: &[("ro", "1")],
        properties: &[("ID_SERIAL_SHORT", "LOCKED")],
        ..PLAIN
    },
    // A card reader without a card.
    Device {
        name: "sdk",
        number: "8:160",
        place: "pci0000:00/0000:00:14.0/usb1/1-3/1-3:1.0/host9/target9:0:0/9:0:0:0/block",
        host: Some(("scsi_host", "usb-storage")),
        files: &[("removable", "1")],
        properties: &[("ID_SERIAL_SHORT", "READER")],
        ..PLAIN
    },
    // A small disk that holds the answers of an installer, as virtual machines get it.
    Device {
        name: "sdl",
        number: "8:176",
        mib: 16_384,
        place: "pci0000:00/0000:00:1f.2/ata4/host11/target11:0:0/11:0:0:0/block",
        host: Some(("scsi_host", "ahci")),
        properties: &[("ID_FS_LABEL", "OEMDRV"), ("ID_FS_TYPE", "vfat")],
        ..PLAIN
    },
    // Of a storage network.
    Device {
        name: "sdm",
        number: "8:192",
        mib: 102_400,
        place: "platform/host12/session1/target12:0:0/12:0:0:1/block",
        host: Some(("iscsi_host", "iscsi_tcp")),
        properties: &[("ID_SERIAL_SHORT", "LUN-1")],
        ..PLAIN
    },
    Device {
        name: "sr0",
        number: "11:0",
        mib: 4_700,
        place: "pci0000:00/0000:00:1f.2/ata5/host5/target5:0:0/5:0:0:0/block",
        host: Some(("scsi_host", "ahci")),
        files: &[("removable", "1")],
        properties: &[
            ("ID_CDROM", "1"),
            ("ID_SERIAL", "DVD"),
            ("ID_FS_TYPE", "iso9660"),
        ],
        links: &["by-id/ata-DVD"],
        ..PLAIN
    },
    Device {
        name: "loop0",
        number: "7:0",
        mib: 60_000,
        place: "virtual/block",
        ..PLAIN
    },
    Device {
        name: "zram0",
        number: "252:0",
        mib: 15_000,
        place: "virtual/block",
        ..PLAIN
    },
];

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn link(path: &Path, to: &Path) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    if std::fs::symlink_metadata(path).is_err() {
        symlink(to, path).unwrap();
    }
}

impl Device {
    /// Makes it below a folder that stands for `/`.
    fn make(&self, root: &Path) {
        let sys = root.join("sys");
        let own = sys.join("devices").join(self.place).join(self.name);
        std::fs::create_dir_all(&own).unwrap();
        let (above, up) = match self.place.strip_suffix("/block") {
            Some(above) => (above, "../../.."),
            None => (self.place, "../.."),
        };
        let inner = format!("{up}/{}", above.rsplit('/').next().unwrap());
        link(&own.join("device"), Path::new(&inner));
        for (file, text) in [("ro", "0"), ("removable", "0"), ("queue/rotational", "0")] {
            write(&own.join(file), &format!("{text}\n"));
        }
        for (file, text) in self.files {
            write(&own.join(file), &format!("{text}\n"));
        }
        write(&own.join("size"), &format!("{}\n", self.mib * 2048));
        write(&own.join("dev"), &format!("{}\n", self.number));
        std::fs::create_dir_all(own.join("slaves")).unwrap();
        link(&sys.join("block").join(self.name), &own);
        Self::register(root, (self.name, self.number), &own, self.holder);
        for (number, (part, holder)) in self.parts.iter().enumerate() {
            let folder = own.join(part);
            let device = format!("{}{}", self.number, number + 1);
            write(&folder.join("dev"), &format!("{device}\n"));
            write(&folder.join("partition"), "1\n");
            write(&folder.join("size"), "2048\n");
            std::fs::create_dir_all(folder.join("slaves")).unwrap();
            Self::register(root, (part, &device), &folder, holder);
            write(&root.join("dev").join(part), "");
        }
        let all = self.properties.iter();
        let text: String = all.map(|(key, value)| format!("{key}={value}\n")).collect();
        write(&root.join("dev").join(self.name), &text);
        for name in self.links {
            let place = root.join("dev/disk").join(name);
            link(&place, &root.join("dev").join(self.name));
        }
        if let Some((class, driver)) = self.host {
            let (_, rest) = self.place.split_once("/host").unwrap();
            let host = format!("host{}", rest.split('/').next().unwrap());
            write(
                &sys.join(format!("class/scsi_host/{host}/proc_name")),
                &format!("{driver}\n"),
            );
            std::fs::create_dir_all(sys.join(format!("class/{class}/{host}"))).unwrap();
        }
    }

    /// Makes it known by name and number, with what it is a part of.
    fn register(root: &Path, (name, number): (&str, &str), own: &Path, holder: &str) {
        let sys = root.join("sys");
        link(&sys.join("class/block").join(name), own);
        link(&sys.join("dev/block").join(number), own);
        std::fs::create_dir_all(own.join("holders")).unwrap();
        if !holder.is_empty() {
            let above = sys.join("devices/virtual/block").join(holder);
            link(&own.join("holders").join(holder), &above);
        }
    }
}

/// Makes a machine with some devices, from which something is mounted, below a folder.
pub(crate) fn machine(root: &Path, names: &[&str], mounted: &[&str]) {
    for name in names {
        let device = DEVICES.iter().find(|device| device.name == *name);
        device.unwrap_or_else(|| panic!("no {name}")).make(root);
    }
    let line = |(number, name): (usize, &&str)| {
        // By its name, or by its number alone.
        let (number, from) = match name.contains(':') {
            true => ((*name).to_owned(), "/dev/root".to_owned()),
            false => (
                format!("0:{number}"),
                root.join("dev").join(name).display().to_string(),
            ),
        };
        format!("40 1 {number} / /mnt rw,relatime shared:1 - ext4 {from} rw\n")
    };
    let mounts: String = mounted.iter().enumerate().map(line).collect();
    let all = format!("22 1 0:21 / /proc rw - proc proc rw\n{mounts}");
    write(&root.join("proc/self/mountinfo"), &all);
    write(
        &root.join("proc/swaps"),
        "Filename Type Size Used Priority\n",
    );
    write(&root.join("proc/cmdline"), "quiet terroir.token=t\n");
    write(&root.join("dev/console"), "");
    write(&root.join("dev/null"), "");
    std::fs::create_dir_all(root.join("dev/disk/by-id")).unwrap();
}
