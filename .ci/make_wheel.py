"""Makes a wheel of an installed tree: the program goes where scripts go, all else beside it.

    make_wheel.py TREE OUTPUT VERSION TAG

Uses the standard library alone. The same tree gives the same bytes.
"""

import base64
import hashlib
import os
import pathlib
import sys
import time
import zipfile

# "muninn" is another project's name on the Python Package Index.
NAME = "muninn-debugger"


def main(tree, output, version, tag):
    tree = pathlib.Path(tree)
    name = NAME.replace("-", "_")
    data, info = f"{name}-{version}.data", f"{name}-{version}.dist-info"
    moment = time.gmtime(max(int(os.environ.get("SOURCE_DATE_EPOCH", "315532800")), 315532800))
    wheel = pathlib.Path(output) / f"{name}-{version}-{tag}.whl"
    records = []
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:

        def add(path, content, mode=0o644):
            entry = zipfile.ZipInfo(path, moment[:6])
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            records.append(f"{path},sha256={digest.decode()},{len(content)}\n")

        licences = []
        for path in sorted(tree.rglob("*")):
            if not path.is_file():
                continue
            inside = path.relative_to(tree).as_posix()
            content = path.read_bytes()
            if inside.startswith("bin/"):
                # What is among the scripts is made executable, and is not read as Python.
                add(f"{data}/scripts/{path.name}", content, 0o755)
                continue
            add(f"{data}/data/{inside}", content)
            if path.name == "LICENSE" or "/licences/" in inside:
                licences.append(f"licenses/{path.name}")
                add(f"{info}/{licences[-1]}", content)
        readme = (tree / "share/doc/muninn/README.md").read_text(encoding="utf-8")
        metadata = [
            "Metadata-Version: 2.1", f"Name: {NAME}", f"Version: {version}",
            "Summary: A time-travel debugger for latent reasoning", "License: Apache-2.0",
            "Requires-Python: >=3.8", "Classifier: Environment :: Console :: Curses",
            "Classifier: Operating System :: POSIX :: Linux",
        ]
        metadata += [f"License-File: {licence.removeprefix('licenses/')}" for licence in licences]
        metadata += ["Description-Content-Type: text/markdown", "", readme]
        add(f"{info}/METADATA", "\n".join(metadata).encode())
        add(f"{info}/WHEEL",
            f"Wheel-Version: 1.0\nGenerator: muninn\nRoot-Is-Purelib: false\nTag: {tag}\n".encode())
        records.append(f"{info}/RECORD,,\n")
        entry = zipfile.ZipInfo(f"{info}/RECORD", moment[:6])
        entry.external_attr = 0o100644 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, "".join(records))
    print("  ", wheel.name)


if __name__ == "__main__":
    main(*sys.argv[1:])
