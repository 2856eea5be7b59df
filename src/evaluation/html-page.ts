// What every report is made of: a page with nothing to load, its paragraphs and its tables.
import type { TextTable } from "./report-tables.ts";
import { escapeMarkup } from "./svg-charts.ts";

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --paper: #fff; --faint: #5a6678; --line: #dde2ea; --bar: #7ea6f4; --right: #dcebdc; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ef; --paper: #14181f; --faint: #97a3b6; --line: #313a48; --bar: #3f66b8; --right: #22402a; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink); background: var(--paper); }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; display: block; overflow-x: auto; }
th, td { padding: .25rem .6rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
.confusion th { font-weight: normal; vertical-align: bottom; }
.confusion tr:first-child th:not(:first-child) { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; padding: .6rem .25rem; }
.right { background: var(--right); }
.bar { fill: var(--bar); }
svg { display: block; max-width: 100%; }
.note { color: var(--faint); }`;

export const paragraph = (text: string): string => `<p class="note">${escapeMarkup(text)}</p>`;

/** Rows of text, the first one the header. */
export const htmlTable = ([header = [], ...rows]: TextTable): string =>
  `<table><tr>${header.map((text) => `<th>${escapeMarkup(text)}</th>`).join("")}</tr>${rows
    .map((row) => `<tr>${row.map((text) => `<td>${escapeMarkup(text)}</td>`).join("")}</tr>`)
    .join("")}</table>`;

/** `body` is markup, the title text. */
export const htmlPage = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeMarkup(title)}</title><style>${STYLE}</style></head>
<body>
<h1>${escapeMarkup(title)}</h1>
${body}
</body></html>
`;
