import type { DriverOffer } from "@k3s-lab/machines";
import { parseConfig } from "@k3s-lab/lab/parse-config";
import { answersOf, type SetupFacts } from "../src/index.js";
import { desktop } from "../../host-network/test/fixtures/hosts.js";

/** The answers that every default of lab.yaml stands for. */
export const defaults = answersOf(parseConfig(""));

/** Offers of the four drivers, of which these work. */
export function drivers(...working: readonly DriverOffer["provider"][]): readonly DriverOffer[] {
  return (["lxc", "docker", "virtualbox", "libvirt"] as const).map((provider) => ({
    provider,
    obstacles: working.includes(provider) ? [] : [`no ${provider} here`],
    installs: [],
    asRoot: false,
  }));
}

/** A desktop with 24 GB, on which root may make containers. */
export const facts: SetupFacts = { host: desktop, drivers: drivers("lxc"), auto: "lxc", memory: 24_000 };
