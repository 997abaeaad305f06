const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
/** What XML has no place for, not even as a reference: a single one would make an SVG unreadable. */
// oxlint-disable-next-line no-control-regex
const unprintable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
/** What would turn the text around it. */
const directions = /[\u202a-\u202e\u2066-\u2069]/g;

/** Makes text safe between tags and in quoted attributes, of HTML and of XML: names come from outside. */
export function escape(text: string): string {
  return text.replace(unprintable, "\u{fffd}").replace(directions, "").replace(/[&<>"']/g, (each) => escapes[each] ?? "");
}
