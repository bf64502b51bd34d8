// SPDX-License-Identifier: MIT
// summary.js - the verdict with what differs in the environment, the reports, their failures.

// What a report as such comes to.
function stateOf(report)
{
	if (report.failures.length)
		return badge("regression", count(report.failures.length, "failure"));
	return report.plan.complete ? badge("pass", "complete") : badge("inconclusive", "partial");
}

function isShort(value)
{
	return value === null || typeof value !== "object" && String(value).length <= 100;
}

// Of objects and long texts the first difference in words, of all else both values.
function differenceRow(difference)
{
	const { key, base, new: other, allowed } = difference;
	const kind = { class: allowed ? "" : "refused",
		       content: `${difference.class}, ${allowed ? "allowed" : "not comparable"}` };
	const show = (value) => value === null ? "unknown" : value;

	if (isShort(base) && isShort(other))
		return [h("code", null, key), show(base), show(other), kind];
	return [h("code", null, key), { span: 2, content: difference.text }, kind];
}

function environmentDiff(comparison)
{
	const all = comparison.environment_diff;
	const refused = all.filter((difference) => !difference.allowed).length;

	if (!all.length)
		return h("p", null, "The environments are the same.");
	return details(`What differs in the environment: ${count(all.length, "key")}` +
			       (refused ? `, ${refused} of them not comparable` : ""),
		       COMPARISONS.length === 1 || refused > 0, simpleTable("What differs in the environment",
					 ["key", "base", "new", "kind"], all.map(differenceRow)));
}

function verdictOf(comparison)
{
	const report = REPORTS[comparison.new];
	const heading = COMPARISONS.length > 1
				? h("h3", null, nameOf(comparison.new), " against the base")
				: null;

	return h("div", { class: "comparison" }, heading,
		 h("p", { class: `whole ${comparison.verdict}` },
		   badge(comparison.verdict), " ", comparison.words),
		 comparison.design && h("p", { class: "note" }, comparison.design),
		 comparison.verdict === "incomparable" &&
			 h("p", { class: "note" },
			   `The rows below are those of each report; none is held against another. ` +
			   `${report.label} was not measured as the base was.`),
		 environmentDiff(comparison));
}

function singleVerdict(report)
{
	const skipped = new Set(report.skips.map((skip) => `${skip.name}@${skip.substrate}`)).size;

	return h("p", { class: "whole" }, stateOf(report), " ",
		 [count(report.plan.runs, "run"), count(report.rows.length, "row"),
		  `${skipped || "none"} skipped`, `${report.failures.length || "none"} failed`].join(", "));
}

function showVerdict()
{
	if (IS_COMPARED)
		fillSection("verdict", "Verdict", COMPARISONS.map(verdictOf));
	else
		fillSection("verdict", "Summary", singleVerdict(REPORTS[0]));
}

// [title, what stands there for a report]
const REPORT_LINES = [
	["report", (report) => report.path],
	["state", (report) => stateOf(report)],
	["kernel", (report) => environmentText(report, "kernel_release")],
	["build id", (report) => h("code", null, environmentText(report, "kernel_build_id"))],
	["machine", (report) => environmentText(report, "cpu_model")],
	["engine", (report) => `${environmentText(report, "engine")}, KVM: ` +
			       environmentText(report, "kvm_backend")],
	["host", (report) => report.context.host_name || "unknown"],
	["date", (report) => report.context.date || "unknown"],
	["runs", (report) => `${report.plan.runs}, profile ${report.plan.profile}, ` +
			     `${report.plan.order}, seed ${report.plan.seed}`],
	["planted slowdown", (report) => String(report.plan.inject)],
	["rows", (report) => `${report.rows.length}, ${report.skips.length} skipped, ` +
			     `${report.failures.length} failed`],
	["suite", (report) => `${report.suite.version} ${(report.suite.commit || "").slice(0, 12)}, ` +
			      report.suite.build_type],
	["download", (report, index) => downloadButton(index)],
];

function showReports()
{
	const shown = REPORT_LINES.filter(([title]) => title !== "planted slowdown" ||
					  REPORTS.some((report) => String(report.plan.inject) !== "0"));
	const rows = shown.map(([title, of]) => [h("strong", null, title),
						 ...REPORTS.map((report, i) => ({
							 content: of(report, i) }))]);
	const head = ["", ...REPORTS.map((_, i) => REPORTS.length > 1 ? nameOf(i) : REPORTS[i].label)];

	fillSection("reports", REPORTS.length > 1 ? "Reports" : "Report",
		    simpleTable("Reports", head, rows));
}

function showFailures()
{
	const rows = REPORTS.flatMap((report, i) => report.failures.map((failure) => [
		REPORTS.length > 1 ? nameOf(i) : null,
		h("code", { class: "long" }, `${failure.name}@${failure.substrate}`),
		{ class: "long", content: failure.error }, h("code", null, failure.where)]));

	if (rows.length)
		fillSection("failures", "Failures", h("p", null, "A sample whose proof fails is no figure."),
			    simpleTable("Failures", [REPORTS.length > 1 ? "report" : "", "row", "what",
						     "where"], rows));
}
