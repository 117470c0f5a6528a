"""A run of texts that are not packed, to its students, one of them a teacher merged to a narrower width: nothing on the
way reads padding."""

import json
import numpy as np
import pytest
from nasbert.data import Batches, special_ids
from nasbert.run.stages import open_or_create_run

SHORT = dict(packing='texts', controls='wid', shrink='off', supernet_steps=3, teacher_steps=6, distill_steps=6)
SHORT |= dict(finalists=2, finalist_steps=0, latency_calibration=0, latency_networks=0, latency_seconds=0.001)
SHORT |= dict(networks='', threads=1)


@pytest.fixture(scope='module')
def run(tmp_path_factory):
    run = open_or_create_run(tmp_path_factory.mktemp('runs') / 'texts', 'micro', SHORT)
    run.ensure('distill')
    return run


def test_a_sequence_holds_one_text_and_a_batch_no_padding(run):
    packed = run.artifacts.packed
    special = special_ids(packed.tokenizer)
    for ids in (packed.train, packed.valid):
        ids = np.asarray(ids)
        assert ((ids == special.cls).sum(1) == 1).all() and ((ids == special.sep).sum(1) == 1).all()
        filled = (ids != special.pad).sum(1)
        assert len(set(filled)) > 5 and (ids[np.arange(len(ids)), filled - 1] == special.sep).all()
        batches = Batches(ids, 8, special)
        assert not any((batches[step]['input_ids'] == special.pad).any() for step in range(20))
    meta = json.loads(run.path('corpus/corpus.json').read_text())
    assert meta['train_tokens'] == (packed.train != special.pad).sum() and meta['pad'] == special.pad


def test_students_are_trained_on_them_and_so_is_the_merged_teacher(run):
    files = run.path('students').glob('*/student.json')
    found = {f.parent.name.rpartition('.')[2]: json.loads(f.read_text()) for f in files}
    assert set(found) == {'student', 'wid'} and all(0 < info['mlm_loss'] < 12 for info in found.values())
    wid, student = found['wid'], found['student']
    assert wid['start'] == 'wid' and wid['steps'] == student['steps'] == 6
    assert abs(wid['tokens'] - student['tokens']) < 0.01 * student['tokens']
