// SPDX-License-Identifier: MIT
// download.js - the reports out of the page again: as they were, or what the page has of them.

// What a file may be called anywhere.
function fileName(index, ending)
{
	const base = REPORTS[index].path.split("/").pop().replace(/\.json$/, "");
	const plain = base.replace(/[^A-Za-z0-9._-]+/g, "_").replace(/^\.+/, "").slice(0, 80);
	const number = REPORTS.length > 1 ? `-${index + 1}` : "";

	return `${plain || "report"}${number}${ending}`;
}

function save(text, name)
{
	const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
	const link = h("a", { href: url, download: name, hidden: true });

	document.body.append(link);
	link.click();
	link.remove();
	setTimeout(() => URL.revokeObjectURL(url), 60000);
}

// Values per run instead of batches.
function reduced(report)
{
	const { rowByKey, answers, embedded, bytes, ...rest } = report;

	return JSON.stringify({ reduced: "one value per row and run; no batches, no evidence", ...rest },
			      null, 1);
}

function downloadReport(index)
{
	if (REPORTS[index].embedded)
		save(JSON.parse(byId(`report-${index}`).textContent), fileName(index, ".json"));
	else
		save(reduced(REPORTS[index]), fileName(index, ".values.json"));
}

function downloadButton(index)
{
	const report = REPORTS[index];
	const what = report.embedded ? `Download (${formatBytes(report.bytes)})`
				     : "Download values per run";
	const button = h("button", { type: "button", "aria-label": `${what}: ${nameOf(index)}`,
				     "data-download": index },
			 what);

	button.addEventListener("click", () => downloadReport(index));
	return report.embedded ? button : [
		button,
		h("p", { class: "note" },
		  `The report has ${formatBytes(report.bytes)}: its batches are not in this page, which ` +
		  `holds reports up to ${formatBytes(DATA.max_report_bytes)} together.`),
	];
}
