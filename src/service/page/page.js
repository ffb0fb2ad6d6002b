"use strict";
// The page: draws what the server computes. No state leaves it but the drawing that is asked about.

const $ = (id) => document.getElementById(id);
const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const dark = matchMedia("(prefers-color-scheme: dark)");
const minus = (text) => String(text).replace("-", "\u2212");
const number = (value, digits) => (value === null || value === undefined ? "–" : minus(Number(value.toPrecision(digits))));
const later = (wait, act) => {
  let timer;
  return (...given) => { clearTimeout(timer); timer = setTimeout(() => act(...given), wait); };
};

async function ask(path, body) {
  const options = body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(path, options);
  const found = await answer.json();
  if (!answer.ok) throw new Error(`${found.error.message}; ${found.error.help}`);
  return found;
}

// ---------------------------------------------------------------- digits

const SIDE = 112;
const pad = $("pad");
const ink = new Float32Array(SIDE * SIDE);
let about = null;
let tool = "pen";
let cursor = null;
let turn = 0;
/** What is shown as it is: an image of 784 pixels that needs no centring. */
let given = null;

/** Puts a soft round pen down between two places, in pixels of the drawing. */
function stroke(from, to) {
  const radius = tool === "pen" ? 4.6 : 8;
  const steps = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1])));
  for (let step = 0; step <= steps; step += 1) {
    const x = from[0] + ((to[0] - from[0]) * step) / steps;
    const y = from[1] + ((to[1] - from[1]) * step) / steps;
    for (let row = Math.max(0, Math.floor(y - radius - 1)); row < Math.min(SIDE, y + radius + 2); row += 1) {
      for (let column = Math.max(0, Math.floor(x - radius - 1)); column < Math.min(SIDE, x + radius + 2); column += 1) {
        const cover = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(column + 0.5 - x, row + 0.5 - y)));
        const place = row * SIDE + column;
        ink[place] = tool === "pen" ? Math.max(ink[place], cover) : Math.min(ink[place], 1 - cover);
      }
    }
  }
}

function showPad() {
  const context = pad.getContext("2d");
  const image = context.createImageData(SIDE, SIDE);
  for (let place = 0; place < ink.length; place += 1) {
    const level = 255 - Math.round(ink[place] * 229);
    image.data.set([level, level, level, 255], 4 * place);
  }
  const small = new OffscreenCanvas(SIDE, SIDE);
  small.getContext("2d").putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(small, 0, 0, pad.width, pad.height);
  const erased = document.querySelector("input[name=erased]:checked").value;
  const half = { upper: [0, 0, 1, 0.5], lower: [0, 0.5, 1, 0.5], left: [0, 0, 0.5, 1], right: [0.5, 0, 0.5, 1] }[erased];
  if (half) {
    context.fillStyle = "rgba(120, 130, 140, 0.62)";
    context.fillRect(...half.map((part) => part * pad.width));
  }
  if (cursor && document.activeElement === pad) {
    const scale = pad.width / SIDE;
    context.strokeStyle = cursor.down ? "#b34700" : "#0072b2";
    context.lineWidth = 2;
    context.beginPath();
    context.arc(cursor.x * scale, cursor.y * scale, 9, 0, 7);
    context.stroke();
  }
}

/** Grey levels of 0 to 1 on a small canvas, ink dark. */
function face(id, levels) {
  const canvas = $(id);
  const context = canvas.getContext("2d");
  const image = context.createImageData(28, 28);
  levels.forEach((level, place) => {
    const grey = level < 0 ? 190 : 255 - Math.round(level * 229);
    image.data.set([grey, grey, grey, 255], 4 * place);
  });
  context.putImageData(image, 0, 0);
}

const bits = (text) => Array.from(text, (bit) => (bit === "?" ? -1 : Number(bit)));
const note = (id, text, kind) => { $(id).textContent = text; $(id).className = kind || ""; };

function bar(id, colour) {
  return `<svg class="bar" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="12"/><rect class="${colour}" id="${id}" width="0" height="12"/></svg>`;
}

