// SPDX-License-Identifier: MIT
// theme.js - dark or light: as the system wants it, until the button says otherwise.

const THEME_KEY = "fpstate-bench-theme";
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

function isDark()
{
	const chosen = document.documentElement.dataset.theme;

	return chosen ? chosen === "dark" : systemIsDark.matches;
}

function labelTheme()
{
	byId("theme").textContent = isDark() ? "Light colours" : "Dark colours";
}

function toggleTheme()
{
	const theme = isDark() ? "light" : "dark";

	document.documentElement.dataset.theme = theme;
	try {
		localStorage.setItem(THEME_KEY, theme);
	} catch {
		// A browser may keep nothing for pages from disk.
	}
	labelTheme();
}

function initTheme()
{
	const button = byId("theme");
	let chosen = null;

	try {
		chosen = localStorage.getItem(THEME_KEY);
	} catch {
		// As above.
	}
	if (chosen === "dark" || chosen === "light")
		document.documentElement.dataset.theme = chosen;
	button.hidden = false;
	button.addEventListener("click", toggleTheme);
	systemIsDark.addEventListener("change", labelTheme);
	labelTheme();
}
