#!/usr/bin/env bash
# Two fixes that ruff calls safe, each right alone, together delete a name that is used: a lazy import inside a function
# and an unused import of the same name further down in the module (in a notebook: in a later cell).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env && env/bin/pip install -q ruff==0.17.6 2>/dev/null
cat > lazy.py <<'PYTHON'
def name_of(part):
    from os.path import basename, splitext

    return splitext(basename(part))[0]


from os.path import basename
PYTHON
python3 -c "import lazy; assert lazy.name_of('a/b.txt') == 'b'"
echo "$(env/bin/ruff --version): the module works, and ruff finds"
env/bin/ruff check --isolated --select F --output-format concise lazy.py || true
env/bin/ruff check --isolated --select F --fix --quiet lazy.py >/dev/null || true
echo 'expected: one of the two imports of basename is left; seen after --fix:'
grep -n 'import' lazy.py
seen=$(python3 -c "import lazy; lazy.name_of('a/b.txt')" 2>&1 | tail -n 1 || true)
echo "$seen"
[[ $seen == *"name 'basename' is not defined"* ]]
