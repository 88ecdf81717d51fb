// The explorer's page: texts in, curves, sliders and code out. What a text means is in language.js, the formulas are in
// schedules.js. The state of the page is the texts of its curves and the axes; it stands in the address after #.
"use strict";

(function () {
  const language = globalThis.ScheduleLanguage;
  const { library } = language;
  const element = (id) => document.getElementById(`explorer-${id}`);
  const root = document.getElementById("explorer");
  if (!root) return;

  const MOST_CURVES = 6;
  const FIRST = library.schedules.warmup_cosine.example;
  const MODULES = {
    recipes: "Recipes: the names people know",
    shapes: "Shapes: from one value to another",
    decays: "Decays and waves without an end",
    knots: "Knots and tables",
    combinators: "Combinators",
    clocks: "Clocks",
    spaces: "Any curve on any axis",
    changes: "Changes to a run",
    noise: "Noise",
  };

  /** The curves; one of them is selected, and is the one that the controls change. */
  let curves = [];
  let selected = 0;
  let view = { log: false, to: null, at: null };
  /** What was drawn last, and how. */
  let drawing = null;

  // State ------------------------------------------------------------------------------------------------------------

  function curveOf(text) {
    const curve = { text };
    rewrite(curve, text);
    return curve;
  }

  /** Another text for a curve. Where it is wrong, the curve keeps the last schedule that was right. */
  function rewrite(curve, text) {
    curve.text = text;
    curve.problem = null;
    curve.tree = null;
    try {
      curve.tree = language.read(text);
      const schedule = language.bind(curve.tree);
      // A part that is reached only later may be refused when it is.
      for (const step of [0, schedule.steps / 2, schedule.steps]) if (step >= 0 && step < Infinity) schedule.at(step);
      curve.schedule = schedule;
      curve.code = language.code(text, curve.tree);
    } catch (error) {
      if (!(error instanceof language.Problem)) throw error;
      curve.problem = error;
    }
  }

  function readAddress() {
    const given = new URLSearchParams(location.hash.slice(1));
    const texts = given.getAll("e").slice(0, MOST_CURVES);
    curves = (texts.length ? texts : [FIRST]).map(curveOf);
    selected = Math.min(Math.max(Math.trunc(Number(given.get("s"))) || 0, 0), curves.length - 1);
    const number = (name) => (Number(given.get(name)) > 0 ? Number(given.get(name)) : null);
    view = { log: given.get("y") === "log", to: number("to"), at: given.has("at") ? (number("at") ?? 0) : null };
  }

  let waiting = null;
  let address = null;

  function writeAddress() {
    // Not at every movement of a slider: browsers refuse an address that changes too often.
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const given = new URLSearchParams();
      for (const curve of curves) given.append("e", curve.text);
      if (selected) given.set("s", selected);
      if (view.log) given.set("y", "log");
      if (view.to !== null) given.set("to", view.to);
      if (view.at !== null) given.set("at", view.at);
      address = `#${given}`;
      history.replaceState(null, "", address);
    }, 150);
  }

  // Drawing ----------------------------------------------------------------------------------------------------------

  const SVG = "http://www.w3.org/2000/svg";

  function svg(name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function html(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
      else if (value === true) made.setAttribute(key, "");
      else if (value !== false && value !== null) made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
  }

  /** A value as it is shown: four digits, short. */
  function shortly(value) {
    if (!Number.isFinite(value)) return "not a number";
    if (Number.isInteger(value) && Math.abs(value) < 1e6) return value.toLocaleString("en");
    return language.number(Number(value.toPrecision(4))).replaceAll("_", ",");
  }

  /** A step as it stands on an axis that goes so far. */
  function stepLabel(step, to) {
    const [unit, letter] = to >= 1e10 ? [1e9, "G"] : to >= 1e7 ? [1e6, "M"] : to >= 1e4 ? [1e3, "k"] : [1, ""];
    return step === 0 ? "0" : Number((step / unit).toPrecision(6)).toLocaleString("en") + letter;
  }

  /** Values as they stand on an axis: all in the same way. */
  function valueLabel(value, most) {
    return value === 0 || (most >= 0.01 && most < 1e6) ? shortly(value) : Number(value.toPrecision(4)).toExponential().replace("e+", "e");
  }

  /** Round numbers that divide an interval into about so many parts. */
  function ticks(from, to, about) {
    const rough = (to - from) / about;
    if (!(rough > 0) || !Number.isFinite(rough)) return [from];
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999);
    const found = [];
    for (let index = Math.ceil(from / step - 1e-9); index * step <= to + step * 1e-9; index++) {
      found.push(Number((index * step).toPrecision(12)));
    }
    return found;
  }

  /** How many steps are shown: up to a little beyond the longest end, or far enough into what has none. */
  function automaticLength() {
    let length = 0;
    for (const { schedule, tree } of curves) {
      if (!schedule) continue;
      if (schedule.steps > 0 && schedule.steps < Infinity) length = Math.max(length, schedule.steps * 1.05);
      else if (tree) {
        const lengths = language.numbers(tree).flatMap((group) => group.numbers);
        const longest = Math.max(0, ...lengths.filter(({ parameter }) => parameter.unit === "steps").map(numberAt));
        length = Math.max(length, longest > 1 ? longest * 4 : 1000);
      }
    }
    return Math.ceil(length) || 1000;
  }

  /** The steps and values of a curve: as many as there are places, and more where it bends or jumps. */
  function sampled(schedule, to, places, height) {
    const points = [];
    let left = 4000; // where all of it is noise, there is no end to refining
    const value = (step) => language.value(schedule, step);
    const count = Math.min(places, to);
    let last = null;
    for (let index = 0; index <= count; index++) {
      const step = Math.round((index * to) / count);
      const point = [step, value(step)];
      if (last !== null) between(last, point);
      points.push(point);
      last = point;
    }
    for (const sign of [1, -1]) refine(sign);
    return points;

    /** Put in the highest point, or the lowest, which lies beside the highest of those taken. */
    function refine(sign) {
      for (let rounds = 0; rounds < 60; rounds++) {
        let best = 0;
        for (let index = 1; index < points.length; index++) if (sign * points[index][1] > sign * points[best][1]) best = index;
        const beside = [best + 1, best].filter((index) => index > 0 && index < points.length && points[index][0] - points[index - 1][0] > 1);
        if (!beside.length) return;
        for (const index of beside) {
          const step = Math.floor((points[index - 1][0] + points[index][0]) / 2);
          points.splice(index, 0, [step, value(step)]);
        }
      }
    }

    function between(a, b) {
      if (b[0] - a[0] < 2 || left <= 0) return;
      left--;
      const step = Math.floor((a[0] + b[0]) / 2);
      const middle = [step, value(step)];
      const straight = a[1] + ((b[1] - a[1]) * (step - a[0])) / (b[0] - a[0]);
      if (Math.abs(middle[1] - straight) > height / 400) {
        between(a, middle);
        points.push(middle);
        between(middle, b);
      }
    }
  }

  function draw() {
    const plot = element("plot");
    const [width, height] = [Math.max(plot.clientWidth, 200), Math.max(plot.clientHeight, 120)];
    const place = { left: 64, right: width - 14, top: 14, bottom: height - 38 };
    const to = view.to ?? automaticLength();

    const lines = curves.map((curve) => {
      if (!curve.schedule) return [];
      try {
        const rough = sampled(curve.schedule, to, 100, Infinity).map(([, value]) => value).filter(Number.isFinite);
        const range = Math.max(...rough) - Math.min(...rough) || Math.max(...rough.map(Math.abs)) || 1;
        return sampled(curve.schedule, to, Math.round(width), range);
      } catch (error) {
        if (!(error instanceof language.Problem)) throw error;
        curve.problem = error; // a part of it that only now was reached
        return [];
      }
    });

    const values = lines.flat().map(([, value]) => value).filter(Number.isFinite);
    let low = Math.min(...values);
    let high = Math.max(...values);
    if (!values.length) [low, high] = [0, 1];
    const positive = values.filter((value) => value > 0);
    const log = view.log && positive.length > 0;
    if (log) {
      low = Math.max(Math.min(...positive), high * 1e-8);
      if (low > high / 1.5) [low, high] = [low / 2, high * 2];
      [low, high] = [Math.log10(low), Math.log10(high)];
      [low, high] = [low - (high - low) * 0.04, high + (high - low) * 0.04];
    } else {
      if (low > 0 && low < high * 0.7) low = 0;
      if (low === high) [low, high] = low === 0 ? [0, 1] : low > 0 ? [0, high * 1.2] : [low * 1.2, 0];
      [low, high] = [low === 0 ? 0 : low - (high - low) * 0.05, high + (high - low) * 0.05];
    }
    const x = (step) => place.left + ((place.right - place.left) * step) / to;
    const scaled = (value) => (log ? (value > 0 ? Math.log10(value) : NaN) : value);
    const y = (value) => place.bottom - ((place.bottom - place.top) * (scaled(value) - low)) / (high - low);

    const picture = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img" });
    for (const step of ticks(0, to, Math.max(2, Math.floor(width / 110)))) {
      picture.append(svg("line", { class: "grid", x1: x(step), x2: x(step), y1: place.top, y2: place.bottom }));
      const anchor = x(step) > width - 30 ? "end" : "middle";
      picture.append(svg("text", { x: anchor === "end" ? width - 4 : x(step), y: place.bottom + 17, "text-anchor": anchor }, stepLabel(step, to)));
    }
    for (const [value, label] of valueTicks(low, high, log, Math.max(3, Math.floor(height / 60)))) {
      const here = place.bottom - ((place.bottom - place.top) * (value - low)) / (high - low);
      picture.append(svg("line", { class: "grid", x1: place.left, x2: place.right, y1: here, y2: here }));
      picture.append(svg("text", { x: place.left - 7, y: here + 4, "text-anchor": "end" }, label));
    }
    picture.append(svg("line", { class: "frame", x1: place.left, x2: place.right, y1: place.bottom, y2: place.bottom }));
    picture.append(svg("line", { class: "frame", x1: place.left, x2: place.left, y1: place.top, y2: place.bottom }));
    picture.append(svg("text", { x: (place.left + place.right) / 2, y: height - 5, "text-anchor": "middle" }, "step"));

    const order = lines.map((_, index) => index).sort((a, b) => (a === selected) - (b === selected));
    for (const index of order) {
      const stale = curves[index].problem ? " stale" : "";
      picture.append(
        svg("path", {
          class: `line curve-${index}${index === selected ? " selected" : ""}${stale}`,
          "data-curve": index,
          d: path(lines[index], x, y, place),
        }),
      );
    }
    const marks = svg("g", {});
    picture.append(marks);
    picture.setAttribute("aria-label", `${described(lines, to)} The values are in the table under "Values at step".`);
    element("plot").replaceChildren(picture);
    drawing = { picture, marks, place, to, lines, x, y };
    mark();
  }

  /** What shows the values at one step: a line, a dot on each curve, and the table. */
  function mark() {
    const { marks, place, to, lines, x, y } = drawing;
    const at = Math.min(view.at ?? Math.round(to / 4), to);
    const dots = curves.map((curve, index) => {
      const here = curve.schedule && lines[index].length ? y(language.value(curve.schedule, at)) : NaN;
      const inside = here >= place.top - 1 && here <= place.bottom + 1;
      return inside ? svg("circle", { class: `dot-${index}`, cx: x(at), cy: here, r: 4 }) : "";
    });
    marks.replaceChildren(svg("line", { class: "here", x1: x(at), x2: x(at), y1: place.top, y2: place.bottom }), ...dots);
    drawTable(at, to, lines);
  }

  for (const kind of ["pointermove", "pointerdown"]) {
    element("plot").addEventListener(kind, (event) => {
      const { picture, place, to } = drawing;
      const share = (event.clientX - picture.getBoundingClientRect().left - place.left) / (place.right - place.left);
      view.at = Math.round(Math.min(Math.max(share, 0), 1) * to);
      mark();
      writeAddress();
    });
  }

  function path(points, x, y, place) {
    const parts = [];
    let drawing = false;
    for (const [step, value] of points) {
      const here = y(value);
      if (!Number.isFinite(here)) {
        drawing = false;
        continue;
      }
      // What is far outside is kept beside the picture.
      const clipped = Math.min(Math.max(here, place.top - 5), place.bottom + 5);
      parts.push(`${drawing ? "L" : "M"}${x(step).toFixed(1)} ${clipped.toFixed(1)}`);
      drawing = true;
    }
    return parts.join("");
  }

  function valueTicks(low, high, log, about) {
    if (!log) return ticks(low, high, about).map((value) => [value, valueLabel(value, Math.max(Math.abs(low), Math.abs(high)))]);
    const decades = ticks(Math.ceil(low), Math.floor(high), about).filter(Number.isInteger);
    if (Math.floor(high) - Math.ceil(low) >= 1) return decades.map((value) => [value, language.number(10 ** value)]);
    return [1, 2, 5]
      .flatMap((factor) => [Math.floor(low), Math.floor(low) + 1].map((decade) => [Math.log10(factor) + decade, factor, decade]))
      .filter(([value]) => value >= low && value <= high)
      .map(([value, factor, decade]) => [value, shortly(Number(`${factor}e${decade}`))]);
  }

  function described(lines, to) {
    const texts = curves.map((curve, index) => {
      const points = lines[index].filter(([, value]) => Number.isFinite(value));
      if (!points.length) return `Curve ${index + 1} is not drawn.`;
      const highest = points.reduce((best, point) => (point[1] > best[1] ? point : best));
      const [first, last] = [points[0], points.at(-1)];
      return (
        `Curve ${index + 1}, ${curve.schedule.name}: ${shortly(first[1])} at step 0, highest ${shortly(highest[1])} ` +
        `at step ${highest[0].toLocaleString("en")}, ${shortly(last[1])} at step ${last[0].toLocaleString("en")}.`
      );
    });
    return `${texts.join(" ")} Steps 0 to ${to.toLocaleString("en")}.`;
  }

  function drawTable(at, to, lines) {
    const slider = element("at");
    slider.max = to;
    slider.value = at;
    slider.setAttribute("aria-valuetext", `step ${at.toLocaleString("en")}`);
    element("at-value").textContent = at.toLocaleString("en");
    element("values").replaceChildren(
      ...curves.map((curve, index) => {
        const finite = lines[index].map(([, value]) => value).filter(Number.isFinite);
        const drawn = curve.schedule && lines[index].length;
        const end = drawn && curve.schedule.steps < Infinity ? language.value(curve.schedule, Math.ceil(curve.schedule.steps)) : null;
        const cells = drawn
          ? [shortly(language.value(curve.schedule, at)), finite.length ? shortly(Math.max(...finite)) : "–", end === null ? "no end" : shortly(end)]
          : ["–", "–", "–"];
        return html(
          "tr",
          {},
          html("th", { scope: "row" }, swatch(index), `curve ${index + 1}`),
          ...cells.map((text) => html("td", { class: "explorer-values-cell" }, text)),
        );
      }),
    );
  }

  function swatch(index) {
    const made = svg("svg", { class: "swatch", viewBox: "0 0 30 10", "aria-hidden": "true" });
    made.append(svg("line", { class: `line curve-${index}`, x1: 0, x2: 30, y1: 5, y2: 5 }));
    return made;
  }

  // The list of curves -----------------------------------------------------------------------------------------------

  function listCurves() {
    element("curves").replaceChildren(
      ...curves.map((curve, index) => {
        const radio = html("input", { type: "radio", name: "explorer-curve", value: index, onchange: () => select(index) });
        radio.checked = index === selected;
        radio.setAttribute("aria-label", `curve ${index + 1}: ${curve.text}`);
        const row = html(
          "div",
          { class: `explorer-curve${index === selected ? " selected" : ""}` },
          html("label", {}, radio, swatch(index), html("span", { class: "text", title: curve.text }, curve.text)),
        );
        if (curves.length > 1) {
          const label = `Remove curve ${index + 1}`;
          row.append(html("button", { type: "button", "aria-label": label, title: label, onclick: () => remove(index) }, "×"));
        }
        return row;
      }),
    );
    element("add").disabled = curves.length >= MOST_CURVES;
  }

  function select(index) {
    selected = index;
    refresh();
    element("curves").querySelectorAll("input")[index].focus();
  }

  function remove(index) {
    curves.splice(index, 1);
    panel.key = null;
    if (selected >= index && selected > 0) selected--;
    refresh();
    element("curves").querySelectorAll("input")[selected].focus();
  }

  element("add").addEventListener("click", () => {
    curves.push(curveOf(curves[selected].text));
    selected = curves.length - 1;
    refresh();
    element("select").focus();
  });

  // Choosing, writing, copying ---------------------------------------------------------------------------------------

  for (const [module, label] of Object.entries(MODULES)) {
    const names = Object.keys(library.schedules).filter((name) => library.schedules[name].module === module);
    if (names.length) element("select").append(html("optgroup", { label }, ...names.map((name) => html("option", { value: name }, name))));
  }

  element("select").append(html("option", { value: "", hidden: true }, "as written below"));
  element("select").addEventListener("change", (event) => {
    rewrite(curves[selected], library.schedules[event.target.value].example);
    refresh();
  });

  element("text").addEventListener("input", (event) => {
    rewrite(curves[selected], event.target.value);
    refresh({ keepText: true });
  });

  function showText(keepText) {
    const curve = curves[selected];
    const name = curve.tree?.type === "call" ? curve.tree.name : null;
    const schedule = name && Object.hasOwn(library.schedules, name) ? library.schedules[name] : null;
    element("select").value = schedule ? name : "";
    element("summary").textContent = (schedule?.summary ?? "").replaceAll("`", "");
    element("formula").textContent = schedule?.formula ?? "";
    element("formula").hidden = !schedule;
    if (!keepText) element("text").value = curve.text;
    const { problem } = curve;
    element("text").setAttribute("aria-invalid", String(Boolean(problem)));
    const code = element("code");
    // The numbers are kept together: a line may break at any hyphen.
    const parts = curve.code ? `import pure_schedules as ps\n\nlr = ${curve.code}`.split(/(\b[\d._]+e-\d+)/) : [];
    code.replaceChildren(...parts.map((part, index) => (index % 2 ? html("span", { class: "number" }, part) : part)));
    element("copy").disabled = Boolean(problem);
    code.parentElement.style.opacity = problem ? 0.5 : 1;
    element("copied").textContent = "";
    element("problem").replaceChildren(...(problem ? pointed(curve.text, problem) : []));
  }

  /** A message, the place in the text with a mark under it, and a way there. */
  function pointed(text, problem) {
    const flat = text.replace(/\s/g, " ");
    const first = Math.max(0, Math.min(problem.start - 12, flat.length - 24));
    const length = Math.max(1, Math.min(problem.end - problem.start, 34 - (problem.start - first)));
    const mark = `${flat.slice(first, first + 34)}\n${" ".repeat(problem.start - first)}${"^".repeat(length)}`;
    return [
      html("div", { class: "message" }, problem.message),
      html("pre", { "aria-hidden": "true" }, mark),
      html(
        "button",
        {
          type: "button",
          onclick: () => {
            element("text").focus();
            element("text").setSelectionRange(problem.start, problem.end);
          },
        },
        "Show the place",
      ),
    ];
  }

  element("copy").addEventListener("click", async () => {
    const text = element("code").textContent;
    let copied = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // A page from a file, or a browser without the permission: by way of a selection.
      const field = html("textarea", { class: "explorer-hidden", "aria-hidden": "true" });
      field.value = text;
      root.append(field);
      field.select();
      copied = document.execCommand("copy");
      field.remove();
      element("copy").focus();
    }
    element("copied").textContent = copied ? "Copied." : "The browser does not allow it: select the code and copy it.";
  });

  for (const radio of root.querySelectorAll("input[name=explorer-axis]")) {
    radio.addEventListener("change", () => {
      view.log = radio.value === "log" && radio.checked;
      draw();
      writeAddress();
    });
  }

  element("to").addEventListener("change", (event) => {
    const number = typed(event.target.value);
    const wrong = event.target.value.trim() !== "" && !(number >= 1);
    event.target.setAttribute("aria-invalid", String(wrong));
    if (wrong) return;
    view.to = number === null ? null : Math.round(number);
    draw();
    writeAddress();
  });

  element("at").addEventListener("input", (event) => {
    view.at = Number(event.target.value);
    mark();
    writeAddress();
  });

  /** A number that was typed, as in an expression; null if it is none. */
  function typed(text) {
    try {
      const node = language.read(text.replaceAll(",", ""));
      return node.type === "number" ? node.value : null;
    } catch {
      return null;
    }
  }

  // Sliders ----------------------------------------------------------------------------------------------------------

  const numberAt = (place) => (place.node ? place.node.value : place.parameter.default);

  /** From places on a slider to values and back: by equal factors where rates and lengths range over powers of ten. */
  function scaleOf({ parameter, label }, value) {
    const rules = parameter.rules.map(([rule]) => rule);
    const has = (rule) => rules.includes(rule);
    const zero = !has("must be positive") && !has("must be 1 or more");
    const digits = (count) => (number) => Number(number.toPrecision(count));
    if (value < 0) {
      const reach = Math.max(2 * -value, 1);
      const top = has("must be negative") ? -reach / 100 : reach;
      return linear(-reach, top, 200, parameter.unit === "steps" ? Math.round : digits(3));
    }
    if (has("must be a whole number above 0") && parameter.name !== "times") return linear(1, library.longestList, library.longestList - 1, Math.round);
    if (parameter.name === "times") return value > 20 ? byFactors(1, value * 100, false, Math.round) : linear(1, 20, 19, Math.round);
    if (parameter.name === "seed") return linear(0, Math.max(100, value), Math.max(100, value), Math.round);
    if (has("must be a fraction, from 0 to 1") || has("must have a sum of 1")) return linear(0, 1, 100, digits(3));
    if (has("must be below 1")) {
      return { most: 400, value: (place) => Number((1 - 10 ** (-0.1 - place / 100)).toFixed(6)), place: (number) => (-Math.log10(1 - number) - 0.1) * 100 };
    }
    if (has("must be 1 or more")) return linear(1, Math.max(4, value), 60, digits(3));
    if (parameter.unit === "steps" || (parameter.unit === "1" && value >= 32)) {
      const whole = (number) => (number < 100 ? Math.round(number) : Math.round(Number(number.toPrecision(3))));
      return byFactors(1, value > 1e5 ? value * 100 : 1e6, zero, whole);
    }
    if (parameter.unit === "1") return byFactors(0.01, Math.max(100, value * 10), zero, digits(3));
    if (value > 1 || ["mean"].includes(label)) return byFactors(value / 1000 || 1e-3, value * 1000 || 1e3, zero, digits(3));
    return byFactors(Math.min(1e-7, value / 10 || 1), 1, zero, digits(3));
  }

  function linear(low, high, most, rounded) {
    const value = (place) => rounded(low + ((high - low) * place) / most);
    return { most, value, place: (number) => ((number - low) / (high - low)) * most };
  }

  /** Equal distances are equal factors; where 0 is allowed it is at the very left. */
  function byFactors(low, high, zero, rounded) {
    const most = 600;
    const first = zero ? 12 : 0;
    const decades = Math.log10(high / low);
    return {
      most,
      value: (place) => (zero && place < first ? 0 : rounded(low * 10 ** ((decades * (place - first)) / (most - first)))),
      place: (number) => (number === 0 ? 0 : first + (Math.log10(number / low) / decades) * (most - first)),
    };
  }

  let panel = { key: null, rows: new Map() };

  function showSliders(moving) {
    const { tree } = curves[selected];
    if (!tree) {
      // While a text is being typed its sliders stay.
      if (panel.key?.startsWith(`${selected}|`)) return;
      panel = { key: null, rows: new Map() };
      element("sliders").replaceChildren(html("p", {}, "They are here once the expression can be read."));
      return;
    }
    const groups = language.numbers(tree);
    const key = [selected, ...groups.flatMap((group) => [group.path, ...group.numbers.map(({ path }) => path)])].join("|");
    if (key !== panel.key) build(groups, key);
    for (const place of groups.flatMap((group) => group.numbers)) {
      const row = panel.rows.get(place.path);
      const value = numberAt(place);
      let where = row.scale.place(value);
      if (!(where > -1 && where < row.scale.most + 1)) {
        row.scale = scaleOf(place, value);
        row.slider.max = row.scale.most;
        where = row.scale.place(value);
      }
      if (row.slider !== moving) row.slider.value = Math.round(where);
      row.slider.setAttribute("aria-valuetext", language.number(value).replaceAll("_", ","));
      row.field.value = language.number(value);
      row.field.setAttribute("aria-invalid", "false");
    }
  }

  function build(groups, key) {
    panel = { key, rows: new Map() };
    element("sliders").replaceChildren(
      ...groups.map((group) =>
        html(
          "fieldset",
          { class: "explorer-group" },
          html("legend", {}, html("code", {}, group.name), group.heading ? ` as ${group.heading}` : ""),
          ...group.numbers.map(row),
        ),
      ),
    );
    if (!groups.length) element("sliders").replaceChildren(html("p", {}, "There is no number in this expression."));
  }

  function row(place, index) {
    const { path, parameter, label } = place;
    const scale = scaleOf(place, numberAt(place));
    const id = `explorer-slider-${panel.rows.size}`;
    const entry = { scale };
    entry.slider = html("input", { type: "range", id, min: 0, max: scale.most, step: 1, "data-path": path, "aria-describedby": `${id}-about` });
    entry.field = html("input", { type: "text", inputmode: "decimal", "aria-label": `${label}, as a number`, "data-path": path });
    entry.slider.addEventListener("input", () => set(path, entry.scale.value(Number(entry.slider.value)), entry.slider));
    entry.field.addEventListener("change", () => {
      const number = typed(entry.field.value);
      entry.field.setAttribute("aria-invalid", String(number === null));
      if (number !== null) set(path, number);
    });
    panel.rows.set(path, entry);
    const unit = { lr: "", steps: "steps", 1: "" }[parameter.unit] ?? "";
    const name = html("label", { class: "name", for: id }, label);
    if (unit) name.append(html("small", {}, unit));
    const isList = label.endsWith("]");
    const about = html("div", { class: isList && index && !label.endsWith("[0]") ? "about explorer-hidden" : "about", id: `${id}-about` });
    about.textContent = parameter.about.replaceAll("`", "");
    return html("div", { class: "explorer-number" }, name, entry.field, entry.slider, about);
  }

  function set(path, value, slider = null) {
    const curve = curves[selected];
    if (!curve.tree) return; // the text is being repaired first
    const place = language
      .numbers(curve.tree)
      .flatMap((group) => group.numbers)
      .find((candidate) => candidate.path === path);
    if (!place) return;
    rewrite(curve, language.changed(curve.text, place, value));
    refresh({ slider });
  }

  // All together -----------------------------------------------------------------------------------------------------

  function refresh({ keepText = false, slider = null } = {}) {
    draw(); // first: it may find what is wrong with a curve
    listCurves();
    showText(keepText);
    showSliders(slider);
    for (const radio of root.querySelectorAll("input[name=explorer-axis]")) radio.checked = (radio.value === "log") === view.log;
    if (document.activeElement !== element("to")) element("to").value = view.to === null ? "" : language.number(view.to);
    element("to").placeholder = String(drawing.to);
    writeAddress();
  }

  function start() {
    readAddress();
    panel.key = null;
    refresh();
  }

  window.addEventListener("hashchange", () => {
    if (location.hash !== address) start();
  });
  new ResizeObserver(() => draw()).observe(element("plot"));

  // The colours, as the documentation keeps them: automatic, light or dark.
  const button = element("theme");
  if (button) {
    const themes = ["auto", "light", "dark"];
    const stored = () => {
      try {
        return localStorage.getItem("theme");
      } catch {
        return null;
      }
    };
    const show = (theme) => {
      document.body.dataset.theme = theme;
      button.textContent = `Theme: ${theme === "auto" ? "automatic" : theme}`;
    };
    show(themes.includes(stored()) ? stored() : "auto");
    button.addEventListener("click", () => {
      const next = themes[(themes.indexOf(document.body.dataset.theme) + 1) % themes.length];
      try {
        localStorage.setItem("theme", next);
      } catch {
        // Where nothing may be stored, it lasts as long as the page.
      }
      show(next);
    });
  }

  start();
})();
