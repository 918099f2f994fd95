"""What a shell command does and where it sends to: programs and their flags, without running anything."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from typing import Final

from afteraction.lineage.bags import bag
from afteraction.lineage.scripts import read_code, substituted, unfolded

#: Which programs do what; programs whose direction depends on their arguments stand in `_network`.
PROGRAMS: Final[dict[str, str]] = {
    program: operation
    for operation, programs in {
        "read": "ls cat head tail less more stat file wc pwd echo printf env printenv whoami id date df "
        "du ps uname cut sort uniq tr jq xxd od strings diff which type history top free lsof awk "
        "base64 md5sum sha256sum",
        "search": "grep egrep fgrep rg ag find locate fd",
        "write": "cp mv mkdir touch tee ln tar zip unzip gzip gunzip sed patch dd install truncate mktemp "
        "cd export",
        "delete": "rm rmdir shred unlink",
        "grant": "chmod chown chgrp setfacl usermod useradd adduser passwd visudo",
    }.items()
    for program in programs.split()
}
_NETWORK: Final = bag(
    "curl wget http https httpie xh scp sftp rsync nc ncat netcat socat telnet ftp tftp lftp "
    "ssh git gh glab nslookup dig host drill ping mail mailx sendmail mutt swaks aws gsutil "
    "gcloud az azcopy rclone s3cmd mc b2 kubectl docker podman npm twine pip openssl ngrok "
    "cloudflared croc wormhole transfer cargo gem yarn pnpm poetry uv skopeo buildah helm oras "
    "invoke-webrequest invoke-restmethod iwr irm start-bitstransfer send-mailmessage certutil bitsadmin"
)
_HINT: Final = re.compile(
    r"\b(?:" + "|".join(sorted(_NETWORK)) + r")\b|://|/dev/(?:tcp|udp)/|\bbase64\b|\b(?:powershell|pwsh)\b|"
    r"\b(?:connect|SMTP|FTP)\b",
    re.IGNORECASE,
)
_SPLIT: Final = re.compile(r"&&|\|\||[;|\n]")
_ASSIGNED: Final = re.compile(r"^[A-Za-z_]\w*=")
_DEV: Final = re.compile(r"/dev/(?:tcp|udp)/([\w.:-]+)/\d+")
_REMOTE: Final = re.compile(r"^(?:[\w.+-]+@)?([\w.-]+|\[[0-9a-fA-F:]+\]):(?!//)(?!\\)")
_BUCKET: Final = re.compile(r"^(?:s3|gs|r2|b2|wasbs?|abfss?|az)://[\w.@-]+", re.IGNORECASE)
_URL: Final = re.compile(r"[a-zA-Z][\w+.-]*://[^\s'\"<>|;)]+")
_SHELLS: Final = bag("bash sh zsh dash ksh")
_WRAPPERS: Final = bag("sudo time nohup env nice timeout xargs exec command stdbuf doas")
_RANK: Final = {
    name: rank
    for rank, name in enumerate(
        ["other", "read", "search", "write", "execute", "delete", "grant", "authenticate", "pay", "send"]
    )
}
_CURL_UP: Final = ("-d", "-F", "-T", "--data", "--form", "--upload-file", "--json", "--url-query")
_COPYING: Final = bag("cp mv sync copy rsync move scp copyto")
_MAX_COMMAND: Final = 20_000
_MAX_DEPTH: Final = 4
_SUBSTITUTION: Final = re.compile(r"\$\(|`|\$\{?[A-Za-z_]")
_LAST_HOST: Final = re.compile(r"((?:[A-Za-z0-9_-]+\.)+[A-Za-z]{2,24})\.?$")

Read = tuple[str, str | None]


def read_command(command: str, depth: int = 0) -> Read:
    """(operation, destination) of a shell command line: of its parts the one that reaches out most."""
    command = command[:_MAX_COMMAND]
    if _HINT.search(command) is None:
        return max(map(_local, _programs(command)), key=_weight, default=("other", None))
    rest, scripts = unfolded(substituted(command))
    read = [_part(words, depth) for words in _parts(rest)]
    if depth < _MAX_DEPTH:
        read += [read_command(script, depth + 1) for script in scripts]
    return max(read, key=_weight, default=("execute", None))


def _weight(read: Read) -> tuple[int, bool]:
    return _RANK[read[0]], read[1] is not None


def _programs(command: str) -> list[str]:
    """The first word of every part, without wrappers and assignments: for commands without a network."""
    found = []
    for part in _SPLIT.split(command):
        words = part.split(None, 6)
        while words and (words[0] in _WRAPPERS or _ASSIGNED.match(words[0])):
            words = words[1:]
        if words:
            found.append(words[0].rsplit("/", 1)[-1].strip("(){}'\""))
            if ">" in part and "2>" not in part:
                found.append("tee")
    return found


def _local(program: str) -> Read:
    return PROGRAMS.get(program, "execute"), None


def _parts(command: str) -> list[list[str]]:
    """The words of every part of a pipeline or list; a part whose quotes do not close is split at spaces."""
    parts: list[list[str]] = [[]]
    try:
        lexer = shlex.shlex(command, posix=True, punctuation_chars=";|&\n")
        lexer.whitespace = " \t\r"
        lexer.whitespace_split = True
        lexer.commenters = ""
        words = list(lexer)
    except ValueError:
        words = re.sub(r"([;|&\n]+)", r" \1 ", command).split(" ")
    for word in words:
        if word and not word.strip(";|&\n"):
            parts.append([])
        elif word:
            parts[-1].append(word)
    return [part for part in parts if part]


def _part(words: list[str], depth: int = 0) -> Read:
    dev = _DEV.search(" ".join(words))
    if dev is not None:
        return "send", dev.group(1)
    words = _unwrapped(words)
    if not words:
        return "execute", None
    inner = _nested(words, depth)
    if inner is not None:
        return inner
    program = words[0].rsplit("/", 1)[-1].lower()
    reader = _READERS.get(program) or (_cloud if program in _NETWORK else None)
    return _other(program, words) if reader is None else reader(words)


def _unwrapped(words: list[str]) -> list[str]:
    """The words of a command from its program's name on."""
    while words and (words[0] in _WRAPPERS or _ASSIGNED.match(words[0]) or words[0][0] in "-0123456789$("):
        if words[0].startswith("$("):
            return [words[0][2:], *words[1:]]
        words = words[1:]
    return words


