// SPDX-License-Identifier: MIT
// lists.js - figures, the debate, derived figures, skips.

function showFigures()
{
	const section = byId("figures");
	const missing = DATA.missing_figures;

	if (DATA.figures_problem)
		section.append(h("p", { class: "problem" }, DATA.figures_problem));
	if (missing.length)
		section.append(details(`Not drawn: ${count(missing.length, "figure")}`, false,
				       h("ul", null, missing.map(({ name, reason }) => h("li", null,
					       h("code", null, name), ": ", reason)))));
	section.hidden = !section.querySelector("figure, .problem, details");
}

function formatAnswer(answer)
{
	if (answer === null)
		return { class: "note", content: "not measured" };
	if (!answer.found)
		return { class: "note long",
			 content: [answer.reason || "not found", ": ", answer.text, " (", answer.row, ")"] };
	if (answer.words)
		return { content: answer.words };
	return { content: `${formatValue(answer.value, answer.unit)} ${answer.unit} ` +
			  `[${formatValue(answer.low, answer.unit)}, ${formatValue(answer.high, answer.unit)}]` };
}

// Of each report; one cell for all where they lack the same.
function answerCells(answers)
{
	const [first] = answers;
	const isShared = first !== null && !first.found &&
			 answers.every((answer) => JSON.stringify(answer) === JSON.stringify(first));

	return isShared ? [{ ...formatAnswer(first), span: answers.length }] : answers.map(formatAnswer);
}

function claimTable(claim, answers)
{
	const rows = claim.figures
		.map((figure, k) => [figure, answers.map((of) => of[k])])
		.filter(([, of]) => of.some((answer) => answer !== null))
		.map(([figure, of]) => [[h("code", null, figure.name), h("br"),
					 h("small", null, breakable(figure.made))], ...answerCells(of)]);
	const titles = REPORTS.map((_, i) => REPORTS.length > 1 ? nameOf(i) : "here");

	return rows.length ? [h("h3", null, claim.text), h("p", { class: "note" }, claim.origin),
			      simpleTable(claim.text, ["figure", ...titles], rows)] : null;
}

// Whether any report has a figure for it.
function isAnswered(number)
{
	return REPORTS.some((report) => report.answers[number].some((answer) => answer && answer.found));
}

function showDebate()
{
	const tables = DATA.claims.map((claim, c) =>
		claimTable(claim, REPORTS.map((report) => report.answers[c])));
	const asked = tables.map((table, number) => ({ table, number })).filter(({ table }) => table);
	const open = asked.filter(({ number }) => !isAnswered(number)).map(({ table }) => table);
	const claims = asked.filter(({ number }) => isAnswered(number)).map(({ table }) => table);
	const hasPvm = REPORTS.some((report) => report.environment.kvm_backend === "kvm_pvm");

	if (open.length)
		claims.push(details(`Without an answer here: ${count(open.length, "claim")}`, false, open));
	if (claims.length)
		fillSection("debate", "The debate's claims",
			    h("p", { class: "note" }, "Each figure is the median over the runs, with the " +
			      "lowest and the highest in brackets.",
			      hasPvm && " kvm_pvm interprets CPL 0: figures of guest/ring0 are its interpreter's."),
			    claims);
}

function showDerived()
{
	const rows = REPORTS.flatMap((report, i) => report.derived.map((derived) => [
		...(REPORTS.length > 1 ? [nameOf(i)] : []), h("code", { class: "long" }, derived.name),
		`${formatValue(derived.value, derived.unit)} ${derived.unit} ` +
			`[${formatValue(derived.low, derived.unit)}, ${formatValue(derived.high, derived.unit)}]`,
		h("small", null, derived.from.join(", "))]));

	if (rows.length)
		fillSection("derived", "Other derived figures", simpleTable("Other derived figures",
			    [...(REPORTS.length > 1 ? ["report"] : []), "figure", "value", "from"], rows));
}

// Rows that were skipped for the same reason, in whichever report.
function groupSkips()
{
	const groups = new Map();

	for (const [i, report] of REPORTS.entries()) {
		for (const skip of report.skips) {
			const key = JSON.stringify([skip.reason, skip.text]);

			if (!groups.has(key))
				groups.set(key, { reason: skip.reason, text: skip.text, rows: new Map() });
			const rows = groups.get(key).rows, id = `${skip.name}@${skip.substrate}`;

			rows.set(id, [...rows.get(id) || [], i]);
		}
	}
	return [...groups.values()];
}

function skipItem(id, reports)
{
	const where = REPORTS.length > 1 && reports.length < REPORTS.length
		? ` (only in ${reports.map((i) => i ? i + 1 : "base").join(", ")})` : "";

	return h("li", null, h("code", { class: "long" }, id), where);
}

function showSkips()
{
	const groups = groupSkips();

	if (groups.length)
		fillSection("skips", "Skips", groups.map(({ reason, text, rows }) =>
			details([h("strong", null, reason), ": ", text, ` (${count(rows.size, "row")})`],
				false, h("ul", { class: "columns" },
					 [...rows].map(([id, reports]) => skipItem(id, reports))))));
}
