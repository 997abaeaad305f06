import { Problem } from "@k3s-lab/problem";

/** Renders a value as Ruby source. Between single quotes Ruby has two escapes and no interpolation. */
export function ruby(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  // A line break would be legal, but would mislead a reader about where a comment or a line ends.
  if (/\p{Cc}/u.test(value)) {
    const what = `cannot hold ${JSON.stringify(value)}: it has a control character`;
    throw new Problem("LAB-MCH-005", "Vagrantfile", what, { remedy: "Write it without." });
  }
  return `'${value.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
}

/** Renders arguments: `bridge: 'en0', auto_config: false`. */
export function rubyArguments(values: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}: ${ruby(value)}`)
    .join(", ");
}
