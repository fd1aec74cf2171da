#!/bin/sh
# Makes the fixtures in data/recordings from a folder of recordings of real servers (its README says what is in it):
#
#     tests/data/make.sh ../shared/recordings
#
# Every file keeps its name and place and is compressed with gzip, without time and name, so that the same content is the
# same file. Kept are: exports of data values and walks over events with the rows they must give, what the servers say of
# themselves, and of one version, whose data all share, the whole country and its truth.
set -eu
from=$(cd "$1" && pwd)
to=$(cd "$(dirname "$0")" && pwd)/recordings
shared=2.40.12
rm -rf "$to"
cd "$from"
{
    for version in 2.*; do
        for case in "$version"/expected/aggregate/*.csv; do
            echo "$case"
            echo "$version/aggregate/$(basename "$case" .csv).har"
        done
        for walk in "$version"/expected/tracker/events-*-all.csv; do
            echo "$walk"
            echo "$version/tracker/$(basename "$walk" .csv).har"
        done
        echo "$version/system/info-superuser.har"
        echo "$version/truth/organisation_units.csv"
    done
    ls "$shared"/world/*.har
    echo "$shared/aggregate/include-deleted.har"
    for case in elements-periods-units group levels with-combos no-dimension unknown-element; do
        echo "$shared/analytics/$case.har"
    done
    # What the exports leave out of the country: relationships between tracked entities.
    echo "$shared/tracker/tracked-entities-with-relationships.har"
    for table in data_element_group_members data_set_elements data_values enrollments event_values events group_members \
        relationships tracked_entities tracked_entity_attributes; do
        echo "$shared/truth/$table.csv"
    done
} | sort -u | while read -r file; do
    mkdir -p "$to/$(dirname "$file")"
    gzip -9n <"$file" >"$to/$file.gz"
done
