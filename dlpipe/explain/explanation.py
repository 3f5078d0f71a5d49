"""Puts together all that is said of why the model answers as it does."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.loop import each
from dlpipe.core.say import say
from dlpipe.core.table import read_table
from dlpipe.explain import adversarial, faithfulness, galleries, numbers, occlusion, reasons, shortcut
from dlpipe.explain import maps as gradients
from dlpipe.explain.choosing import Answers, answers_of, choose
from dlpipe.modalities import Unreadable

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from dlpipe.core.stage import Inputs
    from dlpipe.explain.stage import Config
    from dlpipe.network import Network
    from dlpipe.predictor import Predictor

SCHEMA_VERSION = 1

_LEVELS = 255


def explain(config: Config, inputs: Inputs, out: Path) -> dict[str, Any]:
    """Everything that `explanations.json` holds; galleries and maps are written on the way."""
    from dlpipe.network import read_network
    from dlpipe.predictor import Predictor

    predictor = Predictor(inputs.path("export/model.onnx").parent)
    _refuse_others(predictor)
    classes = list(predictor.classes)
    samples = read_table(inputs.path("split/samples.parquet"))
    answers = answers_of(samples, read_table(inputs.path("evaluate/predictions.parquet")), classes)
    trained = files.read_json(inputs.path("train/model.json"))
    network = read_network(trained, inputs.path("train/weights.safetensors"))
    encoded = _encoded(predictor, inputs.raw, answers)
    chosen = choose(answers, classes, config.errors, config.unsure, config.per_class)
    explained = sorted({position for positions in chosen.values() for position in positions})
    method = gradients.method_of(network, encoded.shape[1:]) if config.method == "auto" else config.method
    say.note(f"explaining {len(explained)} of {len(encoded):,} test samples by {method}")
    seed = inputs.dataset.seed
    some = _some(answers, config.shortcut_samples, seed)
    targets = answers.predicted
    shown = _maps(method, network, predictor, encoded[explained], targets[explained])
    scored = explained[:: max(1, len(explained) // _SCORED)][:_SCORED] if explained else []
    place = {position: row for row, position in enumerate(explained)}
    held = {method: shown[[place[position] for position in scored]]} if explained else {}
    if method != "occlusion" and explained:
        held["occlusion"] = occlusion.maps(predictor, encoded[scored], targets[scored])
    found: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "model_digest": predictor.digest,
        "method": method,
        "num_explained": len(explained),
        "num_errors": int(answers.is_wrong.sum()),
        "faithfulness": {
            name: _faithful(faithfulness.measure(predictor, encoded[scored], of, targets[scored], seed), seed)
            for name, of in held.items()
        },
        "shortcut": shortcut.measure(predictor, encoded[some], answers.y_true[some], shown, config.border, seed),
        "error_parts": _error_parts(answers, inputs.dataset.groups, encoded),
        "adversarial": _attacked(config, network, predictor, encoded, answers, seed),
        "galleries": _galleries(chosen, classes, answers, encoded, dict(zip(explained, shown, strict=True)), out),
        "samples": _samples(answers, explained, shown, config.border, classes, out),
    }
    return {**found, "reasons": reasons.sentences(found, answers, classes)}


_SCORED = 32
"""Maps whose faithfulness is measured."""


def _refuse_others(predictor: Predictor) -> None:
    if predictor.modality.layout != "image":
        problem = f"explain: samples of the modality '{predictor.modality.name}' cannot be shown as maps"
        raise DlpipeError(problem, "only pictures are explained so far", Exit.INPUT)


def _encoded(predictor: Predictor, raw: Path, answers: Answers) -> NDArray[Any]:
    """All test samples as the network takes them. Shape (n, C, H, W) uint8."""
    reader = predictor.modality.reader(raw, answers.samples)

    def one(position: int) -> NDArray[Any]:
        sample = reader[position]
        if isinstance(sample, Unreadable):
            problem = f"the sample {sample.id} cannot be read: {sample.detail}"
            raise DlpipeError(problem, "`dlpipe run` starts from what raw/ holds now", Exit.INTEGRITY)
        return predictor.modality.encode(sample.value)

    return np.stack(list(each(one, range(answers.samples.height), "explain: read")))


def _maps(
    method: str, network: Network, predictor: Predictor, encoded: NDArray[Any], targets: NDArray[Any]
) -> NDArray[Any]:
    """Maps in steps of 1/255: what is written, shown and measured is the same."""
    if not len(encoded):
        return np.zeros((0, *encoded.shape[2:]))
    if method == "occlusion":
        found = occlusion.maps(predictor, encoded, targets)
    else:
        found = gradients.maps(network, encoded, targets, "gradcam" if method == "gradcam" else "integrated_gradients")
    return np.round(found * _LEVELS) / _LEVELS


def _some(answers: Answers, most: int, seed: int) -> NDArray[Any]:
    """Positions of up to `most` test samples by the hash of their ids, sorted."""
    ids = answers.samples["id"].to_list()
    order = sorted(range(len(ids)), key=lambda at: hashlib.sha256(f"{seed}\0{ids[at]}".encode()).digest())
    return np.sort(np.array(order[:most], dtype=np.intp))


def _faithful(found: faithfulness.Faithful, seed: int) -> dict[str, Any]:
    curves = ("gain", "deletion", "insertion", "chance_deletion", "chance_insertion")
    return {"n": len(found.deletion), **{name: numbers.mean(getattr(found, name), seed) for name in curves}}


def _error_parts(answers: Answers, groups: list[str], encoded: NDArray[Any]) -> list[dict[str, Any]]:
    rows = np.array([reasons.properties(picture) for picture in encoded])
    measured: dict[str, NDArray[Any]] = dict(zip(reasons.PROPERTIES, rows.T, strict=True))
    return reasons.error_parts(answers, reasons.parts_of(answers, groups, measured))


def _attacked(
    config: Config, network: Network, predictor: Predictor, encoded: NDArray[Any], answers: Answers, seed: int
) -> dict[str, Any]:
    if config.attack is None:
        return {}
    some = _some(answers, config.attack.num_samples, seed)
    say.note(f"attacking {len(some):,} test samples")
    groups = predictor.groups_of(answers.samples[some])
    return adversarial.measure(config.attack, network, predictor, encoded[some], answers.y_true[some], groups)


def _galleries(
    chosen: dict[str, list[int]],
    classes: list[str],
    answers: Answers,
    encoded: NDArray[Any],
    shown: dict[int, NDArray[Any]],
    out: Path,
) -> dict[str, Any]:
    """Writes the sheets; names of files follow from places, never from data."""
    found: dict[str, Any] = {}
    for name, positions in chosen.items():
        title = _TITLES.get(name) or f"The surest of {classes[int(name.split()[1]) - 1]}"
        tiles = [_tile(answers, classes, position, encoded[position], shown[position]) for position in positions]
        file = f"{name.replace(' ', '_')}.png"
        galleries.write(title, tiles, out / file)
        found[name] = {"file": file, "title": title, "ids": [answers.samples["id"][at] for at in positions]}
    return found


_TITLES = {"errors": "The surest errors", "unsure": "The least sure answers"}


def _tile(
    answers: Answers, classes: list[str], position: int, picture: NDArray[Any], shown: NDArray[Any]
) -> galleries.Tile:
    label, answer = classes[answers.y_true[position]], classes[answers.predicted[position]]
    wrong = bool(answers.is_wrong[position])
    words = f"{label} → {answer}" if wrong else label
    head = f"{words}  {answers.sureness[position]:.2f}"
    return galleries.Tile(picture, shown, head, str(answers.samples["id"][position]), wrong)


def _samples(
    answers: Answers, explained: list[int], shown: NDArray[Any], border: float, classes: list[str], out: Path
) -> list[dict[str, Any]]:
    """A line for every explained sample, and its map as a grey PNG."""
    (out / "maps").mkdir()
    if not explained:
        return []
    shares = shortcut.attribution(shown, shortcut.border_of((shown.shape[1], shown.shape[2]), border))
    rows: list[dict[str, Any]] = []
    for number, (position, one, part) in enumerate(zip(explained, shown, shares.tolist(), strict=True), start=1):
        file = f"maps/{number:04}.png"
        files.write_bytes(out / file, _png(np.round(one * _LEVELS).astype(np.uint8)))
        empty = np.isnan(part)
        rows.append(
            {
                "id": answers.samples["id"][position],
                "label": classes[answers.y_true[position]],
                "predicted": classes[answers.predicted[position]],
                "probability": round(float(answers.sureness[position]), 6),
                "map": file,
                "border_share": None if empty else round(part, 6),
                **({"reason": "nothing in the picture speaks for this class by this method"} if empty else {}),
            }
        )
    return rows


def _png(grey: NDArray[Any]) -> bytes:
    """The bytes of a grey picture's file, shape (H, W) uint8."""
    import cv2

    done, content = cv2.imencode(".png", grey)
    if not done:
        raise ValueError(f"OpenCV does not write a picture of shape {grey.shape}")
    return content.tobytes()
