"""libapikey as others use it: what it shows, and a program of theirs, in C and C++, shared and static."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from rpc import HANG

ROOT = pathlib.Path(__file__).parents[2]
PROGRAM = r"""
#include "include/apikey.h"

#include <stdio.h>
#include <string.h>

int fail; /* names that the library uses inside are free for its users */

int main(int argc, char **argv)
{
	struct apikey_client *client = apikey_open(argv[1]);
	struct apikey_request request;
	struct apikey_verdict verdict;
	enum apikey_error r;

	memset(&request, 0, sizeof request);
	request.key = argv[2];
	request.key_len = strlen(argv[2]);
	r = apikey_verify(client, &request, &verdict);
	printf("%s %s %s\n", apikey_error_name(r), verdict.code_name, verdict.name ? verdict.name : "-");
	apikey_close(client);
	return argc != 3 || fail;
}
"""


FORKING = r"""
#include "include/apikey.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* How many of the answers are not what the key deserves. */
static int ask(struct apikey_client *client, const char *key, int valid)
{
	const struct apikey_request request = {.key = key, .key_len = strlen(key)};
	struct apikey_verdict verdict;
	int wrong = 0;

	for (int i = 0; i < 2000; i++)
		wrong += apikey_verify(client, &request, &verdict) != APIKEY_OK || verdict.valid != valid;
	return wrong;
}

int main(int argc, char **argv)
{
	struct apikey_client *client = apikey_open(argv[1]);
	int before, wrong, status;
	pid_t child;

	before = ask(client, argv[2], 1);
	child = fork();
	if (child == 0)
		wrong = (apikey_call(client, "ping", NULL, NULL) != APIKEY_OK) + ask(client, "nobody's", 0);
	else
		wrong = ask(client, argv[2], 1);
	if (child == 0)
		_exit(wrong != 0);
	waitpid(child, &status, 0);
	printf("%d %d %d\n", before, wrong, status);
	apikey_close(client);
	return argc != 3;
}
"""


def symbols(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {line.split()[-1] for line in done.stdout.splitlines() if len(line.split()) == 3}


def test_only_what_the_header_promises_is_shown(build, sanitized):
    shared = symbols("nm", "-D", "--defined-only", build / "libapikey.so")
    assert {name.partition("@@")[2] for name in shared if name.startswith("apikey_")} == {"LIBAPIKEY_0"}
    shared = {name.partition("@@")[0] for name in shared} - {"LIBAPIKEY_0"}
    header = (ROOT / "include" / "apikey.h").read_text()
    assert shared and all(name.startswith("apikey_") and f"{name}(" in header for name in shared)
    if not sanitized:
        assert symbols("nm", "-g", "--defined-only", build / "libapikey.a") == shared


@pytest.mark.parametrize("static", [False, True])
@pytest.mark.parametrize("compiler, standard", [("cc", "c11"), ("c++", "c++17")])
def test_a_program_of_others(build, daemon, sanitized, tmp_path, compiler, standard, static):
    if sanitized or not shutil.which(compiler):
        pytest.skip("needs a plain build and a compiler")
    source = tmp_path / ("user.c" if compiler == "cc" else "user.cc")
    source.write_text(PROGRAM)
    library = [build / "libapikey.a", "-lmsgpackc"] if static else ["-L", build, "-lapikey"]
    subprocess.run(
        [compiler, f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I", ROOT, source, "-o", tmp_path / "user", *library],
        check=True,
    )
    environment = os.environ | {"LD_LIBRARY_PATH": str(build)}
    key = daemon.connect().call("key.create", name="of others")["key"]

    def ask(path, key):
        done = subprocess.run([tmp_path / "user", path, key], env=environment, capture_output=True, text=True, timeout=HANG)
        assert done.returncode == 0, done
        return done.stdout

    assert ask(daemon.verify_socket, key) == "ok ok of others\n"
    assert ask(daemon.verify_socket, "nothing") == "ok not_found -\n"
    daemon.stop()
    assert ask(daemon.verify_socket, key).startswith("unreachable ")


def test_a_fork_gives_nobody_the_others_answers(build, daemon, sanitized, tmp_path):
    if sanitized:
        pytest.skip("needs a plain build")
    (tmp_path / "forking.c").write_text(FORKING)
    subprocess.run(
        ["cc", "-std=gnu11", "-Wall", "-Werror", "-I", ROOT, tmp_path / "forking.c", "-o", tmp_path / "forking", "-L", build, "-lapikey"],
        check=True,
    )
    key = daemon.connect().call("key.create", name="of both")["key"]
    done = subprocess.run(
        [tmp_path / "forking", daemon.verify_socket, key],
        env=os.environ | {"LD_LIBRARY_PATH": str(build)}, capture_output=True, text=True, timeout=HANG,
    )
    assert (done.returncode, done.stdout) == (0, "0 0 0\n")


def test_the_example_of_the_manual(build, daemon, sanitized, tmp_path):
    if sanitized:
        pytest.skip("needs a plain build")
    page = subprocess.run(["mandoc", "-T", "ascii", "-O", "width=120", ROOT / "docs" / "libapikey.3"], capture_output=True, text=True, check=True).stdout
    lines = re.sub(".\x08", "", page).partition("EXAMPLES\n")[2].partition("cc service.c")[0]
    source = tmp_path / "service.c"
    source.write_text(lines.replace("<apikey.h>", '"include/apikey.h"').replace("/run/apikeyd/verify.sock", str(daemon.verify_socket)))
    subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", "-I", ROOT, source, "-o", tmp_path / "service", "-L", build, "-lapikey"], check=True)
    done = subprocess.run([tmp_path / "service"], env=os.environ | {"LD_LIBRARY_PATH": str(build)}, capture_output=True, text=True, timeout=HANG)
    assert (done.returncode, done.stdout) == (0, "no: not_found\n")
