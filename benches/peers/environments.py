"""Throw-away virtual environments, one for each peer, below a folder outside of the repository."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Peer:
    """A Python client, and what is installed for it."""

    name: str
    script: str
    # By the lowest version of Python that each choice needs, the best first.
    packages: tuple[tuple[tuple[int, int], tuple[str, ...]], ...]
    kinds: tuple[str, ...] = ("data-values", "events")


PEERS = (
    Peer(
        "openhexa.toolbox",
        "with_openhexa.py",
        (((3, 12), ("openhexa.toolbox==2.11.4",)), ((3, 11), ("openhexa.toolbox==2.9.0",))),
    ),
    Peer("naive", "naive.py", (((3, 11), ("requests", "polars==2.1.0")),)),
    Peer("naive, first page", "naive_first_page.py", (((3, 11), ("requests", "polars==2.1.0")),), ("events",)),
    Peer("dhis2-client", "with_dhis2_client.py", (((3, 11), ("dhis2-client==0.3.2",)),)),
    Peer("dhis2w-client", "with_dhis2w.py", (((3, 13), ("dhis2w-client==1.33.0",)),)),
    Peer("pydhis2", "with_pydhis2.py", (((3, 11), ("pydhis2==0.2.1",)),)),
    Peer("dhis2-fetch", "with_dhis2_fetch.py", (((3, 11), ("dhis2-fetch==0.1.3",)),)),
)


def interpreters(named):
    """The Pythons at hand by version: those named, this one, and what is called `python3.N` on the path or kept by pyenv."""
    candidates = [*named, sys.executable]
    candidates += [shutil.which(f"python3.{minor}") for minor in range(11, 16)]
    candidates += sorted(str(path) for path in (Path.home() / ".pyenv/versions").glob("3.*/bin/python"))
    found = {}
    for candidate in filter(None, candidates):
        said = subprocess.run(
            [candidate, "-c", "import sys, json; print(json.dumps(sys.version_info[:2]))"],
            capture_output=True,
            text=True,
            check=False,
        )
        if said.returncode == 0:
            found.setdefault(tuple(json.loads(said.stdout)), candidate)
    return found


@dataclass
class Environment:
    """A peer that can be run."""

    peer: Peer
    python: str
    version: str
    installed: list[str]


def make(peer, pythons, folder):
    """An environment for a peer, made where there is none yet, or why there is none."""
    for least, packages in peer.packages:
        fitting = sorted(version for version in pythons if version >= least)
        if fitting:
            break
    else:
        return None, f"needs Python {least[0]}.{least[1]}"
    place = folder / "-".join([*packages, f"py{fitting[0][0]}.{fitting[0][1]}"]).replace("==", "-")
    python = str(place / "bin/python")
    done = place / "installed.json"
    if not done.exists():
        shutil.rmtree(place, ignore_errors=True)
        print(f"installing {' '.join(packages)} for Python {fitting[0][0]}.{fitting[0][1]}", file=sys.stderr)
        subprocess.run([pythons[fitting[0]], "-m", "venv", str(place)], check=True)
        said = subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages],
            capture_output=True,
            text=True,
            check=False,
        )
        if said.returncode != 0:
            return None, f"pip could not install it: {said.stderr.strip().splitlines()[-1]}"
        listed = subprocess.run([python, "-m", "pip", "freeze"], capture_output=True, text=True, check=True)
        done.write_text(json.dumps(listed.stdout.split()), encoding="utf-8")
    version = ".".join(map(str, fitting[0]))
    return Environment(peer, python, version, json.loads(done.read_text(encoding="utf-8"))), None
