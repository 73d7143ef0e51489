"""Reads every kickstart of a rendered site as pykickstart and bash read it, strictly, in one process.

Commands that %pre completes (what it writes into a file that is included) are read as if they stood
where they are included, with stand-ins for disks and secrets.
"""
import json
import re
import subprocess
import sys
import warnings
from pathlib import Path

from pykickstart.errors import KickstartError
from pykickstart.parser import KickstartParser
from pykickstart.version import makeVersion

SECTION = re.compile(r"%(pre|pre-install|post|onerror|packages|addon|traceback|certificate)\b")
PAYLOAD = re.compile(r"(ostreecontainer|bootc|ostreesetup|liveimg|url|nfs|cdrom|harddrive)\b")


def completed(text, firmware):
    """The kickstart as Anaconda sees it once %pre has run on a machine with this firmware."""
    pieces = {}
    branch = None
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        line = lines[number]
        if line.startswith("if [ -d /sys/firmware/efi ]"):
            branch = "efi"
        elif line == "else" and branch:
            branch = "bios"
        elif line == "fi":
            branch = None
        found = re.search(r"cat >>(/tmp/terroir/\w+\.ks) <<END$", line)
        number += 1
        if found:
            start = number
            while lines[number] != "END":
                number += 1
            if branch in (None, firmware):
                pieces.setdefault(found[1], []).extend(lines[start:number])
    included = []
    for line in lines:
        if line.startswith("%include "):
            piece = "\n".join(pieces.pop(line.split()[1]))
            piece = re.sub(r"\$disk(\d)", r"sd\1", piece)
            included.append(re.sub(r"\$(passphrase|hash\d+)", "stand-in", piece))
        else:
            included.append(line)
    assert not pieces, f"nothing includes {list(pieces)}"
    return "\n".join(included) + "\n"


def wrong(text, version):
    """What pykickstart and the rules of image payloads say."""
    found = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        parser = KickstartParser(makeVersion(version), missingIncludeIsFatal=True)
        try:
            parser.readKickstartFromString(text)
        except KickstartError as error:
            found.append(str(error))
    found += [str(one.message) for one in caught]
    commands, section = [], False
    for line in text.splitlines():
        if SECTION.match(line):
            section = True
            commands.append(line)
        elif line.startswith("%end"):
            section = False
        elif not section and line and not line.startswith("#"):
            commands.append(line)
    payloads = [line for line in commands if PAYLOAD.match(line)]
    if len(payloads) != 1:
        found.append(f"{len(payloads)} payloads")
    if any(line.startswith("%packages") for line in commands):
        found.append("%packages beside an image")
    for needed in (r"(part|raid)\b", r"(reboot|poweroff)\b", r"text\b", r"ignoredisk --only-use=", r"rootpw\b"):
        if not any(re.match(needed, line) for line in commands):
            found.append(f"no {needed}")
    if not any(re.match(r"(part|logvol|btrfs) / ", line) for line in commands):
        found.append("no root")
    return found


def scripts(text):
    """The bodies of the script sections."""
    return re.findall(r"^%(?:pre|post|onerror)\b.*\n((?:.*\n)*?)%end$", text, re.MULTILINE)


def main():
    folder = Path(sys.argv[1])
    index = json.loads((folder / "site.json").read_text())
    count, bad = 0, 0
    for name, host in index["hosts"].items():
        if not host["answer"].endswith(".ks"):
            continue
        count += 1
        text = (folder / host["answer"]).read_text()
        found = []
        for firmware in ("efi", "bios"):
            found += wrong(completed(text, firmware), host["target"])
        bodies = scripts(text)
        if len(bodies) != 4:
            found.append(f"{len(bodies)} scripts")
        # Only the shell knows what a script is; one process reads all of a file.
        script = "".join(f"check{n}() {{\n{body}}}\n" for n, body in enumerate(bodies))
        read = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True)
        if read.returncode or read.stderr:
            found.append(read.stderr)
        if found:
            bad += 1
            print(f"{name} ({host['target']}): " + " | ".join(dict.fromkeys(found)))
    print(f"{count} kickstarts, {bad} wrong")
    sys.exit(1 if bad or not count else 0)


main()
