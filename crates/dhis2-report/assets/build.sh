#!/usr/bin/env bash
# Makes charts.min.js of entry.js. Needs npm, and its registry; cargo needs neither.
set -euo pipefail
assets="$(cd "$(dirname "$0")" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cp "$assets"/{entry.js,package.json,package-lock.json} "$work"
cd "$work"
npm ci --no-audit --no-fund
npx esbuild entry.js --bundle --minify --format=iife --global-name=dhis2Charts --target=es2019 --legal-comments=none \
    --banner:js='/* Apache ECharts 6.1.0, Apache-2.0, and zrender, BSD-3-Clause: see LICENSE-echarts, NOTICE-echarts, LICENSE-zrender */' \
    --outfile="$assets/charts.min.js"
cp node_modules/echarts/LICENSE "$assets/LICENSE-echarts"
cp node_modules/echarts/NOTICE "$assets/NOTICE-echarts"
cp node_modules/echarts/licenses/LICENSE-d3 "$assets/LICENSE-d3"
cp node_modules/zrender/LICENSE "$assets/LICENSE-zrender"
cp node_modules/tslib/LICENSE.txt "$assets/LICENSE-tslib"
