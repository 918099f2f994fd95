"""Finds keys of model providers: OpenAI, Anthropic, Hugging Face, Groq, xAI, OpenRouter, NVIDIA."""

from __future__ import annotations

from functools import partial
from typing import Final

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector, Pattern
from detectors.examples import reads, sends
from detectors.exposure import exposed
from detectors.lookalikes import is_real, looks_random


def _random(value: str, context: str) -> bool:
    return is_real(value, context) and looks_random(value.partition("_")[2] or value)


_key = partial(Pattern, sensitivity="secret", group=1, accept=is_real)

PATTERNS: Final = (
    _key("anthropic_key",
         r"\b(sk-ant-(?:api|admin|sid|oat)\d{2,3}-[\w-]{78,118}AA)(?:[^\w-]|$)", "ANTHROPIC_KEY",
         trigger=r"\bsk-ant-[a-z]{3,5}\d\d", reach=192),
    _key("openai_key",
         r"\b(sk-(?:(?:proj|svcacct|admin|None)-)?[\w-]{16,80}T3BlbkFJ[\w-]{16,80})(?:[^\w-]|$)",
         "OPENAI_KEY", trigger=r"T3BlbkFJ", reach=192),
    _key("openai_style_key", r"\b(sk-(?:proj-|svcacct-)?[A-Za-z0-9]{32,64})\b", "OPENAI_KEY",
         trigger=r"\bsk-(?:proj-|svcacct-)?[A-Za-z0-9]{32}", reach=96),
    _key("hugging_face_token", r"\b((?:hf|api_org)_[A-Za-z]{34})\b", "HUGGING_FACE_TOKEN", accept=_random),
    _key("groq_key", r"\b(gsk_[A-Za-z0-9]{52})\b", "GROQ_KEY"),
    _key("xai_key", r"\b(xai-[A-Za-z0-9]{80})\b", "XAI_KEY"),
    _key("openrouter_key", r"\b(sk-or-v1-[0-9a-f]{64})\b", "OPENROUTER_KEY"),
    _key("replicate_token", r"\b(r8_[A-Za-z0-9]{37,45})\b", "REPLICATE_TOKEN"),
    _key("perplexity_key", r"\b(pplx-[A-Za-z0-9]{48})\b", "PERPLEXITY_KEY"),
    _key("nvidia_key", r"\b(nvapi-[\w-]{60,72})(?:[^\w-]|$)", "NVIDIA_KEY"),
    _key("langsmith_key", r"\b(lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10})\b", "LANGSMITH_KEY"),
    _key("langfuse_key", r"\b(sk-lf-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b", "LANGFUSE_KEY"),
    _key("fireworks_key", r"\b(fw_[A-Za-z0-9]{22,24})\b", "FIREWORKS_KEY", accept=_random),
    _key("tavily_key", r"\b(tvly-(?:dev-|prod-)?[A-Za-z0-9]{32})\b", "TAVILY_KEY"),
)  # fmt: skip


def find(batch: SessionBatch) -> pl.DataFrame:
    """Model provider keys in arguments and results."""
    return exposed(batch, DETECTOR.id, "Model provider key")


_KEY = "sk-" + "ant-api03-" + "aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zC" * 3 + "AA"

DETECTOR: Final = Detector(
    id="model_provider_key",
    summary="A model provider's key stands in what an agent sent or read.",
    severity="critical",
    misses="Keys that are plain hex or UUIDs (Mistral, Cohere, Together) without a telling name beside them.",
    standards=("OWASP-ASI03", "ATLAS-AML.T0055", "ATLAS-AML.T0034"),
    find=find,
    patterns=PATTERNS,
    firing=(
        sends("key posted outside", f"ANTHROPIC_API_KEY={_KEY}"),
        reads("key in a file", "key: gs" + "k_" + "aB3dE6gH9jK2m" * 4),
    ),
    silent=(
        reads("documentation", "Keys start with sk-ant-api03- or sk-proj-."),
        reads("a CSS class", "sk-fading-circle sk-circle12"),
    ),
)
