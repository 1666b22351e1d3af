// The page: what is on it, what its buttons do, and the loop that lets time pass.

const PIN_REACH_PX = [48, 23];
const PINS_EVERY_MS = 250; // while it plays
const SPEEDS = [1, 10, 30, 60, 120, 300, 600];
const ICONS = {
  play: "M8 5v14l11-7z", pause: "M6 5h4v14H6zm8 0h4v14h-4z", step: "M6 5l8 7-8 7zM16 5h2.5v14H16z",
  back: "M18 5l-8 7 8 7zM5.500 5H8v14H5.500z", begin: "M6 5h2v14H6zm13 0v14L9 12z",
  next: "M4 5l6.500 7L4 19zm6.500 0L17 12l-6.500 7zM18 5h2v14h-2z", previous: "M20 5l-6.500 7 6.500 7zm-6.500 0L7 12l6.500 7zM4 5h2v14H4z",
  plus: "M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z", minus: "M5 11h14v2H5z",
  fit: "M4 4h6v2H6v4H4zm10 0h6v6h-2V6h-4zM4 14h2v4h4v2H4zm14 0h2v6h-6v-2h4z", all: "M4 4h7L8.500 6.500l3 3-2 2-3-3L4 11zm16 16h-7l2.500-2.500-3-3 2-2 3 3L20 13z",
  theme: "M12 3a9 9 0 1 0 0 18zM12 3v18a9 9 0 0 0 0-18z M12 5a7 7 0 0 1 0 14z", picture: "M4 5h16v14H4zm2 2v8l4-4 3 3 2-2 3 3V7z",
  save: "M11 4h2v8h3l-4 4.500L8 12h3zM5 18h14v2H5z", close: "M6.400 5L5 6.400 10.600 12 5 17.600 6.400 19l5.600-5.600 5.600 5.600 1.400-1.400L13.400 12 19 6.400 17.600 5 12 10.600z",
  help: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm1 15h-2v-2h2zm1.900-6.500l-.9.900c-.7.700-1 1.300-1 2.600h-2v-.5c0-1.100.4-1.900 1.200-2.700l1.200-1.200a1.800 1.800 0 1 0-3-1.300H8.300a3.800 3.800 0 1 1 6.600 2.200z",
  layers: "M12 3l9 5-9 5-9-5zm0 12.500l7.200-4L21 12.500l-9 5-9-5 1.800-1z",
};

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function drawIcon(name) {
  const space = "http://www.w3.org/2000/svg";
  const icon = document.createElementNS(space, "svg");
  icon.setAttribute("viewBox", "0 0 24 24");
  icon.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", ICONS[name]);
  icon.append(path);
  return icon;
}

function remember(name, value) {
  try {
    if (value === undefined) return window.localStorage.getItem(`konvoi-${name}`);
    window.localStorage.setItem(`konvoi-${name}`, value);
  } catch (fault) { /* a browser may forbid it; then nothing is remembered */ }
  return null;
}

class Page {
  // start: {words, lang, send (null in a replay), isReplay, verdict, tiles}
  constructor(root, start) {
    Object.assign(this, { root, start, lang: remember("lang") || start.lang });
    this.theme = remember("theme") || (window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    this.moment = 0;
    this.speed = 60;
    this.dayNumber = 0;
    this.show = { heat: true, pins: true, names: true, tiles: false };
    this.panel = "map"; // on a phone, one at a time
    this.stats = { frames: 0, bytes: 0 };
    this.fault = null;
    this.rings = [];
    this.clusters = [];
    this.isCalm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.build();
    this.onKey = (event) => this.press(event);
    document.addEventListener("keydown", this.onKey);
    this.watcher = new ResizeObserver(() => this.touch(true));
    this.watcher.observe(this.root);
    this.tick = (now) => this.pass(now);
    this.handle = requestAnimationFrame(this.tick);
  }

  close() {
    cancelAnimationFrame(this.handle);
    document.removeEventListener("keydown", this.onKey);
    this.watcher.disconnect();
    this.root.replaceChildren();
    this.isClosed = true;
  }

  say(key, values = {}) {
    return this.start.words[key][this.lang].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  number(value, digits = 0) {
    if (value === null || value === undefined || !Number.isFinite(value)) return "–";
    const text = Math.abs(value).toFixed(digits);
    const [whole, part] = text.split(".");
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, this.lang === "id" ? "." : ",");
    const sign = value < 0 && Number(text) !== 0 ? "−" : "";
    return sign + grouped + (part ? (this.lang === "id" ? "," : ".") + part : "");
  }

  clock(moment, hasSeconds = true) {
    const total = hasSeconds ? Math.floor(moment + 1e-6) : Math.round(moment / 60) * 60;
    const day = Math.floor(total / 86400), rest = total - 86400 * day;
    const mark = this.lang === "id" ? "." : ":";
    const parts = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, ...(hasSeconds ? [rest % 60] : [])];
    const text = parts.map((part) => String(part).padStart(2, "0")).join(mark);
    return day && hasSeconds ? `${text} (${this.say("day_later", { day: day + 1 })})` : text;
  }

