// SPDX-License-Identifier: MIT
// dom.js - elements. Strings become text and nothing else; markup is made of them nowhere.

// h("p", { class: "note" }, "text", element, [more]); null and false children are left out.
function h(tag, attributes, ...children)
{
	const element = document.createElement(tag);

	for (const [name, value] of Object.entries(attributes || {})) {
		if (value === true)
			element.setAttribute(name, "");
		else if (value !== false && value !== null && value !== undefined)
			element.setAttribute(name, visible(value));
	}
	for (const child of children.flat(Infinity)) {
		if (child === null || child === undefined || child === false)
			continue;
		element.append(child instanceof Node ? child : visible(child));
	}
	return element;
}

// A name that is rather broken behind a slash than elsewhere.
function breakable(name)
{
	return name.split("/").slice(0, 20).flatMap((part, i, parts) =>
		i < parts.length - 1 ? [`${part}/`, h("wbr")]
				     : [name.split("/").slice(i).join("/")]);
}

function byId(id)
{
	return document.getElementById(id);
}

// Head and rows of cells; a cell is a text, an element, or { class, content, span }.
function simpleTable(caption, head, rows)
{
	const cell = (tag, content) => {
		if (content === null || typeof content !== "object" || content instanceof Node ||
		    Array.isArray(content))
			return h(tag, tag === "th" ? { scope: "col" } : null, content);
		return h(tag, { class: content.class, colspan: content.span }, content.content);
	};

	return h("div", { class: "scroll", role: "region", "aria-label": caption, tabindex: 0 },
		 h("table", null, h("caption", { class: "unseen" }, caption),
		   h("thead", null, h("tr", null, head.map((title) => cell("th", title)))),
		   h("tbody", null,
		     rows.map((row) => h("tr", null, row.map((content) => cell("td", content)))))));
}

// Fills a section and shows it, with a place for it in the contents.
function fillSection(id, title, ...children)
{
	const section = byId(id);

	section.append(h("h2", null, title), ...children.flat(Infinity).filter(Boolean));
	section.hidden = false;
}

// Long things are closed at first.
function details(summary, isOpen, ...children)
{
	return h("details", { open: isOpen }, h("summary", null, summary), ...children);
}

function badge(verdict, text)
{
	return h("span", { class: `badge ${verdict}` }, text || verdict);
}
