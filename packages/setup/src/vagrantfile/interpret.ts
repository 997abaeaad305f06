import * as nodes from "@ruby/prism/src/nodes.js";
import type { Node } from "@ruby/prism/src/nodes.js";
import { bind, bindBlock, bindParameters } from "./bind.js";
import { callMethod, format } from "./methods.js";
import type { RubyText } from "./parse-ruby.js";
import { Leave, Scope } from "./scope.js";
import {
  ConfigObject,
  Environment,
  Hash,
  isTrue,
  Lambda,
  type Method,
  Range,
  Sym,
  toText,
  isEqual,
  Unknown,
  type Value,
} from "./values.js";
import type { VagrantSettings } from "./vagrant-settings.js";

/** Steps after which a Vagrantfile is taken for one that never ends. */
const mostSteps = 200_000;
const deepest = 100;

/** Tells of conditions, which are told of by themselves. */
function isBranch(node: Node): boolean {
  return node instanceof nodes.IfNode || node instanceof nodes.UnlessNode || node instanceof nodes.CaseNode;
}

/** Calls that say nothing about machines. */
const idle = /^(require|require_relative|puts|print|p|warn|pp|attr_accessor|private|public)$/;

/**
 * Goes through a Vagrantfile as Ruby would, without anything outside of it: no file is read, no program is run, and what depends
 * on them is unknown. Settings that are made with known values are gathered; for the others a note is.
 */
export class Interpreter {
  readonly #text: RubyText;
  readonly #settings: VagrantSettings;
  readonly #env: Environment;
  readonly #globals = new Scope();
  readonly #methods = new Map<string, Method>();
  #steps = 0;
  #depth = 0;

  constructor(text: RubyText, settings: VagrantSettings, env: Readonly<Record<string, string | undefined>>) {
    this.#text = text;
    this.#settings = settings;
    this.#env = new Environment(env);
  }

  run(): void {
    try {
      this.#statements(this.#text.program.statements, new Scope());
    } catch (error) {
      if (!(error instanceof Leave)) throw error;
    }
  }

