#!/usr/bin/env bash
# The Python package: built, tested, its examples run. Needs Rust, Python with venv, and the package index.
#
# Builds go to the folder of the crate, so that what both depend on is compiled once; CARGO_TARGET_DIR and PYTHON say otherwise.
set -euo pipefail
cd "$(dirname "$0")"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$(cd .. && pwd)/target}
export MPLBACKEND=Agg

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
bin=$folder/venv/bin
"$bin/pip" install --quiet --disable-pip-version-check 'maturin>=1.7,<2' numpy pytest matplotlib

"$bin/maturin" build --release --locked --quiet --interpreter "$bin/python" --out "$folder/wheels"
"$bin/pip" install --quiet --disable-pip-version-check "$folder"/wheels/*.whl

# From another folder: here Python would take the sources beside this script for the package.
here=$PWD
(
    cd "$folder"
    "$bin/pytest" --quiet -p no:cacheprovider "$here/tests"
    "$bin/pytest" --quiet -p no:cacheprovider --doctest-modules --pyargs pulsatrix
)
for example in examples/*.py; do
    picture=$folder/$(basename "$example" .py).png
    "$bin/python" "$example" "$picture" >/dev/null
    test -s "$picture"
done
echo "three examples have drawn their pictures"

# the page of the guide
cd "$folder"
"$bin/python" - "$here/../docs/src/python.md" <<'PYTHON'
import re
import sys

with open(sys.argv[1], encoding="utf-8") as page:
    blocks = re.findall(r"```python\n(.*?)```", page.read(), flags=re.S)
assert blocks
exec("".join(blocks), {})
print(f"{len(blocks)} snippets of the guide have run")
PYTHON
