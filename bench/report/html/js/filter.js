// SPDX-License-Identifier: MIT
// filter.js - which rows are to be seen.

// The field as a test of NAME@SUBSTRATE; what is no expression is searched as it stands.
function textTest(pattern)
{
	const problem = byId("filter-problem");

	problem.textContent = "";
	if (!pattern)
		return () => true;
	try {
		const expression = new RegExp(pattern, "i");

		return (row) => expression.test(row.id);
	} catch (error) {
		const text = pattern.toLowerCase();

		problem.textContent = visible(`${error.message}; searched as plain text`);
		return (row) => row.id.toLowerCase().includes(text);
	}
}

function filterRows(rows)
{
	const matches = textTest(byId("filter").value);
	const wanted = [["by-verdict", "verdict"], ["by-substrate", "substrate"], ["by-unit", "unit"]]
		.map(([id, member]) => [member, byId(id).value])
		.filter(([, value]) => value !== "");
	const gated = byId("by-gated").value;

	return rows.filter((row) => wanted.every(([member, value]) => row[member] === value) &&
			   (gated === "" || row.gated === (gated === "yes")) && matches(row));
}

// The values that there are, with "all" before them.
function fillSelect(id, values)
{
	const select = byId(id);
	const kept = select.value;

	select.replaceChildren(h("option", { value: "" }, "all"),
			       ...values.map((value) => {
				       const option = h("option", null, value);

				       option.value = value;
				       return option;
			       }));
	select.value = values.includes(kept) ? kept : "";
}
