#!/bin/sh
# Makes the fixtures beside it from a folder of recordings of real servers:
#
#     crates/dhis2-metadata/tests/data/make.sh ../shared/recordings
#
# Every recorded answer about metadata keeps its name and is compressed with gzip, without time and name, so that the same
# content is the same file.
set -eu
from=$(cd "$1" && pwd)
cd "$(dirname "$0")"
for folder in "$from"/2.*; do
    version=$(basename "$folder")
    rm -rf "$version"
    mkdir "$version"
    for file in "$folder"/metadata/*.har; do
        gzip -9n <"$file" >"$version/$(basename "$file").gz"
    done
done