function scoreRows() {
  const body = $("scores");
  body.innerHTML = Array.from({ length: 10 }, (_, k) =>
    `<tr id="row${k}"><th scope="row">${k}</th><td>${bar(`shot${k}`, "blue")}</td><td id="shot-score${k}">–</td><td>${bar(`coding${k}`, "orange")}</td><td id="coding-score${k}">–</td></tr>`).join("");
}

function showScores(found) {
  for (let k = 0; k < 10; k += 1) {
    const shot = found && found.scores[k];
    const coding = found && found.predictive && found.predictive.scores[k];
    const put = (name, score, width) => {
      $(`${name}-score${k}`).textContent = score === null || score === undefined ? "–" : minus(score.toFixed(2));
      $(`${name}${k}`).setAttribute("width", score === null || score === undefined ? 0 : Math.min(100, Math.max(0, width)).toFixed(1));
    };
    put("shot", shot, ((shot + 1) / 2) * 100);
    put("coding", coding, coding * 100);
    $(`row${k}`).classList.toggle("best", Boolean(found) && found.class === k);
  }
}

function blank() {
  showScores(null);
  $("verdict").className = "verdict";
  $("verdict").textContent = "Nothing yet: draw, or choose a digit.";
  $("cost").textContent = "\u00a0";
  ["seen", "drawn", "cue", "memory0", "memory1", "memory2", "memory3"].forEach((id) => face(id, new Array(784).fill(0)));
  ["drawn-note", "note0", "note1", "note2", "note3"].forEach((id) => note(id, "\u00a0"));
  $("recalled").textContent = "The memories hold one digit of every class.";
}

function showVerdict(found) {
  const coding = found.predictive;
  const verdict = $("verdict");
  verdict.className = found.unlike ? "verdict unlike" : "verdict";
  const agree = coding.class === found.class ? "Predictive coding agrees." : `Predictive coding says ${coding.class}.`;
  const energy = Math.min(...coding.energies);
  const small = document.createElement("small");
  small.textContent = found.unlike
    ? `Nearest is ${found.class}, but ${found.unlike}.`
    : `Energy ${energy.toFixed(3)}, where 99 % of the tests keep to ${coding.usual_energy.toFixed(3)}.`;
  const bold = document.createElement("b");
  bold.textContent = found.unlike ? "Unlike any digit." : `A ${found.class}.`;
  verdict.replaceChildren(bold, ` ${agree}`, small);
  const machine = about && about.machines[0];
  $("cost").textContent = `${found.milliseconds.toFixed(1)} ms` + (machine ? `; ${machine.features} features, solved once on ${machine.training} digits` : "");
}

function showRecall(found) {
  face("cue", bits(found.cue));
  const words = [];
  found.memories.forEach((memory, index) => {
    face(`memory${index}`, memory.pattern ? bits(memory.pattern) : new Array(784).fill(-1));
    const time = `${number(memory.time, 3)} ${memory.time === 1 ? memory.unit.replace(/s$/, "") : memory.unit}`;
    if (memory.verdict === "stored") {
      note(`note${index}`, `its ${memory.class}, ${time}`, "good");
    } else if (memory.verdict === "mixture") {
      note(`note${index}`, `a mixture, ${memory.distance} from its ${memory.nearest}`, "bad");
    } else {
      note(`note${index}`, "comes to no rest", "bad");
    }
    const said = `${memory.memory}: ${memory.verdict === "stored" ? `the ${memory.class}` : memory.verdict}`;
    $(`memory${index}`).setAttribute("aria-label", said);
    words.push(said);
  });
  $("recalled").textContent = `${words.join("; ")}.`;
}

