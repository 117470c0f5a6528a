"""Fewer tokens, predicted against measured: parameters, length of texts, and what students are worth.

Takes a finished run and one of its students, makes it smaller vocabularies, and measures each by the run's own measures
(STS-B without training, retrieval) on texts that decided nothing. Predicted: parameters, by the size of the
table; the length of texts, and with it latency, by the run's held-out text; what is lost, by the distance that the
teacher moves at that vocabulary. One line of JSON last."""

import argparse, json
from pathlib import Path
import pandas as pd
from nasbert.export.student import load_student
from nasbert.measures.encoder import Encoder
from nasbert.measures.table import prepare_measure
from nasbert.run.stages import open_existing
from nasbert.fewer_tokens import deciding_text, measure_vocabularies
from nasbert.statistics import rank_correlation
from nasbert.vocabulary import Trimming, kept_tokens

SIZES = 23_000, 16_000, 12_000, 8_000, 4_000


def texts_of(measure):
    "Texts that a measure reads: what it asks an encoder for."
    asked = []

    class Listener:
        name, params = 'listener', 0

        def encode(self, texts):
            asked.extend(texts)
            raise StopIteration

    try:
        measure.of(Listener())
    except StopIteration:
        return asked


def main():
    "Trim, measure and print."
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument('run', type=Path)
    args.add_argument('--student', default='teacher', help='or the teacher itself')
    args.add_argument('--sizes', default=','.join(map(str, SIZES)))
    args.add_argument('--measures', default='stsb,retrieval')
    args.add_argument('--text', action='append', default=[])
    a = args.parse_args()
    run = open_existing(a.run)
    s, packed, teacher = run.settings, run.artifacts.packed, run.artifacts.teacher
    measures = [prepare_measure(name, s, packed) for name in a.measures.split(',')]
    text, tokenizer = deciding_text(run, a.text), packed.tokenizer
    sizes = [*map(int, a.sizes.split(','))]
    costs, order = measure_vocabularies(run, sizes, text), text.order
    body = teacher.model.bert if a.student == 'teacher' else load_student(run.path(f'students/{a.student}')).base_model
    wide = body.get_input_embeddings().weight.shape[1]
    read, rows = texts_of(measures[0]), []
    for cost in (None, *costs):
        trimming = cost and Trimming(tokenizer, kept_tokens(len(tokenizer), order, cost.size))
        model, own = (trimming.model(body), trimming.tokenizer) if cost else (body, tokenizer)
        encoder = Encoder(a.student, model, own, teacher.pooling, s)
        row = dict(size=cost.size if cost else len(tokenizer), end=cost.end if cost else 0.0)
        spared = (body.config.vocab_size - row['size']) * wide if cost else 0
        row |= dict(
            params=encoder.params,
            params_predicted=Encoder(a.student, body, tokenizer, teacher.pooling, s).params - spared,
        )
        tokens = sum(map(len, own(read, truncation=False)['input_ids'])) - 2 * len(read)
        row |= dict(tokens=tokens, growth_predicted=cost.growth if cost else 1.0)
        rows.append(row | {m.name: m.of(encoder).value for m in measures})
    frame = pd.DataFrame(rows).assign(growth=lambda f: f.tokens / f.tokens[0])
    print(frame.drop(columns='tokens').round(4).to_string(index=False))
    lost = {m.name: (frame[m.name][0] - frame[m.name]).round(4).tolist() for m in measures}
    print(
        json.dumps(
            dict(
                student=a.student,
                sizes=frame['size'].tolist(),
                params_off=int((frame.params - frame.params_predicted).abs().max()),
                growth=frame.growth.round(4).tolist(),
                growth_predicted=frame.growth_predicted.round(4).tolist(),
                end=frame.end.round(4).tolist(),
                lost=lost,
                agreement={k: round(rank_correlation(v, frame.end.tolist())['spearman'], 3) for k, v in lost.items()},
            )
        )
    )


if __name__ == '__main__':
    main()
