export type YamlValue = string | boolean | readonly string[];

/** A flat YAML mapping; every string in quotes, so that none is taken for a number, a date or a truth. */
export function toYaml(entries: readonly (readonly [key: string, value: YamlValue | undefined])[]): string {
  return entries
    .map(([key, value]) => {
      if (value === undefined || (Array.isArray(value) && value.length === 0)) return "";
      if (Array.isArray(value))
        return `${key}:\n${value.map((item: string) => `  - ${JSON.stringify(item)}\n`).join("")}`;
      return `${key}: ${JSON.stringify(value)}\n`;
    })
    .join("");
}
