#!/usr/bin/env bash
# Two searches over networks, 15 runs of each, are compared by hypervolume in the tables that jmetalpy makes of runs.
# Expected: the search with more hypervolume is marked as the best, and as better by the rank sum test.
# Seen (jmetalpy 1.9.0): the other one, in each table, where all 15 runs of one search beat all 15 of the other. The
# summary names an indicator by its short name, and HyperVolume's two names are swapped: the short one is "Hypervolume
# quality indicator", the long one "HV". The tables take an indicator called HV for one to be maximised, all others for
# ones to be minimised. Medians and p-values are right, colours and the triangles of the test are not.
# So: write HV into column IndicatorName of QualityIndicatorSummary.csv before the tables are made.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install jmetalpy==1.9.0 moocore==0.3.2 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1 2>/dev/null
cd "$work"
OMP_NUM_THREADS=1 venv/bin/python -W ignore - 2>/dev/null <<'P'
import re
from importlib.metadata import version
from pathlib import Path
import numpy as np, pandas as pd
from jmetal.core.quality_indicator import HyperVolume
from jmetal.lab import experiment as lab

draw, shares = np.random.default_rng(0), np.linspace(0.1, 0.9, 9)
for search, worse in (('evolved', 0.0), ('at_random', 0.05)):
    for device in ('phone', 'laptop'):
        Path('runs', search, device).mkdir(parents=True)
        for run in range(15):  # rows of milliseconds and errors, as shares of the largest; both to be minimised
            front = np.stack([shares, 1 - shares], 1) + worse + draw.uniform(0, 0.01, (9, 2))
            np.savetxt(Path('runs', search, device, f'FUN.{run}.tsv'), front)
lab.generate_summary_from_experiment('runs', [HyperVolume([1.0, 1.0])])
summary = pd.read_csv('QualityIndicatorSummary.csv')
print('jmetalpy', version('jmetalpy'), '- moocore', version('moocore'))


def tables(name):
    "Whom the tables mark as the best on each device, and what the test says of the first search against the second."
    summary.assign(IndicatorName=name).to_csv('summary.csv', index=False)
    lab.generate_latex_tables('summary.csv', output_dir='averages')
    lab.compute_wilcoxon('summary.csv', output_dir='tests')
    latex = Path('averages', f'MedianIQR-{name}.tex').read_text()
    columns = re.findall(r'textbf\{(\w+)\}', latex.replace('\\_', '_'))[:2]
    rows = [line.split('&')[1:] for line in latex.splitlines() if 'gray95}' in line and '&' in line]
    best = [columns[next(i for i, cell in enumerate(row) if 'gray95' in cell)] for row in rows]
    test = pd.read_csv(f'tests/Wilcoxon-{name}.csv', sep='\t', index_col=0)
    return best, f'{test.index[0]} against {test.columns[0]}: {test.iloc[0, 0]}'


for (device, search), values in summary.groupby(['Problem', 'Algorithm'])['IndicatorValue']:
    print(f'{device:6} {search:9} hypervolume {values.min():.3f} to {values.max():.3f}')
given, renamed = tables(summary['IndicatorName'].iloc[0]), tables('HV')
for name, (best, test) in ((summary['IndicatorName'].iloc[0], given), ('HV', renamed)):
    print(f'called {name}: best {", ".join(best)}; {test} (+ is better, o worse, - neither)')
print('expected: evolved; seen:', ', '.join(given[0]))
upside_down = set(given[0]) == {'at_random'} and set(renamed[0]) == {'evolved'} and given[1] != renamed[1]
raise SystemExit(0 if upside_down else 1)
P
