import { parseHostsEntry, setHostsEntries } from "./hosts-file.js";

// Run by change-hosts-file.ts with an administrator's rights: the lab's id, then a line an entry, or none.
const [lab = "", ...lines] = process.argv.slice(2);
if (!/^[0-9a-f]{6}$/.test(lab)) throw new Error("expected a lab's id");
await setHostsEntries(lab, lines.map(parseHostsEntry));
