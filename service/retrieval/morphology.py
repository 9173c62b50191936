"""Korean words without their particles and endings, and what they mean, by Kiwi and the language model inside it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b, shake_256
from importlib.metadata import version
from threading import Lock
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from .text import hangul_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from kiwipiepy import Kiwi

    from .embedders import FloatArray

ANALYSED_CHARACTERS: Final = 500
"""Kiwi takes up to 50 us for each character of nonsense without spaces: 25 ms at worst."""

MEANINGFUL: Final = frozenset(
    ["NNG", "NNP", "NNB", "NR", "NP", "VV", "VA", "VX", "VCN", "XR", "XPN", "XSN", "MAG", "MAJ", "MM", "IC"]
)
"""Kiwi's tags of what is neither particle nor ending. Foreign words and numbers have channels of their own."""

CONTENT: Final = frozenset(["NNG", "NNP", "VV", "VA", "XR", "MAG"])
"""Tags of words with a meaning of their own; vectors of the others only add noise (ko_shop AUROC -.02)."""


class Morpheme(NamedTuple):
    """`id` numbers it in Kiwi's model; `tag` is without the -I and -R of irregular verbs."""

    form: str
    tag: str
    id: int


class Morphology:
    """Loads Kiwi at its first text: 0.6 s and 260 MB that a service with an embeddings endpoint never pays.

    Kiwi's default dictionaries are left out: 70 MB and 0.3 s that change no figure on the Korean sets by .001.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._kiwi: Kiwi | None = None
        self._landmarks: _Landmarks | None = None
        self._analysed = lru_cache(maxsize=256)(self._analyse)
        self._placed = lru_cache(maxsize=16_384)(self._place)

    @property
    def id(self) -> str:
        """Names the model that the ids of morphemes belong to, and our version of the numbers of words."""
        return f"kiwi-{version('kiwipiepy_model')}-2"

    def morphemes(self, folded: str) -> tuple[Morpheme, ...]:
        """All morphemes of a folded text, in order; none where it has no Hangul."""
        return self._analysed(folded[:ANALYSED_CHARACTERS]) if hangul_share(folded) else ()

    def terms(self, folded: str) -> list[str]:
        """The meaningful morphemes, each with the first letter of its tag: 배송/N, 늦/V."""
        return [f"{each.form}/{each.tag[0]}" for each in self.morphemes(folded) if each.tag in MEANINGFUL]

    def likelihood(self, text: str) -> float:
        """How likely a short Korean text is in Kiwi's language model, in nats; higher is likelier."""
        return float(self._loaded().analyze(text[:ANALYSED_CHARACTERS])[0][1])

    def words(self, folded: str) -> list[int]:
        """Numbers of the content words, in order: ids, or one from `UNPLACED` up where the model has no vector."""
        return [
            each.id if self._placed(each.id) is not None else _unplaced(each)
            for each in self.morphemes(folded)
            if each.tag in CONTENT
        ]

    def vectors(self, words: Sequence[int]) -> FloatArray:
        """Unit rows of shape (len(words), HIDDEN) for numbers from `words`. Comparable within this object only."""
        rows = [self._placed(word) if word < UNPLACED else _own_direction(word) for word in words]
        placed = [row for row in rows if row is not None]
        if len(placed) < len(words):
            raise ValueError("a word has no vector")
        return np.stack(placed) if placed else np.empty((0, HIDDEN), np.float32)

    def _loaded(self) -> Kiwi:
        with self._lock:
            if self._kiwi is None:
                from kiwipiepy import Kiwi

                self._kiwi = Kiwi(num_workers=1, load_multi_dict=False, load_default_dict=False, load_typo_dict=False)
                self._kiwi.global_config.space_tolerance = 1  # 탈 퇴하고다 시가입 is 탈퇴 하고 다시 가입
                self._landmarks = _Landmarks.learn(self._kiwi)
            return self._kiwi

    def _analyse(self, folded: str) -> tuple[Morpheme, ...]:
        tokens = self._loaded().tokenize(folded)
        return tuple(Morpheme(token.form, token.tag.partition("-")[0], token.id) for token in tokens)

    def _place(self, morpheme: int) -> FloatArray | None:
        kiwi = self._loaded()
        if (
            self._landmarks is None or not kiwi.morpheme(morpheme).form
        ):  # all unknown words of a tag share one nameless id
            return None
        return self._landmarks.unit(kiwi, morpheme)