  // ---------- building

  build() {
    const { root } = this;
    root.replaceChildren();
    root.className = "k-page";
    root.lang = this.lang;
    root.dataset.theme = this.theme;
    root.dataset.panel = this.panel;
    root.classList.toggle("k-replay", Boolean(this.start.isReplay));
    document.title = this.say("page_title");
    const parts = (this.parts = {});
    const iconButton = (name, icon, word, action, extra = {}) => {
      const button = make("button", { type: "button", class: "k-icon", "aria-label": this.say(word), title: this.say(word), onclick: action, ...extra }, drawIcon(icon));
      parts[name] = button;
      return button;
    };
    parts.title = make("div", { class: "k-title" });
    const head = make("header", { class: "k-head" },
      make("strong", { class: "k-brand" }, "konvoi"), parts.title,
      make("div", { class: "k-actions" },
        iconButton("picture", "picture", "save_picture", () => this.savePicture()),
        this.start.isReplay ? null : iconButton("replay", "save", "save_replay", () => this.askReplay()),
        iconButton("themeButton", "theme", "theme", () => this.setTheme(this.theme === "dark" ? "light" : "dark")),
        iconButton("helpButton", "help", "help", () => this.showHelp()),
        (parts.language = make("button", { type: "button", class: "k-language", "aria-label": this.say("language_label"), onclick: () => this.setLanguage(this.lang === "id" ? "en" : "id") },
          this.say("language")))));
    const tabs = make("nav", { class: "k-tabs" }, ...["plan", "map", "numbers", "contacts"].map((name) =>
      make("button", { type: "button", "aria-pressed": String(this.panel === name), onclick: () => this.setPanel(name) }, this.say(`panel_${name}`))));
    parts.plan = make("aside", { class: "k-plan", "aria-label": this.say("panel_plan") });
    parts.side = make("aside", { class: "k-side", "aria-label": this.say("panel_numbers") });
    parts.map = this.buildMap(iconButton);
    parts.foot = this.buildFoot(iconButton);
    parts.status = make("div", { class: "k-status", role: "status", "aria-live": "polite" });
    root.append(head, tabs, parts.plan, parts.map, parts.side, parts.foot, parts.status);
    this.buildSide();
    this.buildPlan();
    if (this.day) this.fill();
    else this.tell(this.say(this.start.isReplay ? "loading_page" : "loading"), true);
  }

  buildMap(iconButton) {
    const { parts } = this;
    const map = make("main", { class: "k-map", tabindex: "0", "aria-label": this.say("map_label") });
    const old = this.scene;
    this.scene = new Scene(map);
    this.scene.theme = this.theme;
    Object.assign(this.scene.show, this.show);
    this.scene.tileAddress = this.start.tiles;
    if (old) Object.assign(this.scene, { view: old.view, isFitted: old.isFitted });
    parts.pins = make("div", { class: "k-buttons" });
    parts.hover = make("div", { class: "k-hover", hidden: true });
    parts.card = make("section", { class: "k-card", hidden: true, role: "dialog", "aria-label": this.say("panel_contacts") });
    parts.scale = make("div", { class: "k-scale" }, make("span"), make("b"));
    parts.legend = make("details", { class: "k-legend" });
    parts.legend.open = window.innerWidth >= 1500;
    parts.source = make("div", { class: "k-source" });
    parts.layers = make("details", { class: "k-layers" });
    map.append(parts.pins,
      make("div", { class: "k-zoom" },
        iconButton("zoomIn", "plus", "zoom_in", () => this.zoom(1.5)), iconButton("zoomOut", "minus", "zoom_out", () => this.zoom(1 / 1.5)),
        iconButton("fit", "fit", "zoom_fit", () => this.fit(false)), iconButton("fitAll", "all", "zoom_all", () => this.fit(true)),
        make("div", { class: "k-north", "aria-hidden": "true" }, make("i"), this.say("north")), parts.layers),
      parts.legend, make("div", { class: "k-below" }, parts.scale, parts.source), parts.card, parts.hover);
    this.buildLegend();
    this.buildLayers();
    this.listenToMap(map);
    return map;
  }

