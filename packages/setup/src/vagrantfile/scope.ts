import type { Value } from "./values.js";

/** `next`, `break` and `return` on their way out, and what ends everything. */
export class Leave {
  readonly how: "next" | "break" | "return" | "stop";
  readonly value: Value;

  constructor(how: "next" | "break" | "return" | "stop", value: Value) {
    this.how = how;
    this.value = value;
  }
}

/** Variables of a block or a method; a block sees those around it. */
export class Scope {
  readonly #values = new Map<string, Value>();
  readonly #around: Scope | undefined;

  constructor(around?: Scope) {
    this.#around = around;
  }

  get(name: string): Value | undefined {
    const owner = this.#owner(name);
    return owner === undefined ? undefined : owner.#values.get(name);
  }

  set(name: string, value: Value): void {
    const owner = this.#owner(name) ?? this;
    owner.#values.set(name, value);
  }

  declare(name: string, value: Value): void {
    this.#values.set(name, value);
  }

  #owner(name: string): Scope | undefined {
    if (this.#values.has(name)) return this;
    return this.#around === undefined ? undefined : this.#around.#owner(name);
  }
}
