// SPDX-License-Identifier: MIT
// data.js - what the page is about: reports[0] is the base of all comparisons.

const DATA = JSON.parse(byId("data").textContent);
const REPORTS = DATA.reports;
const COMPARISONS = DATA.comparisons;
const IS_COMPARED = COMPARISONS.length > 0;

// A row of a report; ids of rows do not say their unit.
function keyOf(row)
{
	return JSON.stringify([row.name, row.substrate, row.unit]);
}

for (const report of REPORTS)
	report.rowByKey = new Map(report.rows.map((row) => [keyOf(row), row]));

function environmentText(report, key)
{
	const value = report.environment[key];

	return value === null || value === undefined ? "unknown" : String(value);
}

// What to call a report where there are several.
function nameOf(index)
{
	return `${index ? index + 1 : "base"}: ${REPORTS[index].label}`;
}
