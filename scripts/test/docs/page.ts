// Reads a page of Markdown as GitHub renders it: what it links to, what can be linked to, and its blocks of code.
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import GithubSlugger from "github-slugger";
import { lexer, type Token, type Tokens, walkTokens } from "marked";
import { glob } from "zx";
import { root } from "../drive-lab.js";

export interface Page {
  /** Relative to the repository. */
  readonly file: string;
  readonly text: string;
  /** Targets as they are written: "docs/ci.md#exit-codes". */
  readonly links: readonly string[];
  /** What may stand behind "#". */
  readonly anchors: ReadonlySet<string>;
  readonly blocks: readonly Block[];
}

export interface Block {
  /** "sh"; empty for an indented block. */
  readonly language: string;
  /** What stands behind it: "telepresence"; GitHub shows neither. */
  readonly name: string;
  readonly text: string;
}

/** Finds the pages of the repository. */
export async function findPages(): Promise<readonly Page[]> {
  const ignore = ["node_modules", "dist", ".lab", ".turbo"].map((name) => `**/${name}/**`);
  return (await glob("**/*.md", { cwd: root, dot: true, ignore })).toSorted().map(readPage);
}

export function readPage(file: string): Page {
  return parsePage(file, readFileSync(join(root, file), "utf8"));
}

export function parsePage(file: string, text: string): Page {
  const tokens = lexer(text);
  const links: string[] = [];
  const blocks: Block[] = [];
  const slugger = new GithubSlugger();
  const anchors = new Set<string>();
  const read = (token: Token) => {
    if (token.type === "link" || token.type === "image") links.push((token as Tokens.Link).href);
    if (token.type === "code") blocks.push(blockOf(token as Tokens.Code));
    if (token.type === "heading") anchors.add(slugger.slug(plainText((token as Tokens.Heading).tokens)));
    if (token.type !== "html") return;
    links.push(...attributes(token.raw, "href|src|srcset"));
    for (const id of attributes(token.raw, "id|name")) anchors.add(id);
  };
  // marked would return a promise for a callback that is asynchronous, which this one is not.
  void walkTokens(tokens, read);
  return { file, text, links, anchors, blocks };
}

function blockOf({ lang = "", text }: Tokens.Code): Block {
  const [language = "", ...name] = lang.split(" ");
  return { language, name: name.join(" "), text };
}

function plainText(tokens: readonly Token[]): string {
  return tokens
    .map((token) => ("tokens" in token && token.tokens ? plainText(token.tokens) : "text" in token ? token.text : ""))
    .join("");
}

function attributes(html: string, names: string): readonly string[] {
  return [...html.matchAll(new RegExp(`\\s(?:${names})="([^"]*)"`, "g"))].map(([, value = ""]) => value);
}

/** Returns the file and the anchor that a link of a page leads to; undefined where it leads out of the repository. */
export function targetOf(page: string, link: string): { readonly file: string; readonly anchor: string } | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(link)) return undefined;
  const [path = "", anchor = ""] = link.split("#", 2).map((part) => decodeURIComponent(part));
  return { file: path === "" ? page : relative(".", join(dirname(page), path)), anchor };
}
