"""How well calibrations keep their promises on labelled sets nothing was told about, and the prior that carries them.

Each set is judged by a prior fitted to the others, and by its own FAQ's trials; its labelled questions only judge.

    python scripts/bench/calibration.py ../shared/eval/ko_shop ../shared/eval/clinc150
    python scripts/bench/calibration.py ../shared/eval/*_shop --target 0.9 --fit
"""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from service.knowledge.faq import load_faq
from service.retrieval.calibrating import calibrate, judged_by
from service.retrieval.calibration import Calibration, Units
from service.retrieval.curve import Curve, fit
from service.retrieval.decision import decide
from service.retrieval.evaluation import load_labelled
from service.retrieval.index import FaqIndex
from service.retrieval.leaving_out import Trial, texts_for_trials, trials
from service.retrieval.prior import PRIOR, Prior
from service.retrieval.recipe import recipes
from service.retrieval.reliability import brier, ece
from service.retrieval.seen import CAREFUL_OUT, EXPECTED_OUT, Judged, Seen

if TYPE_CHECKING:
    from service.retrieval.curve import DoubleArray

TARGETS = (0.80, 0.85, 0.90, 0.95, 0.97, 0.99)
FLAT = Curve(score=0.0, margin=0.0, offset=0.0)
FEWEST, NEVER = 5, 0.99
"""A target kept on fewer answers than this was kept by chance; then no answer is sure enough."""
MOST_SETS = 0.6
HARDLY = 0.01
"""How firmly a prior is held to nothing at all."""


@dataclass(frozen=True, slots=True)
class LabelledSet:
    name: str
    trials: list[Trial]
    judged: list[Judged]

    @property
    def units(self) -> Units:
        return Units.of([trial.without_entry[0].score for trial in self.trials if trial.without_entry])

    @property
    def points(self) -> DoubleArray:
        return self.units.points([each.best for each in self.judged])

    @property
    def right(self) -> DoubleArray:
        return np.array([each.right for each in self.judged], float)

    @property
    def known(self) -> DoubleArray:
        return np.array([each.known for each in self.judged], float)

    def weights(self, out: float) -> DoubleArray:
        """Summing to 1,000, with the share `out` for questions that no entry answers."""
        known = self.known
        inside = known * (1 - out) / max(known.sum(), 1)
        outside = (1 - known) * out / max((1 - known).sum(), 1)
        weights: DoubleArray = 1000 * (inside + outside)
        return weights


async def read(folder: Path) -> LabelledSet:
    recipe = recipes(synonyms=Path("data/synonyms.yaml"))["offline"]
    analysis = recipe.analysis(recipe.synonyms.load())
    yaml = folder / "faq.yaml"
    faq = load_faq(yaml if yaml.exists() else folder / "faq.jsonl")
    entries = tuple(entry for entry in faq.entries if entry.enabled)
    index = FaqIndex.build(entries, await recipe.embedder.embed(FaqIndex.texts(entries)), analysis=analysis)
    labelled = load_labelled(folder / "questions.jsonl", entry_ids={entry.id for entry in entries})
    tried = trials(entries, await recipe.embedder.embed(texts_for_trials(entries)), analysis=analysis)
    return LabelledSet(folder.name, tried, await judged_by(index, recipe.embedder, labelled))


def fitted(sets: list[LabelledSet]) -> Prior:
    """To the labelled questions and the trials of all these sets, each with equal weight."""
    inside = [(each.points[each.known > 0] * [0, 1], each.right[each.known > 0]) for each in sets]
    margins = fit(
        np.concatenate([points for points, _ in inside]),
        np.concatenate([right for _, right in inside]),
        np.concatenate([np.full(len(right), 1000 / len(right)) for _, right in inside]),
        prior=FLAT,
        hold=HARDLY,
    )
    return Prior(
        _rounded(_real(sets)), _rounded(_trials(sets)), round(-margins.offset / margins.margin, 2), _thresholds(sets)
    )


def _rounded(curve: Curve) -> Curve:
    return Curve(round(curve.score, 2), round(curve.margin, 2), round(curve.offset, 2))


