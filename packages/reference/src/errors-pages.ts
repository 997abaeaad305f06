import { type ErrorId, errors } from "@k3s-lab/problem";
import { areas, explanations } from "@k3s-lab/problem/explanations";
import { markdownTable } from "@k3s-lab/testbed";

const ids = Object.keys(errors) as readonly ErrorId[];

/** Renders docs/errors/ID.md. */
function errorPage(id: ErrorId): string {
  const { title, exitCode } = errors[id];
  const { cause, remedy, example } = explanations[id];
  return `# ${id}: ${title}

${cause}

## What to do
${remedy}

## Example
\`\`\`
${example}
\`\`\`

A command that meets it ends with [${exitCode}](../reference/exit-codes.md). [All errors](README.md)
`;
}

/** Renders docs/errors/README.md, the index. */
export function errorsIndex(): string {
  const sections = Object.entries(areas).map(([area, title]) => {
    const own = ids.filter((id) => id.startsWith(`LAB-${area}-`));
    const rows = own.map((id) => [`[${id}](${id}.md)`, errors[id].title, String(errors[id].exitCode)]);
    return `\n## ${title}\n${markdownTable(["id", "", "exit code"], rows)}\n`;
  });
  return `# Errors

Every error ends with an id that stays the same. \`npm run explain -- LAB-NET-003\` shows its page in the terminal, and
\`npm run explain\` this list.
${sections.join("")}`;
}

/** Every error's page, by its name in docs/errors/. */
export function errorPages(): ReadonlyMap<string, string> {
  return new Map(ids.map((id) => [`${id}.md`, errorPage(id)]));
}
