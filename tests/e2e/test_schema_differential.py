#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The reader and docs/report.schema.json refuse the same types, field by field.

A report with every kind of record is changed in one place at a time.
"""
import copy
import json
import unittest

import lib

try:
    import jsonschema
except ImportError:
    jsonschema = None

WHOLE = lib.ROOT / "tests" / "fuzz" / "corpus" / "report_read" / "valid.json"

# One of each type, with values that no pattern or range of the schema refuses.
VALUES = [None, True, 7, 1.5, "0" * 64, [], {}]

# What the schema requires of writers and readers do without; its description says so.
NOT_MISSED = ("context.", "benchmarks[0].", "fpstate_bench.environment.")


def kind(value):
    return "number" if type(value) in (int, float) else type(value).__name__


def places(value, path=()):
    """The path of every member and element, from the outside in."""
    if isinstance(value, (dict, list)):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield (*path, key)
            yield from places(value[key], (*path, key))


def named(path):
    """As messages name it."""
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def at(document, path):
    for key in path:
        document = document[key]
    return document


def other_types(whole):
    """(path, value, document) of every change."""
    for path in places(whole):
        original = at(whole, path)
        for value in VALUES:
            if kind(value) == kind(original) and type(value) is not float:
                continue
            document = copy.deepcopy(whole)
            at(document, path[:-1])[path[-1]] = value
            yield path, value, document


def without(whole):
    """(path, document) of every member that is left out."""
    for path in places(whole):
        if isinstance(path[-1], str):
            document = copy.deepcopy(whole)
            del at(document, path[:-1])[path[-1]]
            yield path, document


@unittest.skipUnless(jsonschema, "python3-jsonschema is not installed")
class Differential(lib.Case):
    def setUp(self):
        super().setUp()
        self.whole = lib.load(WHOLE)
        self.whole["fpstate_bench"].update(failures=[])
        self.validator = jsonschema.Draft202012Validator(lib.load(lib.SCHEMA))

    def read(self, document):
        """None, or what the reader refuses it with."""
        self.out.write_text(json.dumps(document), encoding="utf-8")
        done = lib.bench("compare", self.out, self.out)
        self.assertIn(done.returncode, (lib.FINE, lib.USAGE, lib.UNFIT), done.stderr)
        return done.stderr if done.returncode == lib.USAGE else None

    def test_the_report_is_valid(self):
        self.validator.validate(self.whole)
        self.assertIsNone(self.read(self.whole))

    def check_named(self, message, path):
        self.check_message(message, str(self.out), named(path))

    def test_other_types(self):
        refused = accepted = 0
        for path, value, document in other_types(self.whole):
            with self.subTest(named(path), value=value):
                message = self.read(document)
                self.assertEqual(message is None, self.validator.is_valid(document), message)
                if message is None:
                    accepted += 1
                else:
                    refused += 1
                    self.check_named(message, path)
        self.assertGreater(refused, 300)
        self.assertGreater(accepted, 10)

    def test_missing(self):
        refused = 0
        for path, document in without(self.whole):
            with self.subTest(named(path)):
                message = self.read(document)
                valid = self.validator.is_valid(document)
                if message is None:
                    self.assertTrue(valid or named(path).startswith(NOT_MISSED))
                    continue
                refused += 1
                self.assertFalse(valid, message)
                self.check_named(message, path)
        self.assertGreater(refused, 40)


if __name__ == "__main__":
    lib.main()