async function look() {
  turn += 1;
  const mine = turn;
  if (!given && !ink.some((level) => level > 0.1)) { blank(); return; }
  const erased = document.querySelector("input[name=erased]:checked").value;
  const pixels = given || Array.from(ink, (level) => Math.round(level * 100) / 100);
  const request = { pixels, centre: !given, erased };
  try {
    const found = await ask("/api/classify", { ...request, predictive: true });
    if (mine !== turn) return;
    showScores(found);
    showVerdict(found);
    face("seen", given ? given.map((level, place) => (hides(erased, place) ? 0 : level)) : found.image);
    note("seen-note", given ? "as it is" : "20 × 20 box, centred");
    if (about) face("drawn", about.predictive.drawings[found.class]);
    note("drawn-note", `for the class ${found.class}`);
    $("drawn").setAttribute("aria-label", `What the predictive-coding network draws for the class ${found.class}`);
    const recalled = await ask("/api/recall", request);
    if (mine === turn) { showRecall(recalled); document.body.dataset.seen = String(mine); }
  } catch (error) {
    if (mine === turn) { $("verdict").textContent = error.message; }
  }
}

function hides(erased, place) {
  const [row, column] = [Math.floor(place / 28), place % 28];
  return { upper: row < 14, lower: row >= 14, left: column < 14, right: column >= 14 }[erased] || false;
}

const lookSoon = later(180, look);

function drawn() { given = null; turn += 1; showPad(); lookSoon(); }

/** Copies an image of 28 x 28 onto the pad. */
function put(levels) {
  given = levels;
  for (let place = 0; place < ink.length; place += 1) {
    const [row, column] = [Math.floor(place / SIDE), place % SIDE];
    ink[place] = levels[Math.floor((row * 28) / SIDE) * 28 + Math.floor((column * 28) / SIDE)];
  }
  showPad();
  look();
}

function take(name) {
  tool = name;
  $("pen").setAttribute("aria-pressed", String(name === "pen"));
  $("eraser").setAttribute("aria-pressed", String(name === "eraser"));
}

function clear() { ink.fill(0); given = null; turn += 1; showPad(); blank(); }

function startPad() {
  let last = null;
  const place = (event) => {
    const box = pad.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
  };
  pad.addEventListener("pointerdown", (event) => {
    pad.setPointerCapture(event.pointerId);
    cursor = null;
    last = place(event);
    stroke(last, last);
    drawn();
  });
  pad.addEventListener("pointermove", (event) => {
    if (!last) return;
    for (const part of event.getCoalescedEvents ? event.getCoalescedEvents().concat(event) : [event]) {
      const next = place(part);
      stroke(last, next);
      last = next;
    }
    drawn();
  });
  ["pointerup", "pointercancel"].forEach((name) => pad.addEventListener(name, () => { last = null; }));
  pad.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-4, 0], ArrowRight: [4, 0], ArrowUp: [0, -4], ArrowDown: [0, 4] }[event.key];
    cursor ||= { x: SIDE / 2, y: SIDE / 2, down: false };
    if (step) {
      const from = [cursor.x, cursor.y];
      cursor.x = Math.min(SIDE, Math.max(0, cursor.x + step[0]));
      cursor.y = Math.min(SIDE, Math.max(0, cursor.y + step[1]));
      if (cursor.down) { stroke(from, [cursor.x, cursor.y]); drawn(); } else { showPad(); }
    } else if (event.key === " ") {
      cursor.down = !cursor.down;
      if (cursor.down) { stroke([cursor.x, cursor.y], [cursor.x, cursor.y]); drawn(); } else { showPad(); }
    } else if (event.key === "e" || event.key === "E") {
      take(tool === "pen" ? "eraser" : "pen");
    } else if (event.key === "Delete" || event.key === "Backspace") {
      clear();
    } else {
      return;
    }
    event.preventDefault();
  });
  pad.addEventListener("focus", showPad);
  pad.addEventListener("blur", showPad);
  $("pen").addEventListener("click", () => take("pen"));
  $("eraser").addEventListener("click", () => take("eraser"));
  $("clear").addEventListener("click", clear);
  document.querySelectorAll("input[name=erased]").forEach((choice) => choice.addEventListener("change", () => { showPad(); look(); }));
}

