import { Hash, isEqual, isTrue, Lambda, Range, Sym, textOf, toText, Unknown, type Value } from "./values.js";

/** Most times that a block is called by one method: no Vagrantfile makes more machines. */
const most = 1000;

type Block = Lambda | undefined;

/**
 * Calls a method of a value as Ruby does; undefined where this is no method that is known here. What takes a block calls it.
 */
export function callMethod(receiver: Value, name: string, args: readonly Value[], block: Block): Value | undefined {
  const common = commonMethod(receiver, name, args);
  if (common !== undefined) return common;
  if (typeof receiver === "string") return textMethod(receiver, name, args);
  if (typeof receiver === "number") return numberMethod(receiver, name, args, block);
  if (Array.isArray(receiver)) return listMethod(receiver, name, args, block);
  if (receiver instanceof Hash) return hashMethod(receiver, name, args, block);
  if (receiver instanceof Range) return rangeMethod(receiver, name, args, block);
  if (receiver instanceof Lambda && /^(call|\(\)|\[\])$/.test(name)) return receiver.call(args);
  if (receiver === null && name === "to_a") return [];
  if (receiver === null && name === "to_i") return 0;
  return undefined;
}

function commonMethod(receiver: Value, name: string, [first = null]: readonly Value[]): Value | undefined {
  switch (name) {
    case "to_s":
      return toText(receiver);
    case "==":
      return isEqual(receiver, first);
    case "!=":
      return !isEqual(receiver, first);
    case "!":
      return !isTrue(receiver);
    case "nil?":
      return receiver === null;
    case "freeze":
    case "dup":
    case "clone":
      return receiver;
    default:
      return undefined;
  }
}

function textMethod(text: string, name: string, args: readonly Value[]): Value | undefined {
  const [first = null, second = null] = args;
  const word = textOf(first);
  switch (name) {
    case "+":
      return typeof first === "string" ? text + first : undefined;
    case "*":
      return typeof first === "number" && first * text.length < 10_000 ? text.repeat(first) : undefined;
    case "%":
      return format(text, Array.isArray(first) ? first : [first]);
    case "to_i":
      return Number(/^\s*[-+]?\d+/.exec(text)?.[0] ?? 0);
    case "to_f":
      return Number(/^\s*[-+]?\d+(\.\d+)?/.exec(text)?.[0] ?? 0);
    case "to_sym":
      return new Sym(text);
    case "upcase":
      return text.toUpperCase();
    case "downcase":
      return text.toLowerCase();
    case "capitalize":
      return text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase();
    case "strip":
    case "chomp":
      return text.trim();
    case "length":
    case "size":
      return text.length;
    case "empty?":
      return text === "";
    case "start_with?":
      return word === undefined ? undefined : text.startsWith(word);
    case "end_with?":
      return word === undefined ? undefined : text.endsWith(word);
    case "include?":
      return word === undefined ? undefined : text.includes(word);
    case "split":
      return args.length === 0 ? text.split(/\s+/).filter(Boolean) : word === undefined ? undefined : text.split(word);
    case "gsub":
    case "tr":
      return typeof first === "string" && typeof second === "string" && (name === "gsub" || first.length === 1)
        ? text.replaceAll(first, () => second)
        : undefined;
    case "sub":
      return typeof first === "string" && typeof second === "string" ? text.replace(first, () => second) : undefined;
    case "rjust":
      return typeof first === "number" && first < 1000 ? text.padStart(first, textOf(second) ?? " ") : undefined;
    default:
      return undefined;
  }
}

function numberMethod(number: number, name: string, args: readonly Value[], block: Block): Value | undefined {
  const [other = null] = args;
  if (name === "to_i" || name === "to_f") return number;
  if (name === "times") return each(numbers(new Range(0, number - 1)), block);
  if (name === "succ" || name === "next") return number + 1;
  if (name === "-@") return -number;
  if (typeof other !== "number") return undefined;
  const isWhole = Number.isInteger(number) && Number.isInteger(other);
  switch (name) {
    case "upto":
      return each(numbers(new Range(number, other)), block);
    case "downto":
      return each(numbers(new Range(other, number))?.toReversed(), block);
    case "+":
      return number + other;
    case "-":
      return number - other;
    case "*":
      return number * other;
    case "/":
      return isWhole ? (other === 0 ? undefined : Math.floor(number / other)) : number / other;
    case "%":
      return other === 0 ? undefined : number - other * Math.floor(number / other);
    case "<":
      return number < other;
    case ">":
      return number > other;
    case "<=":
      return number <= other;
    case ">=":
      return number >= other;
    default:
      return undefined;
  }
}

