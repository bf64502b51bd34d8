#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""report --html: the page in a browser, and what the command says when things are not as they should.

Every page must draw itself without an error, a violation of its own policy or a request to anywhere.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

import lib
from browser import Browser
from comparisons import CPUID, INCOMPARABLE, PIO, ROWS, Case
from made_reports import report, write

PARTS = lib.ROOT / "bench" / "report" / "html"
MADE_REPORTS = lib.ROOT / "tests" / "e2e" / "made_reports.py"
LAB = lib.ROOT / "results" / "baseline" / "tcg"
LAB_PAIR = [LAB / f"{release}-cloud-amd64" / "report.json" for release in ("6.1.0-52", "6.1.0-56")]

# What could end or open something in HTML, in a script, in JSON, in gnuplot.
HOSTILE = ("</script><script>pwned=1</script><!--<img src=x onerror='pwned=1'>&amp;\"'`${pwned=1}\\"
           "\u2028\u2029\u202eabc\u200f\x1b[2J\n\t'; system 'touch pwned'; !touch pwned\n`touch pwned`")
LONG = "long/" + 10000 * "x"

# A figure costs a process; tests of the page's own behaviour do without.
NO_GNUPLOT = {**os.environ, "PATH": "/nowhere"}


class PageCase(Case):
    """Names of reports are those of files in the folder, without .json."""

    def html(self, *names, code=lib.FINE, options=(), env=None):
        """The page of reports."""
        page = self.folder / "page.html"
        paths = [name if isinstance(name, pathlib.Path) else self.path(name) for name in names]
        self.done = self.run_bench("report", *paths, "--html", page, *options, code=code,
                                   env=env or NO_GNUPLOT)
        return page


