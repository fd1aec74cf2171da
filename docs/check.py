"""Runs the commands of commands.md against simulated servers: `python3 docs/check.py target/debug/dhis2`."""

import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

TOKEN = "d2p_5imu1at0rSuperuserTokenOfTheEmbeddedServer12345678"


def wait_for(port):
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/me", timeout=5)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"nothing listens on port {port}")


def main():
    program = Path(sys.argv[1]).resolve()
    text = (Path(__file__).parent / "commands.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    with tempfile.TemporaryDirectory() as folder:
        servers = [
            subprocess.Popen(
                [program, "simulate", "--port", port, "--scale", scale],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for port, scale in (("8085", "200"), ("8086", "1"))
        ]
        try:
            wait_for(8085)
            wait_for(8086)
            if any(server.poll() is not None for server in servers):
                raise SystemExit("a simulated server did not start: are the ports 8085 and 8086 free?")
            tools = Path(folder) / "bin"
            tools.mkdir()
            (tools / "dhis2").symlink_to(program)
            env = dict(os.environ, DHIS2_URL="http://127.0.0.1:8085", DHIS2_TOKEN=TOKEN)
            # What the person at this machine keeps is left alone.
            env |= {"DHIS2_CONFIG_DIR": f"{folder}/config", "DHIS2_CACHE_DIR": f"{folder}/cache", "DHIS2_KEEP_IN": "file"}
            env["PATH"] = f"{tools}:{env['PATH']}"
            work = Path(folder) / "work"
            work.mkdir()
            for number, block in enumerate(blocks, 1):
                said = subprocess.run(
                    ["bash", "-euxo", "pipefail", "-c", block], cwd=work, env=env, capture_output=True, text=True, check=False
                )
                if said.returncode != 0:
                    raise SystemExit(f"block {number} ended with {said.returncode}:\n{said.stdout}{said.stderr}")
        finally:
            for server in servers:
                server.terminate()
                server.wait()
    print(f"{len(blocks)} blocks of commands.md ran")


main()
