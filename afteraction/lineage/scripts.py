"""Scripts inside commands: here-documents, encoded commands, substituted variables, one-line programs."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

_HEREDOC: Final = re.compile(
    r"([^\n]*)<<-?[ \t]*(['\"]?)(\w{1,40})\2([^\n]*)\n(.*?)\n[ \t]*\3[ \t]*(?=\n|$|\))", re.DOTALL
)
_SHELLS: Final = re.compile(r"(?:^|[\s/|;&(])(?:ba|z|da|k)?sh\b|\bssh\b|\beval\b|\bsource\b|\bxargs\b")
_CODED: Final = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/]{16,20000}={0,2}(?![A-Za-z0-9+/=])")
_DECODES: Final = re.compile(
    r"\bbase64\s+(?:-\w*[dD]\w*|--decode)\b|\bopenssl\s+(?:enc\s+)?-?base64\s+[^|;]*-d\b"
)
_POWERSHELL: Final = re.compile(
    r"\b(?:powershell|pwsh)(?:\.exe)?\b.{0,200}?-e(?:nc|ncodedcommand)?\s+(\S{16,20000})", re.IGNORECASE
)
_SET: Final = re.compile(
    r"(?:^|[;&|\n(]|\bexport\s|\benv\s)\s*(?:export\s+)?([A-Za-z_]\w{0,60})=(?:\"([^\"$`]{0,500})\"|'([^']{0,500})'|([^\s;&|\"'$`()]{1,500}))"
)
_USED: Final = re.compile(r"\$(?:\{([A-Za-z_]\w{0,60})\}|([A-Za-z_]\w{0,60}))")
_INNER: Final = re.compile(r"\$\(([^()`]{1,4000})\)|`([^`]{1,4000})`")
_MOST_SCRIPTS: Final = 8
_INTERPRETER: Final = re.compile(r"^(?:python[\d.]*|node|deno|bun|ruby|perl|php)$")
_CODE_FLAGS: Final = ("-c", "-e", "-r", "--eval", "-p")
_CODE_URL: Final = re.compile(r"[a-zA-Z][\w+.-]*://[^\s'\"<>|;)\\]+")
_CODE_HOST: Final = re.compile(
    r"(?:connect|SMTP(?:_SSL)?|FTP(?:_TLS)?|HTTPS?Connection|create_connection|TCPSocket\.(?:new|open)|"
    r"gethostbyname|getaddrinfo|fsockopen|net\.connect)\s*\(\s*\(?\s*[^'\"()]{0,40}['\"]([\w.:-]{3,253})['\"]"
)
_CODE_SENDS: Final = re.compile(
    r"\.(?:post|put|patch|send|sendall|sendmail|sendto|send_message|upload\w*|storbinary|write)\s*\(|\bdata\s*=|"
    r"\bmethod['\"]?\s*[:=]\s*['\"](?:post|put|patch)|\bfsockopen|\bgethostbyname|\bgetaddrinfo",
    re.IGNORECASE,
)


def substituted(command: str) -> str:
    """`command` with the variables that it sets itself put in where it uses them."""
    if "$" not in command or "=" not in command:
        return command
    known = {name: double or single or bare for name, double, single, bare in _SET.findall(command)}
    if not known:
        return command
    return _USED.sub(lambda used: known.get(used[1] or used[2], used[0]), command)


def unfolded(command: str) -> tuple[str, list[str]]:
    """`command` without the text of its here-documents, and the scripts that it hands to a shell."""
    scripts: list[str] = []

    def body(found: re.Match[str]) -> str:
        if _SHELLS.search(found[1] + " " + found[4]):
            scripts.append(found[5])
        elif _CODE_URL.search(found[5]) and re.search(r"\b(?:python|node|ruby|perl|php)", found[1]):
            scripts.append(f"python -c {_quoted(found[5])}")
        return f"{found[1]} {found[4]}"

    rest = _HEREDOC.sub(body, command) if "<<" in command else command
    if "base64" in rest and _DECODES.search(rest) and (_SHELLS.search(rest) or "$(" in rest):
        scripts += [text for one in _CODED.findall(rest) if (text := _decoded(one, "utf-8"))]
    scripts += [text for one in _POWERSHELL.findall(rest) if (text := _decoded(one, "utf-16-le"))]
    if "$(" in rest or "`" in rest:
        rest = _INNER.sub(lambda found: _kept(found[1] or found[2], scripts), rest)
    return rest, [one for one in scripts if one][:_MOST_SCRIPTS]


def _kept(inner: str, scripts: list[str]) -> str:
    scripts.append(inner)
    return "$()"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", '"') + "'"


def _decoded(coded: str, charset: str) -> str | None:
    """The text behind base64, `None` where it is no text."""
    try:
        text = base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True).decode(charset)
    except (binascii.Error, ValueError):
        return None
    return text if all(char.isprintable() or char in "\n\r\t" for char in text) else None


def read_code(words: list[str]) -> tuple[str, str | None] | None:
    """(operation, destination) of `python -c …` and its like; `None` where the words are no such call."""
    if not _INTERPRETER.match(words[0].rsplit("/", 1)[-1]):
        return None
    code = next((words[at + 1] for at, word in enumerate(words[:-1]) if word in _CODE_FLAGS), None)
    if code is None:
        return None
    url, host = _CODE_URL.search(code), _CODE_HOST.search(code)
    place = url[0] if url else host[1] if host else None
    if place is None:
        return "execute", None
    return ("send" if _CODE_SENDS.search(code) else "read" if url else "send"), place