class Command(PageCase):
    def test_one_page_from_one_report(self):
        self.made("a")
        page = self.html("a")
        self.assertEqual(self.done.stdout, f"page: {page}\n")
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["a.json", "page.html"])
        text = page.read_text(encoding="utf-8")
        self.assertIn("Content-Security-Policy", text)
        self.assertNotIn("@", re.sub(r"(?s)<style>.*?</style>|<script.*?</script>", "", text)
                         .replace("NAME@SUBSTRATE", "").replace("@guest", ""))

    def test_usage(self):
        self.made("a")
        self.check_message(self.run_bench("report", self.path("a"), code=lib.USAGE).stderr, "--html")
        self.run_bench("report", "--html", self.folder / "x.html", code=lib.USAGE)
        self.assertFalse((self.folder / "x.html").exists())

    def test_malformed(self):
        self.made("a")
        self.path("b").write_text("{", encoding="utf-8")
        page = self.html("a", "b", code=lib.USAGE)
        self.check_message(self.done.stderr, "b.json")
        self.assertFalse(page.exists())

    def test_page_in_the_place_of_a_report(self):
        self.made("a")
        before = self.path("a").read_bytes()
        done = self.run_bench("report", self.path("a"), "--html", self.path("a"), code=lib.USAGE)
        self.check_message(done.stderr, "a.json")
        self.assertEqual(self.path("a").read_bytes(), before)

    def test_no_folder(self):
        self.made("a")
        done = self.run_bench("report", self.path("a"), "--html", self.folder / "no" / "x.html",
                              code=lib.UNFIT, env=NO_GNUPLOT)
        self.check_message(done.stderr, "no/x.html", "create the directory first")

    def test_disk_full(self):
        """The older page stays, and nothing beside it."""
        self.write("a", report({f"made/row/i={i}@host": [1000] * 12 for i in range(800)}))
        script = ('mount -t tmpfs -o size=64k tmpfs "$1" && echo old >"$1/page.html" || exit 99\n'
                  '"$2" report "$3" --html "$1/page.html"; code=$?\n'
                  'ls "$1"; cat "$1/page.html"; exit $code')
        mount = self.folder / "mount"
        mount.mkdir()
        done = subprocess.run(
            [*lib.namespace(), "sh", "-c", script, "sh", mount, lib.BENCH, self.path("a")],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=lib.TIMEOUT_S,
            check=False, env={**os.environ, "TMPDIR": str(self.folder)})
        self.assertEqual(done.returncode, lib.UNFIT, done.stderr)
        self.assertEqual(done.stdout, "page.html\nold\n")
        self.assertIn("No space left", done.stderr)

    def test_incomparable(self):
        """The page shows both, and what stands between them."""
        self.made("a")
        self.made("b", seed=2)
        self.edit("b", lambda ours: ours["environment"].update(governor="powersave", smt=True))
        page = self.html("a", "b", code=INCOMPARABLE)
        self.check_message(self.done.stderr, "governor", "--allow-diff governor")
        self.assertTrue(page.exists())
        self.html("a", "b", options=["--allow-diff", "governor", "--allow-diff", "smt"])

    def test_partial_and_failed(self):
        self.made("a")
        self.edit("a", lambda ours: ours["plan"].update(complete=False))
        self.assertTrue(self.html("a", code=lib.UNFIT).exists())
        self.check_message(self.done.stderr, "a.json", "plan.complete")

    def test_without_gnuplot(self):
        self.made("a")
        page = self.html("a")
        self.assertRegex(self.done.stderr, r"\Anote: no figures in the page: gnuplot [^\n]+\n\Z")
        self.assertIn("gnuplot-nox", page.read_text(encoding="utf-8"))

    def html_by(self, gnuplot):
        """The page of the lab's pair, drawn by a script in gnuplot's place: `gnuplot -d NAME.gp`."""
        program = self.folder / "bin" / "gnuplot"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{gnuplot}\n", encoding="utf-8")
        program.chmod(0o755)
        page = self.html(*LAB_PAIR, env={**os.environ, "PATH": f"{program.parent}:/usr/bin:/bin"})
        return page.read_text(encoding="utf-8")

    def test_pictures_that_are_no_svg(self):
        page = self.html_by("echo '<svg><g></svg>............' >${2%.gp}.svg; "
                            "echo '</svg>' >>${2%.gp}.svg")
        self.assertRegex(self.done.stderr, r"\Anote: no figures in the page: figure \w+: [^\n]+\n\Z")
        self.assertNotIn("<figure", page)

    def test_pictures_of_too_many_points(self):
        page = self.html_by("{ echo '<svg>'; head -c 1100000 /dev/zero | tr '\\0' ' '; echo '</svg>'; }"
                            " >${2%.gp}.svg")
        self.assertEqual(self.done.stderr, "")
        self.assertNotIn("<figure", page)
        self.assertIn("the picture has 1.1 MB, too much for a page", page)

    def test_gnuplot_fails(self):
        """Its own words stand in the one message, and in the page."""
        self.html_by("echo 'no terminal for </script>' >&2\nexit 3")
        self.assertRegex(self.done.stderr,
                         r"\Anote: no figures in the page: [^\n]*no terminal for </script>[^\n]*\n\Z")

    def test_nothing_stays_in_the_temporary_folder(self):
        temporary = self.folder / "tmp"
        temporary.mkdir()
        self.html(*LAB_PAIR, env={**os.environ, "TMPDIR": str(temporary)})
        self.assertEqual(list(temporary.iterdir()), [])


class Sources(unittest.TestCase):
    """What a linter would say of the scripts, as far as it matters here."""

    def scripts(self):
        return {path.name: path.read_text(encoding="utf-8") for path in (PARTS / "js").glob("*.js")}

    def test_nothing_makes_markup_or_code_of_texts(self):
        sink = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|"
                          r"new Function|srcdoc|DOMParser|createContextualFragment|javascript:")
        for name, text in self.scripts().items():
            self.assertIsNone(sink.search(text), name)

    def test_every_function_is_used(self):
        whole = "\n".join(self.scripts().values())
        defined = re.findall(r"(?m)^(?:function|const|let) (\w+)", whole)
        self.assertGreater(len(defined), 50)
        self.assertEqual(sorted(set(defined)), sorted(defined), "a name is defined twice")
        self.assertEqual([name for name in defined
                          if len(re.findall(rf"\b{name}\b", whole)) < 2], [])

    def test_every_script_is_in_the_page(self):
        listed = (PARTS / "CMakeLists.txt").read_text(encoding="utf-8")
        words = re.search(r"set\(page_scripts([^)]*)\)", listed)[1].split()
        self.assertEqual(sorted(f"{word}.js" for word in words), sorted(self.scripts()))


