"""Refuses dependencies of the default build, and of the Python package, whose licence asks for more than to be named.

Reads `cargo metadata` alone. What only tests and benchmarks need is not part of a build, and is not looked at.
"""

import json
import re
import subprocess
import sys

# Permissive ones. A licence that reaches beyond its own files, or asks for sources, would bind whoever uses the crate.
ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
}
TOKEN = re.compile(r"\(|\)|[^\s()/]+|/")


def allowed(expression):
    """Whether an SPDX expression leaves a way that is allowed; the slash of old manifests is an OR."""
    tokens = TOKEN.findall(expression) + [""]

    def either():
        holds = both()
        while tokens[0] in ("OR", "/"):
            tokens.pop(0)
            holds = both() or holds
        return holds

    def both():
        holds = one()
        while tokens[0] == "AND":
            tokens.pop(0)
            holds = one() and holds
        return holds

    def one():
        token = tokens.pop(0)
        if token == "(":
            holds = either()
            assert tokens.pop(0) == ")", expression
            return holds
        if tokens[0] == "WITH":
            # An exception takes conditions away.
            del tokens[:2]
        return token in ALLOWED

    holds = either()
    assert tokens == [""], expression
    return holds


def refused(manifest):
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--manifest-path", manifest]
    found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    packages = {package["id"]: package for package in found["packages"]}
    nodes = {node["id"]: node for node in found["resolve"]["nodes"]}
    seen, left = set(), [found["resolve"]["root"]]
    while left:
        here = left.pop()
        if here in seen:
            continue
        seen.add(here)
        for needed in nodes[here]["deps"]:
            if any(kind["kind"] != "dev" for kind in needed["dep_kinds"]):
                left.append(needed["pkg"])
    print(f"{manifest}: {len(seen)} packages")
    for package in sorted(map(packages.get, seen), key=lambda package: package["name"]):
        licence = package["license"] or f"no SPDX expression, but {package['license_file']}"
        if not package["license"] or not allowed(licence):
            yield f"{manifest}: {package['name']} {package['version']}: {licence}"


assert allowed("MIT OR GPL-3.0") and allowed("MIT/Apache-2.0") and allowed("Apache-2.0 WITH LLVM-exception")
assert allowed("(MIT OR GPL-3.0) AND Unicode-3.0") and not allowed("MIT AND GPL-3.0") and not allowed("LGPL-3.0")
sys.exit("\n".join(line for manifest in ("Cargo.toml", "python/Cargo.toml") for line in refused(manifest)) or 0)
