#!/usr/bin/env bash
# Everything after this script's name is handed to run.py; README.md says what there is.
set -euo pipefail
# Nothing is written into the repository.
export PYTHONDONTWRITEBYTECODE=1
exec python3 "$(dirname "$0")/run.py" "$@"
