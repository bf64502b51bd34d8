#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""scripts/fetch-kernels.sh on an apt source of the test's own, in a folder: no network."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "fetch-kernels.sh"
TOOLS = ("apt-get", "apt-cache", "dpkg-deb")

NEW = "6.19.2+deb14-amd64"
# Name, version, dependencies: Debian 12 as it is, and a kernel split as in newer Debian.
PACKAGES = (
    ("linux-image-cloud-amd64", "6.1.192-2", "linux-image-6.1.0-56-cloud-amd64 (= 6.1.192-2)"),
    ("linux-image-6.1.0-56-cloud-amd64", "6.1.192-2", "kmod, linux-base (>= 4.3~)"),
    ("linux-image-6.1.0-9-cloud-amd64", "6.1.27-1", "kmod"),
    ("linux-image-6.12-cloud-amd64", "1:6.12.9-1", "linux-image-6.12.9+deb12-cloud-amd64"),
    ("linux-image-6.12.9+deb12-cloud-amd64", "1:6.12.9-1~deb12u1", "kmod"),
    ("linux-image-6.12.9+deb12-cloud-amd64-dbg", "1:6.12.9-1~deb12u1", ""),
    ("linux-image-6.12.9+deb12-cloud-amd64-unsigned", "1:6.12.9-1~deb12u1", "kmod"),
    ("linux-image-6.1.0-56-amd64", "6.1.192-2", "kmod"),
    ("linux-image-amd64", "6.19.2-1", f"linux-image-{NEW} (= 6.19.2-1)"),
    (f"linux-image-{NEW}", "6.19.2-1",
     f"linux-binary-{NEW}, linux-modules-{NEW} (= 6.19.2-1) | none, linux-base-{NEW}, kmod"),
    (f"linux-binary-{NEW}", "6.19.2-1", f"linux-base-{NEW}"),
    (f"linux-modules-{NEW}", "6.19.2-1", f"linux-base-{NEW}"),
    (f"linux-base-{NEW}", "6.19.2-1", ""),
    ("linux-image-broken-amd64", "1", "kmod"),
)

CONFIG = """
Dir "{folder}/root";
Dir::Bin::methods "/usr/lib/apt/methods";
Dir::Bin::solvers "/usr/lib/apt/solvers";
Dir::State::status "{folder}/root/status";
Dir::Etc::sourcelist "{folder}/root/sources.list";
Dir::Etc::sourceparts "-";
APT::Architecture "amd64";
APT::Architectures "amd64";
APT::Sandbox::User "root";
"""


def make_package(folder, name, version, depends):
    """Builds the .deb; its stanza of the index."""
    tree = folder / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    control = (f"Package: {name}\nVersion: {version}\nArchitecture: amd64\n"
               "Maintainer: nobody <nobody@localhost>\n")
    if depends:
        control += f"Depends: {depends}\n"
    (tree / "DEBIAN" / "control").write_text(control + "Description: of a test\n")
    path = folder / "repository" / f"{name}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, path],
                   check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(tree)
    digest = subprocess.run(["sha256sum", path], check=True, text=True,
                            stdout=subprocess.PIPE).stdout.split()[0]
    return (f"{control}Filename: ./{path.name}\nSize: {path.stat().st_size}\nSHA256: {digest}\n"
            "Description: of a test\n\n")


