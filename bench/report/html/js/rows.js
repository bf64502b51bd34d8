// SPDX-License-Identifier: MIT
// rows.js - the rows of the table, of one report or of a comparison.

function flagsOf(row)
{
	return row ? row.flags.join(", ") : "";
}

// What all kinds of rows have; of[i] is the row of report i, or undefined.
function makeRow(row, rest)
{
	const key = keyOf(row);

	return { id: `${row.name}@${row.substrate}`, name: row.name, substrate: row.substrate,
		 unit: row.unit, of: REPORTS.map((report) => report.rowByKey.get(key)), ...rest };
}

// Their order by name is the order they come in from each report, and that of the rest behind it.
function setOrder(rows)
{
	const order = new Map();

	for (const report of REPORTS) {
		for (const row of report.rows) {
			if (!order.has(keyOf(row)))
				order.set(keyOf(row), order.size);
		}
	}
	for (const row of rows)
		row.order = order.get(keyOf(row));
	return rows;
}

function comparedRows(comparison)
{
	const isGated = (row) => row.of.some((own) => own && own.gated);
	const metrics = comparison.metrics.map((metric) => makeRow(metric, {
		verdict: metric.verdict, base: metric.base, new: metric.new, words: metric.words,
		change: metric.ratio === null ? null : metric.ratio - 1, gated: metric.gated }));
	const lone = (list, verdict) => list.map((lone) => {
		const row = makeRow(lone, { verdict, words: lone.words, change: null });
		const median = (own) => own ? own.median : null;

		return Object.assign(row, { gated: isGated(row), base: median(row.of[0]),
					    new: median(row.of[comparison.new]) });
	});

	return [...metrics, ...lone(comparison.lost, "lost"), ...lone(comparison.gained, "gained")];
}

function singleRows()
{
	return REPORTS[0].rows.map((own) => makeRow(own, { own, gated: own.gated, flags: flagsOf(own) }));
}

// Of all reports, side by side.
function plainRows()
{
	const rows = new Map();

	for (const report of REPORTS) {
		for (const own of report.rows) {
			if (!rows.has(keyOf(own)))
				rows.set(keyOf(own), makeRow(own, { gated: own.gated }));
		}
	}
	return [...rows.values()];
}

// What the table is to show: of the comparison with that number, if there is one.
function tableContents(number)
{
	const comparison = COMPARISONS[number];

	if (!comparison)
		return { columns: SINGLE_COLUMNS, rows: setOrder(singleRows()) };
	if (comparison.verdict === "incomparable")
		return { columns: plainColumns(), rows: setOrder(plainRows()) };
	return { columns: COMPARED_COLUMNS, rows: setOrder(comparedRows(comparison)) };
}
