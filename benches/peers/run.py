"""The same extracts by this project and by its peers in Python, from the same simulated server, in one run.

README.md beside this file says how to run it and how to read what it writes.
"""

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import environments
import measure
import table
from relay import Relay

HERE = environments.HERE
OURS = "dhis2"
# The accounts of the simulator; crates/dhis2-simulator/src/accounts.rs.
USERNAME, PASSWORD = "admin", "district"
TOKEN = "d2p_5imu1at0rSuperuserTokenOfTheEmbeddedServer12345678"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dhis2", required=True, type=Path, help="our program")
    parser.add_argument("--simulator", type=Path, help="the program that simulates; the same without it")
    parser.add_argument("--server-version", default="2.42", help="the version that the server behaves like")
    parser.add_argument("--scale", type=int, default=2000, help="organisation units: 50 data values and 5 events each")
    parser.add_argument("--runs", type=int, default=3, help="timed runs of each client; the median counts")
    parser.add_argument("--slow", type=float, default=60, help="a client that takes longer is timed once only (seconds)")
    parser.add_argument("--limit", type=float, default=600, help="a run that takes longer is ended (seconds)")
    parser.add_argument("--only", action="append", help="only this peer; repeats")
    parser.add_argument("--extract", action="append", help="only this extract; repeats")
    parser.add_argument("--python", action="append", default=[], help="an interpreter to choose from; repeats")
    parser.add_argument("--environments", type=Path, help="where the virtual environments are kept for the next time")
    parser.add_argument("--output", type=Path, required=True, help="the folder for results.json and results.md")
    return parser.parse_args()


