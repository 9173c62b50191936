"""Why a question was answered, asked back or left alone, in sentences a shop owner understands."""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING, Final, Self, get_args

from ..errors import SettingsError
from ..resources import template_file
from ..retrieval.why import Advice, Cause
from .messages import LOCALES, read_sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ..retrieval.why import Candidate, Why
    from .messages import Locale

GRAMMAR: Final = ("negation", "before_after", "tense", "reversal", "number", "direction", "party", "failure")
"""The axes of a conflict that are no pair of opposites and need a word of explanation."""

LABELS: Final = (
    *("basis", "advice", "candidates", "others", "person", "sure", "score", "ahead", "behind"),
    *("closest", "words", "sides", "evidence", "opposite", "more"),
)
KEYS: Final = (
    *("answer", "ask", "fallback", "repaired", "joined", "same_word", "opposite"),
    *("threshold_learned", "threshold_set", "rests_on_prior", "tried", "tried_in_vain"),
    *(f"cause_{cause}" for cause in get_args(Cause)),
    *(f"advice_{advice}" for advice in get_args(Advice)),
    *(f"opposite_{axis}" for axis in GRAMMAR),
    *(f"label_{label}" for label in LABELS),
)

MOST_SURE: Final = 99
"""Per cent. Nothing is certain, and 99.7 must not read as if it were."""


@dataclass(frozen=True, slots=True)
class Account:
    """`headline`: what is done. `because`: what led to it. `basis`: how far the threshold itself can be trusted."""

    headline: str
    because: tuple[str, ...]
    basis: tuple[str, ...]
    advice: str | None

    @property
    def sentences(self) -> tuple[str, ...]:
        return (self.headline, *self.because, *self.basis, *([self.advice] if self.advice else []))


class Wording:
    """The sentences of one language; complete, or it is not made."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        self._sentences = sentences

    @classmethod
    def load(cls, locale: Locale, templates_dir: Path | None) -> Self:
        """Raises `SettingsError` where a team's own file lacks a sentence or asks for what there is not."""
        built_in = read_sentences(template_file(f"why/{locale}.yaml", None), KEYS)
        path = template_file(f"why/{locale}.yaml", templates_dir)
        sentences = read_sentences(path, KEYS)
        for key, sentence in sentences.items():
            if strange := _names(path, key, sentence) - _names(path, key, built_in[key]):
                raise SettingsError(f"{path}: '{key}' asks for {{{min(strange)}}}, which there is not.")
        return cls(sentences)

    def label(self, key: str, **values: str) -> str:
        return self._say(f"label_{key}", **values)

    def account(self, why: Why) -> Account:
        known = _known(why)
        return Account(
            headline=self._say(why.zone, **known),
            because=(self._say(f"cause_{why.cause}", **known), *self._noticed(why)),
            basis=tuple(self._basis(why)),
            advice=self._say(f"advice_{why.advice}", **known) if why.advice else None,
        )

    def _noticed(self, why: Why) -> Iterator[str]:
        for repair in why.repairs:
            yield self._say("repaired", typed=repair.typed, read=repair.read)
        if why.joined:
            yield self._say("joined", text=why.joined)
        for pair in why.same_words:
            yield self._say("same_word", asked=pair.asked, written=pair.written)
        for candidate in why.candidates:
            if sentence := self.opposition(candidate):
                yield sentence

    def opposition(self, candidate: Candidate) -> str | None:
        """What the guard says of an entry; None where it has nothing against it."""
        conflict = candidate.conflict
        if conflict is None:
            return None
        key = f"opposite_{conflict.axis}" if conflict.axis in GRAMMAR else "opposite"
        return self._say(key, entry_id=candidate.entry_id, asked=conflict.question_word, written=conflict.entry_word)

    def _basis(self, why: Why) -> Iterator[str]:
        in_force, quality = why.in_force, why.in_force.quality
        known = {
            "threshold": percent(in_force.threshold),
            "learned": percent(in_force.learned),
            "target": percent(in_force.target),
            "trials": str(quality.trials),
        }
        if in_force.set_by_operator:  # what was tried says nothing about a threshold of somebody's own
            yield self._say("threshold_set", **known)
            return
        yield self._say("threshold_learned", **known)
        if in_force.rests_on_prior:
            yield self._say("rests_on_prior", **known)
        if quality.precision and quality.coverage:
            low, share, high = map(percent, quality.precision)
            coverage = percent(quality.coverage[1])
            yield self._say("tried", **known, coverage=coverage, precision=share, low=low, high=high)
        elif quality.trials:
            yield self._say("tried_in_vain", **known)

    def _say(self, key: str, **values: str) -> str:
        return self._sentences[key].format_map(values)


def percent(share: float) -> str:
    return f"{min(round(100 * share), MOST_SURE)}%"


def _known(why: Why) -> dict[str, str]:
    """Whatever a sentence about the whole may ask for."""
    first = why.first
    in_force = why.in_force
    short = 100 * (in_force.threshold - (why.confidence or 0.0))
    return {
        "asked": why.read_as,
        "entry_id": first.entry_id if first else "",
        "second_id": why.rival.entry_id if why.rival else "",
        "question": first.question if first else "",
        "written": first.phrasing if first else "",
        "sure": percent(why.confidence or 0.0),
        "alone": percent(why.alone or 0.0),
        "threshold": percent(in_force.threshold),
        "ask": percent(in_force.ask),
        "margin": f"{first.margin if first else 0.0:.3f}",
        "needed": f"{in_force.margin:.3f}",
        "short": f"{short:.0f}" if short >= 1 else f"{short:.1f}",
    }


def _names(path: Path, key: str, sentence: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}
    except ValueError as error:
        raise SettingsError(
            f"{path}: '{key}' has a brace too many or too few. Write {{{{ for one of its own."
        ) from error


def wordings(templates_dir: Path | None) -> dict[Locale, Wording]:
    """Of every language."""
    return {locale: Wording.load(locale, templates_dir) for locale in LOCALES}
