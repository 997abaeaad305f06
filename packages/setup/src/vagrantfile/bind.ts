import * as nodes from "@ruby/prism/src/nodes.js";
import type { Node } from "@ruby/prism/src/nodes.js";
import type { Scope } from "./scope.js";
import { Hash, type Value } from "./values.js";

/** Returns the value of a default. */
type Evaluate = (node: Node) => Value;

/** Binds a block's parameters: several of them take the parts of a single list. */
export function bindBlock(parameters: Node | null, args: readonly Value[], scope: Scope, evaluate: Evaluate): void {
  const [only] = args;
  if (parameters instanceof nodes.NumberedParametersNode) {
    const values = parameters.maximum > 1 && args.length === 1 && Array.isArray(only) ? only : args;
    for (let number = 1; number <= parameters.maximum; number++)
      scope.declare(`_${number}`, values[number - 1] ?? null);
    return;
  }
  if (parameters instanceof nodes.ItParametersNode) return scope.declare("it", only ?? null);
  if (!(parameters instanceof nodes.BlockParametersNode)) return;
  const inner = parameters.parameters;
  const several = inner !== null && inner.requireds.length + inner.optionals.length + inner.posts.length > 1;
  bindParameters(inner, several && args.length === 1 && Array.isArray(only) ? only : args, scope, evaluate);
}

/** Binds a method's parameters, with their defaults. */
export function bindParameters(
  parameters: Node | null,
  args: readonly Value[],
  scope: Scope,
  evaluate: Evaluate,
): void {
  if (!(parameters instanceof nodes.ParametersNode)) return;
  const { requireds, optionals, keywords, rest } = parameters;
  const last = args.at(-1);
  const named = keywords.length > 0 && last instanceof Hash ? last : undefined;
  const places = named === undefined ? args : args.slice(0, -1);
  for (const [index, each] of requireds.entries()) bind(each, places[index] ?? null, scope, scope);
  for (const [index, each] of optionals.entries()) {
    if (!(each instanceof nodes.OptionalParameterNode)) continue;
    const place = requireds.length + index;
    scope.declare(each.name, place < places.length ? (places[place] ?? null) : evaluate(each.value));
  }
  if (rest instanceof nodes.RestParameterNode && rest.name !== null) {
    scope.declare(rest.name, places.slice(requireds.length + optionals.length));
  }
  for (const each of keywords) {
    if (each instanceof nodes.RequiredKeywordParameterNode) scope.declare(each.name, named?.named(each.name) ?? null);
    if (each instanceof nodes.OptionalKeywordParameterNode) {
      scope.declare(each.name, named?.named(each.name) ?? evaluate(each.value));
    }
  }
}

/** Gives a value to a parameter or to the left side of an assignment; one in parentheses takes a list apart. */
export function bind(target: Node, value: Value, scope: Scope, globals: Scope): void {
  if (target instanceof nodes.RequiredParameterNode) scope.declare(target.name, value);
  else if (target instanceof nodes.LocalVariableTargetNode) scope.set(target.name, value);
  else if (target instanceof nodes.GlobalVariableTargetNode || target instanceof nodes.ConstantTargetNode) {
    globals.set(target.name, value);
  } else if (target instanceof nodes.MultiTargetNode) {
    const values = Array.isArray(value) ? value : [value];
    for (const [index, left] of target.lefts.entries()) bind(left, values[index] ?? null, scope, globals);
  }
}