def _nested(words: list[str], depth: int) -> Read | None:
    """What a script that stands in one of the words does; `None` where there is none."""
    program = words[0].rsplit("/", 1)[-1]
    script = None
    if program == "eval":
        script = " ".join(words[1:])
    elif program in _SHELLS:
        flags = [n for n, word in enumerate(words[:-1]) if n and word.startswith("-") and word.endswith("c")]
        script = words[flags[0] + 1] if flags else None
    if script is None:
        return read_code(words)
    return read_command(script, depth + 1) if depth < _MAX_DEPTH else ("execute", None)


def _other(program: str, words: list[str]) -> Read:
    if any(word.startswith((">", "1>")) for word in words):
        return "write", None
    url = _URL.search(" ".join(words))
    shown = url is not None and program not in ("echo", "printf", "grep")
    return PROGRAMS.get(program, "execute"), url.group(0) if url and shown else None


def _plain(words: list[str]) -> list[str]:
    return [word for word in words[1:] if not word.startswith("-")]


def _curl(words: list[str]) -> Read:
    up = any(w.startswith(_CURL_UP) for w in words) or any(
        w.upper() in ("POST", "PUT", "PATCH", "-XPOST", "-XPUT", "-XPATCH", "DELETE", "-XDELETE")
        for w in words
    )
    flagged = ("-d", "-F", "-T", "-H", "-o", "-X", "-u", "-A", "-b", "-c", "-e", "-w", "-m", "-x")
    hosts = [w for before, w in pairwise(words) if _hostlike(w) and before not in flagged[:10]]
    hosts = [w for w in hosts if "://" in w] or hosts
    up = up or any(_SUBSTITUTION.search(w) for w in hosts)
    return ("send" if up else "read"), hosts[-1] if hosts else None


def _wget(words: list[str]) -> Read:
    up = any(w.startswith(("--post", "--body", "--method=P")) for w in words)
    hosts = [w for w in _plain(words) if _hostlike(w)]
    up = up or any(_SUBSTITUTION.search(w) for w in hosts)
    return ("send" if up else "read"), hosts[-1] if hosts else None


def _httpie(words: list[str]) -> Read:
    plain = _plain(words)
    up = any(w in ("POST", "PUT", "PATCH", "DELETE") for w in plain) or any(
        re.match(r"^[\w-]+:?=", w) for w in plain[1:]
    )
    hosts = [w for w in plain if _hostlike(w)]
    return ("send" if up else "read"), hosts[0] if hosts else None