function digitButtons() {
  const button = (parent, name, digit, levels) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = digit;
    made.setAttribute("aria-label", `${name} ${digit}`);
    made.addEventListener("click", () => put(levels));
    $(parent).append(made);
  };
  about.samples.forEach((sample) => button("samples", "unseen", sample.class, sample.pixels));
  about.memories[0].stored.forEach((pattern, digit) => button("stored", "stored", digit, bits(pattern)));
}

function showAbout() {
  const percent = (share) => `${Number((100 * share).toFixed(2))} %`;
  const [large, small] = about.machines;
  $("version").textContent = `pulsatrix ${about.version}`;
  $("about-machine").textContent =
    `This one has ${large.features} features, learnt ${large.training} digits (${large.images}), and gets ${percent(large.test_accuracy)} of ${large.tests} others right; ` +
    `the one for images of 8 × 8 has ${small.features}, and gets ${percent(small.test_accuracy)} of ${small.tests}. All training took ${about.seconds.toFixed(1)} s.`;
  const coding = about.predictive;
  $("about-predictive").textContent =
    `Its layers have ${coding.layers.join(", ")} neurons; it learnt ${coding.training} digits` +
    (coding.test_accuracy === null ? "." : ` and gets ${percent(coding.test_accuracy)} of the tests right.`);
  const held = about.memories[0].impulse_holds.filter(Boolean).length;
  $("about-memories").textContent = `The rule of the impulse network holds ${held} of the ten.`;
}

// ---------------------------------------------------------------- impulses

const SPAN = 60;
const COLOURS = [
  ["#0072b2", "#d55e00", "#009e73", "#b0578a", "#a87400", "#2b8cc4", "#77770a", "#6b6b6b"],
  ["#56b4e9", "#f08a4b", "#2fc79b", "#dd9cc2", "#f0c04a", "#8ccaf0", "#d8d84a", "#b0b0b0"],
];
let pattern = [true, true, false];
let source = null;
let kicks = [];
let course = { t: [], x: [] };
let settled = null;
let done = true;

const parameters = () => {
  const step = Number($("lambda").value);
  return {
    a: Number($("a").value), b: Number((10 ** Number($("b").value)).toPrecision(3)), c: Number($("c").value),
    h: Number($("h").value), lambda: step === 20 ? null : Math.round(5 * 1.25 ** step),
  };
};
const query = (values) => new URLSearchParams(Object.entries(values).filter(([, value]) => value !== null)).toString();
const shown = () => pattern.map((on) => (on ? "1" : "0")).join("");

function patternButtons() {
  const parts = pattern.map((on, neuron) => {
    const button = document.createElement("button");
    button.type = "button";
    button.id = `neuron${neuron + 1}`;
    button.textContent = on ? "1" : "0";
    button.setAttribute("aria-pressed", String(on));
    button.setAttribute("aria-label", `neuron ${neuron + 1}`);
    button.addEventListener("click", () => {
      pattern[neuron] = !pattern[neuron];
      patternButtons();
      $(`neuron${neuron + 1}`).focus();
      go();
    });
    return button;
  });
  $("pattern").replaceChildren(...parts);
  $("kicked").replaceChildren(...pattern.map((_, neuron) => new Option(String(neuron + 1), String(neuron + 1))));
  $("fewer").disabled = pattern.length === 1;
  $("more").disabled = pattern.length === 8;
}

function facts(found) {
  const put = (id, value) => { $(id).textContent = number(value, 7); };
  put("period", found && found.period);
  put("period-formula", found && found.period_formula);
  put("silent", found && found.silent_maximum);
  put("silent-formula", found && found.silent_maximum_formula);
  put("multiplier", found && found.multiplier);
  put("multiplier-formula", found && found.multiplier_formula);
}

function fate(bold, words, unlike) {
  const strong = document.createElement("b");
  strong.textContent = bold;
  $("fate").className = unlike ? "verdict unlike" : "verdict";
  $("fate").replaceChildren(strong, ` ${words}`);
}

function hush() { if (source) { source.close(); source = null; } }