def get(url, path):
    request = urllib.request.Request(f"{url}/api/{path}", headers={"Authorization": f"ApiToken {TOKEN}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def uid(url, collection, condition):
    objects = get(url, f"{collection}?fields=id&filter={condition}&paging=false")[collection]
    if len(objects) != 1:
        raise SystemExit(f"the simulated country should have one of {collection} with {condition}: {objects}")
    return objects[0]["id"]


def extracts(url):
    """What is asked for. The first two are large; the third is small and asks for a range as people have it."""
    root = uid(url, "organisationUnits", "level:eq:1")
    return {
        "data-values": {
            "kind": "data-values",
            "data_set": uid(url, "dataSets", "name:eq:Monthly%20report"),
            "start_date": "2024-01-01",
            "end_date": "2024-12-31",
            "org_unit": root,
        },
        "events": {"kind": "events", "program": uid(url, "programs", "name:eq:Antenatal%20care"), "org_unit": root},
        "weekly-values": {
            "kind": "data-values",
            "data_set": uid(url, "dataSets", "name:eq:Weekly%20notifications"),
            "start_date": "2023-12-12",
            "end_date": "2025-02-28",
            "org_unit": root,
        },
    }


class Ours:
    """Our program."""

    def __init__(self, program):
        self.name, self.program = OURS, program

    def command(self, question, folder):
        words = [str(self.program), "extract", question["kind"], "--org-unit", question["org_unit"], "--log", "none"]
        if question["kind"] == "data-values":
            words += ["--data-set", question["data_set"], "--include-children"]
            words += ["--start-date", question["start_date"], "--end-date", question["end_date"]]
        else:
            words += ["--program", question["program"]]
        file = question["check"] or str(folder / f"rows-{random.getrandbits(64):x}.parquet")
        env = dict(os.environ, DHIS2_URL=question["url"], DHIS2_TOKEN=TOKEN)
        return [*words, "-o", file], env

    def serves(self, kind):
        return True


class Theirs:
    """A peer in its environment."""

    def __init__(self, environment):
        self.name, self.environment = environment.peer.name, environment

    def command(self, question, folder):
        file = folder / "question.json"
        file.write_text(json.dumps(question), encoding="utf-8")
        return [self.environment.python, str(HERE / "clients" / self.environment.peer.script), str(file)], None

    def serves(self, kind):
        return kind in self.environment.peer.kinds


def once(client, question, folder, limit):
    """One run: its wall time, peak memory, and of a peer the time of the call alone."""
    outcome = Path(question["outcome"])
    outcome.unlink(missing_ok=True)
    command, env = client.command(question, folder)
    log = folder / "said.txt"
    try:
        code, seconds, peak = measure.run(command, limit=limit, env=env, cwd=folder, log=log)
    except measure.TooLong as late:
        return {"error": f"ended after {late.args[0]:.0f} s"}
    if code != 0:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return {"error": lines[-1][:300] if lines else f"exit code {code}"}
    of_call = json.loads(outcome.read_text(encoding="utf-8")) if outcome.exists() else {}
    return {
        "seconds": seconds,
        "call_seconds": of_call.get("call_seconds", seconds),
        "peak_mb": of_call.get("peak_kb", peak) / 1000,
    }


def checked(client, question, truth, folder, server, limit):
    """The run that is not timed: through the relay, its rows compared with the server's."""
    relay = Relay(*server)
    rows = folder / "rows.csv"
    rows.unlink(missing_ok=True)
    try:
        outcome = once(client, dict(question, url=relay.url, check=str(rows)), folder, limit)
    finally:
        relay.close()
    received = sum(request["bytes"] for request in relay.requests)
    result = {"requests": len(relay.requests), "bytes": received, "took_seconds": outcome.get("seconds")}
    if "error" in outcome:
        return {**result, "error": outcome["error"]}, relay.requests
    said = subprocess.run(
        [sys.executable, str(HERE / "check.py"), str(truth), str(rows)], capture_output=True, text=True, check=True
    )
    return {**result, **json.loads(said.stdout)}, relay.requests


def floor(requests, folder, server, connections):
    """How long the server takes for these requests, their answers dropped."""
    file = folder / "requests.json"
    file.write_text(json.dumps(requests), encoding="utf-8")
    host, port = server
    words = [sys.executable, str(HERE / "floor.py"), str(file), host, str(port), TOKEN, str(connections)]
    said = subprocess.run(words, capture_output=True, text=True, check=True)
    return float(said.stdout)


def median(results, key):
    return statistics.median(result[key] for result in results)


def compare(name, question, clients, options, server, folder):
    """One extract by everybody: checked first, then timed in turns, so that a busy minute hits all alike."""
    question = dict(question, username=USERNAME, password=PASSWORD, token=TOKEN, check=None)
    # Who writes requests by hand reads the manual of the server's version: two names changed with 2.41.
    old = tuple(map(int, options.server_version.split(".")[:2])) < (2, 41)
    question |= {"mode": "ouMode" if old else "orgUnitMode", "all": "skipPaging" if old else "paging"}
    question |= {"url": "http://%s:%d" % server, "work": str(folder), "outcome": str(folder / "outcome.json")}
    truth = folder / "truth.csv"
    asked = folder / "truth.json"
    asked.write_text(json.dumps(question), encoding="utf-8")
    words = [sys.executable, str(HERE / "truth.py"), str(asked), str(truth)]
    held = json.loads(subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout)
    question["periods"] = held["periods"]
    lines, asked_for = {}, {}
    for client in clients:
        if client.serves(question["kind"]):
            print(f"{name}: checking {client.name}", file=sys.stderr)
            lines[client.name], asked_for[client.name] = checked(client, question, truth, folder, server, options.limit)
            lines[client.name]["runs"], lines[client.name]["floor_seconds"] = [], []
    for turn in range(options.runs):
        for client in clients:
            line = lines.get(client.name)
            if line is None or "error" in line or (turn > 0 and line["took_seconds"] > options.slow):
                continue
            print(f"{name}: run {turn + 1} of {client.name}", file=sys.stderr)
            outcome = once(client, question, folder, options.limit)
            if "error" in outcome:
                line["error"] = outcome["error"]
                continue
            line["runs"].append(outcome)
            connections = 2 if client.name == OURS else 1
            line["floor_seconds"].append(floor(asked_for[client.name], folder, server, connections))
            for leftover in folder.glob("rows-*.parquet"):
                leftover.unlink()
    for line in lines.values():
        if line["runs"]:
            for key in ("seconds", "call_seconds", "peak_mb"):
                line[key] = median(line["runs"], key)
            line["floor"] = statistics.median(line["floor_seconds"])
    return {"held": held, "clients": lines}


def machine():
    model = next(
        (line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.machine(),
    )
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1_000_000
    return {"cpu": model, "cores": os.cpu_count(), "memory_gb": round(memory), "system": platform.platform()}


def main():
    options = arguments()
    options.dhis2 = options.dhis2.resolve()
    options.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="dhis2-peers-") as folder:
        folder = Path(folder)
        kept = (options.environments or folder / "environments").resolve()
        kept.mkdir(parents=True, exist_ok=True)
        pythons = environments.interpreters(options.python)
        clients, left_out = [Ours(options.dhis2)], {}
        for peer in environments.PEERS:
            if options.only and peer.name not in options.only:
                continue
            environment, why = environments.make(peer, pythons, kept)
            if environment:
                clients.append(Theirs(environment))
            else:
                left_out[peer.name] = why
                print(f"{peer.name} is left out: {why}", file=sys.stderr)
        simulate = [str((options.simulator or options.dhis2).resolve()), "simulate", "--port", "0"]
        simulate += ["--server-version", options.server_version, "--scale", str(options.scale)]
        with subprocess.Popen(simulate, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as simulator:
            try:
                url = simulator.stdout.readline().strip()
                if not url:
                    raise SystemExit(f"the simulator did not start: {' '.join(simulate)}")
                host, port = url.removeprefix("http://").split(":")
                server = (host, int(port))
                began = time.time()
                results = {
                    name: compare(name, question, clients, options, server, folder)
                    for name, question in extracts(url).items()
                    if not options.extract or name in options.extract
                }
            finally:
                simulator.terminate()
        version = subprocess.run([str(options.dhis2), "--version"], capture_output=True, text=True, check=True).stdout
        report = {
            "machine": machine(),
            "load": os.getloadavg(),
            "began": began,
            "dhis2": {"program": str(options.dhis2), "version": version.strip()},
            "server_version": options.server_version,
            "scale": options.scale,
            "runs": options.runs,
            "left_out": left_out,
            "environments": {
                client.name: {"python": client.environment.version, "installed": client.environment.installed}
                for client in clients[1:]
            },
            "extracts": results,
        }
    (options.output / "results.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    text = table.markdown(report)
    (options.output / "results.md").write_text(text, encoding="utf-8")
    print(text)


main()