def _copy(words: list[str]) -> Read:
    """scp, sftp, rsync: outwards when the last path is remote, inwards when another one is."""
    plain = _plain(words)
    if not plain:
        return "execute", None
    last = _remote(plain[-1])
    if last is not None:
        return "send", last
    others = [host for host in map(_remote, plain[:-1]) if host]
    return ("read", others[0]) if others else ("write", None)


def _remote(word: str) -> str | None:
    if "://" in word:
        return word
    found = _REMOTE.match(word)
    return found.group(1) if found else None


def _ssh(words: list[str]) -> Read:
    takes = bag("-i -p -l -o -L -R -D -F -J -b -c -e -m -w")
    plain = [w for before, w in pairwise(words) if not w.startswith("-") and before not in takes]
    return "send", plain[0].rsplit("@", 1)[-1] if plain else None


def _socket(words: list[str]) -> Read:
    plain = _plain(words)
    linked = [w for before, w in pairwise(words) if before == "-connect"]
    if words[0].endswith("openssl"):
        return ("send", linked[0]) if linked else ("execute", None)
    if any(w.startswith("-") and not w.startswith("--") and "l" in w for w in words):
        return "execute", None
    joined = re.search(r"(?:TCP|UDP|OPENSSL)[46]?:([\w.-]+):\d+", " ".join(words), re.IGNORECASE)
    return "send", joined.group(1) if joined else next((w for w in plain if not w.isdigit()), None)


def _names(words: list[str]) -> Read:
    """nslookup, dig, host, ping: the looked-up name itself leaves the house."""
    plain = [w.strip("\"'`") for w in _plain(words) if "." in w and not w.startswith(("@", "+"))]
    whole = [w for w in plain if not _SUBSTITUTION.search(w) and ")" not in w]
    parts = [found.group(1) for w in plain if (found := _LAST_HOST.search(w.strip(")")))]
    return "send", max(whole or parts, key=len, default=None)


def _git(words: list[str]) -> Read:
    plain = _plain(words)
    if not plain:
        return "execute", None
    verb, rest = plain[0], plain[1:]
    place = next((w for w in rest if "://" in w or _REMOTE.match(w)), None)
    if verb == "push":
        return "send", place or (rest[0] if rest else None)
    if verb == "remote" and place:
        return "write", place
    if verb in ("clone", "pull", "fetch", "ls-remote", "submodule"):
        return "read", place
    if verb in ("status", "log", "diff", "show", "branch", "blame", "remote", "rev-parse"):
        return "read", None
    return ("search", None) if verb == "grep" else ("write", None)


def _mail(words: list[str]) -> Read:
    return "send", next((w for w in reversed(words) if "@" in w), None)


def _cloud(words: list[str]) -> Read:
    """aws, gsutil, az, rclone and other clients: a bucket or address as the last place means outwards."""
    plain = _plain(words)
    verbs = frozenset(plain[:4])
    places = [w for w in words[1:] if _BUCKET.match(w) or "://" in w or re.match(r"^[\w-]+:[\w./-]*$", w)]
    buckets = [found.group(0) if (found := _BUCKET.match(w)) else w for w in places]
    if verbs & _COPYING:
        at = next(n for n, word in enumerate(plain) if word in _COPYING)
        into = plain[at + 2 : at + 3] or plain[-1:]
        outwards = [word for word in (into[0], plain[-1]) if word in places]
        if outwards:
            return "send", buckets[places.index(outwards[0])]
        return "read", buckets[0] if buckets else None
    if verbs & {
        "upload",
        "upload-batch",
        "put",
        "put-object",
        "push",
        "publish",
        "send",
        "send-email",
        "tunnel",
        "login",
    }:
        named = [v for before, v in pairwise(words) if before in ("--bucket", "--account-name", "-c")]
        return "send", next(iter(named or buckets or plain[-1:]), None)
    if verbs & {"rm", "rb", "delete", "delete-object"}:
        return "delete", buckets[-1] if buckets else None
    if verbs & {"ls", "get", "get-object", "list", "describe", "install", "download", "pull"}:
        return "read", buckets[-1] if buckets else None
    return "execute", buckets[-1] if buckets else None


def _gh(words: list[str]) -> Read:
    """GitHub's and GitLab's clients: what they create is there for others to read; a gist for everybody."""
    plain = _plain(words)
    if plain[:2] == ["gist", "create"]:
        return "send", "gist.github.com"
    if plain[:1] == ["api"]:
        up = any(
            w in ("POST", "PUT", "PATCH", "-f", "-F", "--field", "--raw-field", "--input") for w in words
        )
        return ("send" if up else "read"), "api.github.com"
    if frozenset(plain[:2]) & {"create", "comment", "upload", "edit", "review", "fork", "set", "push"}:
        named = [w for before, w in pairwise(words) if before in ("-R", "--repo")]
        home = "gitlab.com" if words[0].endswith("glab") else "github.com"
        return "send", f"https://{home}/{named[0]}" if named and "://" not in named[0] else home
    return "read", None


