#!/usr/bin/env python3
"""Makes the corpora that fuzzing begins with: short answers of every version, of recordings.

    fuzz/seeds.py                          # of those in tests/data, into fuzz/corpus/TARGET/*.json
    fuzz/seeds.py ../shared/recordings     # of more
"""
import base64
import gzip
import hashlib
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
LISTS = {"dataValueSets": ("data_values", "dataValues"), "events": ("events", "events"),
         "trackedEntities": ("tracked_entities", "trackedEntities"), "enrollments": ("enrollments", "enrollments")}
OBJECTS = 6  # of each answer: short inputs are tried more often


def text_of(content):
    text = content.get("text", "")
    return base64.b64decode(text).decode() if content.get("encoding") == "base64" else text


def read(path):
    content = path.read_bytes()
    return json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "../tests/data/recordings"
    for har in sorted([*folder.rglob("*.har.gz"), *folder.rglob("*.har")]):
        for entry in read(har)["log"]["entries"]:
            endpoint = entry["request"]["url"].split("?")[0].rsplit("/", 1)[-1].removesuffix(".json")
            if endpoint not in LISTS:
                continue
            target, name = LISTS[endpoint]
            try:
                answer = json.loads(text_of(entry["response"]["content"]))
            except ValueError:
                continue
            key = next((key for key in (name, "instances") if isinstance(answer.get(key), list)), None)
            if key is None:
                continue
            objects = answer.pop(key)
            for first in {0, len(objects) // 2}:
                seed = json.dumps({**answer, name: objects[first:first + OBJECTS]}, ensure_ascii=first == 0,
                                  separators=(",", ":")).encode()
                corpus = HERE / "corpus" / target
                corpus.mkdir(parents=True, exist_ok=True)
                (corpus / f"{hashlib.sha256(seed).hexdigest()[:16]}.json").write_bytes(seed)


main()
