// Reads what lab:map draws.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DrivenLab } from "./drive-lab.js";

/** What the page of `lab:map` tells. */
interface Drawn {
  readonly state: string;
  /** "bad: stopped", by the name in the table. */
  readonly boxes: Readonly<Record<string, string>>;
  /** "cut at Node guard of multi", by the title of the way. */
  readonly ways: Readonly<Record<string, string>>;
}

/** Draws a lab as a person does, and reads the page. */
export async function drawMap(lab: Pick<DrivenLab, "dir" | "npmOk">): Promise<Drawn> {
  await lab.npmOk("lab:map");
  return readMap(lab.dir);
}

/** Reads the page of the lab in a folder. */
export function readMap(dir: string): Drawn {
  const page = readFileSync(join(dir, ".lab/map.html"), "utf8");
  const rows = page.matchAll(/<th scope="row">([^<]*)<\/th><td>[^<]*<\/td><td class="(\w+)">([^<]*)<\/td>/g);
  const verdicts = [...page.matchAll(/<span class="verdict ([\w-]+)">/g)].map(([, verdict]) => verdict);
  const sections = [...page.matchAll(/<section class="steps"[^>]*aria-label="([^"]*)">([\s\S]*?)<\/section>/g)];
  return {
    state: /<span class="state (\w+)">/.exec(page)?.[1] ?? "",
    boxes: Object.fromEntries([...rows].map(([, name, health, condition]) => [plain(name), `${health}: ${condition}`])),
    ways: Object.fromEntries(
      sections.map(([, title, steps = ""], index) => {
        const last = [...steps.matchAll(/<strong>([^<]*)<\/strong>/g)].at(-1)?.[1];
        return [title, `${verdicts[index]} at ${plain(last)}`];
      }),
    ),
  };
}

/** Text as the page shows it. */
function plain(html = ""): string {
  return html.replaceAll("&#39;", "'").replaceAll("&amp;", "&");
}

/** The boxes that are not as they should be, or could not be seen. */
export function amiss({ boxes }: Pick<Drawn, "boxes">): readonly string[] {
  return Object.entries(boxes).flatMap(([name, box]) => (/^(bad|unknown)/.test(box) ? [`${name}: ${box}`] : []));
}