class BrowserCase(PageCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = cls.enterClassContext(Browser())

    def show(self, *names, **options):
        """The page of reports in the browser; at the end nothing may have gone wrong in it."""
        how = {key: options.pop(key) for key in ("width", "height", "dark", "media")
               if key in options}
        page = self.browser.open(self.html(*names, **options), **how)
        self.addCleanup(self.check_clean, page)
        page.wait("table.timer === null")
        return page

    def check_clean(self, page):
        page.close()
        self.assertEqual(page.problems, [])
        self.assertEqual(page.requests, [])

    def names(self, page):
        return page.evaluate("[...document.querySelectorAll('#rows > tbody > tr:not(.details) "
                             ".open')].map((button) => button.textContent)")

    def column(self, page, number):
        return page.evaluate("[...document.querySelectorAll('#rows > tbody > tr:not(.details)')]"
                             f".map((row) => row.cells[{number}].textContent)")

    def filter(self, page, text):
        page.evaluate(f"byId('filter').value = {json.dumps(text)};"
                      "byId('filter').dispatchEvent(new Event('input', { bubbles: true }))")
        page.wait("table.timer === null")

    def choose(self, page, field, value):
        page.evaluate(f"byId('{field}').value = {json.dumps(value)};"
                      f"byId('{field}').dispatchEvent(new Event('change', {{ bubbles: true }}));"
                      f"byId('{field}').dispatchEvent(new Event('input', {{ bubbles: true }}))")
        page.wait("table.timer === null")

    def click_head(self, page, title):
        page.evaluate("[...document.querySelectorAll('#rows > thead button')].find((button) => "
                      f"button.textContent === {json.dumps(title)}).click()")
        page.wait("table.timer === null")
        return page.evaluate("document.querySelector('#rows > thead th:not([aria-sort=none])')"
                             ".getAttribute('aria-sort')")

    def text(self, page, selector="body"):
        return page.evaluate(f"document.querySelector({json.dumps(selector)}).innerText")


class OneReport(BrowserCase):
    def test_summary(self):
        page = self.show(LAB_PAIR[0])
        summary = self.text(page, "main")
        document = lib.load(LAB_PAIR[0])["fpstate_bench"]
        rows = {(o["name"], o["substrate"], o["unit"]) for o in document["observations"]}
        for words in ("complete", f"{len(rows)} rows", document["environment"]["kernel_build_id"],
                      document["environment"]["cpu_model"], "2 runs"):
            self.assertIn(words, summary)
        self.assertEqual(len(self.names(page)), len(rows))
        self.assertTrue(page.evaluate("byId('failures').hidden"))
        self.assertIn(document["skips"][0]["text"], self.text(page, "#skips"))

    def test_partial_and_failures(self):
        self.made("a")
        self.edit("a", lambda ours: (
            ours["plan"].update(complete=False),
            ours["failures"].append({"name": "xsave/xsave", "substrate": "host",
                                     "error": "it <b>broke</b>", "where": "bench/x.c:1"})))
        page = self.show("a", code=lib.UNFIT)
        self.assertIn("1 failure", self.text(page, "#verdict"))
        self.assertIn("it <b>broke</b>", self.text(page, "#failures"))

    def test_sort(self):
        self.write("a", report({"a/b@host": [3.0], "a/c@host": [1000.0], "b/d@host": [20.0]}))
        page = self.show("a")
        self.assertEqual(self.names(page), ["a/b", "a/c", "b/d"])
        self.assertEqual(self.click_head(page, "Median"), "descending")
        self.assertEqual(self.names(page), ["a/c", "b/d", "a/b"])
        self.assertEqual(self.click_head(page, "Median"), "ascending")
        self.assertEqual(self.names(page), ["a/b", "b/d", "a/c"])
        self.assertEqual(self.click_head(page, "Row"), "ascending")
        self.assertEqual(self.names(page), ["a/b", "a/c", "b/d"])

    def test_filter(self):
        self.made("a")
        self.edit("a", lambda ours: [o.update(gated=False) for o in ours["observations"]
                                     if o["name"].startswith("xsave")])
        page = self.show("a")
        for pattern, names in (("^exit/", ["exit/cpuid", "exit/pio"]), ("pio|xsave",
                               ["exit/pio", "xsave/xsavec"]), ("@host$", ["xsave/xsavec"]),
                               ("CPUID", ["exit/cpuid"]), ("none", [])):
            self.filter(page, pattern)
            self.assertEqual(self.names(page), names, pattern)
            self.assertIn(f"{len(names) or 'no'} of 3 rows".replace("no of", "0 of"),
                          self.text(page, "#count"))
        self.filter(page, "exit(")
        self.assertIn("searched as plain text", self.text(page, "#filter-problem"))
        self.filter(page, "")
        self.assertEqual(self.text(page, "#filter-problem"), "")
        self.assertEqual(self.text(page, "#count"), "3 rows")
        self.choose(page, "by-substrate", "host")
        self.assertEqual(self.names(page), ["xsave/xsavec"])
        self.choose(page, "by-gated", "yes")
        self.assertEqual(self.names(page), [])
        page.evaluate("document.querySelector('[type=reset]').click()")
        page.wait("byId('count').textContent === '3 rows'")

    def test_values_of_runs(self):
        self.write("a", report({CPUID: [1000, 1003.5, 1250], PIO: [5, 5, 5]}))
        page = self.show("a")
        page.evaluate("document.querySelector('#rows .open').click()")
        opened = self.text(page, "#rows tr.details")
        for words in ("run 0 1000", "run 1 1004", "run 2 1250", CPUID):
            self.assertIn(words, re.sub(r"\s+", " ", opened))
        self.assertEqual(page.evaluate("document.querySelector('#rows .open').ariaExpanded"), "true")
        self.click_head(page, "Median")
        self.assertEqual(page.evaluate("document.querySelectorAll('#rows tr.details').length"), 1)
        page.evaluate("document.querySelector('#rows .open').click()")
        self.assertEqual(page.evaluate("document.querySelectorAll('#rows tr.details').length"), 0)


class SeveralReports(BrowserCase):
    def test_verdict(self):
        self.made("a")
        self.made("b", seed=2, slower=0.05)
        self.edit("b", lambda ours: ours["environment"].update(kernel_release="6.99-b"))
        page = self.show("a", "b")
        verdict = self.text(page, "#verdict")
        for words in ("regression", "3 slower or larger", "kernel_release", "6.99-b", "experiment"):
            self.assertIn(words, verdict)
        self.assertEqual(self.column(page, 0), ["regression"] * 3)
        self.assertRegex(self.column(page, 6)[0], r"^\+[45]\.\d %$")
        self.assertIn("slower by", self.column(page, 7)[0])

    def test_filter_by_verdict_and_lone_rows(self):
        self.made("a", rows=[CPUID, PIO])
        self.made("b", rows=[CPUID, "null/loop@host"], seed=2)
        page = self.show("a", "b")
        self.assertEqual(self.column(page, 0), ["pass", "lost", "gained"])
        self.choose(page, "by-verdict", "lost")
        self.assertEqual(self.names(page), ["exit/pio"])
        self.choose(page, "by-verdict", "")
        self.assertEqual(self.click_head(page, "Verdict"), "ascending")
        self.assertEqual(self.column(page, 0), ["lost", "pass", "gained"])

    def test_each_against_the_first(self):
        self.made("a")
        self.made("b", seed=2)
        self.made("c", seed=3, slower=0.05)
        page = self.show("a", "b", "c")
        self.assertEqual(page.evaluate("document.querySelectorAll('.comparison').length"), 2)
        self.assertEqual(set(self.column(page, 0)), {"pass"})
        self.choose(page, "against", "1")
        self.assertEqual(set(self.column(page, 0)), {"regression"})

    def test_incomparable(self):
        self.made("a")
        self.made("b", seed=2)
        self.edit("b", lambda ours: ours["environment"].update(cpu_model="other"))
        page = self.show("a", "b", code=INCOMPARABLE)
        self.assertIn("incomparable", self.text(page, "#verdict"))
        self.assertIn("cpu_model", self.text(page, "#verdict"))
        self.assertEqual(len(self.names(page)), 3)
        self.assertTrue(page.evaluate("byId('verdict-field').hidden"))

    def test_lab_pair_with_figures(self):
        page = self.show(*LAB_PAIR, env=dict(os.environ))
        if "gnuplot-nox" in self.done.stderr:
            self.skipTest("no gnuplot here (Debian's package gnuplot-nox)")
        self.assertEqual(self.done.stderr, "")
        self.assertGreater(page.evaluate("document.querySelectorAll('figure svg').length"), 1)
        self.assertTrue(page.evaluate(
            "[...document.querySelectorAll('figure svg')].every((svg) => "
            "svg.getBBox().width > 100 && svg.querySelectorAll('text').length > 3)"))
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map((element) => element.id)")
        self.assertEqual(len(ids), len(set(ids)))
        self.assertTrue(page.evaluate(
            "[...document.querySelectorAll('use')].every((use) => "
            "document.getElementById(use.getAttribute('href').slice(1)))"))


class Looks(BrowserCase):
    BACKGROUND = "getComputedStyle(document.body).backgroundColor"

    def test_dark_and_light(self):
        self.made("a")
        page = self.show("a")
        light = page.evaluate(self.BACKGROUND)
        page.emulate(dark=True)
        dark = page.evaluate(self.BACKGROUND)
        self.assertEqual((light, dark), ("rgb(255, 255, 255)", "rgb(20, 23, 28)"))
        page.wait("byId('theme').textContent === 'Light colours'")
        page.evaluate("byId('theme').click()")
        self.assertEqual(page.evaluate(self.BACKGROUND), light)
        page.emulate(dark=False)
        self.assertEqual(page.evaluate(self.BACKGROUND), light)
        page.evaluate("byId('theme').click()")
        self.assertEqual(page.evaluate(self.BACKGROUND), dark)

    def test_contrast(self):
        """Text on what it stands on, 4.5 : 1 as WCAG has it, in both schemes."""
        self.made("a")
        self.made("b", seed=2, slower=0.05)
        page = self.show("a", "b")
        for dark in (False, True):
            page.emulate(dark=dark)
            low = page.evaluate("""(() => {
                const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
                const luminance = (color) => numbers(color).slice(0, 3).map((c) => c / 255)
                    .map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
                    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
                const behind = (element) => {
                    for (let at = element; at; at = at.parentElement) {
                        const color = getComputedStyle(at).backgroundColor;
                        if ((numbers(color)[3] ?? 1) === 1)
                            return color;
                    }
                    return "rgb(255, 255, 255)";
                };
                return [...document.querySelectorAll("main *, header *")]
                    .filter((e) => !e.closest("svg") && e.innerText && e.offsetParent)
                    .map((e) => {
                        const [a, b] = [luminance(getComputedStyle(e).color),
                                        luminance(behind(e))].sort((x, y) => y - x);
                        return [(a + 0.05) / (b + 0.05), e.className || e.tagName];
                    }).sort((x, y) => x[0] - y[0])[0];
            })()""")
            self.assertGreater(low[0], 4.5, f"dark: {dark}: {low[1]}")

    def test_narrow(self):
        """Nothing but what scrolls by itself is wider than a telephone."""
        for width in (360, 800):
            page = self.show(*LAB_PAIR, width=width)
            self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)

    def test_print(self):
        names = [f"made/row/i={i}@host" for i in range(700)]
        self.write("a", report({name: [5] for name in names}))
        page = self.show("a", dark=True, media="print")
        self.assertEqual(page.evaluate(self.BACKGROUND), "rgb(255, 255, 255)")
        for hidden in ("#filters", "#theme", "nav"):
            self.assertEqual(page.evaluate(
                f"getComputedStyle(document.querySelector('{hidden}')).display"), "none")
        page.evaluate("redraw(), dispatchEvent(new Event('beforeprint'))")
        self.assertEqual(len(self.names(page)), len(names))
        pdf = page.pdf()
        self.assertTrue(pdf.startswith(b"%PDF"))
        self.assertGreater(len(re.findall(rb"/Type ?/Page\b", pdf)), 5)


