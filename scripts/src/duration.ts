import { Problem } from "@k3s-lab/problem";

const seconds: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400 };

/** Reads a duration such as "5m" or "1h30m", in seconds. Throws a Problem for anything else. */
export function parseDuration(text: string, command: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  const total = parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (seconds[unit] ?? 0), 0);
  if (parts.map(([part]) => part).join("") === text && total > 0) return total;
  throw new Problem(
    "LAB-CLI-013",
    command,
    `--since: expected a duration such as 30s, 5m or 1h30m, seen ${text || '""'}`,
  );
}