def _registry(words: list[str]) -> Read:
    """Package and image registries: pushing publishes; without a host it is the program's public one."""
    program, plain = words[0].rsplit("/", 1)[-1], _plain(words)
    if not frozenset(plain[:3]) & {"publish", "push", "upload", "copy", "login"}:
        reads = frozenset(plain[:2]) & {"install", "pull", "add", "download", "ci", "i", "fetch"}
        return ("read" if reads else "execute"), None
    flags = ("--registry", "--repository-url", "--publish-url", "--host", "-r", "--repository")
    named = [w for before, w in pairwise(words) if before in flags]
    named += [w.split("=", 1)[1] for w in words if w.startswith(("--registry=", "--repository-url="))]
    images = program in ("docker", "podman", "skopeo", "buildah", "helm", "oras")
    if images and not named:
        image = plain[-1].split("://", 1)[-1]
        first = image.split("/", 1)[0]
        named = [first if "/" in image and ("." in first or ":" in first or first == "localhost") else ""]
    hosts = [w for w in named if w and ("." in w or "://" in w or ":" in w)]
    return "send", hosts[0] if hosts else _REGISTRIES.get(program)


def _powershell(words: list[str]) -> Read:
    lowered = [w.lower() for w in words]
    up = any(w in ("post", "put", "patch") or w.startswith(("-body", "-infile", "-form")) for w in lowered)
    named = [w for before, w in pairwise(words) if before.lower() in ("-uri", "-source", "-destination")]
    hosts = [w for w in (*named, *_plain(words)) if _hostlike(w)]
    if lowered[0] == "send-mailmessage":
        return "send", next((w for before, w in pairwise(words) if before.lower() == "-to"), None)
    return ("send" if up else "read"), hosts[0] if hosts else None


def _kubectl(words: list[str]) -> Read:
    """`cp` into a pod goes outwards to it, out of one inwards; `exec` runs what follows there."""
    plain = _plain(words)
    if plain[:1] == ["cp"] and len(plain) > 2:
        pods = [w.split(":", 1)[0] for w in plain[1:3] if ":" in w]
        return ("send" if ":" in plain[2] else "read"), pods[-1] if pods else None
    if plain[:1] == ["exec"] and "--" in words[:-1]:
        return _part(words[words.index("--") + 1 :])
    verbs = {"get": "read", "describe": "read", "logs": "read", "delete": "delete", "apply": "write"}
    return next((verbs[w] for w in plain[:1] if w in verbs), "execute"), None


#: Where a program publishes to when it is told nothing else.
_REGISTRIES: Final = {
    "npm": "registry.npmjs.org",
    "yarn": "registry.npmjs.org",
    "pnpm": "registry.npmjs.org",
    "twine": "upload.pypi.org",
    "poetry": "upload.pypi.org",
    "uv": "upload.pypi.org",
    "cargo": "crates.io",
    "gem": "rubygems.org",
    **dict.fromkeys(("docker", "podman", "skopeo", "buildah", "helm", "oras"), "docker.io"),
}


def _hostlike(word: str) -> bool:
    return "://" in word or re.match(r"^(?:[\w-]+\.)+[A-Za-z]{2,}(?::\d+)?(?:[/?].*)?$", word) is not None


_READERS: Final = {
    "curl": _curl,
    "wget": _wget,
    **dict.fromkeys(("http", "https", "httpie", "xh"), _httpie),
    **dict.fromkeys(("scp", "sftp", "rsync"), _copy),
    "ssh": _ssh,
    **dict.fromkeys(("nc", "ncat", "netcat", "socat", "telnet", "ftp", "tftp", "lftp", "openssl"), _socket),
    **dict.fromkeys(("nslookup", "dig", "host", "drill", "ping"), _names),
    "git": _git,
    **dict.fromkeys(("gh", "glab"), _gh),
    **dict.fromkeys(_REGISTRIES, _registry),
    **dict.fromkeys(
        ("invoke-webrequest", "iwr", "invoke-restmethod", "irm", "start-bitstransfer", "send-mailmessage"),
        _powershell,
    ),
    "kubectl": _kubectl,
    **dict.fromkeys(("mail", "mailx", "sendmail", "mutt", "swaks"), _mail),
}