def _real(sets: list[LabelledSet]) -> Curve:
    return fit(
        np.concatenate([each.points for each in sets]),
        np.concatenate([each.right for each in sets]),
        np.concatenate([each.weights(EXPECTED_OUT) for each in sets]),
        prior=FLAT,
        hold=HARDLY,
    )


def _trials(sets: list[LabelledSet]) -> Curve:
    """Of the sets that have trials: those whose entries have more than one phrasing."""
    seen = [Seen.of(each.trials, (), each.units, PRIOR) for each in sets]
    seen = [each for each in seen if each.trials.known.any()]
    return fit(
        np.concatenate([each.trials.points for each in seen]),
        np.concatenate([each.trials.right for each in seen]),
        np.concatenate([weights / weights.sum() * 1000 for weights in (each.weights(EXPECTED_OUT) for each in seen)]),
        prior=FLAT,
        hold=HARDLY,
    )


def _thresholds(sets: list[LabelledSet]) -> tuple[tuple[float, float], ...]:
    """For each target the probability from which three of five sets kept it, each judged by the curve of the others.

    Not of all questions together: one set with wrong labels would make every FAQ pay for it.
    """
    found: dict[float, list[float]] = {target: [] for target in TARGETS}
    for each in sets:
        sure = _real([other for other in sets if other is not each] or sets).at(each.points)
        weights, order = each.weights(CAREFUL_OUT), np.argsort(-sure)
        precision = np.cumsum((weights * each.right)[order]) / np.cumsum(weights[order])
        for target in TARGETS:
            kept = np.flatnonzero(precision >= target)
            found[target].append(float(sure[order[kept[-1]]]) if len(kept) and kept[-1] + 1 >= FEWEST else NEVER)
    rising = np.maximum.accumulate([np.quantile(found[target], MOST_SETS) for target in TARGETS])
    return tuple(zip(TARGETS, rising.round(2).tolist(), strict=True))


def report(each: LabelledSet, calibration: Calibration) -> str:
    decisions = [decide([judged.best], calibration=calibration) for judged in each.judged]
    claims = [(decision.confidence or 0.0, right > 0) for decision, right in zip(decisions, each.right, strict=True)]
    answered = np.array([decision.zone == "answer" for decision in decisions])
    precision = each.right[answered].mean() if answered.any() else float("nan")
    coverage = answered[each.known > 0].mean()
    curve = calibration.curve
    return (
        f"{each.name:<16} threshold {calibration.threshold:.3f}  precision {precision:.3f}  coverage {coverage:.3f}  "
        f"most at target {_most(each, calibration, calibration.target):.3f}, "
        f"3 points below {_most(each, calibration, calibration.target - 0.03):.3f}  "
        f"ECE {ece(claims):.3f}  Brier {brier(claims):.3f}  margin {calibration.margin:.3f}  "
        f"curve {curve.score:.2f} {curve.margin:.2f} {curve.offset:.2f}"
    )


def _most(each: LabelledSet, calibration: Calibration, precision: float) -> float:
    """The highest coverage any threshold reaches with this precision, known only to whoever has the labels."""
    sure = np.array([calibration.confidence(judged.best) for judged in each.judged])
    order = np.argsort(-sure)
    kept = np.flatnonzero(np.cumsum(each.right[order]) / np.arange(1, len(order) + 1) >= precision)
    return float(each.known[order][: kept[-1] + 1].sum() / each.known.sum()) if len(kept) else 0.0


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="folder")
    parser.add_argument("--target", type=float, default=0.95)
    parser.add_argument("--fit", action="store_true", help="also print the prior fitted to all of them")
    arguments = parser.parse_args()
    sets = [await read(folder) for folder in arguments.folders]
    if len(sets) > 1:
        print(f"prior of the other sets, target {arguments.target:g}")
        for each in sets:
            prior = fitted([other for other in sets if other is not each])
            print(report(each, calibrate(each.trials, target=arguments.target, prior=prior)))
    print(f"shipped prior, target {arguments.target:g}")
    for each in sets:
        print(report(each, calibrate(each.trials, target=arguments.target)))
    if arguments.fit:
        print(f"\n{fitted(sets)}")


if __name__ == "__main__":
    asyncio.run(main())