class Keyboard(BrowserCase):
    FOCUS = "document.activeElement.textContent || document.activeElement.id"

    def focus_by_tab(self, page, what, limit=60):
        for _ in range(limit):
            page.press("Tab")
            if page.evaluate(f"({what})(document.activeElement)"):
                return
        self.fail(f"not reached by Tab: {what}")

    def test_skip_link_is_first(self):
        self.made("a")
        page = self.show("a")
        page.press("Tab")
        self.assertEqual(page.evaluate(self.FOCUS), "Skip to the rows")
        self.assertGreaterEqual(page.evaluate(
            "document.activeElement.getBoundingClientRect().left"), 0)
        page.press("Enter")
        self.assertEqual(page.evaluate("document.activeElement.id"), "table")
        self.focus_by_tab(page, "(element) => element.id === 'filter'", 1)

    def test_filter_sort_and_open(self):
        self.made("a")
        page = self.show("a")
        self.focus_by_tab(page, "(element) => element.id === 'theme'")
        page.press(" ")
        self.assertEqual(self.text(page, "#theme"), "Light colours")
        self.focus_by_tab(page, "(element) => element.id === 'filter'")
        page.type("exit")
        self.assertEqual(self.names(page), ["exit/cpuid", "exit/pio"])
        self.focus_by_tab(page, "(element) => element.textContent === 'Row'")
        page.press("Enter")
        page.press("Enter")
        self.assertEqual(self.names(page), ["exit/pio", "exit/cpuid"])
        self.assertEqual(page.evaluate(self.FOCUS), "Row")
        self.focus_by_tab(page, "(element) => element.className === 'open'")
        self.assertNotEqual(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"),
                            "none")
        page.press("Enter")
        self.assertIn("run 11", self.text(page, "#rows tr.details"))

    def test_everything_that_acts_is_a_control(self):
        self.made("a")
        page = self.show("a")
        self.assertEqual(page.evaluate(
            "[...document.querySelectorAll('#rows > thead th')].filter((cell) => "
            "!cell.querySelector('button') || !cell.hasAttribute('aria-sort')).length"), 0)
        tree = page.call("Accessibility.getFullAXTree")["nodes"]
        roles = [node["role"]["value"] for node in tree if not node.get("ignored")]
        self.assertEqual(roles.count("rowheader"), 3)
        self.assertGreaterEqual(roles.count("columnheader"), 9)
        unnamed = [node for node in tree if node["role"]["value"] in ("button", "searchbox", "combobox")
                   and not node.get("ignored") and not node["name"]["value"]]
        self.assertEqual(unnamed, [])


