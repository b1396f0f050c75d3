"use strict";
// All words of chats enter the page by textContent: they are text here, never markup.
const $ = (id) => document.getElementById(id);
const SECTIONS = ["start", "guess", "results"];
const LEAST_MILLISECONDS = 300; // nobody has read two replies by then: it is a second tap at the moment before
let game = null, moment = null, shownAt = 0, hiddenAt = null, hiddenFor = 0, isBusy = false;
let key = sessionStorage.getItem("key") || "";

const fromLink = new URLSearchParams(location.hash.slice(1)).get("key");
if (fromLink) {
  key = fromLink;
  history.replaceState(null, "", location.pathname); // so that it is not in what somebody copies
}

async function ask(path, body) {
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  const options = { headers, cache: "no-store" };
  if (body !== undefined) Object.assign(options, { method: "POST", body: JSON.stringify(body) }), (headers["Content-Type"] = "application/json");
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error("The machine that shows this page does not answer. Nothing is lost: try again when it is back.");
  }
  const told = await answer.json().catch(() => ({}));
  if (answer.status === 401) throw Object.assign(new Error("A key is needed, or this one is wrong."), { needsKey: true });
  if (!answer.ok) throw new Error((told.error && told.error.message) || `refused (${answer.status})`);
  return told;
}

