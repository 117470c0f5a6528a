"""A supernet's training killed (SIGKILL) again and again at random moments, half of them while a checkpoint is half
written, and restarted each time.

`identical` says whether the final weights and optimiser states are those of an undisturbed run, bit for bit; `torn`
counts the kills that left a half-written checkpoint behind. Prints one line of JSON last."""

import argparse, json, shutil, sys, tempfile
from pathlib import Path
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from test_engine import STEPS, kill_and_restart, train, weights
from nasbert.run.stages import open_or_create_run


def main():
    "Kill, compare and print the figures."
    args = argparse.ArgumentParser(description=__doc__)
    for name, value in dict(kills=20, seed=0, steps=600).items():
        args.add_argument(f'--{name}', type=int, default=value)
    a = args.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ready, alone, killed = (Path(folder) / name for name in ('ready', 'alone', 'killed'))
        open_or_create_run(ready, 'micro', STEPS | dict(supernet_steps=a.steps)).ensure('latency')
        for copy in (alone, killed):
            shutil.copytree(ready, copy)
        train(alone)
        torn = kill_and_restart(killed, a.kills, a.seed)
        one, other = weights(alone), weights(killed)
        identical = set(one) == set(other) and all(torch.equal(one[k], other[k]) for k in one)
    print(json.dumps(dict(kills=a.kills, torn=torn, identical=identical, steps=a.steps)))
    return 0 if identical else 1


if __name__ == '__main__':
    sys.exit(main())
