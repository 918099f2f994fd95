"""Finds names of persons in texts by a small trained tagger: a hashed lexicon and additive weight tables.

`spans` tags a buffer. `python -m detectors.names.training` builds the lexicon and the weights from packages
that hold names (faker, mimesis) and words (pyspellchecker), on texts of its own making.
"""

from __future__ import annotations

from detectors.names.tagger import spans

__all__ = ["spans"]