class FetchKernels(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="fpb-apt-")
        cls.addClassCleanup(cls.temporary.cleanup)
        folder = cls.folder = pathlib.Path(cls.temporary.name)
        for name in ("repository", "root/var/lib/apt/lists/partial", "root/etc/apt/apt.conf.d",
                     "root/etc/apt/preferences.d", "root/var/cache/apt/archives/partial"):
            (folder / name).mkdir(parents=True)
        (folder / "root" / "status").touch()
        (folder / "root" / "sources.list").write_text(
            f"deb [trusted=yes] copy:{folder}/repository ./\n")
        (folder / "apt.conf").write_text(CONFIG.format(folder=folder))
        (folder / "repository" / "Packages").write_text(
            "".join(make_package(folder, *package) for package in PACKAGES))
        cls.environment = {**os.environ, "APT_CONFIG": str(folder / "apt.conf"),
                           "XDG_CACHE_HOME": str(folder / "cache")}
        subprocess.run(["apt-get", "-q", "update"], env=cls.environment, check=True,
                       stdout=subprocess.DEVNULL, timeout=120)
        (folder / "repository" / "linux-image-broken-amd64.deb").unlink()

    def setUp(self):
        self.cache = self.folder / "a b"
        self.cache.mkdir()
        self.addCleanup(shutil.rmtree, self.cache)

    def fetch(self, *arguments, code=0, cache=True, **environment):
        place = ("--dir", self.cache) if cache else ()
        done = subprocess.run(["sh", SCRIPT, *place, *arguments], text=True, check=False,
                              env={**self.environment, **environment}, timeout=120,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def names(self, done):
        """Of the packages in each line; each is a file in the cache."""
        lines = [line.split(",") for line in done.stdout.splitlines()]
        for path in sum(lines, []):
            self.assertTrue(pathlib.Path(path).is_file(), path)
            self.assertEqual(pathlib.Path(path).parent, self.cache)
        return [[pathlib.Path(path).name for path in line] for line in lines]

    def test_flavours(self):
        done = self.fetch("cloud", "cloud-backports", "linux-image-6.1.0-9-cloud-amd64")
        self.assertEqual(self.names(done), [
            ["linux-image-6.1.0-56-cloud-amd64_6.1.192-2_amd64.deb"],
            ["linux-image-6.12.9+deb12-cloud-amd64_1%3a6.12.9-1~deb12u1_amd64.deb"],
            ["linux-image-6.1.0-9-cloud-amd64_6.1.27-1_amd64.deb"]])
        self.assertEqual(len(os.listdir(self.cache)), 3)

    def test_split_kernel(self):
        parts = [[f"linux-{part}-{NEW}_6.19.2-1_amd64.deb"
                  for part in ("binary", "modules", "base")]]
        for name in ("generic", "generic-backports", f"linux-image-{NEW}"):
            done = self.fetch(name)
            self.assertEqual(sorted(self.names(done)[0]), sorted(parts[0]))

    def test_only_what_is_missing(self):
        self.assertIn("downloading", self.fetch("cloud").stderr)
        path = self.cache / "linux-image-6.1.0-56-cloud-amd64_6.1.192-2_amd64.deb"
        before = path.stat()
        done = self.fetch("cloud")
        self.assertEqual(done.stderr, "")
        self.assertEqual(path.stat().st_mtime_ns, before.st_mtime_ns)
        self.assertEqual(path.stat().st_ino, before.st_ino)

    def test_cache_of_the_user(self):
        done = self.fetch("cloud", cache=False)
        self.assertTrue(done.stdout.startswith(f"{self.folder}/cache/fpstate-bench/kernels/"))
        shutil.rmtree(self.folder / "cache")

    def test_list(self):
        lines = self.fetch("--list", cache=False).stdout.splitlines()
        self.assertEqual(lines, [
            "linux-image-6.1.0-9-cloud-amd64 6.1.27-1",
            "linux-image-6.1.0-56-amd64 6.1.192-2",
            "linux-image-6.1.0-56-cloud-amd64 6.1.192-2",
            "linux-image-6.12.9+deb12-cloud-amd64 1:6.12.9-1~deb12u1",
            f"linux-image-{NEW} 6.19.2-1"])

    def test_not_served(self):
        for name in ("linux-image-absent", "rt", "rt-backports"):
            done = self.fetch(name, code=1)
            self.assertIn("no source serves", done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1)

    def test_failed_download_leaves_nothing(self):
        done = self.fetch("linux-image-broken-amd64", code=1)
        self.assertIn("linux-image-broken-amd64: could not be downloaded", done.stderr)
        self.assertEqual(os.listdir(self.cache), [])

    def test_no_index(self):
        empty = self.folder / "empty.conf"
        empty.write_text(CONFIG.format(folder=self.folder) +
                         f'Dir::State::lists "{self.folder}/none";\n'
                         'Dir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\n')
        done = self.fetch("cloud", code=1, APT_CONFIG=str(empty))
        self.assertIn("apt-get update", done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)

    def test_usage(self):
        for arguments in ((), ("--nonsense",), ("--list", "cloud")):
            self.assertIn("usage:", self.fetch(*arguments, code=2).stderr)


if __name__ == "__main__":
    for tool in TOOLS:
        if not shutil.which(tool):
            print(f"SKIP: no {tool} on this machine")
            sys.exit(77)
    unittest.main()