function show(name, heading) {
  for (const each of SECTIONS) $(each).hidden = each !== name;
  $("show-results").hidden = name === "results" || !game;
  $(heading).focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

function tell(fault) {
  $("fault").textContent = fault ? fault.message : "";
  $("fault").hidden = !fault || (fault.needsKey && !key);
  if (fault && fault.needsKey) {
    $("key-label").hidden = false;
    show("start", "start-title");
    $("key").focus();
  }
}

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function bubbles(messages) {
  if (!messages.length) return [element("span", "says nothing", "bubble nothing")];
  return messages.map((text) => {
    const made = element("span", text, "bubble");
    made.dir = "auto";
    return made;
  });
}

function question() {
  return game.is_about_real ? ["Which reply did ", " really write?"] : ["Which reply is more like ", "?"];
}

function named(target, [before, after]) {
  const name = element("bdi", game.persona);
  target.replaceChildren(before, name, after);
}

function showMoment(next) {
  moment = next;
  if (next.place === null) return showResults(true);
  $("done").textContent = `${next.done + 1} of ${next.moments}`;
  $("bar").max = next.moments;
  $("bar").value = next.done;
  $("context").replaceChildren(...next.context.map((turn) => {
    const line = element("li", undefined, turn.is_persona ? "own" : "");
    const who = element("bdi", turn.speaker, "who");
    line.append(who, ...bubbles(turn.messages));
    return line;
  }));
  for (const [side, letter] of [["left", "A"], ["right", "B"]]) {
    $(side).replaceChildren(element("span", letter, "letter"), ...bubbles(next[side]));
  }
  named($("question"), question());
  $("same").hidden = $("same-key").hidden = game.is_about_real;
  show("guess", "context"); // whoever listens to the page hears what was said, then the question, then the replies
  shownAt = performance.now();
  hiddenFor = 0;
  hiddenAt = document.hidden ? shownAt : null;
}

document.addEventListener("visibilitychange", () => { // a guess does not take longer for a page nobody looks at
  const now = performance.now();
  if (document.hidden) hiddenAt = now;
  else if (hiddenAt !== null) (hiddenFor += now - hiddenAt), (hiddenAt = null);
});

async function choose(side) {
  if (isBusy || $("guess").hidden || !moment || moment.place === null) return;
  if (performance.now() - shownAt < LEAST_MILLISECONDS) return;
  const seconds = Math.min(86400, Math.max(0, (performance.now() - shownAt - hiddenFor) / 1000));
  await busy(async () => showMoment(await ask("/api/guess", { judge: moment.judge, place: moment.place, side, seconds })));
}

async function busy(work) {
  isBusy = true;
  for (const id of ["left", "right", "same"]) $(id).disabled = true;
  try {
    tell(null);
    await work();
  } catch (fault) {
    tell(fault);
  } finally {
    isBusy = false;
    for (const id of ["left", "right", "same"]) $(id).disabled = false;
  }
}

const percent = (value) => `${Math.round(100 * value)} %`;
const range = (share) => `${percent(share.low)} to ${percent(share.high)}`;

async function showResults(isDone) {
  const found = await ask("/api/results");
  named($("results-title"), game.is_about_real ? ["Is it ", "?"] : ["Who is more like ", "?"]);
  $("thanks").hidden = !isDone;
  $("thanks").textContent = "That was all: thank you.";
  $("again").hidden = Boolean(isDone) && moment !== null && moment.place === null;
  $("found").hidden = !found.overall;
  $("none").hidden = Boolean(found.overall);
  $("save").hidden = !found.overall;
  if (found.overall) fill(found);
  show("results", "results-title");
}

function fill(found) {
  const all = found.overall, share = all.share, isReal = found.is_about_real;
  $("share").textContent = percent(share.value);
  $("interval").textContent = `of ${all.guesses} ${all.guesses === 1 ? "guess" : "guesses"} ${isReal ? "took the model's reply for real" : `chose ${found.run}`}; 95 % interval ${range(share)}`;
  $("share-title").textContent = isReal ? "Fooled" : `For ${found.run}`;
  const track = document.querySelector(".track");
  track.querySelector(".interval").style.cssText = `left: ${100 * share.low}%; width: ${100 * (share.high - share.low)}%`;
  track.querySelector(".dot").style.left = `${100 * share.value}%`;
  $("from").textContent = isReal ? "0 %: always told apart" : `always ${found.rival}`;
  $("middle").textContent = isReal ? "50 %: a perfect clone" : "no difference";
  $("to").textContent = isReal ? "100 %: always fooled" : `always ${found.run}`;
  $("verdict").textContent = `${found.verdict[0].toUpperCase()}${found.verdict.slice(1)}.`;
  $("judges").replaceChildren(...Object.entries(found.judges).map(([name, of]) => {
    const row = document.createElement("tr");
    const head = element("th");
    head.scope = "row";
    head.append(element("bdi", name));
    const left = of.chose_left === null ? "" : percent(of.chose_left);
    const taken = element("td", percent(of.share.value));
    taken.append(element("small", range(of.share)));
    row.append(head, element("td", of.guesses), taken,
      element("td", left), element("td", of.median_seconds.toFixed(1)));
    return row;
  }));
  const notes = [`${found.moments} moments of the ${found.part} part.`];
  if (found.identical) notes.push(`In ${found.identical} more both replies were the same, word for word: they are not asked.`);
  if (all.same) notes.push(`No difference was found ${all.same} ${all.same === 1 ? "time" : "times"}; that counts by half.`);
  $("notes").textContent = notes.join(" ");
}

function save() {
  return busy(async () => {
    const text = JSON.stringify(await ask("/api/results"), null, 2);
    const link = element("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = "arena.json";
    link.click();
    URL.revokeObjectURL(link.href);
  });
}

async function learn() {
  $("start-title").textContent = "doppel arena";
  game = await ask("/api/game");
  document.title = game.is_about_real ? `Is it ${game.persona}?` : `Who is more like ${game.persona}?`;
  named($("start-title"), question());
  $("task").textContent = game.is_about_real
    ? `You will see ${game.moments} moments of real conversations, each with two replies: one was really sent, the other is a model's. Choose the real one.`
    : `You will see ${game.moments} moments of real conversations, each with two replies by two models. Choose the one that is more like the person.`;
}

async function begin() {
  if (!$("key-label").hidden && $("key").value) key = $("key").value.trim();
  if (!game) await learn();
  if (key) sessionStorage.setItem("key", key);
  $("key-label").hidden = true;
  const judge = $("judge").value.trim();
  if (!judge) return show("start", "start-title");
  const next = await ask("/api/moment", { judge });
  sessionStorage.setItem("judge", next.judge);
  await showMoment(next);
}

$("enter").addEventListener("submit", (event) => { event.preventDefault(); busy(begin); });
$("left").addEventListener("click", () => choose("left"));
$("right").addEventListener("click", () => choose("right"));
$("same").addEventListener("click", () => choose(null));
$("show-results").addEventListener("click", () => busy(() => showResults(false)));
$("again").addEventListener("click", () => busy(begin));
$("save").addEventListener("click", save);
const KEYS = { Digit1: "left", Numpad1: "left", ArrowLeft: "left", KeyA: "left", Digit2: "right", Numpad2: "right", ArrowRight: "right", KeyB: "right" };
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || $("guess").hidden) return;
  if (KEYS[event.code]) event.preventDefault(), choose(KEYS[event.code]);
  else if (["Digit0", "Numpad0"].includes(event.code) && !game.is_about_real) choose(null);
});

busy(async () => {
  $("judge").value = sessionStorage.getItem("judge") || "";
  $("start").hidden = false;
  await learn();
  $("judge").focus();
  $("show-results").hidden = false;
});
