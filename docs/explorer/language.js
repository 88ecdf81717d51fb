// Schedules as text, in the browser: reads what the library's repr writes and its parse reads, checks it by the
// library's own rules, and binds it to the formulas that schedules.js holds. Nothing is evaluated: the text may hold the
// names of schedules, numbers, lists, and + - * / ** between numbers. No page is needed: the tests run this file in node.
"use strict";

(function () {
  const library = typeof module === "object" ? require("./schedules.js") : globalThis.PureSchedules;

  // Far above what a person writes, far below what would exhaust a machine.
  const LONGEST_TEXT = 100000;
  const DEEPEST = 50;
  const LARGEST_EXPONENT = 400;
  // The factors of a product are multiplied one by one.
  const MOST_FACTORS = 1000000;

  /** What is wrong with a text, and from where to where in it. */
  class Problem extends Error {
    constructor(message, start, end) {
      super(message);
      this.start = start;
      this.end = end;
    }
  }

  const own = (table, name) => (Object.hasOwn(table, name) ? table[name] : undefined);

  /** The nearest of some names, if one is near. */
  function nearest(word, names) {
    let best = null;
    let least = Math.max(1, Math.floor(word.length * 0.4)) + 1;
    for (const name of names) {
      const distance = edits(word.toLowerCase(), name);
      if (distance < least) [best, least] = [name, distance];
    }
    return best;
  }

  function edits(a, b) {
    if (Math.abs(a.length - b.length) > 10) return Infinity;
    let row = Array.from({ length: b.length + 1 }, (_, index) => index);
    for (let i = 1; i <= a.length; i++) {
      const next = [i];
      for (let j = 1; j <= b.length; j++) {
        next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
      }
      row = next;
    }
    return row[b.length];
  }

  // Reading ----------------------------------------------------------------------------------------------------------

  const TOKEN =
    /\s*(?:((?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?)|([A-Za-z_]\w*)|("[^"\\\n]*"|'[^'\\\n]*')|(\*\*|[-+*/()[\],=.]))/y;

  function tokens(text) {
    const found = [];
    TOKEN.lastIndex = 0;
    while (text.slice(TOKEN.lastIndex).trim() !== "") {
      const from = TOKEN.lastIndex;
      const match = TOKEN.exec(text);
      if (match === null) {
        const place = from + text.slice(from).search(/\S/);
        const quote = /["']/.test(text[place]);
        throw new Problem(quote ? "this quotation is not closed" : `${text[place]} is not read here`, place, place + 1);
      }
      const [, number, name, word, sign] = match;
      const end = TOKEN.lastIndex;
      const kind = number !== undefined ? "number" : name !== undefined ? "name" : word !== undefined ? "word" : "sign";
      const written = number ?? name ?? word ?? sign;
      const start = end - written.length;
      if (kind === "number" && (/^0\d/.test(written) && !/[.eE]/.test(written) && !/^[0_]+$/.test(written))) {
        throw new Problem("a whole number does not begin with 0", start, end);
      }
      if (kind === "number" && /\w/.test(text[end] ?? "")) throw new Problem("this number is not complete", start, end + 1);
      found.push({ kind, text: written, start, end });
    }
    found.push({ kind: "end", text: "", start: text.trimEnd().length, end: text.trimEnd().length + 1 });
    return found;
  }

  /** The tree of a text: calls, lists, numbers, names, words; each with its place. */
  function read(text) {
    if (text.length > LONGEST_TEXT) {
      throw new Problem(`the text has ${text.length} characters, and ${LONGEST_TEXT} is the most that is read`, 0, 1);
    }
    // The code that this page gives to copy is read as well: what stands before the call is left out, each place kept.
    const before = /^\s*(?:import pure_schedules(?: as ps)?\s*\n\s*)?(?:[A-Za-z_]\w*\s*=\s*)?/;
    const list = tokens(text.replace(before, (found) => " ".repeat(found.length)));
    let next = 0;
    const peek = () => list[next];
    const is = (sign) => peek().kind === "sign" && peek().text === sign;
    const take = (sign) => is(sign) && list[next++];
    const refuse = (message, at = peek()) => {
      throw new Problem(message, at.start, at.end);
    };
    const expect = (sign) =>
      take(sign) || refuse(peek().kind === "end" ? `the text ends, and ${sign} is missing` : `${peek().text} was not expected here; , or ${sign} is missing`);

    function sum(depth) {
      return binary(() => product(depth), ["+", "-"]);
    }
    function product(depth) {
      return binary(() => signed(depth), ["*", "/"]);
    }
    function binary(operand, signs) {
      let left = operand();
      for (let sign = signs.find(is); sign; sign = signs.find(is)) {
        next++;
        left = computed(sign, left, operand());
      }
      return left;
    }
    function signed(depth) {
      if (depth > DEEPEST) refuse(`nested deeper than ${DEEPEST}`);
      const sign = take("-") || take("+");
      if (!sign) return power(depth);
      const operand = signed(depth + 1);
      number(operand);
      return { type: "number", value: sign.text === "-" ? -operand.value : operand.value, start: sign.start, end: operand.end };
    }
    function power(depth) {
      const base = atom(depth);
      return take("**") ? computed("**", base, signed(depth + 1)) : base;
    }
    function number(node) {
      if (node.type !== "number") refuse("a number was expected", node);
      return node.value;
    }
    function computed(sign, left, right) {
      const [a, b] = [number(left), number(right)];
      const place = { start: left.start, end: right.end };
      if (sign === "**" && (Math.abs(b) > LARGEST_EXPONENT || Math.abs(a) > 1e100)) {
        refuse(`the power is too large; exponents go up to ${LARGEST_EXPONENT}`, place);
      }
      if ((sign === "/" && b === 0) || (sign === "**" && a === 0 && b < 0)) refuse("this cannot be computed: division by zero", place);
      const value = { "+": a + b, "-": a - b, "*": a * b, "/": a / b, "**": a ** b }[sign];
      if (!Number.isFinite(value)) refuse("this is not a real number, or too large", place);
      return { type: "number", value, ...place };
    }
    function atom(depth) {
      const token = peek();
      if (depth > DEEPEST) refuse(`nested deeper than ${DEEPEST}`);
      if (token.kind === "number") {
        next++;
        return { type: "number", value: Number(token.text.replaceAll("_", "")), start: token.start, end: token.end };
      }
      if (token.kind === "word") {
        next++;
        return { type: "word", value: token.text.slice(1, -1), start: token.start, end: token.end };
      }
      if (token.kind === "name") return named(depth);
      if (take("[")) {
        const items = several("]", () => sum(depth + 1));
        return { type: "list", items, start: token.start, end: list[next - 1].end };
      }
      if (take("(")) {
        const inner = sum(depth + 1);
        expect(")");
        return { ...inner, start: token.start, end: list[next - 1].end };
      }
      if (token.kind !== "end") return refuse(`${token.text} was not expected here`);
      return refuse(next ? "the text ends here, and something is missing" : "write a schedule, such as linear(start=0, end=3e-4, steps=1_000)");
    }
    function named(depth) {
      let token = list[next++];
      const first = token;
      if ((token.text === "ps" || token.text === "pure_schedules") && take(".")) {
        token = list[next++];
        if (token.kind !== "name") refuse("the name of a schedule was expected", token);
      }
      if (is(".")) {
        refuse(
          token.text === "like"
            ? "the schedules of peers under like are in the library, and not on this page"
            : "names with a dot are not read here",
          first,
        );
      }
      const place = { start: first.start, name: token.text, nameStart: first.start, nameEnd: token.end, end: token.end };
      if (["None", "True", "False"].includes(token.text)) {
        return token.text === "None" ? { type: "none", ...place } : { type: "flag", value: token.text === "True", ...place };
      }
      if (!own(library.schedules, token.text) && !own(library.spaces, token.text)) {
        const near = nearest(token.text, [...Object.keys(library.schedules), ...Object.keys(library.spaces)]);
        refuse(`there is no schedule '${token.text}'${near ? `; did you mean '${near}'?` : ""}`, place);
      }
      if (!take("(")) return { type: "name", ...place };
      const args = several(")", () => argument(depth + 1));
      args.forEach((given, index) => {
        if (given.name === null && index && args[index - 1].name !== null) {
          refuse("what is given by position comes before what is given by name", given.value);
        }
        if (given.name !== null && args.findIndex((other) => other.name === given.name) < index) {
          refuse(`${given.name} is given twice`, given);
        }
      });
      return { type: "call", args, ...place, end: list[next - 1].end };
    }
    function argument(depth) {
      const token = peek();
      const follows = list[next + 1];
      if (token.kind === "name" && follows.kind === "sign" && follows.text === "=") {
        next += 2;
        return { name: token.text, start: token.start, end: token.end, value: sum(depth) };
      }
      return { name: null, value: sum(depth) };
    }
    function several(closing, item) {
      const items = [];
      while (!is(closing)) {
        items.push(item());
        if (!take(",")) break;
      }
      expect(closing);
      return items;
    }

    const tree = sum(0);
    if (peek().kind !== "end") refuse(`${peek().text} was not expected here`);
    return tree;
  }

  // Checking ---------------------------------------------------------------------------------------------------------

  const each = (holds) => (value) => (Array.isArray(value) ? value : [value]).every(holds);
  const plain = (...values) => values.every((value) => typeof value === "number");
  const hasAnEnd = (schedule) => 0 < schedule.steps && schedule.steps < Infinity;

  /** What each rule of the library asks, by its words. */
  const CONDITIONS = [
    [/^must be finite$/, () => each(Number.isFinite)],
    [/^must be positive$/, () => each((value) => value > 0)],
    [/^must not be negative$/, () => each((value) => value >= 0)],
    [/^must be negative$/, () => each((value) => value < 0)],
    [/^must be below 1$/, () => each((value) => value < 1)],
    [/^must be above 0\.6$/, () => each((value) => value > 0.6)],
    [/^must be 1 or more$/, () => each((value) => value >= 1)],
    [/^must not be 1$/, () => each((value) => value !== 1)],
    [/^must be a fraction, from 0 to 1$/, () => each((value) => 0 <= value && value <= 1)],
    [/^must be a whole number above 0$/, () => (value) => Number.isInteger(value) && value > 0],
    [/^must be at most (\d+)$/, (most) => each((value) => value <= Number(most))],
    [/^must rise from 0 on, never falling$/, () => (value) => value.every((item, index) => (index ? value[index - 1] : 0) <= item)],
    [/^must not be of half precision/, () => () => true],
    [/^must not be empty$/, () => (value) => value.length > 0],
    [/^must have a sum of 1$/, () => (value) => Math.abs(value.reduce((a, b) => a + b, 0) - 1) < 1e-9],
    [/^must be as many as (\w+)$/, (other) => (value, given) => value.length === given[other].length],
    [/^must be one fewer than (\w+)$/, (other) => (value, given) => value.length + 1 === given[other].length],
    [/^must be one more than (\w+)$/, (other) => (value, given) => value.length === given[other].length + 1],
    [
      /^must be at least ([\w +]+)$/,
      (others) => (value, given) => {
        const bounds = others.split(" + ").map((name) => given[name]);
        return !plain(value, ...bounds) || value >= bounds.reduce((a, b) => a + b, 0);
      },
    ],
    [
      /^must be a length in steps, not a ratio of (\w+)$/,
      (other) => (value, given) => !plain(value, given[other]) || value <= 0 || value >= 1 || given[other] < 1000,
    ],
    [/^must be above (\w+)$/, (other) => (value, given) => !plain(value, given[other]) || value > given[other]],
    [/^must differ from (\w+)$/, (other) => (value, given) => !plain(value, given[other]) || value !== given[other]],
    [/^must have an end, and a length above 0$/, () => (value) => hasAnEnd(value)],
    [/^must all have an end, and a length above 0$/, () => (value) => value.every(hasAnEnd)],
    [/^must be a step at which the schedule is not 0$/, () => (value, given) => !plain(value) || given.schedule.at(value) !== 0],
    [/^must count what was consumed so far/, () => (clock) => clock.name !== "batch_size_ramp"],
    [/^must have a value to rise to$/, () => (child) => child.steps !== 0 || child.at(0) !== 0],
    [/^must be before the end of the schedule$/, () => (value, given) => value < given.schedule.steps],
    [/^must not begin at 0 after the first/, () => (value) => value.slice(1).every((child) => child.at(0) !== 0)],
    [
      /^must be the name of a number among the hyperparameters of (\w+)$/,
      (other) => (value, given) => typeof own(given[other].given, value) === "number",
    ],
    [
      /^must have a place on the axis of (\w+)$/,
      (other) => (value, given) => given[other] === null || Number.isFinite(library.spaces[given[other]](value)),
    ],
  ];

  for (const schedule of Object.values(library.schedules)) {
    for (const parameter of schedule.parameters) {
      parameter.conditions = parameter.rules.map(([rule, advice]) => {
        const known = CONDITIONS.find(([words]) => words.test(rule));
        if (!known) throw new Error(`language.js does not know the rule ${JSON.stringify(rule)}: add it to CONDITIONS`);
        return { rule, advice, holds: known[1](...known[0].exec(rule).slice(1)) };
      });
    }
  }

  // Binding ----------------------------------------------------------------------------------------------------------

  /** The schedule that a tree stands for. */
  function bind(tree) {
    const made = valueOf(tree);
    if (made.what === "schedule") return made.value;
    const name = tree.type === "name" && own(library.schedules, tree.name) ? tree.name : "constant";
    throw new Problem(`a schedule has its hyperparameters beside its name: ${name}(...)`, tree.start, tree.end);
  }

  function valueOf(node) {
    switch (node.type) {
      case "call":
        return { what: "schedule", value: bound(node), node };
      case "list":
        return { what: "list", items: node.items.map(valueOf), node };
      case "name":
        return { what: own(library.spaces, node.name) ? "space" : "maker", value: node.name, node };
      default:
        return { what: node.type, value: node.value ?? null, node };
    }
  }

  function bound(node) {
    const schedule = own(library.schedules, node.name);
    if (!schedule) throw new Problem(`${node.name} does not make a schedule`, node.nameStart, node.nameEnd);
    const { parameters } = schedule;
    const at = { start: node.nameStart, end: node.nameEnd };
    const refuse = (message, place = at) => {
      throw new Problem(`${node.name}: ${message}`, place.start, place.end);
    };
    const names = parameters.map((parameter) => parameter.name);
    const positional = parameters.filter((parameter) => parameter.positional).map((parameter) => parameter.name);
    const call = parameters
      .filter((parameter) => parameter.required)
      .map((parameter) => (parameter.positional ? parameter.name : `${parameter.name}=...`))
      .join(", ");
    const given = {};
    for (const argument of node.args) {
      if (argument.name !== null && !names.includes(argument.name)) {
        const steps = argument.name.replace(/_ratio$/, "_steps");
        if (steps !== argument.name && names.includes(steps) && names.includes("total_steps")) {
          const ratio = written(argument.value);
          refuse(`there is no hyperparameter '${argument.name}'; write ${steps}=${ratio} * total_steps`, argument);
        }
        const near = nearest(argument.name, names);
        const hint = near ? `; did you mean '${near}'?` : ";";
        refuse(`there is no hyperparameter '${argument.name}'${hint} ${node.name} has ${names.join(", ")}`, argument);
      }
    }
    node.args.forEach((argument, index) => {
      const place = argument.name === null ? argument.value : argument;
      if (argument.name === null && index >= positional.length) {
        refuse(`numbers are given by name, got ${written(argument.value)} by position; write ${node.name}(${call})`, place);
      }
      const name = argument.name ?? positional[index];
      if (Object.hasOwn(given, name)) refuse(`${name} is given twice, by position and by name; give it once`, place);
      given[name] = valueOf(argument.value);
    });
    const places = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value.node]));
    const values = {};
    for (const parameter of parameters) {
      const value = own(given, parameter.name);
      if (value === undefined) {
        if (parameter.required) refuse(`${parameter.name} is missing; write ${node.name}(${call})`);
        values[parameter.name] = parameter.default;
      } else {
        values[parameter.name] = admitted(node.name, parameter, value);
      }
    }
    for (const parameter of parameters) {
      const value = values[parameter.name];
      for (const { rule, advice, holds } of value === null ? [] : parameter.conditions) {
        if (!holds(value, values)) {
          const place = own(places, parameter.name) ?? at;
          const got = place === at ? written(value) : written(place);
          const said = (key) => (own(places, key) ? written(own(places, key)) : written(values[key]));
          const quoted = { name: parameter.name, value: got };
          const meant = advice.replace(/\{(\w+)\}/g, (_, key) => own(quoted, key) ?? said(key));
          refuse(`${parameter.name} ${rule}, got ${parameter.name}=${got}; ${meant}`, place);
        }
      }
      if (Array.isArray(value) && value.length > library.longestList) {
        refuse(`${parameter.name} has ${value.length} items; this page takes up to ${library.longestList}, the library any number`, places[parameter.name]);
      }
      const most = node.name === "running_product" ? MOST_FACTORS : library.longestList;
      if (parameter.whole && value > most) {
        refuse(`${parameter.name} is ${value}; this page takes up to ${most}, the library any number`, places[parameter.name]);
      }
      if (parameter.fromOthers && value === null) {
        const children = values.schedules ? values.schedules.slice(0, -1) : values.schedule ? [values.schedule] : [];
        const without = children.findIndex((child) => !(child.steps < Infinity && (child.steps > 0 || !["repeat", "stretch_to"].includes(node.name))));
        if (without >= 0) {
          const child = values.schedules ? `schedules[${without}]` : "schedule";
          const problem = children[without].steps === 0 ? "the schedule has no length" : "a schedule is endless";
          refuse(
            `${parameter.name} must be given where ${problem}, got ${child}=${written(children[without])}; ` +
              `write ${parameter.name}=${values.schedules ? "[...]" : "..."}`,
          );
        }
      }
    }
    return made(node.name, values, (name) => own(places, name) ?? at);
  }

  /** A value of the kind that a hyperparameter asks for: a number, a list of them, a schedule ... */
  function admitted(name, parameter, value) {
    if (value.what === "none" && !parameter.required && parameter.default === null) return null;
    const refuse = ([rule, advice], item, place = "") => {
      const message = `${name}: ${parameter.name}${place} ${rule}, got ${parameter.name}=${written(value.node)}; ${advice}`;
      const said = message
        .replaceAll("{value}", item.node.name ?? written(item.node))
        .replaceAll("{number}", Number.isInteger(item.value) ? "int" : "float");
      throw new Problem(said, item.node.start, item.node.end);
    };
    const kindOfItem = { some_numbers: "a_number", some_schedules: "a_schedule" }[parameter.kind];
    if (kindOfItem && value.what === "list") {
      if (!value.items.length && library.refusals[parameter.kind].list) refuse(library.refusals[parameter.kind].list, value);
      value.items.forEach((item, index) => {
        const refusal = own(library.refusals[kindOfItem], item.what);
        if (refusal) refuse(refusal, item, `[${index}]`);
      });
      return value.items.map((item) => item.value);
    }
    const refusal = own(library.refusals[parameter.kind], value.what);
    if (refusal) refuse(refusal, value);
    return value.value;
  }

  /** A schedule from hyperparameters that have been looked at; `place` says where each of them stands. */
  function made(name, given, place) {
    const { parameters } = library.schedules[name];
    const atDefaults = parameters.every(
      (parameter) => typeof parameter.default !== "number" || given[parameter.name] === parameter.default,
    );
    const words = parameters.map((parameter) => {
      const value = given[parameter.name];
      if (value === null) return "-";
      if (Array.isArray(value)) return String(value.length);
      if (parameter.kind === "a_space") return value;
      if (parameter.kind !== "a_number") return "*";
      if (parameter.whole && !own(library.formulas[name], parameters.map((p) => (p.kind === "a_number" ? "n" : "*")).join(","))) {
        return `=${value}`;
      }
      return atDefaults && typeof parameter.default === "number" ? "d" : "n";
    });
    const hyperparameters = { ...given };
    for (const parameter of parameters) {
      if (parameter.kind === "a_factory") hyperparameters[parameter.name] = maker(given[parameter.name], place(parameter.name));
    }
    const { at, steps } = library.formulas[name][words.join(",")](hyperparameters);
    const children = Object.values(given).flat().filter((value) => value !== null && typeof value === "object" && "at" in value);
    const isConstant =
      name === "constant" ||
      (library.schedules[name].asLongAsChildren && children.length > 0 && children.every((child) => child.isConstant));
    let length = null;
    const schedule = {
      name,
      given,
      isConstant,
      /** The value at a step that is not below 0. */
      at,
      get steps() {
        return (length ??= isConstant ? Infinity : steps());
      },
      /** From which step on the value is the same: a constant has no end, and nothing to wait for. */
      get settled() {
        return isConstant ? 0 : schedule.steps;
      },
      /** The same schedule with another value for one of its hyperparameters. */
      varied: (hyperparameter, value) => made(name, { ...given, [hyperparameter]: value }, place),
    };
    return schedule;
  }

  /** A function from start, end and steps to a schedule, which remembers the last that it made. */
  function maker(name, { start: from, end: to }) {
    let last = null;
    return (start, end, steps) => {
      if (last === null || last.start !== start || last.end !== end || last.steps !== steps) {
        const args = Object.entries({ start, end, steps }).map(([hyperparameter, value]) => ({
          name: hyperparameter,
          start: from,
          end: to,
          value: { type: "number", value, start: from, end: to },
        }));
        last = { start, end, steps, schedule: bound({ name, args, nameStart: from, nameEnd: to }) };
      }
      return last.schedule;
    };
  }

  /** The schedule of a text. */
  const parse = (text) => bind(read(text));

  /** The value of a schedule at any step: before 0 it is that at 0. */
  const value = (schedule, step) => schedule.at(Math.max(step, 0));

  // Writing ----------------------------------------------------------------------------------------------------------

  /** A number as a person would write it, and Python would read it. */
  function number(value) {
    if (Number.isInteger(value) && Math.abs(value) >= 1000 && Math.abs(value) < 1e15) {
      return String(value).replace(/\B(?=(\d{3})+$)/g, "_");
    }
    const decimal = String(value);
    const exponential = value.toExponential().replace("e+", "e");
    return exponential.length < decimal.length ? exponential : decimal;
  }

  /** A node, schedule or value as text. */
  function written(thing) {
    if (thing === null) return "None";
    if (typeof thing === "number") return number(thing);
    if (typeof thing === "string") return thing;
    if (Array.isArray(thing)) return `[${thing.map(written).join(", ")}]`;
    if (thing.given) {
      const parameters = library.schedules[thing.name].parameters.filter((parameter) => thing.given[parameter.name] !== null);
      return `${thing.name}(${parameters
        .map((parameter) => (parameter.positional ? "" : `${parameter.name}=`) +
            (parameter.kind === "a_word" ? `'${thing.given[parameter.name]}'` : written(thing.given[parameter.name])))
        .join(", ")})`;
    }
    switch (thing.type) {
      case "call":
        return `${thing.name}(${thing.args.map((item) => (item.name === null ? "" : `${item.name}=`) + written(item.value)).join(", ")})`;
      case "list":
        return `[${thing.items.map(written).join(", ")}]`;
      case "number":
        return number(thing.value);
      case "word":
        return `'${thing.value}'`;
      case "flag":
        return thing.value ? "True" : "False";
      case "none":
        return "None";
      default:
        return thing.name;
    }
  }

  /** The text as Python after `import pure_schedules as ps`. */
  function code(text, tree) {
    const names = [];
    const visit = (node) => {
      if (node.type === "call" || node.type === "name") names.push(node);
      for (const inner of node.items ?? (node.args ?? []).map((argument) => argument.value)) visit(inner);
    };
    visit(tree);
    names.sort((a, b) => b.nameStart - a.nameStart);
    let python = text.slice(0, tree.end);
    for (const node of names) python = `${python.slice(0, node.nameStart)}ps.${node.name}${python.slice(node.nameEnd)}`;
    return python.slice(tree.start).replace(/\s*\n\s*/g, " ");
  }

  /** Every number of a tree that could be changed, whether it is written or left at its default, by a path of names. */
  function numbers(tree) {
    const found = [];
    const visit = (node, path, heading) => {
      const schedule = own(library.schedules, node.name);
      if (node.type !== "call" || !schedule) return;
      const positional = schedule.parameters.filter((parameter) => parameter.positional);
      const group = { path, name: node.name, heading, numbers: [] };
      found.push(group);
      for (const parameter of schedule.parameters) {
        const here = `${path}.${parameter.name}`;
        const argument = node.args.find((item, index) => (item.name ?? positional[index]?.name) === parameter.name);
        if (argument?.value.type === "number") group.numbers.push({ path: here, parameter, node: argument.value, label: parameter.name });
        else if (!argument && typeof parameter.default === "number") {
          group.numbers.push({ path: here, parameter, call: node, label: parameter.name });
        } else if (argument?.value.type === "list") {
          argument.value.items.forEach((item, index) => {
            if (item.type === "number") {
              group.numbers.push({ path: `${here}[${index}]`, parameter, node: item, label: `${parameter.name}[${index}]` });
            }
            visit(item, `${here}[${index}]`, `${parameter.name}[${index}]`);
          });
        } else if (argument) visit(argument.value, here, parameter.name);
      }
    };
    visit(tree, tree.name ?? "", "");
    return found.filter((group) => group.numbers.length);
  }

  /** The text with one of its numbers changed. */
  function changed(text, place, value) {
    if (place.node) return text.slice(0, place.node.start) + number(value) + text.slice(place.node.end);
    const closing = place.call.end - 1;
    const before = text.slice(0, closing).trimEnd();
    const comma = /[(,]$/.test(before) ? (before.endsWith(",") ? " " : "") : ", ";
    return `${before}${comma}${place.parameter.name}=${number(value)}${text.slice(closing)}`;
  }

  const language = { library, Problem, read, bind, parse, value, number, written, code, numbers, changed };
  if (typeof module === "object") module.exports = language;
  else globalThis.ScheduleLanguage = language;
})();
