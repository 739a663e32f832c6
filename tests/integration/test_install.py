"""make install puts everything in its place, ready to use; make uninstall takes all of it away again."""

import os
import pathlib
import stat
import subprocess

import pytest

from rpc import HANG

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODES = {"sbin": 0o755, "bin": 0o755}
EXPECTED = [
    "sbin/apikeyd", "bin/apikeyctl", "bin/apikey-tui", "include/apikey.h",
    "lib/systemd/system/apikeyd.service", "lib/systemd/system/apikeyd-verify.socket",
    "lib/systemd/system/apikeyd-admin.socket", "lib/sysusers.d/apikeyd.conf", "lib/tmpfiles.d/apikeyd.conf",
    "share/man/man8/apikeyd.8", "share/man/man5/apikeyd.conf.5", "share/man/man1/apikeyctl.1",
    "share/man/man1/apikey-tui.1", "share/man/man3/libapikey.3", "share/doc/apikeyd/README.md",
]


@pytest.fixture
def make(build, tmp_path):
    """make("install", PREFIX=…) into a tree of its own; what is built is taken as it is."""

    def run(target, **variables):
        settings = {"BUILD": os.path.relpath(build, ROOT), "DESTDIR": tmp_path / "tree", **variables}
        words = ["make", "-s", "-o", "all", target, *(f"{name}={value}" for name, value in settings.items())]
        env = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
        done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, timeout=HANG)
        assert done.returncode == 0, done
        return done.stdout

    run.tree = tmp_path / "tree"
    return run


def files(tree):
    return sorted(str(p.relative_to(tree)) for p in tree.rglob("*") if not p.is_dir() or p.is_symlink())


def library_dir(tree):
    return next(tree.rglob("libapikey.a")).parent


def test_everything_is_in_its_place(make):
    make("install")
    for name in EXPECTED:
        path = make.tree / "usr" / name
        assert path.is_file(), name
        assert stat.S_IMODE(path.stat().st_mode) == MODES.get(name.split("/")[0], 0o644), name
    assert subprocess.run([make.tree / "usr/sbin/apikeyd", "--version"], timeout=HANG).returncode == 0


def test_a_service_is_built_and_run_against_it(make, tmp_path):
    opt = tmp_path / "opt"
    make("install", DESTDIR="", PREFIX=opt, confdir=tmp_path / "etc")
    libdir = library_dir(opt)
    env = {**os.environ, "PKG_CONFIG_PATH": str(libdir / "pkgconfig"), "LD_LIBRARY_PATH": str(libdir),
           "ASAN_OPTIONS": "verify_asan_link_order=0"}  # a sanitized library, a program that is not
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "apikey"], env=env, capture_output=True, text=True,
                           check=True, timeout=HANG).stdout.split()
    assert f"-I{opt}/include" in flags
    source = tmp_path / "service.c"
    source.write_text('#include <apikey.h>\n#include <stdio.h>\n'
                      'int main(void) { puts(apikey_error_name(APIKEY_NOT_FOUND)); }\n')
    subprocess.run(["cc", source, "-o", tmp_path / "service", *flags], check=True, timeout=HANG)
    needed = subprocess.run(["readelf", "-d", tmp_path / "service"], capture_output=True, text=True, timeout=HANG).stdout
    assert "[libapikey.so.0]" in needed
    said = subprocess.run([tmp_path / "service"], env=env, capture_output=True, text=True, timeout=HANG)
    assert said.stdout == "not_found\n", said


def test_the_units_follow_the_prefix(make):
    make("install", PREFIX="/usr/local")
    unit = (make.tree / "usr/local/lib/systemd/system/apikeyd.service").read_text()
    assert "ExecStart=/usr/local/sbin/apikeyd\n" in unit
    assert "=/usr/sbin" not in unit and "=/usr/bin" not in unit


def test_the_sample_configuration_is_read(make):
    make("install")
    program, sample = make.tree / "usr/sbin/apikeyd", make.tree / "etc/apikeyd/apikeyd.conf"
    done = subprocess.run([program, "--config", sample, "--check-config"], capture_output=True, timeout=HANG)
    assert done.returncode == 0, done
    dump = [program, "--config", sample, "--dump-config"]
    assert subprocess.run(dump, capture_output=True, timeout=HANG).stdout == sample.read_bytes()


def test_uninstall_leaves_nothing(make):
    make("install")
    assert files(make.tree)
    make("uninstall")
    assert files(make.tree) == []
    assert not (make.tree / "etc/apikeyd").exists() and not list(make.tree.rglob("doc/apikeyd"))


def test_a_changed_configuration_stays(make):
    make("install")
    config = make.tree / "etc/apikeyd/apikeyd.conf"
    config.write_text('brand = "acme"\n')
    make("install")
    assert config.read_text() == 'brand = "acme"\n'
    assert "KEEP" in make("uninstall")
    assert files(make.tree) == ["etc/apikeyd/apikeyd.conf"]


def test_uninstalling_what_is_not_there_does_no_harm(make):
    make("uninstall")
    assert not make.tree.exists() or files(make.tree) == []
