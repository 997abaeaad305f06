import { Problem } from "@k3s-lab/problem";

/** A value as Ruby source. Between single quotes Ruby knows two escapes and no interpolation. */
export function ruby(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  // A line break would be legal, and would end the comment or the line that a reader believes to see.
  if (/\p{Cc}/u.test(value)) {
    const what = `cannot hold ${JSON.stringify(value)}: it has a control character`;
    throw new Problem("LAB-MCH-005", "Vagrantfile", what, { remedy: "Write it without." });
  }
  return `'${value.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
}

/** `bridge: 'en0', auto_config: false` */
export function rubyArguments(values: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}: ${ruby(value)}`)
    .join(", ");
}