/** Opens the stream; from a time on, if kicks are added to a run that is shown. */
function listen(from) {
  hush();
  done = false;
  const values = { pattern: shown(), ...parameters(), time: 2000, speed: Number($("speed").value), from, kicks: kicks.join(",") };
  const stream = new EventSource(`/api/stream?${query(values)}`);
  source = stream;
  const on = (name, act) => stream.addEventListener(name, (event) => { if (source === stream) act(JSON.parse(event.data)); });
  on("start", () => {
    if (from === 0) { course = { t: [], x: pattern.map(() => []) }; }
    $("kick").disabled = false;
    $("go").textContent = "Stop";
  });
  on("slice", (slice) => {
    slice.t.forEach((time, index) => {
      if (course.t.length && time <= course.t[course.t.length - 1]) return;
      course.t.push(time);
      slice.x.forEach((curve, neuron) => course.x[neuron].push(curve[index]));
    });
    const old = course.t.findIndex((time) => time >= course.t[course.t.length - 1] - SPAN - 1);
    if (old > 400) { course.t.splice(0, old); course.x.forEach((curve) => curve.splice(0, old)); }
    requestAnimationFrame(showTrace);
  });
  on("kick", () => {
    const words = settled ? "Does the memory come back?" : "It had not settled yet; where does it go?";
    settled = null;
    facts(null);
    fate("Kicked.", words);
  });
  on("settled", (found) => {
    settled = found;
    facts(found);
    $("trace").setAttribute("aria-label", `Course of every neuron over time: a ${found.verdict} of ${found.pattern}, period ${number(found.period, 6)}`);
    if (found.recalled) {
      fate("Recalled.", `${found.pattern} is a ${found.verdict}; seen at t = ${found.time.toFixed(0)}.`);
    } else {
      fate(`Ends in ${found.pattern}.`, `A ${found.verdict}, and not the synchronous ${shown()} that was shown.`, true);
    }
  });
  on("end", (end) => {
    if (end.reason !== "done") fate("Over.", end.reason, true);
    else if (!settled) fate("Not settled", `within ${end.time} delays.`, true);
    stopped();
  });
  stream.addEventListener("error", () => {
    if (source !== stream) return;
    fate("The stream broke off.", "Too many may be open; try again in a moment.", true);
    stopped();
  });
}

function stopped() {
  hush();
  done = true;
  $("kick").disabled = true;
  $("go").textContent = "Show it";
}

function go() {
  kicks = [];
  settled = null;
  facts(null);
  fate(`${shown()} is shown.`, "Waiting for a periodic mode: differences shrink from period to period, which takes hundreds of delays.");
  listen(0);
}

function kick() {
  if (done || !course.t.length || kicks.length === 16) return;
  const time = course.t[course.t.length - 1];
  kicks.push(`${time}:${$("kicked").value}:${$("size").value}`);
  listen(time);
}

function fit(canvas) {
  const scale = Math.max(1, window.devicePixelRatio || 1);
  const box = canvas.getBoundingClientRect();
  const [width, height] = [Math.round(box.width * scale), Math.round(box.height * scale)];
  if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, box.width, box.height);
  return [context, box.width, box.height];
}

