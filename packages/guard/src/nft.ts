import { run } from "@k3s-lab/exec";
import type { TableName } from "./ruleset.js";

/** Puts a table in place of the one of the same name, in one transaction: no packet passes between the two. */
export async function replaceTable(table: TableName, text: string): Promise<void> {
  const name = `${table.family} ${table.table}`;
  // Adding first makes the deletion one that cannot fail.
  await run("nft", ["-f", "-"], { input: `add table ${name}\ndelete table ${name}\n${text}` });
}

export async function removeTable(table: TableName): Promise<void> {
  await replaceTable(table, "");
}