  #line(node: Node): number {
    return this.#text.lineAt(node.location.startOffset);
  }

  #unknown(why: string, node: Node): Unknown {
    return new Unknown(why, this.#line(node));
  }

  #unreadable(node: Node): Unknown {
    return this.#unknown(`${this.#words(node)} cannot be read`, node);
  }

  #statements(body: Node | null, scope: Scope): Value {
    if (body === null) return null;
    if (!(body instanceof nodes.StatementsNode)) return this.#value(body, scope);
    let last: Value = null;
    for (const statement of body.body) {
      last = this.#value(statement, scope);
      // What is assigned is told of where it is used, and so is what a block comes to.
      const isStep = !("value" in statement) && !isBranch(statement);
      if (last instanceof Unknown && isStep) this.#tell(statement, last);
    }
    return last;
  }

  /** Tells of a statement that could not be followed. */
  #tell(node: Node, { why, line }: Unknown): void {
    const at = this.#line(node);
    this.#settings.note(at, line === at ? why : `cannot be followed: ${why} (line ${line})`);
  }

  #value(node: Node | null, scope: Scope): Value {
    if (node === null) return null;
    if (++this.#steps > mostSteps) {
      this.#settings.note(this.#line(node), "the Vagrantfile goes on too long to be followed further than this");
      throw new Leave("stop", null);
    }
    const literal = this.#literal(node, scope);
    if (literal !== undefined) return literal;
    const variable = this.#variable(node, scope);
    if (variable !== undefined) return variable;
    const chosen = this.#control(node, scope);
    if (chosen !== undefined) return chosen;
    return node instanceof nodes.CallNode ? this.#call(node, scope) : this.#unreadable(node);
  }

  /** Returns the value of a literal; undefined for any other node. The literal nil is among the control structures. */
  #literal(node: Node, scope: Scope): Value | undefined {
    if (node instanceof nodes.StringNode) return node.unescaped.value;
    if (node instanceof nodes.SymbolNode) return new Sym(node.unescaped.value);
    if (node instanceof nodes.IntegerNode || node instanceof nodes.FloatNode) return Number(node.value);
    if (node instanceof nodes.TrueNode) return true;
    if (node instanceof nodes.FalseNode) return false;
    if (node instanceof nodes.InterpolatedStringNode) return this.#interpolated(node.parts, scope);
    if (node instanceof nodes.InterpolatedSymbolNode) {
      const text = this.#interpolated(node.parts, scope);
      return typeof text === "string" ? new Sym(text) : text;
    }
    if (node instanceof nodes.ArrayNode) return this.#list(node.elements, scope);
    if (node instanceof nodes.HashNode || node instanceof nodes.KeywordHashNode)
      return this.#hash(node.elements, scope);
    if (node instanceof nodes.RangeNode) return this.#range(node, scope);
    if (node instanceof nodes.LambdaNode) return this.#lambda(node.parameters, node.body, scope);
    return undefined;
  }

  #interpolated(parts: readonly Node[], scope: Scope): Value {
    let text = "";
    for (const part of parts) {
      const value =
        part instanceof nodes.EmbeddedStatementsNode
          ? this.#statements(part.statements, scope)
          : this.#value(part, scope);
      const word = value instanceof Unknown ? undefined : toText(value);
      if (word === undefined)
        return value instanceof Unknown ? value : this.#unknown(`${this.#words(part)} is no text`, part);
      text += word;
    }
    return text;
  }

  #list(elements: readonly Node[], scope: Scope): Value[] {
    return elements.flatMap((element): Value[] => {
      if (!(element instanceof nodes.SplatNode)) return [this.#value(element, scope)];
      const inner = this.#value(element.expression, scope);
      if (inner instanceof Range) return this.#listOf(inner);
      return Array.isArray(inner) ? inner : [inner];
    });
  }

  #listOf(range: Range): Value[] {
    const list = callMethod(range, "to_a", [], undefined);
    return Array.isArray(list) ? list : [];
  }

  #hash(elements: readonly Node[], scope: Scope): Value {
    const hash = new Hash();
    for (const element of elements) {
      if (element instanceof nodes.AssocNode) {
        const value = element.value instanceof nodes.ImplicitNode ? element.value.value : element.value;
        hash.set(this.#value(element.key, scope), this.#value(value, scope));
      } else if (element instanceof nodes.AssocSplatNode) {
        const inner = this.#value(element.value, scope);
        if (!(inner instanceof Hash)) return this.#unreadable(element);
        for (const [key, value] of inner.entries()) hash.set(key, value);
      }
    }
    return hash;
  }

  #range(node: nodes.RangeNode, scope: Scope): Value {
    const [from, to] = [this.#value(node.left, scope), this.#value(node.right, scope)];
    const unknown = [from, to].find((end) => end instanceof Unknown);
    if (unknown !== undefined) return unknown;
    if (typeof from !== "number" || typeof to !== "number") return this.#unreadable(node);
    return new Range(from, node.isExcludeEnd() ? to - 1 : to);
  }

  #variable(node: Node, scope: Scope): Value | undefined {
    if (node instanceof nodes.LocalVariableReadNode) return scope.get(node.name) ?? null;
    if (node instanceof nodes.ItLocalVariableReadNode) return scope.get("it") ?? null;
    if (node instanceof nodes.GlobalVariableReadNode || node instanceof nodes.InstanceVariableReadNode) {
      return this.#globals.get(node.name) ?? null;
    }
    if (node instanceof nodes.ConstantReadNode) {
      if (node.name === "ENV") return this.#env;
      return this.#globals.get(node.name) ?? this.#unknown(`${node.name} is not known`, node);
    }
    if (node instanceof nodes.LocalVariableWriteNode)
      return this.#set(scope, node.name, this.#value(node.value, scope));
    if (
      node instanceof nodes.GlobalVariableWriteNode ||
      node instanceof nodes.InstanceVariableWriteNode ||
      node instanceof nodes.ConstantWriteNode
    ) {
      return this.#set(this.#globals, node.name, this.#value(node.value, scope));
    }
    return this.#operatorWrite(node, scope);
  }

  #set(scope: Scope, name: string, value: Value): Value {
    scope.set(name, value);
    return value;
  }

  /** `a ||= 1`, `a += 1`, `a, b = 1, 2` */
  #operatorWrite(node: Node, scope: Scope): Value | undefined {
    if (node instanceof nodes.MultiWriteNode) {
      const value = this.#value(node.value, scope);
      const values = Array.isArray(value) ? value : [value];
      for (const [index, left] of node.lefts.entries()) bind(left, values[index] ?? null, scope, this.#globals);
      return value;
    }
    const isLocal =
      node instanceof nodes.LocalVariableOrWriteNode || node instanceof nodes.LocalVariableOperatorWriteNode;
    const isGlobal =
      node instanceof nodes.GlobalVariableOrWriteNode ||
      node instanceof nodes.GlobalVariableOperatorWriteNode ||
      node instanceof nodes.ConstantOrWriteNode ||
      node instanceof nodes.InstanceVariableOrWriteNode ||
      node instanceof nodes.InstanceVariableOperatorWriteNode;
    if (!isLocal && !isGlobal) return undefined;
    const owner = isLocal ? scope : this.#globals;
    const before = owner.get(node.name) ?? null;
    if (!("binaryOperator" in node)) {
      return isTrue(before) ? before : this.#set(owner, node.name, this.#value(node.value, scope));
    }
    const value = this.#value(node.value, scope);
    return this.#set(owner, node.name, this.#apply(before, node.binaryOperator, [value], undefined, node));
  }

  /** Returns the value of what decides which way to go; undefined for any other node. */
  #control(node: Node, scope: Scope): Value | undefined {
    if (node instanceof nodes.NilNode || node instanceof nodes.SelfNode) return null;
    if (node instanceof nodes.ParenthesesNode) return this.#statements(node.body, scope);
    if (node instanceof nodes.StatementsNode) return this.#statements(node, scope);
    if (node instanceof nodes.ElseNode) return this.#statements(node.statements, scope);
    if (node instanceof nodes.IfNode || node instanceof nodes.UnlessNode) return this.#branch(node, scope);
    if (node instanceof nodes.CaseNode) return this.#case(node, scope);
    if (node instanceof nodes.AndNode || node instanceof nodes.OrNode) {
      const left = this.#value(node.left, scope);
      if (left instanceof Unknown) return left;
      return isTrue(left) === node instanceof nodes.AndNode ? this.#value(node.right, scope) : left;
    }
    if (node instanceof nodes.DefNode) {
      this.#methods.set(node.name, { parameters: node.parameters, body: node.body });
      return new Sym(node.name);
    }
    if (node instanceof nodes.ForNode) return this.#for(node, scope);
    if (node instanceof nodes.BeginNode) return this.#statements(node.statements, scope);
    if (node instanceof nodes.NextNode) throw new Leave("next", this.#firstOf(node.arguments_, scope));
    if (node instanceof nodes.BreakNode) throw new Leave("break", this.#firstOf(node.arguments_, scope));
    if (node instanceof nodes.ReturnNode) throw new Leave("return", this.#firstOf(node.arguments_, scope));
    return undefined;
  }

  /** `for i in 1..3 do`: as `each`, but with the variables around it. */
  #for({ index, collection, statements }: nodes.ForNode, scope: Scope): Value {
    const block = new Lambda(([value = null]) => {
      bind(index, value, scope, this.#globals);
      return this.#statements(statements, scope);
    });
    return this.#apply(this.#value(collection, scope), "each", [], block, collection);
  }

  #firstOf(args: nodes.ArgumentsNode | null, scope: Scope): Value {
    return args === null ? null : (this.#list(args.arguments_, scope)[0] ?? null);
  }

  #branch(node: nodes.IfNode | nodes.UnlessNode, scope: Scope): Value {
    const condition = this.#value(node.predicate, scope);
    if (condition instanceof Unknown) {
      this.#settings.note(this.#line(node), `neither way of the condition is taken over: ${condition.why}`);
      return this.#unknown(condition.why, node);
    }
    const otherwise = node instanceof nodes.IfNode ? node.subsequent : node.elseClause;
    const holds = isTrue(condition) === node instanceof nodes.IfNode;
    return holds ? this.#statements(node.statements, scope) : this.#value(otherwise, scope);
  }

  #case(node: nodes.CaseNode, scope: Scope): Value {
    const value = this.#value(node.predicate, scope);
    for (const each of node.conditions) {
      if (!(each instanceof nodes.WhenNode)) continue;
      const tests = this.#list(each.conditions, scope);
      const unknown = [value, ...tests].find((one) => one instanceof Unknown || one instanceof Range);
      if (unknown !== undefined) {
        const why = unknown instanceof Unknown ? unknown.why : `${this.#words(each)} cannot be read`;
        this.#settings.note(this.#line(node), `no way of the case is taken over: ${why}`);
        return this.#unknown(why, node);
      }
      if (tests.some((one) => isEqual(one, value))) return this.#statements(each.statements, scope);
    }
    return this.#value(node.elseClause, scope);
  }

  #call(node: nodes.CallNode, scope: Scope): Value {
    if (/^(is_a|kind_of)\?$/.test(node.name)) return this.#isOfClass(node, scope);
    const args = this.#arguments(node.arguments_, scope);
    const block = this.#block(node.block, scope);
    if (node.receiver === null) return this.#ownCall(node, args, block);
    if (node.receiver instanceof nodes.ConstantReadNode && node.receiver.name === "Vagrant") {
      return this.#callVagrant(node, args, block);
    }
    const receiver = this.#value(node.receiver, scope);
    if (receiver === null && node.isSafeNavigation()) return null;
    if (receiver instanceof ConfigObject) return this.#configure(receiver, node, args, block);
    if (receiver instanceof Environment) return this.#environment(receiver, node, args);
    const isOutside =
      node.receiver instanceof nodes.ConstantPathNode ||
      (node.receiver instanceof nodes.ConstantReadNode && this.#globals.get(node.receiver.name) === undefined);
    if (receiver instanceof Unknown && isOutside) {
      return this.#unknown(`${this.#words(node)} is not run`, node);
    }
    if (node.name === "[]=" && (receiver instanceof Hash || Array.isArray(receiver))) {
      const [key = null, value = null] = args;
      if (receiver instanceof Hash) receiver.set(key, value);
      else if (typeof key === "number" && key >= 0 && key < 1000) receiver[key] = value;
      return value;
    }
    return this.#apply(receiver, node.name, args, block, node);
  }

  /** `x.is_a?(String)`, by which lists are told from texts of the shell. */
  #isOfClass(node: nodes.CallNode, scope: Scope): Value {
    const value = this.#value(node.receiver, scope);
    const [asked] = node.arguments_?.arguments_ ?? [];
    if (value instanceof Unknown) return value;
    if (!(asked instanceof nodes.ConstantReadNode)) return this.#unreadable(node);
    switch (asked.name) {
      case "String":
        return typeof value === "string";
      case "Array":
        return Array.isArray(value);
      case "Hash":
        return value instanceof Hash;
      case "Integer":
        return Number.isInteger(value);
      default:
        return this.#unreadable(node);
    }
  }

  #arguments(node: nodes.ArgumentsNode | null, scope: Scope): readonly Value[] {
    return node === null ? [] : this.#list(node.arguments_, scope);
  }

  #block(node: Node | null, scope: Scope): Lambda | undefined {
    if (node instanceof nodes.BlockNode) return this.#lambda(node.parameters, node.body, scope);
    if (!(node instanceof nodes.BlockArgumentNode)) return undefined;
    const value = this.#value(node.expression, scope);
    if (value instanceof Lambda) return value;
    // map(&:to_s)
    return value instanceof Sym
      ? new Lambda(([first = null]) => this.#apply(first, value.name, [], undefined, node))
      : undefined;
  }

  #apply(receiver: Value, name: string, args: readonly Value[], block: Lambda | undefined, node: Node): Value {
    const unknown = [receiver, ...args].find((value) => value instanceof Unknown);
    if (unknown !== undefined) return unknown;
    try {
      const value = callMethod(receiver, name, args, block);
      return value === undefined ? this.#unreadable(node) : value;
    } catch (error) {
      if (error instanceof Leave && error.how === "break") return error.value;
      throw error;
    }
  }

  /** Calls a method of the Vagrantfile's own, or one of Ruby's that needs nothing from outside. */
  #ownCall(node: nodes.CallNode, args: readonly Value[], block: Lambda | undefined): Value {
    const { name } = node;
    const method = this.#methods.get(name);
    if (method !== undefined) return this.#run(method, args, block, node);
    if (idle.test(name)) return null;
    const [first = null, ...rest] = args;
    if (first instanceof Unknown) return first;
    if (name === "Integer" || name === "String")
      return this.#apply(first, name === "Integer" ? "to_i" : "to_s", [], undefined, node);
    if ((name === "format" || name === "sprintf") && typeof first === "string") {
      return format(first, rest) ?? this.#unreadable(node);
    }
    if (name === "lambda" || name === "proc") return block ?? null;
    if (name === "loop") return this.#unknown("loop cannot be followed", node);
    return this.#unknown(`${name} is not run`, node);
  }

  #run({ parameters, body }: Method, args: readonly Value[], block: Lambda | undefined, node: Node): Value {
    if (this.#depth >= deepest) return this.#unknown(`${this.#words(node)} calls itself too often`, node);
    const scope = new Scope();
    bindParameters(parameters, args, scope, (value) => this.#value(value, scope));
    if (block !== undefined) scope.declare("yield", block);
    this.#depth++;
    try {
      return this.#statements(body, scope);
    } catch (error) {
      if (error instanceof Leave && error.how === "return") return error.value;
      throw error;
    } finally {
      this.#depth--;
    }
  }

  /** `Vagrant.configure("2") do |config|`; other calls of Vagrant's tell of its plugins and its version. */
  #callVagrant(node: nodes.CallNode, args: readonly Value[], block: Lambda | undefined): Value {
    if (node.name === "configure") {
      block?.call([new ConfigObject("config")]);
      return null;
    }
    if (node.name === "require_version") return null;
    void args;
    return this.#unknown(`Vagrant.${node.name} is not asked`, node);
  }

  #configure(object: ConfigObject, node: nodes.CallNode, args: readonly Value[], block: Lambda | undefined): Value {
    const line = this.#line(node);
    const { name } = node;
    if (!name.endsWith("=") || name === "==") {
      const unknown = args.find((value) => value instanceof Unknown);
      // The rest of what such a call says counts all the same.
      if (unknown !== undefined) this.#settings.note(line, `${object.path}.${name}: ${unknown.why}`);
      return this.#settings.call(object, name, args, block, line);
    }
    const [value = null] = args;
    const key = name.slice(0, -1);
    if (value instanceof Unknown) {
      this.#settings.note(line, `${object.path}.${key} cannot be read: ${value.why}`);
      return null;
    }
    this.#settings.assign(object, key, value, line);
    return value;
  }

  /** Answers as this shell would: a value depends on the shell, so a note tells which was taken. */
  #environment({ variables }: Environment, node: nodes.CallNode, args: readonly Value[]): Value {
    const [name, fallback = null] = args;
    if (typeof name !== "string") return this.#unreadable(node);
    const value = variables[name];
    if (/^(key\?|has_key\?|include\?)$/.test(node.name)) return value !== undefined;
    if (node.name !== "[]" && node.name !== "fetch") return this.#unreadable(node);
    const taken = value === undefined ? "is not set in this shell" : "is taken as this shell has it";
    this.#settings.note(this.#line(node), `the variable ${name} ${taken}`);
    return value ?? fallback;
  }

  #lambda(parameters: Node | null, body: Node | null, scope: Scope): Lambda {
    return new Lambda((args) => {
      const inner = new Scope(scope);
      bindBlock(parameters, args, inner, (value) => this.#value(value, inner));
      try {
        return this.#statements(body, inner);
      } catch (error) {
        if (error instanceof Leave && error.how === "next") return error.value;
        throw error;
      }
    });
  }

  /** Returns what is written, for a note: its first words. */
  #words({ location }: Node): string {
    const [first = ""] = this.#text.slice(location.startOffset, location.length).split("\n");
    return first.length > 40 ? `${first.slice(0, 39)}…` : first;
  }
}
