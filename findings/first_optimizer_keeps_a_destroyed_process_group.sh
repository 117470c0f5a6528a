#!/usr/bin/env bash
# A process group of torch outlives destroy_process_group, if the first optimizer of the process was made in between.
# Making one imports torch._dynamo, that torch.distributed.nn.functional, whose functions have `group=group.WORLD` as
# a default: at that moment the live group. Its threads then listen until the interpreter ends, and now and then abort
# it ("terminate called without an active exception", exit status -6) after all work is done.
# Expected: no thread of gloo after destroy_process_group. Seen (torch 2.13.0): three. With the module imported before
# init_process_group there is none.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install torch==2.13.0 numpy setuptools 2>/dev/null
cat > "$work/group.py" <<'PYTHON'
import gc, importlib, pathlib, sys
import torch, torch.distributed as dist

folder, early = sys.argv[1], sys.argv[2] == 'early'
if early:
    importlib.import_module('torch.distributed.nn.functional')
dist.init_process_group('gloo', rank=0, world_size=1, store=dist.FileStore(f'{folder}/store-{early}', 1))
dist.barrier()
torch.optim.AdamW(torch.nn.Linear(2, 2).parameters())
dist.destroy_process_group()
gc.collect()
print(sum('gloo' in (task / 'comm').read_text() for task in pathlib.Path('/proc/self/task').iterdir()))
PYTHON
threads() { "$work/venv/bin/python" "$work/group.py" "$work" "$1" 2>/dev/null | tail -n 1; }

late=$(threads late)
early=$(threads early)
echo "torch 2.13.0"
echo "expected: 0 threads of gloo after destroy_process_group; seen: $late"
echo "with torch.distributed.nn.functional imported first: $early"
[[ $late -gt 0 && $early -eq 0 ]]