  buildLegend() {
    const dot = (kind) => make("i", { class: `k-key k-key-${kind}` });
    const row = (kind, text) => make("li", {}, dot(kind), text);
    const sides = [1, 2].map((side) => make("span", { class: "k-brief" }, dot(`side${side}`), this.say("side", { side })));
    this.parts.legend.replaceChildren(make("summary", {}, this.say("legend"), ...sides), make("ul", {},
      row("side1", this.say("legend_side", { side: 1 })), row("side2", this.say("legend_side", { side: 2 })),
      row("queue", this.say("legend_queue")), row("venue", this.say("legend_venue")), row("assembly", this.say("legend_assembly")),
      row("pin", this.say("legend_contact")), row("cluster", this.say("legend_cluster")), row("heat", this.say("legend_heat")),
      row("water", this.say("legend_water"))));
  }

  buildLayers() {
    const names = ["heat", "pins", "names", ...(this.start.tiles ? ["tiles"] : [])];
    this.parts.layers.replaceChildren(make("summary", { "aria-label": this.say("layers"), title: this.say("layers") }, drawIcon("layers")),
      make("div", { class: "k-layer-list" }, ...names.map((name) => {
        const box = make("input", { type: "checkbox", onchange: (event) => {
          this.show[name] = event.target.checked;
          Object.assign(this.scene.show, this.show);
          this.fillSource();
          this.touch(true);
        } });
        box.checked = this.show[name];
        return make("label", {}, box, this.say(`layer_${name}`));
      })));
  }

  buildFoot(iconButton) {
    const { parts } = this;
    parts.clock = make("output", { class: "k-clock", "aria-label": this.say("time") }, "––");
    parts.speed = make("select", { class: "k-speed", "aria-label": this.say("speed"), title: this.say("speed"), onchange: (event) => this.setSpeed(Number(event.target.value)) },
      ...SPEEDS.map((times) => make("option", { value: times, selected: times === this.speed }, this.say("speed_times", { times }))));
    parts.strip = make("div", { class: "k-strip", role: "slider", tabindex: "0", "aria-label": this.say("strip_label") });
    const foot = make("footer", { class: "k-foot" },
      make("div", { class: "k-transport", role: "group", "aria-label": this.say("time") },
        parts.clock,
        iconButton("toBegin", "begin", "to_begin", () => this.seek(this.day.begin_s)),
        iconButton("previous", "previous", "previous_contact", () => this.jump(-1)),
        iconButton("stepBack", "back", "step_back", () => this.step(-1)),
        iconButton("play", "play", "play", () => this.setPlaying(!this.isPlaying), { class: "k-icon k-play" }),
        iconButton("step", "step", "step", () => this.step(1)),
        iconButton("next", "next", "next_contact", () => this.jump(1)),
        parts.speed),
      parts.strip);
    this.strip = new Strip(parts.strip, this);
    return foot;
  }

