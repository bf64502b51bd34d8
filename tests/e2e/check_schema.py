#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Validates reports against the JSON Schema.

usage: check_schema.py SCHEMA REPORT...            each must be valid
       check_schema.py --invalid SCHEMA REPORT...  each must be refused

What a schema cannot say of JSON, the loader checks: unique keys, finite numbers.
"""
import json
import math
import sys

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed")
    sys.exit(77)


def unique_keys(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError("duplicate key among " + ", ".join(keys))
    return dict(pairs)


def finite(text):
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("not finite: " + text)
    return value


def refuse_constant(text):
    raise ValueError("not JSON: " + text)


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file, object_pairs_hook=unique_keys, parse_float=finite,
                         parse_constant=refuse_constant)


def problem(validator, path):
    """None when the report is valid, otherwise what is wrong with it."""
    try:
        report = load(path)
    except ValueError as error:
        return str(error)
    errors = sorted(validator.iter_errors(report), key=lambda error: error.json_path)
    if not errors:
        return None
    return "; ".join(f"{error.json_path}: {error.message[:200]}" for error in errors[:5])


def main(arguments):
    invalid = arguments[:1] == ["--invalid"]
    if invalid:
        arguments = arguments[1:]
    if len(arguments) < 2:
        print(__doc__)
        return 2
    schema = load(arguments[0])
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    failed = False
    for path in arguments[1:]:
        found = problem(validator, path)
        print(f"{path}: {found or 'valid'}")
        failed = failed or (found is None) == invalid
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
