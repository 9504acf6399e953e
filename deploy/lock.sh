#!/usr/bin/env bash
# Renews the lock files from pyproject.toml: universal for Python 3.11-3.13, with hashes, naming no index.
# After a run look at the diff: a universal resolve can step back silently (scrapy did), hence the floors in pyproject.toml.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${UV:-.venv/bin/uv}
compile() { "$uv" pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --no-emit-index-url "$@"; }
compile pyproject.toml --extra test --output-file requirements.lock
compile pyproject.toml --extra test --extra ci --constraint requirements.lock --output-file requirements-ci.lock
echo uv==0.13.9 | compile - --output-file deploy/installer.lock
! grep -nE '^--(extra-)?index|https?://' requirements.lock requirements-ci.lock deploy/installer.lock
