"""How texts are looked at: `full` for the offline index, `light` beside vectors that understand Korean themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from ..knowledge.synonyms import NO_SYNONYMS
from .concepts import Concepts, morpheme_units, word_units
from .cutting import Cutting
from .hangul import sound
from .lexical import Channel, Share, runs
from .static_vectors import static_vectors
from .text import solid, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..knowledge.synonyms import Synonyms
    from .meaning import WordVectors
    from .misspelling import LanguageModel
    from .morphology import Morphology
    from .reading import Lexicon


@dataclass(frozen=True, slots=True)
class Analysis:
    """`id` names all of it and our version: an index answers only to the analysis it was built with.

    `dense` is the share of the embedder's vector. `meanings` are the word vectors of each script, by name. `lexicon`
    tells misspelt English words from rare ones, `korean` likely Korean from unlikely. `synonyms` are not part of `id`:
    an index brings its own. `concepts` finds them in a text.
    """

    id: str
    channels: tuple[Channel, ...]
    dense: Share
    meanings: Mapping[str, WordVectors] = field(default_factory=dict)
    lexicon: Lexicon | None = None
    korean: LanguageModel | None = None
    synonyms: Synonyms = NO_SYNONYMS
    concepts: Concepts | None = None

    def cutting(self) -> Cutting:
        """A new one, for whoever looks at many texts."""
        return Cutting(self.channels, self.meanings)

    def get_ready(self) -> None:
        """Makes now what would else be made for the first text, while a visitor waits."""
        for channel in self.channels:
            channel.terms("가")


def light_analysis(synonyms: Synonyms = NO_SYNONYMS) -> Analysis:
    """Needs neither Kiwi nor static vectors. Adds to an embedder's vectors what they blur: typos, codes, keywords."""
    concepts = Concepts(synonyms, word_units)
    return Analysis(
        "light:3",
        (
            Channel("words", word_runs, Share(0.4, 0.2)),
            Channel("sounds", sound_runs, Share(0.1, 0.3)),
            Channel("concepts", concepts.terms, Share(0.05, 0.2)),
        ),
        dense=Share(0.5, 0.5),
        synonyms=synonyms,
        concepts=concepts,
    )


def full_analysis(morphology: Morphology, synonyms: Synonyms = NO_SYNONYMS) -> Analysis:
    """For the offline embedder, whose vectors know no Hangul.

    The shares stand on a plateau: a tenth moved from one to another changes top-1 by at most a point on the large sets
    and by two questions on the shops.
    """
    concepts = Concepts(synonyms, morpheme_units(morphology))
    return Analysis(
        f"full:3:{morphology.id}",
        (
            Channel("words", word_runs, Share(0.4, 0.2)),
            Channel("sounds", sound_runs, Share(0.1, 0.3)),
            Channel("concepts", concepts.terms, Share(0.05, 0.5)),
        ),
        dense=Share(0.5, 0.0),
        meanings={"latin": static_vectors(), "hangul": morphology},
        lexicon=static_vectors(),
        korean=morphology,
        synonyms=synonyms,
        concepts=concepts,
    )


def word_runs(folded: str) -> list[str]:
    """Runs of 2 to 4 characters inside a word with its borders, so that beginnings and endings count as such."""
    return list(chain.from_iterable(map(_runs_of_word, words(folded))))


@lru_cache(maxsize=16_384)
def _runs_of_word(word: str) -> list[str]:
    return runs(f" {word} ", 2, 4)


def sound_runs(folded: str) -> list[str]:
    """Runs of 2 to 5 letters over word borders, Hangul as it is heard.

    Spacing does not matter here, 환뷸 stays close to 환불, and 햇는대 is 했는데. Alone it finds 46 %
    on ko_shop, the letters as they are written 40 %.
    """
    return runs(sound(solid(folded)), 2, 5)