  buildSide() {
    const { parts } = this;
    const figure = (name, word) => {
      parts[name] = make("b", {}, "–");
      return make("div", { class: "k-figure" }, parts[name], make("span", {}, this.say(word)));
    };
    const chart = (word, draw) => {
      const host = make("div", { class: "k-chart" });
      const built = new Chart(host, this, draw, word);
      return { section: make("section", {}, make("h3", {}, this.say(word)), host), built };
    };
    const colours = () => this.scene.colours;
    const vehicles = chart("chart_vehicles", (series) => ({ most: series.most.vehicles, lines: [
      { values: series.vehicles[1], colour: colours().side[1] }, { values: series.vehicles[2], colour: colours().side[2], dash: [5, 2.5] }] }));
    const people = chart("chart_people", (series) => ({ most: series.most.people, lines: [{ values: series.people, colour: colours().pin, isArea: true }] }));
    this.charts = [vehicles.built, people.built];
    const onRoad = (side) => {
      parts[`road${side}`] = make("b", {}, "–");
      return make("span", { class: "k-onroad" }, make("i", { class: `k-key k-key-side${side}` }), this.say("side_capital", { side }), " ", parts[`road${side}`]);
    };
    parts.peopleNow = make("b", {}, "–");
    people.section.querySelector("h3").append(" ", parts.peopleNow);
    vehicles.section.querySelector("h3").after(make("p", { class: "k-onroads" }, onRoad(1), onRoad(2)));
    parts.types = make("ul", { class: "k-types" });
    parts.list = make("ol", { class: "k-list" });
    parts.listCount = make("p", { class: "k-small" });
    parts.facts = make("p", { class: "k-small" });
    parts.verdict = make("section", { class: "k-verdict" });
    if (this.start.verdict) {
      parts.verdict.append(make("h3", {}, this.say("verdict")), make("pre", { tabindex: "0" }, this.start.verdict[this.lang]));
    }
    parts.side.replaceChildren(
      make("div", { class: "k-numbers" },
        make("div", { class: "k-figures" }, figure("contactsSoFar", "contacts_so_far"), figure("contactsNow", "contacts_now"), figure("exposureSoFar", "exposure_so_far_unit")),
        vehicles.section, people.section,
        make("section", {}, make("h3", {}, this.say("chart_types")), parts.types),
        this.start.verdict ? parts.verdict : null,
        make("section", {}, parts.facts)),
      make("section", { class: "k-contacts" }, make("h3", {}, this.say("panel_contacts")), parts.listCount, parts.list));
  }

  // ---------- answers

  async receive(message, bytes) {
    clearTimeout(this.patience);
    if (message.type === "ground") {
      this.stats.bytes += bytes.byteLength;
      this.ground = await unpackGround(bytes);
    } else if (message.type === "day") {
      this.stats.bytes += bytes.byteLength;
      const day = await unpackDay(bytes, this.ground);
      this.controls = message.controls;
      this.edited = null;
      this.fault = null;
      this.open(day);
      if (!this.start.isReplay) this.buildPlan();
    } else if (message.type === "fault") {
      this.fault = message.lines;
      this.showFault();
      this.setPanel("plan");
      this.tell("");
    } else if (message.type === "file") {
      this.saveFile(message.name, new Blob([bytes], { type: "text/html" }));
      this.tell("");
    }
    this.root.classList.remove("k-busy");
  }

  open(day) {
    this.day = day;
    this.dayNumber += 1;
    this.series = buildSeries(day);
    this.isPlaying = false;
    this.moment = day.begin_s;
    this.pinKey = "";
    this.fill();
    this.tell("");
  }

  // Put the day on the parts of the page.
  fill() {
    const { day, parts } = this;
    this.scene.open(this.ground, day);
    parts.title.replaceChildren(make("span", {}, day.title), make("small", {}, [this.gapText(), `${day.sides[0].venue} – ${day.sides[1].venue}`].join(" · ")));
    parts.facts.replaceChildren(
      this.say("day_facts", { road: this.number(day.road_km, 1), shared: this.number(day.shared_km, 1), replication: day.replication }),
      ...day.sides.flatMap((own, k) => [make("br"), make("i", { class: `k-key k-key-side${k + 1}` }), ` ${this.sideFacts(own)}`]),
      ...(day.outcome.stranded ? [make("br"), this.say("stranded", { n: this.number(day.outcome.stranded) })] : []),
      ...(day.outcome.gridlock ? [make("br"), this.say("gridlock", { where: day.outcome.gridlock })] : []),
      make("br"), this.say("not_a_forecast"), ...(this.start.isReplay ? [make("br"), this.say("replay_note")] : []));
    this.fillSource();
    parts.card.hidden = true;
    this.showPlaying();
    this.touch(true);
  }

  fillSource() {
    if (!this.day) return;
    this.parts.source.textContent = this.provenance();
  }

  gapText() {
    const { gap_min } = this.day;
    return gap_min === "another_day" ? this.say("gap_another") : gap_min ? this.say("gap_shown", { gap: this.number(gap_min) }) : this.say("gap_same");
  }

