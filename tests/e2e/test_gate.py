#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""gate on reports made up for it: every exit code, which of two counts, and the policy."""
import json

import lib
from comparisons import CPUID, INCOMPARABLE, INCONCLUSIVE, PIO, REGRESSION, XSAVEC, Case
from made_reports import counted, report

TOO_OLD, NEVER = "2000-01-01", "9999-12-31"
FAILURE = {"name": "exit/pio", "substrate": "guest/ring3", "error": "void", "where": ""}


class ExitCodes(Case):
    def setUp(self):
        super().setUp()
        self.made("a")

    def test_pass(self):
        self.made("b", seed=2)
        done = self.gate()
        self.assertTrue(done.stdout.endswith("verdict: pass: 3 pass\n"), done.stdout)
        self.assertEqual(done.stderr, "")

    def test_improvement(self):
        self.made("b", seed=2, slower=-0.05)
        self.assertEqual(self.judged(command="gate")["verdict"], "improvement")

    def test_regression(self):
        self.made("b", seed=2, slower=0.05)
        done = self.gate(code=REGRESSION)
        self.check_message(done.stderr, "regression: 3 slower")

    def test_wrong_direction(self):
        """What is slower one way is no regression the other way."""
        self.made("b", seed=2, slower=0.05)
        self.gate(base="b", new="a")

    def test_lost(self):
        self.made("b", seed=2, rows=[CPUID, PIO])
        self.check_message(self.gate(code=REGRESSION).stderr, "1 lost")
        self.gate("--allow-lost", "^xsave/")
        self.gate("--allow-lost", "^nothing", "--allow-lost", "@host$")
        self.gate("--allow-lost", "^exit/", code=REGRESSION)
        self.gate("--filter", "^exit/")

    def test_gained(self):
        self.made("b", seed=2, rows=[CPUID, PIO, XSAVEC, "exit/msr@host"])
        self.gate()

    def test_inconclusive(self):
        self.made("a", 3)
        self.made("b", 3, seed=2)
        done = self.gate(code=INCONCLUSIVE)
        self.check_message(done.stderr, "no difference, however large, could be flagged")
        self.assertRegex(done.stderr, r"\d+ more runs of each build needed")

    def test_runs_needed_are_enough(self):
        """With that many runs more, a plan that could not flag anything can."""
        self.write("a", report({CPUID: [1000] * 3}))
        self.write("b", report({CPUID: [1050] * 3}))
        needed = self.judged(command="gate", code=INCONCLUSIVE)["metrics"][CPUID]["runs_needed"]
        self.assertGreater(needed, 0)
        runs = 3 + needed
        self.write("a", report({CPUID: [1000] * runs}))
        self.write("b", report({CPUID: [1050] * runs}))
        self.gate(code=REGRESSION)

    def test_nothing_judged(self):
        self.made("a", gated=False)
        self.gate(new="a", code=INCONCLUSIVE)

    def test_usage(self):
        self.gate(new="none", code=lib.USAGE)
        self.gate("--allow-lost", "(", new="a", code=lib.USAGE)
        self.gate("--nonsense", new="a", code=lib.USAGE)
        self.gate("--policy", self.path("none"), new="a", code=lib.USAGE)

    def test_schema_of_another_version(self):
        self.made("b")
        self.edit("b", lambda ours: ours.update(schema_version=2))
        self.check_message(self.gate(code=lib.USAGE).stderr, "schema_version", "expected 1, read 2")

    def test_other_backend(self):
        self.made("b", seed=2)
        self.edit("b", lambda ours: ours["environment"].update(kvm_backend="kvm_intel"))
        self.check_message(self.gate(code=INCOMPARABLE).stderr, "kvm_backend")
        judged = self.judged(command="gate", code=INCOMPARABLE)
        self.assertEqual(judged["verdict"], "incomparable")

    def test_failures_and_interruptions(self):
        self.made("b", seed=2)
        self.edit("b", lambda ours: ours.update(failures=[FAILURE]))
        self.gate(code=lib.UNFIT)
        self.gate(base="b", new="a", code=lib.UNFIT)
        self.edit("a", lambda ours: ours["plan"].update(complete=False))
        self.gate(new="a", code=lib.UNFIT)

    def test_builds_that_are_not_for_measuring(self):
        for build_type in ("", "debug", "Debug", "sanitize-address,undefined", "sanitize-thread"):
            with self.subTest(build_type):
                self.edit("a", lambda ours, t=build_type: ours["suite"].update(build_type=t))
                done = self.gate(new="a", code=lib.UNFIT)
                self.check_message(done.stderr, "a.json", "build_type", build_type)
                self.assertEqual(done.stdout, "")
                self.compare(new="a")


class Precedence(Case):
    """Each is what the next one is as well, and comes first."""

    def test_order(self):
        def incomparable(ours):
            ours["environment"]["microcode"] = "0x1"

        def unfit(ours):
            ours["failures"] = [FAILURE]

        slow = {CPUID: [1050] * 12, PIO: [800, 1200, 1000] * 4}
        self.write("a", report({CPUID: [1000] * 12, PIO: [1000] * 12}))
        self.write("b", report(slow))
        self.gate(code=REGRESSION)
        self.gate("--filter", "pio", code=INCONCLUSIVE)
        self.edit("b", unfit)
        self.gate(code=lib.UNFIT)
        self.edit("b", incomparable)
        self.gate(code=INCOMPARABLE)
        self.gate("--filter", "nothing", code=lib.USAGE)
        self.edit("a", lambda ours: ours["plan"].update(runs="many"))
        self.gate(code=lib.USAGE)