class Hostile(BrowserCase):
    def make(self, name):
        rows = {f"{HOSTILE}/a@host": [5, 6], f"{LONG}@host": [7, 8], "<b>bold</b>@host": [1, 1],
                "__proto__@host": [1, 1], "constructor/toString@host": [1, 1]}
        self.write(name, report(rows, flags=[HOSTILE]))

        def edit(ours):
            ours["environment"].update(kernel_release=HOSTILE, cpu_model=LONG, governor=HOSTILE,
                                       kernel_cmdline=f"{HOSTILE}{LONG}", hwloc_xml=HOSTILE * 20,
                                       mitigations={HOSTILE: HOSTILE, "__proto__": HOSTILE})
            ours["suite"].update(version=HOSTILE, commit=HOSTILE)
            ours["skips"].append({"name": HOSTILE, "substrate": "host", "reason": "cpu-lacks",
                                  "text": HOSTILE + LONG})
            ours["failures"].append({"name": HOSTILE, "substrate": "host", "error": HOSTILE,
                                     "where": HOSTILE})
            ours["derived"].append({"name": HOSTILE, "unit": HOSTILE, "value": 1, "low": 0, "high": 2,
                                    "from": [HOSTILE]})

        self.edit(name, edit)
        document = lib.load(self.path(name))
        document["context"]["host_name"] = HOSTILE
        self.write(name, document)

    def check_page(self, page):
        page.evaluate("for (const button of document.querySelectorAll('.open')) button.click()")
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        self.assertEqual(page.evaluate("typeof pwned"), "undefined")
        self.assertEqual(page.evaluate("document.querySelectorAll('img, b, iframe, object').length"), 0)
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 1280)
        # As text, with what cannot be seen made visible.
        shown = ("</script><script>pwned=1</script><!--<img src=x onerror='pwned=1'>&amp;\"'`"
                 "${pwned=1}\\\\u2028\\u2029\\u202eabc\\u200f\\x1b[2J\\n\\t'; system 'touch pwned'")
        for selector in ("#reports", "#failures", "#rows", "#derived", "#skips",
                         "#environment"):
            text = page.evaluate(f"document.querySelector('{selector}').textContent")
            self.assertIn(shown, text, selector)
        body = page.evaluate("document.body.cloneNode(true), [...document.querySelectorAll("
                             "'header, main, footer')].map((e) => e.textContent).join('')")
        self.assertIn("<b>bold</b>", body)
        self.assertIn(LONG, body)
        self.assertNotRegex(body, "[\u2028\u2029\u202e\u200f\x1b]")

    def test_two_reports(self):
        self.make("a")
        self.make("b")
        self.edit("b", lambda ours: ours["environment"].update(kernel_release=f"{HOSTILE}2"))
        page = self.show("a", "b", code=lib.UNFIT, env={**os.environ})
        self.check_page(page)
        self.assertEqual(list(pathlib.Path(".").glob("pwned")), [])

    def test_names_of_files(self):
        self.make("a")
        other = self.folder / "a'\"`<b>&$(touch pwned);\n.json"
        self.path("a").rename(other)
        page = self.show(other, code=lib.UNFIT)
        self.assertIn("a'\"`<b>&$(touch pwned);\\n.json", self.text(page, "#reports"))
        name = page.evaluate("fileName(0, '.json')")
        self.assertRegex(name, r"\A[A-Za-z0-9._-]+\Z")

    def test_visible(self):
        self.made("a")
        page = self.show("a")
        for text, shown in (("a\u00e9\u20ac\U0001f600<", "a\u00e9\u20ac\U0001f600<"),
                            ("\x00\x1f\x7f\x9f", "\\x00\\x1f\\x7f\\x9f"),
                            ("\u200b\u200f\u202a\u2066\ufeff", "\\u200b\\u200f\\u202a\\u2066\\ufeff"),
                            ("\n\t\r", "\\n\\t\\x0d")):
            self.assertEqual(page.evaluate(f"visible({json.dumps(text)})"), shown)


