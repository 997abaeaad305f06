const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
/** What would turn the direction of the text around it. */
const directions = /[\u202a-\u202e\u2066-\u2069]/g;
/** What XML has no place for, not even as a reference, so that a single one makes an SVG unreadable. */
const forbidden = /^[\p{Cc}\p{Cs}\ufffe\uffff]$/u;

/** Makes text safe between tags and in quoted attributes, of HTML and of XML: names come from outside. */
export function escape(text: string): string {
  return [...text.replace(directions, "").replace(/\s+/g, " ")]
    .map((each) => escapes[each] ?? (forbidden.test(each) ? "\u{fffd}" : each))
    .join("");
}