class Counted(Case):
    def test_one_instruction(self):
        self.counted("a", {CPUID: [2807, 2807]})
        self.counted("b", {CPUID: [2808, 2808]})
        self.gate(code=REGRESSION)
        self.gate(new="a")
        self.gate(base="b", new="a")

    def test_a_limit_allows_it(self):
        self.counted("a", {CPUID: [1000, 1000], PIO: [1000, 1000]})
        self.counted("b", {CPUID: [1004, 1004], PIO: [1000, 1000]})
        policy = self.folder / "policy.json"
        for limit, code in ((0.005, lib.FINE), (0.003, REGRESSION)):
            policy.write_text(json.dumps({"limits": {"cpuid": limit}}), encoding="utf-8")
            self.gate("--policy", policy, code=code)


class Policy(Case):
    def setUp(self):
        super().setUp()
        self.made("a")
        self.made("b", seed=2, slower=0.05)
        self.policy_path = self.folder / "policy.json"

    def policy(self, code, **members):
        text = members.pop("text", None)
        self.policy_path.write_text(text or json.dumps(members), encoding="utf-8")
        return self.gate("--policy", self.policy_path, code=code)

    def metrics(self):
        return self.judged("--policy", self.policy_path, command="gate",
                           code=REGRESSION)["metrics"]

    def test_limits(self):
        self.policy(lib.FINE, limits={".": 0.1})
        self.policy(REGRESSION, limits={"^exit/": 0.1})
        metrics = self.metrics()
        self.assertEqual([metrics[row]["verdict"] for row in (CPUID, PIO, XSAVEC)],
                         ["pass", "pass", "regression"])
        self.assertEqual(metrics[CPUID]["delta"], 0.1)

    def test_the_last_limit_counts(self):
        self.policy(REGRESSION, limits={".": 0.1, "cpuid": 0.02})
        self.assertEqual([metric["delta"] for row, metric in sorted(self.metrics().items())],
                         [0.02, 0.1, 0.1])

    def test_a_limit_comes_before_delta(self):
        self.policy(lib.FINE, limits={".": 0.1})
        self.gate("--policy", self.policy_path, "--delta", "0.5")

    def test_allow_lost(self):
        self.made("b", seed=2, rows=[CPUID, PIO])
        self.policy(lib.FINE, allow_lost=["^xsave/xsavec@"])
        self.policy(REGRESSION, allow_lost=["^xsave/xsaves@"])
        self.gate("--policy", self.policy_path, "--allow-lost", "xsavec")

    def accepted(self, **members):
        return {"name": ".", "up_to": 0.1, "until": NEVER, "why": "traded for | latency", **members}

    def test_accepted(self):
        done = self.policy(lib.FINE, accepted=[self.accepted()])
        self.assertIn("limit 10 % (accepted until 9999-12-31: traded for | latency)", done.stdout)
        self.policy(REGRESSION, accepted=[self.accepted(up_to=0.02)])
        self.policy(REGRESSION, accepted=[self.accepted(name="^exit/")])

    def test_an_acceptance_is_no_stricter_limit(self):
        self.policy(lib.FINE, limits={".": 0.1}, accepted=[self.accepted(up_to=0.01)])

    def test_expired(self):
        done = self.policy(REGRESSION, accepted=[self.accepted(until=TOO_OLD)])
        self.assertIn("ended with 2000-01-01 and counts no more", done.stderr)
        self.assertIn("traded for | latency", done.stderr)

    def test_accepted_instructions(self):
        self.write("a", counted({CPUID: [1000, 1000]}))
        self.write("b", counted({CPUID: [1004, 1004]}))
        self.policy(lib.FINE, accepted=[self.accepted(up_to=0.004)])
        self.policy(REGRESSION, accepted=[self.accepted(up_to=0.003)])

    def test_malformed(self):
        bad = [("[]", "expected an object"), ("{", "line 1"), ('{"limit": {}}', "limit: no member"),
               ('{"limits": {"(": 0.1}}', "limits.("), ('{"limits": {"a": -1}}', "limits.a"),
               ('{"limits": {"a": "1 %"}}', "limits.a"), ('{"allow_lost": "x"}', "allow_lost"),
               ('{"allow_lost": [1]}', "allow_lost[0]"), ('{"limits": {}, "limits": {}}', "line 1"),
               ('{"limits": {"a": NaN}}', "line 1"), ('{"accepted": [{}]}', "accepted[0].up_to")]
        for until in ("soon", "2026-02-29", "2026-13-01", "2026-1-1", "26-01-01", "2026-01-00"):
            bad.append((json.dumps({"accepted": [self.accepted(until=until)]}),
                        "accepted[0].until"))
        for text, word in bad:
            with self.subTest(text):
                self.check_message(self.policy(lib.USAGE, text=text).stderr, "policy.json", word)
        self.policy(REGRESSION, accepted=[self.accepted(until="2024-02-29")])


if __name__ == "__main__":
    lib.main()
