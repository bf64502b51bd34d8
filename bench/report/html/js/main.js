// SPDX-License-Identifier: MIT
// main.js - draws the page.

function showContents()
{
	const contents = byId("contents");

	for (const section of document.querySelectorAll("main > section")) {
		if (!section.hidden)
			contents.append(h("li", null, h("a", { href: `#${section.id}` },
							section.querySelector("h2").textContent)));
	}
}

function showTitle()
{
	const title = REPORTS.length > 1 ? `${REPORTS[0].label} against ${REPORTS.slice(1)
		.map((report) => report.label).join(", ")}` : `${REPORTS[0].label}, ` +
		environmentText(REPORTS[0], "cpu_model");

	byId("subtitle").textContent = visible(title.slice(0, 400));
	document.title = visible(`${title.slice(0, 100)} - fpstate-bench`);
	byId("footer").append(h("p", null,
		`fpstate-bench ${REPORTS[0].suite.version}. This page holds the reports' values per run` +
		(REPORTS.every((report) => report.embedded) ? " and the reports themselves"
		 : REPORTS.some((report) => report.embedded) ? " and some of the reports themselves" : "") +
		": host name and kernel command line are among them."));
}

showTitle();
showVerdict();
showReports();
showFailures();
initTable();
showFigures();
showDebate();
showDerived();
showSkips();
showEnvironment();
showContents();
initTheme();
