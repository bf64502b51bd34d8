// SPDX-License-Identifier: MIT
// environment.js - all that the reports say about where they were measured.

// Objects and long texts are closed at first.
function environmentCell(report, key)
{
	const value = report.environment[key];
	const reasons = report.environment.unavailable || {};

	if (value === null || value === undefined)
		return { class: "note", content: reasons[key] ? `unknown: ${reasons[key]}` : "unknown" };
	const text = typeof value === "object" ? JSON.stringify(value) : String(value);

	if (text.length <= 160)
		return { class: "long", content: text };
	return details(`${text.slice(0, 60)} ..`, false, h("code", { class: "long" }, text));
}

function showEnvironment()
{
	const keys = [...new Set(REPORTS.flatMap((report) => Object.keys(report.environment)))]
		.filter((key) => key !== "unavailable");
	const text = (report, key) => JSON.stringify(report.environment[key] ?? null);
	const rows = keys.map((key) => {
		const differs = REPORTS.some((report) => text(report, key) !== text(REPORTS[0], key));

		return [[h("code", null, key), differs && [" ", badge("differs")]],
			...REPORTS.map((report) => environmentCell(report, key))];
	});
	const titles = REPORTS.map((_, i) => REPORTS.length > 1 ? nameOf(i) : "value");

	fillSection("environment", "Environment",
		    details(count(keys.length, "key"), false,
			    simpleTable("Environment", ["key", ...titles], rows)));
}