function listMethod(list: Value[], name: string, args: readonly Value[], block: Block): Value | undefined {
  const [first = null] = args;
  switch (name) {
    case "each":
      return each(list, block);
    case "each_with_index":
      return each(
        list.map((item, index) => [item, index]),
        block,
      );
    case "with_index":
      return typeof first === "number" || args.length === 0
        ? each(
            list.map((item, index) => [item, index + (typeof first === "number" ? first : 0)]),
            block,
          )
        : undefined;
    case "map":
    case "collect":
      return block && list.map((item) => block.call([item]));
    case "select":
    case "filter":
      return block && list.filter((item) => isTrue(block.call([item])));
    case "reject":
      return block && list.filter((item) => !isTrue(block.call([item])));
    case "[]":
      return typeof first === "number" && args.length === 1 ? (list.at(first) ?? null) : undefined;
    case "first":
      return args.length === 0 ? (list[0] ?? null) : undefined;
    case "last":
      return args.length === 0 ? (list.at(-1) ?? null) : undefined;
    case "length":
    case "size":
    case "count":
      return args.length === 0 && block === undefined ? list.length : undefined;
    case "empty?":
      return list.length === 0;
    case "include?":
      return list.some((item) => isEqual(item, first));
    case "index":
      return list.findIndex((item) => isEqual(item, first));
    case "+":
      return Array.isArray(first) ? [...list, ...first] : undefined;
    case "<<":
    case "push":
      list.push(...args);
      return list;
    case "reverse":
      return list.toReversed();
    case "to_a":
      return list;
    case "compact":
      return list.filter((item) => item !== null);
    case "join": {
      const texts = list.map(toText);
      return texts.includes(undefined) ? undefined : texts.join(textOf(first) ?? "");
    }
    case "to_h":
      return new Hash(list.map((item) => (Array.isArray(item) ? [item[0] ?? null, item[1] ?? null] : [item, null])));
    default:
      return undefined;
  }
}

function hashMethod(hash: Hash, name: string, args: readonly Value[], block: Block): Value | undefined {
  const [first = null, second] = args;
  const pairs = () => hash.entries().map(([key, value]): Value => [key, value]);
  switch (name) {
    case "[]":
      return hash.get(first) ?? null;
    case "fetch":
      return hash.get(first) ?? second;
    case "dig":
      return args.reduce<Value>((at, key) => (at instanceof Hash ? (at.get(key) ?? null) : null), hash);
    case "key?":
    case "has_key?":
    case "include?":
      return hash.get(first) !== undefined;
    case "keys":
      return hash.entries().map(([key]) => key);
    case "values":
      return hash.entries().map(([, value]) => value);
    case "each":
    case "each_pair":
      return each(pairs(), block);
    case "each_value":
      return each(
        hash.entries().map(([, value]) => value),
        block,
      );
    case "each_key":
      return each(
        hash.entries().map(([key]) => key),
        block,
      );
    case "merge":
      return first instanceof Hash ? new Hash([...hash.entries(), ...first.entries()]) : undefined;
    default:
      return listMethod(pairs(), name, args, block);
  }
}

function rangeMethod(range: Range, name: string, args: readonly Value[], block: Block): Value | undefined {
  if (name === "begin" || name === "min") return range.from;
  if (name === "end" || name === "max") return range.to;
  const list = numbers(range);
  if (list === undefined) return undefined;
  const [step] = args;
  if (name === "step" && typeof step === "number" && step > 0) {
    return each(
      list.filter((number) => (number - range.from) % step === 0),
      block,
    );
  }
  return listMethod([...list], name, args, block);
}

function numbers({ from, to }: Range): readonly number[] | undefined {
  return to - from >= most ? undefined : Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

/** Calls a block for each of some values; without one, the values are what is to be gone through. */
function each(values: readonly Value[] | undefined, block: Block): Value | undefined {
  if (values === undefined || values.length > most) return undefined;
  for (const value of values) block?.call([value]);
  return [...values];
}

/** Fills the places of a format in, such as "node-%02d": texts and numbers. */
export function format(text: string, values: readonly Value[]): Value | undefined {
  const left = [...values];
  let fault = false;
  const filled = text.replaceAll(/%(0?)(\d*)([ds%])/g, (_, zero: string, width: string, kind: string) => {
    if (kind === "%") return "%";
    const value = left.shift();
    const word = value === undefined || value instanceof Unknown ? undefined : toText(value);
    if (word === undefined) fault = true;
    return (word ?? "").padStart(Number(width), zero === "0" && kind === "d" ? "0" : " ");
  });
  return fault ? undefined : filled;
}
