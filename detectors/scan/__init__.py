"""The scan engine: one Hyperscan pass for the patterns of all detectors, then verification.

Rules belong to the detectors, not here. `matches` scans a batch of sessions, `mask_actions` and
`mask_texts` mask what was found, `with_carried` adds what lineage followed to what they mask,
`scan_texts` scans plain texts. `warm` compiles the rules beforehand.
"""

from __future__ import annotations

from detectors.scan.carried import with_carried
from detectors.scan.engine import warm
from detectors.scan.mask import mask_actions, mask_texts
from detectors.scan.matches import matches
from detectors.scan.repeats import mask_known
from detectors.scan.texts import scan_texts

__all__ = ["mask_actions", "mask_known", "mask_texts", "matches", "scan_texts", "warm", "with_carried"]