  sideFacts(own) {
    const minutes = own.lateness_s / 60;
    return this.say("side_facts", { people: this.number(own.people), vehicles: this.number(own.vehicles),
      lateness: this.say(minutes < 0 ? "early" : "late", { minutes: this.number(Math.abs(minutes)) }) });
  }

  tell(text, isBusy = false) {
    this.parts.status.textContent = text;
    this.parts.status.classList.toggle("k-spin", isBusy);
    clearTimeout(this.quiet);
    if (text && !isBusy) this.quiet = setTimeout(() => this.tell(""), 4000);
  }

  // ---------- time

  setPlaying(isPlaying) {
    if (!this.day) return;
    if (isPlaying && this.moment >= this.day.end_s) this.moment = this.day.begin_s;
    this.isPlaying = isPlaying;
    this.last = null;
    this.showPlaying();
    this.touch();
  }

  showPlaying() {
    const { play } = this.parts, word = this.say(this.isPlaying ? "pause" : "play");
    play.replaceChildren(drawIcon(this.isPlaying ? "pause" : "play"));
    play.title = word;
    play.setAttribute("aria-label", word);
    this.root.classList.toggle("k-playing", Boolean(this.isPlaying));
  }

  setSpeed(times) {
    this.speed = times;
    this.parts.speed.value = String(times);
  }

  seek(moment) {
    if (!this.day) return;
    this.moment = Math.max(this.day.begin_s, Math.min(this.day.end_s, moment));
    this.last = null;
    this.touch();
  }

  step(ways) {
    this.setPlaying(false);
    this.seek(this.moment + ways * this.day.step_s);
  }

  // To the begin of the next contact, or of the one before.
  jump(ways) {
    if (!this.day) return;
    const begins = this.day.contacts.map((row) => row.begin_s);
    const target = ways > 0 ? this.day.contacts.find((row) => row.begin_s > this.moment + 0.5)
      : [...this.day.contacts].reverse().find((row) => row.begin_s < this.moment - 0.5);
    if (!target) {
      this.tell(this.say(!begins.length ? "contacts_none_day" : ways > 0 ? "no_next" : "no_previous"));
      return;
    }
    this.seek(target.begin_s);
    this.openCard([target]);
    this.lookAt(target);
  }

  touch(isMapStale = false) {
    this.isDirty = true;
    if (isMapStale && this.scene) this.scene.isStale = true;
  }

  pass(now) {
    if (this.isClosed) return;
    this.handle = requestAnimationFrame(this.tick);
    if (!this.day) return;
    if (this.isPlaying) {
      if (this.last) this.moment += (Math.min(now - this.last, 250) / 1000) * this.speed;
      this.last = now;
      this.skipNight();
      if (this.moment >= this.day.end_s) {
        this.moment = this.day.end_s;
        this.setPlaying(false);
      }
    } else if (!this.isDirty && !this.scene.isStale) {
      if (!this.hasRings || this.isCalm || now - this.ringsAt < 110) return; // a paused page goes on pulsing, gently
    }
    this.isDirty = false;
    this.draw(now);
  }

  // Hours without anybody on the road are passed over, as between two days.
  skipNight() {
    const { day } = this;
    if (countOnRoad(day, 1, this.moment) + countOnRoad(day, 2, this.moment)) return;
    const next = Math.min(...[1, 2].map((side) => day.counts[side].begin[countBefore(day.counts[side].begin, this.moment, true)] ?? Infinity));
    if (Number.isFinite(next) && next - this.moment > 2 * 3600) this.moment = next - 60;
  }

  draw(now) {
    const { scene } = this;
    scene.resize();
    this.placePins(now);
    const rings = this.rings.filter((row) => row.begin_s <= this.moment && row.end_s > this.moment).map((row) => scene.toScreen(row.x_m, row.y_m));
    this.hasRings = rings.length > 0;
    this.ringsAt = now;
    scene.draw(this.moment, this.show.pins ? rings : [], this.isCalm ? 0.4 : (now % RING_MS) / RING_MS, this.isPlaying);
    this.strip.draw();
    this.parts.clock.textContent = `${this.clock(this.moment)} ${this.day.zone}`;
    if (!this.isPlaying || !this.chartsAt || now - this.chartsAt > 200) {
      this.chartsAt = now;
      this.drawNumbers();
    }
    if (this.scene.hasMoved) {
      this.scene.hasMoved = false;
      const { length, width } = this.scene.chooseScale();
      this.parts.scale.firstChild.style.width = `${width}px`;
      this.parts.scale.lastChild.textContent = length >= 1000 ? `${this.number(length / 1000)} km` : `${this.number(length)} m`;
    }
    this.stats.frames += 1;
  }

