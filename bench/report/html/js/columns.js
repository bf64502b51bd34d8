// SPDX-License-Identifier: MIT
// columns.js - the columns of the table: what stands in them, and by what they are sorted.
//
// key(row): a number or a text, null where there is none, which comes last either way. Of the
// classes, minor and narrow-minor are left out where the screen is not wide, or narrow; narrow is
// the width there.

const VERDICTS = ["regression", "lost", "inconclusive", "improvement", "pass", "gained", "not-gated"];

const NAME_COLUMNS = [
	{ title: "Row", class: "name", width: "minmax(8rem, 3fr)", key: (row) => row.order },
	{ title: "Substrate", class: "substrate narrow-minor", width: "7.5rem", key: (row) => row.substrate,
	  text: (row) => row.substrate },
];

const UNIT_COLUMN = { title: "Unit", class: "unit", width: "5rem", narrow: "3.6rem", key: (row) => row.unit, text: (row) => row.unit };

const SINGLE_COLUMNS = [
	...NAME_COLUMNS,
	{ title: "Median", class: "number", width: "5.6rem", narrow: "4.7rem", isLargeFirst: true, key: (row) => row.own.median,
	  text: (row) => formatValue(row.own.median, row.unit) },
	UNIT_COLUMN,
	{ title: "Spread", class: "number narrow-minor", width: "5.6rem", narrow: "4.7rem", isLargeFirst: true, key: (row) => row.own.spread,
	  text: (row) => formatPercent(row.own.spread), hint: "half the range of the runs over the median" },
	{ title: "p99", class: "number minor", width: "5.6rem", narrow: "4.7rem", isLargeFirst: true, key: (row) => row.own.p99,
	  text: (row) => formatValue(row.own.p99, row.unit), hint: "over all batches" },
	{ title: "Gated", class: "minor", width: "5rem", key: (row) => row.gated ? 0 : 1,
	  text: (row) => row.gated ? "yes" : "no" },
	{ title: "Proof", class: "minor", width: "5rem", key: (row) => row.own.proof ? 0 : 1,
	  text: (row) => row.own.proof ? "ok" : "-",
	  hint: "ok: what was timed is proved to have happened; -: the row has nothing to prove" },
	{ title: "Flags", class: "flags minor", width: "minmax(8rem, 2fr)", key: (row) => row.flags || null,
	  text: (row) => row.flags },
];

const COMPARED_COLUMNS = [
	{ title: "Verdict", class: "verdict", width: "minmax(5.8rem, 8rem)", key: (row) => VERDICTS.indexOf(row.verdict),
	  text: (row) => row.verdict, isBadge: true },
	...NAME_COLUMNS,
	{ title: "Base", class: "number narrow-minor", width: "5.6rem", narrow: "4.7rem", isLargeFirst: true, key: (row) => row.base,
	  text: (row) => formatValue(row.base, row.unit) },
	{ title: "New", class: "number narrow-minor", width: "5.6rem", narrow: "4.7rem", isLargeFirst: true, key: (row) => row.new,
	  text: (row) => formatValue(row.new, row.unit) },
	{ ...UNIT_COLUMN, class: "unit narrow-minor" },
	{ title: "Change", class: "number", width: "5.6rem", narrow: "4.7rem", isLargeFirst: true, key: (row) => row.change,
	  text: (row) => formatPercent(row.change, true) },
	{ title: "In words", class: "words minor", width: "minmax(10rem, 3fr)", key: (row) => row.words, text: (row) => row.words },
];

// Reports that are not held against each other: a column for each.
function plainColumns()
{
	const values = REPORTS.map((report, i) => ({
		title: nameOf(i), class: "number", width: "minmax(6rem, 1fr)", isLargeFirst: true,
		key: (row) => row.of[i] ? row.of[i].median : null,
		text: (row) => formatValue(row.of[i] && row.of[i].median, row.unit),
	}));

	return [...NAME_COLUMNS, ...values, UNIT_COLUMN,
		{ title: "Gated", class: "minor", width: "5rem", key: (row) => row.gated ? 0 : 1,
		  text: (row) => row.gated ? "yes" : "no" }];
}

function compareKeys(a, b)
{
	if (a === b)
		return 0;
	return a < b ? -1 : 1;
}

// A new array; equal rows stay in the order that compare gives them.
function sortRows(rows, column, isDescending)
{
	const keyed = rows.map((row, place) => ({ row, place, key: column.key(row) }));
	const sign = isDescending ? -1 : 1;

	keyed.sort((a, b) => {
		if ((a.key === null) !== (b.key === null))
			return a.key === null ? 1 : -1;
		return sign * compareKeys(a.key, b.key) || a.place - b.place;
	});
	return keyed.map(({ row }) => row);
}