class Download(BrowserCase):
    def download(self, page, number=0):
        folder = self.folder / f"got-{number}"
        folder.mkdir()
        self.browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
        page.evaluate(f"document.querySelector('[data-download=\"{number}\"]').click()")

        def whole():
            page.evaluate("1")
            return [path for path in folder.iterdir() if path.suffix == ".json"]

        return lib.wait_until(whole, "the download")[0]

    def test_the_very_reports(self):
        self.made("a")
        self.made("b", seed=2)
        self.path("b").write_text(self.path("b").read_text().replace(", ", ",\r\n \t"))
        page = self.show("a", "b")
        for number, name in enumerate("ab"):
            got = self.download(page, number)
            self.assertEqual(got.name, f"{name}-{number + 1}.json")
            self.assertEqual(got.read_bytes(), self.path(name).read_bytes())

    def test_values_of_a_long_report(self):
        self.write("a", report({CPUID: [1000, 1001.5]}, batches=800001))
        self.assertGreater(self.path("a").stat().st_size, 5000000)
        page = self.show("a")
        self.assertLess((self.folder / "page.html").stat().st_size, 500000)
        self.assertIn("batches are not in this page", self.text(page, "#reports"))
        got = lib.load(self.download(page))
        self.assertEqual([(row["name"], row["runs"], row["values"]) for row in got["rows"]],
                         [("exit/cpuid", [0, 1], [1000, 1001.5])])
        self.assertEqual(got["environment"], lib.load(self.path("a"))["fpstate_bench"]["environment"])