  // ---------- numbers

  countSoFar() {
    const begun = this.day.contacts.filter((row) => row.begin_s <= this.moment);
    const active = begun.filter((row) => row.end_s > this.moment);
    const exposure = begun.reduce((sum, row) => sum + (row.end_s > this.moment
      ? (row.exposure_person_min * (this.moment - row.begin_s)) / (row.end_s - row.begin_s) : row.exposure_person_min), 0);
    return { begun, active, exposure, people: active.reduce((sum, row) => sum + rateOf(row), 0) };
  }

  drawNumbers() {
    const { parts, day } = this;
    const { begun, active, exposure, people } = this.countSoFar();
    const put = (element, text) => { if (element.textContent !== text) element.textContent = text; };
    put(parts.contactsSoFar, this.number(begun.length));
    put(parts.contactsNow, this.number(active.length));
    put(parts.exposureSoFar, this.number(exposure));
    for (const side of [1, 2]) put(parts[`road${side}`], this.number(countOnRoad(day, side, this.moment)));
    put(parts.peopleNow, this.number(people));
    for (const chart of this.charts) chart.draw();
    const key = `${begun.length}/${this.dayNumber}/${this.lang}`;
    if (key === this.listKey && parts.list.childElementCount) return;
    this.listKey = key;
    const most = Math.max(1, ...TYPES.map((type) => day.contacts.filter((row) => row.type === type).length));
    parts.types.replaceChildren(...TYPES.filter((type) => day.contacts.some((row) => row.type === type)).map((type) => {
      const n = begun.filter((row) => row.type === type).length, all = day.contacts.filter((row) => row.type === type).length;
      const bar = make("span", { class: "k-bar" }, make("i"), make("u"));
      bar.firstChild.style.width = `${(100 * n) / most}%`;
      bar.lastChild.style.width = `${(100 * (all - n)) / most}%`;
      return make("li", {}, make("span", {}, this.say(`type_${type}`)), bar, make("b", {}, this.number(n)));
    }));
    if (!day.contacts.length) parts.types.append(make("li", { class: "k-none" }, this.say("contacts_none_day")));
    this.fillList(begun);
  }

  // ---------- frame, language, theme, help

  setPanel(name) {
    this.panel = name;
    this.root.dataset.panel = name;
    this.root.querySelectorAll(".k-tabs button").forEach((button, k) => button.setAttribute("aria-pressed", String(["plan", "map", "numbers", "contacts"][k] === name)));
    this.touch(true);
  }

  setLanguage(lang) {
    this.lang = lang;
    remember("lang", lang);
    this.pinKey = this.listKey = "";
    this.build();
    this.parts.language.focus();
  }

  setTheme(theme) {
    this.theme = theme;
    remember("theme", theme);
    this.root.dataset.theme = theme;
    this.scene.theme = theme;
    this.scene.heatKey = "";
    this.touch(true);
  }

  showHelp() {
    if (this.parts.helpBox) {
      this.hideHelp();
      return;
    }
    const close = make("button", { type: "button", class: "k-icon k-close", "aria-label": this.say("close"), onclick: () => this.hideHelp() }, drawIcon("close"));
    this.parts.helpBox = make("section", { class: "k-help", role: "dialog", "aria-label": this.say("help_heading") }, close, make("h2", {}, this.say("help_heading")),
      make("p", {}, this.say("help_text")), make("ul", {}, ...this.say("help_keys").split("\n").map((line) => make("li", {}, line))), make("p", { class: "k-small" }, this.say("not_a_forecast")));
    this.root.append(this.parts.helpBox);
    close.focus();
  }

  hideHelp() {
    this.parts.helpBox.remove();
    this.parts.helpBox = null;
    this.parts.helpButton.focus();
  }
}

// Open the page in an element: with a server behind it, or as a replay with all it needs.
async function openKonvoi(root, start) {
  if (typeof DecompressionStream === "undefined" || !CanvasRenderingContext2D.prototype.roundRect) {
    root.textContent = start.words.old_browser[start.lang];
    return null;
  }
  const page = new Page(root, start);
  window.konvoi = page;
  return page;
}
