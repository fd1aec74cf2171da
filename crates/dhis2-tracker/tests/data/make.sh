#!/bin/sh
# Makes the fixtures in data/recordings from a folder of recordings of real servers (its README says what is in it):
#
#     tests/data/make.sh ../../../shared/recordings
#
# Every file keeps its name and place and is compressed with gzip, without time and name, so that the same content is the
# same file. Two versions are kept, one for each shape of an answer; where the whole folder is there, the tests read all.
set -eu
from=$(cd "$1" && pwd)
to=$(cd "$(dirname "$0")" && pwd)/recordings
rm -rf "$to"
cd "$from"
for version in 2.40.12 2.43.1; do
    for file in system/info-superuser.har metadata/relationshipTypes.har world/tracked-entities.har \
        world/enrollments-anc.har world/enrollments-tb.har truth/tracked_entities.csv \
        truth/tracked_entity_attributes.csv truth/enrollments.csv \
        tracker/tracked-entities-include-deleted-updated-after.har; do
        echo "$version/$file"
    done
    for walk in tracked-entities-anc-program tracked-entities-tb-program tracked-entities-of-type \
        tracked-entities-with-relationships enrollments-anc-all enrollments-tb-all; do
        echo "$version/tracker/$walk.har"
    done
    for rows in tracked-entities-anc-program.attributes tracked-entities-tb-program.attributes tracked-entities-of-type \
        relationships enrollments-anc-all enrollments-tb-all; do
        echo "$version/expected/tracker/$rows.csv"
    done
done | while read -r file; do
    mkdir -p "$to/$(dirname "$file")"
    gzip -9n <"$file" >"$to/$file.gz"
done
