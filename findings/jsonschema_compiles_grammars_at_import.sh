#!/usr/bin/env bash
# Reading a notebook file waits for grammars of web addresses.
# Expected: `import nbformat` takes as long in an environment of JupyterLab as in one of nbformat alone.
# Seen (jsonschema 4.26.0, rfc3987-syntax 1.1.0, lark 1.3.1): it takes about ten times as much processor time. jupyter-events
# asks for jsonschema's extra `format-nongpl`, that installs rfc3987-syntax, jsonschema imports it wherever it is there, and
# it builds one Earley parser for each of its rules while it is imported. papermill, nbclient and plotly's renderers import
# nbformat, so every kernel that draws a figure pays. The schema of notebooks has no format that needs it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for name in plain full; do python3 -m venv "$work/$name"; done
"$work/plain/bin/pip" -q install nbformat==5.11.1 jsonschema==4.26.0 2>/dev/null
"$work/full/bin/pip" -q install nbformat==5.11.1 'jsonschema[format-nongpl]==4.26.0' rfc3987-syntax==1.1.0 lark==1.3.1 2>/dev/null

cat > "$work/seconds.py" <<'PY'
import sys, time
began = time.process_time()
import nbformat
took = time.process_time() - began
lark = sys.modules.get('rfc3987_syntax.syntax_helpers')
print(took, sum(type(v).__name__ == 'function' and n.startswith('is_valid_syntax_') for n, v in vars(lark).items()) if lark else 0)
PY
for n in 1 2 3; do for name in plain full; do "$work/$name/bin/python" "$work/seconds.py" >> "$work/$name.txt"; done; done
python3 - "$work" <<'PY'
import statistics, sys
read = lambda name: [line.split() for line in open(f'{sys.argv[1]}/{name}.txt')]
plain, full = ([float(row[0]) for row in read(name)] for name in ('plain', 'full'))
ratio = statistics.median(full) / statistics.median(plain)
print('jsonschema 4.26.0, rfc3987-syntax 1.1.0, lark 1.3.1, nbformat 5.11.1')
print('expected: import nbformat takes the same')
print(f'seen: {ratio:.1f} times as much processor time; {read("full")[0][1]} parsers built, {read("plain")[0][1]} without the extra')
sys.exit(not (ratio > 3 and int(read('full')[0][1]) > 30))
PY