function showTrace() {
  const [context, width, height] = fit($("trace"));
  const [left, bottom] = [26, 22];
  const lane = (height - bottom) / pattern.length;
  const last = course.t.length ? course.t[course.t.length - 1] : 0;
  const begin = Math.max(0, last - SPAN);
  const across = (time) => left + ((time - begin) / SPAN) * (width - left - 8);
  context.font = `12px ${style("--sans")}`;
  context.textBaseline = "middle";
  context.lineWidth = 1;
  for (let time = Math.ceil(begin / 10) * 10; time <= begin + SPAN; time += 10) {
    context.strokeStyle = style("--line");
    context.beginPath(); context.moveTo(across(time), 0); context.lineTo(across(time), height - bottom); context.stroke();
    context.fillStyle = style("--soft");
    context.textAlign = "center";
    context.fillText(String(time), Math.min(across(time), width - 14), height - bottom / 2);
  }
  pattern.forEach((_, neuron) => {
    const curve = course.x[neuron] || [];
    const colour = COLOURS[dark.matches ? 1 : 0][neuron];
    const zero = (neuron + 0.36) * lane;
    // above the threshold as it is, below it compressed: silent neurons are fifty times as deep as impulses are high
    const bend = (x) => (x > 0 ? x : -Math.log1p(-x) * 0.55);
    const unit = Math.min(lane * 0.28, 34);
    const up = (x) => zero - Math.max(-lane * 0.62, Math.min(lane * 0.34, bend(x) * unit));
    context.strokeStyle = style("--line");
    context.setLineDash([3, 4]);
    context.beginPath(); context.moveTo(left, zero); context.lineTo(width - 8, zero); context.stroke();
    context.setLineDash([]);
    context.fillStyle = colour;
    context.textAlign = "left";
    context.font = `600 13px ${style("--sans")}`;
    context.fillText(String(neuron + 1), 8, zero);
    if (!curve.length) return;
    const first = course.t.findIndex((time) => time >= begin);
    context.beginPath();
    for (let index = first; index < curve.length; index += 1) {
      context.lineTo(across(course.t[index]), up(Math.max(0, curve[index])));
    }
    context.lineTo(across(last), zero); context.lineTo(across(course.t[first]), zero); context.closePath();
    context.globalAlpha = 0.3; context.fill(); context.globalAlpha = 1;
    context.strokeStyle = colour;
    context.lineWidth = 1.7;
    context.beginPath();
    for (let index = first; index < curve.length; index += 1) {
      context.lineTo(across(course.t[index]), up(curve[index]));
    }
    context.stroke();
    context.lineWidth = 1;
  });
  context.fillStyle = style("--red");
  kicks.forEach((text) => {
    const x = across(Number(text.split(":")[0]));
    if (x < left) return;
    context.beginPath(); context.moveTo(x, height - bottom - 8); context.lineTo(x - 5, height - bottom + 1); context.lineTo(x + 5, height - bottom + 1); context.fill();
  });
}

// ---------------------------------------------------------------- region and atlas

let plane = null;

async function region() {
  const { a, b, c, h } = parameters();
  try {
    plane = await ask(`/api/region?${query({ neurons: pattern.length, a, b, c, h })}`);
  } catch (error) { $("region").textContent = error.message; return; }
  showPlane();
  const all = 2 ** pattern.length - 1;
  $("region").textContent = plane.applies
    ? `Here ${plane.memories} of ${all} patterns are memories. The form holds for t₀ = ${number(plane.impulse, 4)} < h < T₀ = ${number(plane.free_period, 4)}.`
    : `The closed form does not apply: h has to lie between t₀ = ${number(plane.impulse, 4)} and T₀ = ${number(plane.free_period, 4)}.`;
  $("plane").setAttribute("aria-label", `Sizes of patterns that are memories, over b and c; this network at b = ${b}, c = ${c}. ${$("region").textContent}`);
}

function showPlane() {
  if (!plane) return;
  const [context, width, height] = fit($("plane"));
  const [columns, rows] = [plane.b.length, plane.c.length];
  const [from, to] = dark.matches ? [[28, 33, 37], [86, 180, 233]] : [[255, 255, 255], [0, 114, 178]];
  plane.sizes.forEach((line, row) => line.forEach((count, column) => {
    const share = count / pattern.length;
    context.fillStyle = `rgb(${from.map((level, part) => Math.round(level + (to[part] - level) * share * 0.92)).join(",")})`;
    context.fillRect((column * width) / columns, height - ((row + 1) * height) / rows, width / columns + 1, height / rows + 1);
  }));
  const { b, c } = parameters();
  const x = (Math.log(b / plane.b[0]) / Math.log(plane.b[columns - 1] / plane.b[0])) * width;
  const y = height - ((c - plane.c[0]) / (plane.c[rows - 1] - plane.c[0])) * height;
  context.lineWidth = 5; context.strokeStyle = style("--card");
  context.beginPath(); context.arc(x, y, 8, 0, 7); context.stroke();
  context.lineWidth = 2.5; context.strokeStyle = style("--fill");
  context.beginPath(); context.arc(x, y, 8, 0, 7); context.stroke();
}

