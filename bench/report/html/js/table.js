// SPDX-License-Identifier: MIT
// table.js - the table of rows: sorted, filtered, rows to open.
//
// 10,000 rows are 100,000 cells. What is seen at once is drawn at once, the rest in pieces, so that
// the page answers in between; an element is made once for each row and then only moved. Each piece
// is a body of the table, which the browser lays out when it comes into view (page.css): for that it
// is a block and its rows are grids, and roles say what they no longer are to it.

const ROWS_A_PIECE = 200;
const ROWS_OF_LONG_TABLE = 400;
const FIRST_PAUSE_MS = 30;

const table = {
	rows: [], columns: [], shown: [],
	sorted: null, isDescending: false,
	drawn: 0,	// how many of `shown` are in the document
	rowHeight: 0,	// of those in the first piece, on average
	timer: null,
};

function rowElement(row)
{
	if (row.element)
		return row.element;
	row.element = h("tr", { role: "row" }, table.columns.map((column) => {
		if (column.class !== "name")
			return h("td", { role: "cell", class: column.class },
				 column.isBadge ? badge(column.text(row)) : column.text(row));
		const button = h("button", { type: "button", class: "open", "aria-expanded": "false" },
				 breakable(row.name));

		button.addEventListener("click", () => toggleRow(row, button));
		return h("th", { role: "rowheader", scope: "row", class: "name" }, button,
			 h("small", { class: "beside" }, row.substrate));
	}));
	return row.element;
}

function toggleRow(row, button)
{
	const isOpen = !row.opened;

	button.setAttribute("aria-expanded", String(isOpen));
	if (!isOpen) {
		row.opened.remove();
		row.opened = null;
		return;
	}
	row.opened = h("tr", { role: "row", class: "details" },
		       h("td", { role: "cell", "aria-colspan": table.columns.length },
			 detailsOf(row)));
	row.element.after(row.opened);
}

// The next `nr` rows of those to be shown.
function drawPiece(nr)
{
	const body = h("tbody", { role: "rowgroup" });
	const end = Math.min(table.drawn + nr, table.shown.length);

	for (; table.drawn < end; table.drawn++) {
		const row = table.shown[table.drawn];

		body.append(rowElement(row));
		if (row.opened)
			body.append(row.opened);
	}
	// What is not laid out yet has no height of its own, and links lead past it.
	if (table.rowHeight)
		body.style.containIntrinsicBlockSize = `auto ${body.rows.length * table.rowHeight}px`;
	byId("rows").append(body);
	if (!table.rowHeight && table.shown.length > ROWS_OF_LONG_TABLE)
		table.rowHeight = body.offsetHeight / body.rows.length;
}

// In pieces with pauses, of which the first is long enough for the first piece to be seen; or what is
// left at once.
function drawRest(nr, pause)
{
	clearTimeout(table.timer);
	table.timer = null;
	if (table.drawn < table.shown.length)
		drawPiece(nr);
	if (table.drawn < table.shown.length)
		table.timer = setTimeout(() => drawRest(ROWS_A_PIECE, 0), pause);
}

function redraw()
{
	table.shown = filterRows(table.rows);
	if (table.sorted)
		table.shown = sortRows(table.shown, table.sorted, table.isDescending);
	table.drawn = 0;
	table.rowHeight = 0;
	byId("rows").className = table.shown.length > ROWS_OF_LONG_TABLE ? "long" : "";
	for (const body of [...byId("rows").tBodies])
		body.remove();
	drawRest(ROWS_A_PIECE, FIRST_PAUSE_MS);
	byId("count").textContent = table.shown.length === table.rows.length
		? count(table.rows.length, "row")
		: `${table.shown.length} of ${count(table.rows.length, "row")}`;
}

function sortBy(column)
{
	table.isDescending = table.sorted === column ? !table.isDescending : Boolean(column.isLargeFirst);
	table.sorted = column;
	labelHead();
	redraw();
}

function labelHead()
{
	for (const [i, cell] of [...byId("rows").tHead.rows[0].cells].entries()) {
		const isSorted = table.columns[i] === table.sorted;

		cell.setAttribute("aria-sort", !isSorted ? "none"
					      : table.isDescending ? "descending" : "ascending");
	}
}

function drawHead()
{
	byId("rows").tHead.replaceChildren(h("tr", { role: "row" }, table.columns.map((column) => {
		const button = h("button", { type: "button", title: column.hint }, column.title);

		button.addEventListener("click", () => sortBy(column));
		return h("th", { role: "columnheader", scope: "col", class: column.class }, button);
	})));
	labelHead();
}

// Of all columns, of those on a screen of middle size, and of a narrow one.
function setWidths()
{
	const widths = (...without) => table.columns
		.filter((column) => !without.some((word) => column.class.split(" ").includes(word)))
		.map((column) => without.length > 1 && column.narrow || column.width).join(" ");
	const style = byId("rows").style;

	style.setProperty("--columns", widths());
	style.setProperty("--middle-columns", widths("minor"));
	style.setProperty("--narrow-columns", widths("minor", "narrow-minor"));
}

function showComparison(number)
{
	const { columns, rows } = tableContents(number);
	const values = (member) => [...new Set(rows.map((row) => row[member]))];
	const hasVerdicts = columns === COMPARED_COLUMNS;

	Object.assign(table, { columns, rows, sorted: null, isDescending: false });
	fillSelect("by-substrate", values("substrate").sort());
	fillSelect("by-unit", values("unit").sort());
	fillSelect("by-verdict", hasVerdicts ? VERDICTS.filter((verdict) => values("verdict").includes(verdict))
					     : []);
	byId("verdict-field").hidden = !hasVerdicts;
	setWidths();
	drawHead();
	redraw();
}

function initTable()
{
	const form = byId("filters"), against = byId("against");

	byId("table").hidden = false;
	for (const [number, comparison] of COMPARISONS.entries())
		against.append(h("option", { value: number }, nameOf(comparison.new)));
	byId("against-field").hidden = COMPARISONS.length < 2;
	against.addEventListener("change", () => showComparison(Number(against.value)));
	form.addEventListener("submit", (event) => event.preventDefault());
	form.addEventListener("input", (event) => event.target !== against && redraw());
	form.addEventListener("reset", () => setTimeout(() => showComparison(Number(against.value)), 0));
	addEventListener("beforeprint", () => drawRest(Infinity, 0));
	showComparison(0);
}
