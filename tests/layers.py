#!/usr/bin/python3
"""Proves from the #include lines that knowledge runs one way: who may include whom, and through which door a library
comes in. Prints each breach as file:line and exits 1. Before that it proves on
small examples that it would notice."""

import fnmatch
import re
import sys
from pathlib import Path

# layer: the files it is made of (first match wins), and the layers it may include beside itself
LAYERS = {
    "include": (["include/*"], []),
    "protocol": (["protocol/*"], ["include"]),
    "counters": (["apikeyd/engine/usage.*", "apikeyd/engine/resource.*", "apikeyd/engine/limit_slot.h",
                  "apikeyd/engine/pages.*"], ["protocol"]),
    "engine": (["apikeyd/engine/*"], ["counters", "protocol", "include"]),
    "ground": ([f"apikeyd/{name}.*" for name in ("bcrypt", "binding", "config", "config_text", "daemon", "hasher", "histogram",
                                                 "log", "notify", "pool", "recent", "reply", "session")], ["protocol", "include"]),
    "store": (["apikeyd/store/*"], ["ground", "counters", "protocol", "include"]),
    "registry": ([f"apikeyd/{name}.*" for name in ("arg_value", "args", "audit", "clock", "fold*", "foreign", "key_reply",
                                                   "limits", "logins", "people", "plans", "registry*", "sightings", "stats",
                                                   "tally")],
                 ["store", "engine", "counters", "ground", "protocol", "include"]),
    "services": ([f"apikeyd/{name}.*" for name in ("alert_expiry", "alert_judge", "alert_pass", "alerts", "announce", "backups", "bootstrap",
                                                   "call", "cursors", "digests", "events", "gate", "hash_work", "identity",
                                                   "lockout", "password", "refusals", "rehash", "reload", "token")],
                 ["registry", "store", "engine", "ground", "protocol", "include"]),
    "methods": (["apikeyd/methods/*"],
                ["services", "registry", "store", "engine", "ground", "protocol", "include"]),
    "daemon": (["apikeyd/*"],
               ["methods", "services", "registry", "store", "engine", "ground", "protocol", "include"]),
    "plot": (["apikey-tui/kit/plot.*"], []),
    "kit": (["apikey-tui/kit/*"], ["plot", "protocol"]),
    "screens": (["apikey-tui/screens/*"], ["console", "kit", "protocol", "include"]),
    "console": (["apikey-tui/*"], ["screens", "kit", "protocol", "include"]),
    "command line": (["apikeyctl/*"], ["plot", "protocol", "include"]),
}

# a library's headers: the files they may come into
DOORS = {
    "confuse.h": ["apikeyd/config*.c", "apikeyd/methods/declared_file.c"],
    "crypt.h": ["apikeyd/bcrypt.c"],
    "curses.h": ["apikey-tui/kit/*"],
    "event2/*": ["apikeyd/*.c"],
    "jansson.h": ["apikeyctl/json.c"],
    "msgpack*": ["protocol/value.c"],
    "sodium*": ["protocol/audit_chain.c", *(f"apikeyd/{name}.c" for name in (
        "audit", "cursors", "engine/digest", "main", "methods/key", "methods/key_import", "password", "pepper", "request_id",
        "token"))],
    "sqlite3.h": ["apikeyd/store/sqlite*", "apikeyctl/audit_store.c"],
    "systemd/*": ["apikeyd/notify.c", "apikeyd/log.c"],
    "uni*.h": ["protocol/text*.c"],
    "ut*.h": ["apikeyd/*"],
}

# The engine is pure: no I/O, no clock, no process.
IMPURE = ["fcntl.h", "poll.h", "signal.h", "stdio.h", "sys/epoll.h", "sys/socket.h", "sys/stat.h", "sys/time.h",
          "sys/un.h", "syslog.h", "time.h", "unistd.h"]
SYSTEM = re.compile(r"^(std\w+|assert|search|ctype|dirent|endian|errno|limits|locale|math|inttypes|string|strings|time|wchar|"
                    r"wctype|signal|fcntl|getopt|grp|pwd|poll|pthread|sched|semaphore|sysexits|syslog|termios|unistd|langinfo|"
                    r"(arpa|net|netinet|sys|linux)/\w+)\.h$")
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def matches(path, patterns):
    """Like a shell's: '*' does not pass a '/'."""
    return any(path.count("/") == p.count("/") and fnmatch.fnmatchcase(path, p) for p in patterns)


def layer_of(path):
    return next((name for name, (patterns, _) in LAYERS.items() if matches(path, patterns)), None)


def check_library(path, header):
    for pattern, doors in DOORS.items():
        if fnmatch.fnmatchcase(header, pattern) and not (pattern == "uni*.h" and header == "unistd.h"):
            return None if matches(path, doors) else f"<{header}> may only come into {' '.join(doors)}"
    if not SYSTEM.match(header):
        return f"<{header}> has no door yet: name one in tests/layers.py"
    if layer_of(path) == "engine" and header in IMPURE:
        return f"<{header}>: the engine does no I/O and has no clock"
    return None


