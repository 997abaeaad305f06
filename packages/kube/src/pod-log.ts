import { didYouMean } from "@k3s-lab/problem";
import type { Api } from "./api.js";
import type { Pod } from "./pod.js";
import { podPath } from "./pod.js";

/** Which part of a container's log is meant. */
export interface PodLogOptions {
  readonly container: string;
  /** How many seconds back; all when absent. */
  readonly since?: number | undefined;
  readonly follow: boolean;
}

/** A line of a log, and when it was written, in milliseconds since 1970. */
export interface TimedLine {
  readonly at?: number | undefined;
  readonly text: string;
}

/** Yields what a container has logged. One that is followed ends with the container. */
export async function* readPodLog(
  api: Pick<Api, "lines">,
  pod: Pod,
  { container, since, follow }: PodLogOptions,
  signal: AbortSignal,
): AsyncGenerator<TimedLine> {
  const asked = new URLSearchParams({ container, timestamps: "true" });
  if (since !== undefined) asked.set("sinceSeconds", String(Math.max(1, Math.ceil(since))));
  if (follow) asked.set("follow", "true");
  for await (const line of api.lines(`${podPath(pod)}/log?${asked.toString()}`, signal)) yield timed(line);
}

/** Takes the time off a line, which the API puts before it. */
function timed(line: string): TimedLine {
  const [, time = "", text = line] = /^(\S+Z) (.*)$/s.exec(line) ?? [];
  const at = Date.parse(time);
  return Number.isNaN(at) ? { text: line } : { at, text };
}

/** Returns the names of a pod's containers. */
export function containersOf({ spec }: Pod): readonly string[] {
  return (spec?.containers ?? []).flatMap(({ name }) => name ?? []);
}

/** Returns a pod's name with its namespace: "kube-system/coredns-7d6f9c8b5-x2x7k". */
export function podName({ metadata: { namespace, name } }: Pod): string {
  return `${namespace}/${name}`;
}

/** Finds pods by a name, or a part of one, with its namespace or without: a whole name counts before a part. */
export function findPods(pods: readonly Pod[], name: string): readonly Pod[] {
  const whole = pods.filter((pod) => podName(pod) === name || pod.metadata.name === name);
  return whole.length > 0 ? whole : pods.filter((pod) => podName(pod).includes(name));
}

/** Words which of these names, or pods, was probably meant: " (did you mean coredns?)"; "" where none is like it. */
export function didYouMeanPod(name: string, names: readonly string[], pods: readonly Pod[]): string {
  const known = pods.flatMap(({ metadata }) => [metadata.name, ownersName(metadata.name)]);
  return didYouMean(name.split("/").at(-1) ?? name, [...names, ...known]);
}

/** What a Deployment or DaemonSet calls its pods, without the letters that make each different. */
function ownersName(name: string): string {
  return name.replace(/(-[a-z0-9]{6,10})?-[a-z0-9]{5}$/, "");
}
