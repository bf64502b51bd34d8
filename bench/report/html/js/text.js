// SPDX-License-Identifier: MIT
// text.js - texts of anybody's reports, and numbers, as they are shown.

// C0, DEL, C1, line separators, and the marks that reorder or hide what stands around them.
const UNPRINTABLE =
	/[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

// A text in which nothing is hidden: what cannot be seen shows as \n, \x1b, \u202e.
function visible(text)
{
	return String(text).replace(UNPRINTABLE, (character) => {
		const point = character.charCodeAt(0);

		if (character === "\n" || character === "\t")
			return character === "\n" ? "\\n" : "\\t";
		return point < 0x100 ? `\\x${point.toString(16).padStart(2, "0")}`
				     : `\\u${point.toString(16).padStart(4, "0")}`;
	});
}

const COUNTED = new Set(["insn", "bytes", "pages", "count"]);

// Four significant digits; no decimals from 1000 on, nor for whole numbers of counted things.
function formatValue(value, unit)
{
	if (value === null || value === undefined)
		return "-";
	const size = Math.abs(value);

	if (size >= 1e10)
		return value.toPrecision(4);
	let decimals = 3;
	if (size >= 999.95 || (COUNTED.has(unit) && Number.isInteger(value)))
		decimals = 0;
	else if (size >= 99.995)
		decimals = 1;
	else if (size >= 9.9995)
		decimals = 2;
	return (size < 0.0005 ? 0 : value).toFixed(decimals);
}

// A fraction in per cent; `signed`: a change.
function formatPercent(fraction, signed)
{
	if (fraction === null || fraction === undefined)
		return "-";
	const percent = 100 * fraction;
	const size = Math.abs(percent);

	if (size >= 9999.5)
		return `${percent.toExponential(1)} %`;
	const decimals = size >= 0.3 || size === 0 ? 1 : size >= 0.03 ? 2 : size >= 0.003 ? 3 : 5;
	const digits = (percent === 0 ? 0 : percent).toFixed(decimals);

	return `${signed && percent > 0 ? "+" : ""}${digits} %`;
}

function formatBytes(bytes)
{
	return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

// "1 row", "2 rows"; "no failures".
function count(number, what)
{
	return `${number || "no"} ${what}${number === 1 ? "" : "s"}`;
}