function labels() {
  const { a, b, c, h, lambda } = parameters();
  Object.entries({ a, b, c, h }).forEach(([name, value]) => { $(`${name}-value`).textContent = minus(value); });
  $("lambda-value").textContent = lambda === null ? "∞" : lambda;
  $("b").setAttribute("aria-valuetext", String(b));
  $("lambda").setAttribute("aria-valuetext", lambda === null ? "infinite" : String(lambda));
}

/** The rows of another network are no longer shown. */
function outdated() {
  if (!$("atlas").children.length) return;
  $("atlas").replaceChildren();
  $("atlas-note").textContent = "The network has changed: follow all patterns again.";
}

async function map() {
  const button = $("map");
  button.disabled = true;
  $("atlas-note").textContent = "Following…";
  const asked = query({ neurons: pattern.length, ...parameters() });
  try {
    const { lambda } = parameters();
    const found = await ask(`/api/atlas?${asked}`);
    if (asked !== query({ neurons: pattern.length, ...parameters() })) throw new Error("The network has changed: follow all patterns again.");
    $("atlas").replaceChildren(...found.patterns.map(atlasRow));
    $("atlas-note").textContent = `${found.memories} of ${found.patterns.length} patterns are memories, at λ = ${lambda === null ? "∞" : lambda}; ${found.milliseconds.toFixed(0)} ms. Choose a row to see it above.`;
  } catch (error) { $("atlas-note").textContent = error.message; }
  button.disabled = false;
}

function atlasRow(row) {
  const line = document.createElement("tr");
  line.className = row.fate === "memory" ? "memory" : "";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "pattern";
  button.textContent = row.pattern;
  button.addEventListener("click", () => {
    pattern = Array.from(row.pattern, (bit) => bit === "1");
    patternButtons();
    go();
  });
  const cells = [
    button, row.fate === "lost" ? `lost to ${row.settles_in}` : row.fate, number(row.period, 7), number(row.period_formula, 7),
    number(row.silent_maximum, 6), number(row.silent_maximum_formula, 6), number(row.multiplier, 6), number(row.multiplier_formula, 6),
  ];
  cells.forEach((content) => { const cell = document.createElement("td"); cell.append(content); line.append(cell); });
  return line;
}

function startImpulses() {
  const resize = (neurons) => {
    pattern = Array.from({ length: neurons }, (_, neuron) => pattern[neuron] || false);
    stopped();
    course = { t: [], x: pattern.map(() => []) };
    kicks = [];
    facts(null);
    $("fate").textContent = "Choose a pattern, and show it.";
    patternButtons(); showTrace(); region(); outdated();
  };
  $("fewer").addEventListener("click", () => resize(Math.max(1, pattern.length - 1)));
  $("more").addEventListener("click", () => resize(Math.min(8, pattern.length + 1)));
  $("go").addEventListener("click", () => (done ? go() : stopped()));
  $("kick").addEventListener("click", kick);
  $("map").addEventListener("click", map);
  const changed = later(120, () => { region(); if (!done) go(); });
  ["a", "b", "c", "h", "lambda"].forEach((id) => $(id).addEventListener("input", () => { labels(); showPlane(); outdated(); changed(); }));
  $("plane").addEventListener("click", (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    $("b").value = Math.log10(plane.b[0] * (plane.b[plane.b.length - 1] / plane.b[0]) ** x);
    $("c").value = plane.c[plane.c.length - 1] + (plane.c[0] - plane.c[plane.c.length - 1]) * y;
    labels(); outdated(); changed();
  });
  patternButtons(); labels(); facts(null); showTrace(); region();
}

const redraw = later(60, () => { showPad(); showTrace(); showPlane(); });
addEventListener("resize", redraw);
dark.addEventListener("change", redraw);

scoreRows();
startPad();
clear();
startImpulses();
ask("/api/about").then((found) => { about = found; digitButtons(); showAbout(); }, (error) => { $("verdict").textContent = error.message; });