HIDDEN: Final = 256
"""The dimension of the vectors inside Kiwi's language model."""
UNPLACED: Final = 1 << 30
"""The numbers from here to 2**31 are words without a vector in the model: 배송지, 알림톡. Left out they would not count
among what a question says, and 배송지 변경 would be all about 변경."""
LANDMARKS: Final = 320
"""More than `HIDDEN`, so that the cosines to them determine every vector exactly."""
_FIRST_WORD, _LAST_WORD = 200, 70_000
"""The ids before are symbols; those after are rare and mostly without a vector."""
_SAMPLE: Final = 1_600


@dataclass(frozen=True, slots=True)
class _Landmarks:
    """Kiwi's language model tells the cosine of two morphemes and keeps the vectors to itself.

    The cosines among some landmarks give their vectors up to a rotation, and the cosines to the landmarks every
    other vector (error 1e-6). What all morphemes have in common, .72 of each vector, is taken away: with it
    everything is similar to everything.
    """

    ids: list[int]
    projection: npt.NDArray[np.float64]
    mean: npt.NDArray[np.float64]

    @classmethod
    def learn(cls, kiwi: Kiwi) -> _Landmarks:
        content = [word for word in range(_FIRST_WORD, _LAST_WORD) if _tag(kiwi, word) in CONTENT]
        sample = [
            word for word in content[:: len(content) // _SAMPLE] if np.isfinite(kiwi.morpheme_similarity(word, word))
        ]
        ids = sample[:: len(sample) // LANDMARKS][:LANDMARKS]
        cosines = np.array([[kiwi.morpheme_similarity(one, other) for other in ids] for one in ids])
        values, vectors = np.linalg.eigh(cosines)
        axes = vectors[:, -HIDDEN:] / np.sqrt(values[-HIDDEN:])  # the other values are rounding
        bare = cls(ids, axes, np.zeros(HIDDEN))
        return cls(ids, bare.projection, np.mean([bare.place(kiwi, word) for word in sample], axis=0))

    def place(self, kiwi: Kiwi, morpheme: int) -> npt.NDArray[np.float64]:
        cosines = np.array([kiwi.morpheme_similarity(morpheme, landmark) for landmark in self.ids])
        place: npt.NDArray[np.float64] = cosines @ self.projection - self.mean
        return place

    def unit(self, kiwi: Kiwi, morpheme: int) -> FloatArray | None:
        """None where the model has no vector: new names, foreign words, numbers."""
        place = self.place(kiwi, morpheme)
        return (place / np.linalg.norm(place)).astype(np.float32) if np.isfinite(place).all() else None


def _unplaced(morpheme: Morpheme) -> int:
    """The same number for the same word in every process."""
    written = f"{morpheme.form}/{morpheme.tag}".encode()
    return UNPLACED + int.from_bytes(blake2b(written, digest_size=4).digest()) % UNPLACED


@lru_cache(maxsize=4096)
def _own_direction(word: int) -> FloatArray:
    """A unit vector that is nearly at right angles to those of all other words."""
    noise = np.frombuffer(shake_256(str(word).encode()).digest(HIDDEN), np.uint8).astype(np.float32) - np.float32(127.5)
    unit: FloatArray = noise / np.linalg.norm(noise)
    return unit


def _tag(kiwi: Kiwi, morpheme: int) -> str:
    tag: str = kiwi.morpheme(morpheme).tag
    return tag.partition("-")[0]
