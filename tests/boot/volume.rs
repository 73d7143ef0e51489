//! The volume that Anaconda finds by its label, read by other programs.

use terroir::kickstart::oemdrv;

use crate::folder::text;
use crate::judge::{is_there, run};
use crate::site::paris;

#[test]
fn a_volume_has_its_label_and_its_kickstart() {
    let files = paris();
    let kickstart = text(&files, "http/hosts/par-f43/kickstart.ks");
    let volume = oemdrv(kickstart.as_bytes()).expect("a volume");
    assert_eq!(
        volume,
        oemdrv(kickstart.as_bytes()).expect("the same bytes")
    );
    assert!(oemdrv(&vec![b'#'; (1 << 20) + 1]).is_err());
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("volume.iso");
    std::fs::write(&place, volume).expect("written");
    let place = place.display().to_string();
    if is_there("blkid") {
        let said = run("blkid", &["-p", "-o", "export", &place], b"");
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(
            said.contains("LABEL=OEMDRV") && said.contains("TYPE=iso9660"),
            "{said}"
        );
    }
    if is_there("isoinfo") {
        let read = run("isoinfo", &["-i", &place, "-x", "/KS.CFG;1"], b"");
        assert_eq!(String::from_utf8_lossy(&read), kickstart);
    }
}
