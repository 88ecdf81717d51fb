"""Law 26 for loggers: TensorBoard and offline Weights & Biases hold what each group used at each update."""

import json
import pathlib
import struct
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import wandb
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from wandb.proto.wandb_internal_pb2 import Record

import pure_schedules as ps

UPDATES = 12


@pytest.fixture
def run(page: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setenv("WANDB_ERROR_REPORTING", "false")
    yield SimpleNamespace(**page("logging").run())
    wandb.teardown()  # its process lives in the folder of this test


def expected(run: SimpleNamespace) -> dict[str, list[float]]:
    return {
        "lr/body": [run.rate(step) * 0.5 for step in range(UPDATES)],
        "lr/head": [run.rate(step) for step in range(UPDATES)],
        "weight_decay/body": [run.decay(step) for step in range(UPDATES)],
        "weight_decay/head": [run.decay(step) for step in range(UPDATES)],
    }


def test_tensorboard_holds_what_each_group_used(run: SimpleNamespace) -> None:
    written = EventAccumulator("events").Reload()
    assert set(written.Tags()["scalars"]) == set(expected(run))
    for name, values in expected(run).items():
        scalars = written.Scalars(name)
        assert [scalar.step for scalar in scalars] == list(range(UPDATES))
        # TensorBoard keeps single precision.
        assert [scalar.value for scalar in scalars] == torch.tensor(values).tolist()
    planned = EventAccumulator("planned").Reload().Scalars("lr")
    assert [scalar.value for scalar in planned] == torch.tensor(expected(run)["lr/head"]).tolist()


def records(path: pathlib.Path) -> Iterator[Record]:
    """What an offline run has written: protocol buffers in a log of LevelDB's format, in blocks of 32 KiB.

    Each piece has a checksum, its length, and whether it is a whole record (1), its first, middle or last part (2, 3, 4).
    """
    content, place, record = path.read_bytes(), 7, b""  # the file itself has a header of seven bytes
    while place + 7 <= len(content):
        left = 32768 - place % 32768
        if left < 7:
            place += left
            continue
        _, length, kind = struct.unpack("<IHB", content[place : place + 7])
        record += content[place + 7 : place + 7 + length]
        place += 7 + length
        if kind in (1, 4):
            yield Record.FromString(record)
            record = b""


def test_weights_and_biases_holds_what_each_group_used_and_the_schedule(
    run: SimpleNamespace, tmp_path: pathlib.Path
) -> None:
    wandb.teardown()  # as at the end of a process: what is still on its way to the file is written
    (file,) = tmp_path.glob("wandb/offline-run-*/*.wandb")
    history: dict[str, list[float]] = {}
    config: dict[str, Any] = {}
    for record in records(file):
        if record.HasField("history"):
            for item in record.history.item:
                name = item.key or "/".join(item.nested_key)
                history.setdefault(name, []).append(json.loads(item.value_json))
        if record.HasField("run"):
            config |= {item.key: json.loads(item.value_json) for item in record.run.config.update}
    assert {name: history[name] for name in expected(run)} == expected(run)
    assert history["_step"] == list(range(UPDATES))
    assert ps.parse(config["lr"]) == run.rate
