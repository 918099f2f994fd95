"""What a shell command line does: of its parts the one that carries the most outwards, nothing is run."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: From harmless to telling; the last of several parts in this order speaks for the whole line.
RANK = ("other", "read", "search", "write", "execute", "delete", "grant", "authenticate", "pay", "send")
_WRAPPERS = frozenset(("sudo", "time", "nohup", "env", "nice", "timeout", "xargs", "exec", "command", "doas"))
_FETCHERS = frozenset(("curl", "wget", "http", "https", "httpie", "xh"))
_SENDERS = frozenset(
    (
        *("scp", "sftp", "rsync", "ssh", "nc", "ncat", "netcat", "socat", "telnet", "ftp", "tftp", "lftp"),
        *(
            "openssl",
            "mail",
            "mailx",
            "sendmail",
            "mutt",
            "swaks",
            "dig",
            "nslookup",
            "host",
            "drill",
            "ping",
        ),
    )
)
_UPLOADS = (
    "-d",
    "-F",
    "-T",
    "--data",
    "--form",
    "--upload-file",
    "--json",
    "--post",
    "--body",
    "--url-query",
)
_METHODS = frozenset(("POST", "PUT", "PATCH", "DELETE", "-XPOST", "-XPUT", "-XPATCH", "-XDELETE"))
_READING_GIT = frozenset(("clone", "pull", "fetch", "status", "log", "diff", "show", "branch", "blame"))
MAX_COMMAND = 20_000


def command_operation(command: str, programs: Mapping[str, str]) -> str:
    """The operation of a command line; `programs` says what local programs do, others execute."""
    command = command[:MAX_COMMAND]
    if "/dev/tcp/" in command or "/dev/udp/" in command:
        return "send"
    for mark in ("&&", "||", ";", "\n", "|", "&"):
        command = command.replace(mark, "\0")
    done = [_part(part.split(), programs) for part in command.split("\0")]
    return max(done, key=RANK.index, default="other")


def _part(words: list[str], programs: Mapping[str, str]) -> str:
    start = 0
    while start < len(words) and (
        words[start] in _WRAPPERS or words[start][0] in "-0123456789" or _sets(words[start])
    ):
        start += 1
    if start == len(words):
        return "other"
    program = words[start].rsplit("/", 1)[-1].strip("(){}'\"$`")
    rest = words[start + 1 :]
    if program in _SENDERS:
        return "send"
    if program in _FETCHERS:
        sends = any(word.startswith(_UPLOADS) or word.upper() in _METHODS for word in rest)
        return "send" if sends else "read"
    if program == "git":
        verb = next((word for word in rest if not word.startswith("-")), "")
        return "send" if verb == "push" else "read" if verb in _READING_GIT else "write"
    found = programs.get(program, "execute")
    return max((found, "write"), key=RANK.index) if any(word.startswith(">") for word in rest) else found


def _sets(word: str) -> bool:
    name, mark, _ = word.partition("=")
    return bool(mark) and name.isidentifier()
