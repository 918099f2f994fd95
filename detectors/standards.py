"""The names of the risks and techniques that detectors map to, and where they are described."""

from __future__ import annotations

from typing import Final

_OWASP_AGENTIC: Final = "https://genai.owasp.org/resource/owasp-top-10-for-agentic-applications-for-2026/"
_OWASP_LLM: Final = "https://genai.owasp.org/llm-top-10/"
_ATLAS: Final = "https://atlas.mitre.org/techniques/"

#: By the id that a detector's `standards` hold.
NAMES: Final = {
    "OWASP-ASI01": "Agent goal hijack",
    "OWASP-ASI02": "Tool misuse and exploitation",
    "OWASP-ASI03": "Identity and privilege abuse",
    "OWASP-ASI04": "Agentic supply chain vulnerabilities",
    "OWASP-ASI05": "Unexpected code execution",
    "OWASP-ASI06": "Memory and context poisoning",
    "OWASP-ASI07": "Insecure inter-agent communication",
    "OWASP-ASI08": "Cascading failures",
    "OWASP-ASI09": "Human-agent trust exploitation",
    "OWASP-ASI10": "Rogue agents",
    "OWASP-LLM01": "Prompt injection",
    "OWASP-LLM02": "Sensitive information disclosure",
    "OWASP-LLM06": "Excessive agency",
    "OWASP-LLM10": "Unbounded consumption",
    "ATLAS-AML.T0024": "Exfiltration via AI inference API",
    "ATLAS-AML.T0034": "Cost harvesting",
    "ATLAS-AML.T0051.001": "Indirect prompt injection",
    "ATLAS-AML.T0055": "Unsecured credentials",
    "ATLAS-AML.T0057": "LLM data leakage",
    "ATLAS-AML.T0068": "LLM prompt obfuscation",
    "ATLAS-AML.T0086": "Exfiltration via AI agent tool invocation",
}


def address(standard: str) -> str:
    """Where the standard describes it; empty for one that is not known here."""
    for prefix, place in (("OWASP-ASI", _OWASP_AGENTIC), ("OWASP-LLM", _OWASP_LLM)):
        if standard.startswith(prefix):
            return place
    return _ATLAS + standard.removeprefix("ATLAS-") if standard.startswith("ATLAS-") else ""