def check_own(path, header, files):
    if header not in files:
        return f'"{header}" is not there: includes are written from the root'
    here, there = layer_of(path), layer_of(header)
    if there != here and there not in LAYERS[here][1]:
        return f'"{header}": {here} may not know {there}'
    return None


def find_circles(edges):
    """Each circle once, as a list that begins and ends with the same."""
    done, circles = set(), []

    def walk(node, way):
        if node in way:
            circles.append(way[way.index(node):] + [node])
        elif node not in done:
            for other in sorted(edges.get(node, ())):
                walk(other, way + [node])
            done.add(node)

    for node in sorted(edges):
        walk(node, [])
    return circles


def parts(includes):
    """Who knows whom, where a .c and its .h are one. A header without a .c says only what others hold: whoever includes
    it knows what it knows, except for a private.h, which is the inside of the files that include it."""
    has_code = {stem(path) for path in includes if path.endswith(".c")}

    def known(path, seen):
        for header in includes.get(path, ()):
            if stem(header) in has_code:
                yield stem(header)
            elif header not in seen and not header.endswith("/private.h"):
                yield from known(header, seen | {header})

    edges = {}
    for path in includes:
        if stem(path) in has_code:
            edges.setdefault(stem(path), set()).update(other for other in known(path, set()) if other != stem(path))
    return edges


def stem(path):
    return path.rsplit(".", 1)[0]


def check(files):
    """files: {path: text}. Returns the breaches as lines of text."""
    breaches, includes = [], {path: [] for path in files}
    for path, text in sorted(files.items()):
        if layer_of(path) is None:
            breaches.append(f"{path}:1: belongs to no layer: name one in tests/layers.py")
            continue
        for number, line in enumerate(text.splitlines(), 1):
            found = INCLUDE.match(line)
            if not found:
                continue
            own, header = found[1] == '"', found[2]
            fault = check_own(path, header, files) if own else check_library(path, header)
            if fault:
                breaches.append(f"{path}:{number}: {fault}")
            if own and header in files:
                includes[path].append(header)
    circles = find_circles(includes) or find_circles(parts(includes))
    return breaches + ["a circle: " + " -> ".join(way) for way in circles]


def self_test():
    """Each pair of small files breaks one rule, or none."""
    cases = [
        ({"protocol/a.h": "", "apikeyd/engine/e.c": '#include "protocol/a.h"\n#include <stdint.h>'}, None),
        ({"apikeyd/engine/e.h": "", "protocol/a.c": '#include "apikeyd/engine/e.h"'}, "may not know"),
        ({"apikeyd/store/s.h": "", "apikeyd/engine/e.c": '#include "apikeyd/store/s.h"'}, "may not know"),
        ({"apikeyd/engine/e.c": "#include <stdio.h>"}, "no clock"),
        ({"apikeyctl/key.c": "#include <jansson.h>"}, "may only come into"),
        ({"apikey-tui/app.c": "#include <curses.h>"}, "may only come into"),
        ({"apikey-tui/app.c": "#include <unistd.h>"}, None),
        ({"apikeyd/a.c": "#include <zlib.h>"}, "no door"),
        ({"protocol/a.c": '#include "a.h"', "protocol/a.h": ""}, "from the root"),
        ({"protocol/a.h": '#include "protocol/b.h"', "protocol/b.h": '#include "protocol/a.h"'}, "a circle"),
        ({"protocol/a.c": '#include "protocol/b.h"', "protocol/a.h": "",
          "protocol/b.c": '#include "protocol/a.h"', "protocol/b.h": ""}, "a circle"),
        ({"protocol/a.c": '#include "protocol/all.h"', "protocol/a.h": "", "protocol/all.h": '#include "protocol/b.h"',
          "protocol/b.c": '#include "protocol/a.h"', "protocol/b.h": ""}, "a circle"),
        ({"protocol/a.c": '#include "protocol/all.h"', "protocol/a.h": "",
          "protocol/all.h": '#include "protocol/a.h"'}, None),
        ({"elsewhere/a.c": ""}, "no layer"),
    ]
    for files, expected in cases:
        found = check(files)
        if (expected is None) != (not found) or (expected and expected not in found[0]):
            sys.exit(f"layers.py does not see {files}: {found}")


def main():
    self_test()
    root = Path(__file__).resolve().parent.parent
    folders = ["include", "protocol", "apikeyd", "apikey-tui", "apikeyctl"]
    paths = [p for folder in folders for p in sorted((root / folder).rglob("*.[ch]"))]
    breaches = check({str(p.relative_to(root)): p.read_text(encoding="utf-8") for p in paths})
    print("\n".join(breaches) or f"layers: {len(paths)} files, no breach")
    sys.exit(1 if breaches else 0)


if __name__ == "__main__":
    main()