class ManyRows(BrowserCase):
    MEASURE = """(async () => {
        const field = byId('filter'), start = performance.now();
        field.value = PATTERN;
        field.dispatchEvent(new Event('input', { bubbles: true }));
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
        const seen = performance.now() - start;
        while (table.timer !== null)
            await new Promise((done) => setTimeout(done, 1));
        return [seen, performance.now() - start];
    })()"""

    def test_ten_thousand(self):
        """Times are for whoever reads this test's output."""
        write(self.path("a"), report({f"made/row/i={i}@host": [1000 + i, 1001 + i, 1002 + i]
                                      for i in range(10000)}))
        page = self.show("a")
        self.assertEqual(page.evaluate("document.querySelectorAll('#rows > tbody > tr').length"), 10000)
        for pattern, expected in (("i=77", 111), ("i=1", 1111), ("nothing", 0), ("row", 10000)):
            seen, drawn = page.evaluate(self.MEASURE.replace("PATTERN", json.dumps(pattern)))
            print(f"filter '{pattern}': {expected} of 10,000 rows, seen after {seen:.0f} ms, all "
                  f"in place after {drawn:.0f} ms", file=sys.stderr)
            self.assertEqual(len(self.names(page)), expected)
        self.click_head(page, "Median")
        self.assertEqual(self.names(page)[0], "made/row/i=9999")


if __name__ == "__main__":
    lib.main()
