// SPDX-License-Identifier: MIT
// details.js - what stands below a row once it is opened: the values of its runs.

function runsOf(own)
{
	return own.values.map((value, i) => h("span", { class: "run" },
					      h("small", null, `run ${own.runs[i]} `),
					      formatValue(value, own.unit)));
}

// Where each run lies between the lowest and the highest of all reports.
function strip(own, low, high)
{
	const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
	const set = (element, attributes) => {
		for (const [name, value] of Object.entries(attributes))
			element.setAttribute(name, value);
		return element;
	};
	const make = (tag, attributes) => svg.append(
		set(document.createElementNS(svg.namespaceURI, tag), attributes));

	set(svg, { class: "strip", viewBox: "0 0 200 16", width: 200, height: 16,
		   "aria-hidden": "true" });
	make("line", { x1: 4, x2: 196, y1: 8, y2: 8 });
	for (const value of own.values) {
		const place = high > low ? (value - low) / (high - low) : 0.5;

		make("circle", { cx: 4 + 192 * place, cy: 8, r: 4 });
	}
	return svg;
}

function detailsOf(row)
{
	const present = row.of.map((own, i) => [own, i]).filter(([own]) => own);
	const low = Math.min(...present.map(([own]) => own.low));
	const high = Math.max(...present.map(([own]) => own.high));
	const cells = present.map(([own, i]) => [
		...(REPORTS.length > 1 ? [nameOf(i)] : []),
		h("span", { class: "runs" }, runsOf(own)), strip(own, low, high),
		`median ${formatValue(own.median, own.unit)}, ${formatValue(own.low, own.unit)} to ` +
			`${formatValue(own.high, own.unit)}, p99 ${formatValue(own.p99, own.unit)} ${own.unit}`,
		[own.proof ? "proved" : "nothing to prove", flagsOf(own)].filter(Boolean).join("; ")]);

	return h("div", { class: "opened" }, h("p", null, h("code", { class: "long" }, row.id)),
		 row.words && h("p", null, row.words),
		 simpleTable(`Runs of ${row.id}`.slice(0, 200),
			     [...(REPORTS.length > 1 ? ["report"] : []), "value of an operation, by run",
			      `${formatValue(low, row.unit)} to ${formatValue(high, row.unit)} ${row.unit}`,
			      "over the runs", "proof and flags"], cells));
}
